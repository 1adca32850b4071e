//! The program that answers a connection: what is on its way to it and from it, and its end.
//!
//! It reads the peer's bytes from its stdin and writes to its stdout, both pipes. The conversation's task owns them and
//! waits for them beside the socket; what the one side does not take holds the other up. What it says on its stderr is told
//! by a task of its own, where somebody observes.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::process::ExitStatus;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{BufMut, Bytes};
use raccord_core::failure::Failure;
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::{Instant, Sleep, sleep, timeout_at};

use crate::exec::Exec;
use crate::feed::Feed;
use crate::handle::Handle;
use crate::lines::Lines;
use crate::pool::{Appetite, Pool};
use crate::queue::Queue;
use crate::session::GRACE;

/// Most bytes that one read takes: what a pipe holds.
const MOST: usize = 64 * 1024;

/// How long the stdout of a program that has ended may be silent, where something that it left behind still holds it.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A program that runs for one connection.
pub(super) struct Program {
    /// Its process, and the group that it leads.
    pid: u32,
    handle: Arc<Handle>,
    /// Gives its exit status, and reaps it.
    exit: Pin<Box<dyn Future<Output = io::Result<ExitStatus>> + Send>>,
    has_ended: bool,
    /// How it ended, where the system knows.
    status: Option<ExitStatus>,
    stdin: Option<ChildStdin>,
    /// What its stdin has not taken yet.
    input: Queue,
    input_ended: bool,
    stdout: Option<ChildStdout>,
    appetite: Appetite,
    /// What it said and nobody has taken yet.
    output: Option<Bytes>,
    /// Runs while it has ended and its stdout is silent.
    silence: Option<Pin<Box<Sleep>>>,
    /// What it says on its stderr.
    lines: Lines,
    /// When it was told that its connection is over.
    hung_up: Option<Instant>,
    /// Whether raccord stopped listening to it.
    unheard: bool,
}

impl Program {
    /// Starts it for a connection.
    pub(super) fn start(exec: &Exec, handle: &Arc<Handle>, feed: &Feed) -> Result<Self, Failure> {
        let mut child = exec.start(handle, feed.wants_bytes())?;
        let mut lines = Lines::default();
        child.stderr.take().into_iter().for_each(|output| lines.tell(output, Some(handle.conn), feed));
        let pid = child.id().unwrap_or_default();
        handle.leads_group(Some(pid));
        Ok(Self {
            pid,
            handle: Arc::clone(handle),
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            exit: Box::pin(async move { child.wait().await }),
            has_ended: false,
            status: None,
            input: Queue::default(),
            input_ended: false,
            appetite: Appetite::new(MOST),
            output: None,
            silence: None,
            lines,
            hung_up: None,
            unheard: false,
        })
    }

    /// Gives it what came from the peer; one that does not listen any more misses it.
    pub(super) fn give(&mut self, chunk: Bytes) {
        if self.stdin.is_some() {
            self.input.push(chunk);
        }
    }

    /// How many bytes of memory wait for its stdin.
    pub(super) fn waiting(&self) -> usize {
        self.input.bytes()
    }

    /// Nothing more comes from the peer: its stdin ends once it has taken what waits.
    pub(super) fn end_input(&mut self) {
        self.input_ended = true;
        if self.input.is_empty() {
            self.close_input();
        }
    }

    fn close_input(&mut self) {
        self.stdin = None;
        self.input = Queue::default();
    }

    /// What it said since the last time.
    pub(super) fn take_output(&mut self) -> Option<Bytes> {
        self.output.take()
    }

    /// Whether its stdout has ended and everything was taken.
    pub(super) fn has_said_all(&self) -> bool {
        self.stdout.is_none() && self.output.is_none()
    }

    /// Nobody can hear it any more: where it still writes, it meets a broken pipe.
    pub(super) fn stop_listening(&mut self) {
        self.unheard |= !self.has_said_all();
        (self.stdout, self.output) = (None, None);
    }

    /// Tells it, and what it has started, that the connection is over (SIGHUP).
    pub(super) fn hang_up(&mut self) {
        if self.hung_up.is_none() {
            self.hung_up = Some(Instant::now());
            self.close_input();
            if !self.has_ended {
                // it may have ended just now
                let _ = raccord_sys::child::hang_up_group(self.pid);
            }
        }
    }

    fn poll(&mut self, context: &mut Context<'_>, pool: &Pool, wants_output: bool) -> Poll<()> {
        let mut moved = self.poll_exit(context);
        moved |= self.poll_input(context);
        // what it says while it is told to end has nowhere to go
        if wants_output && self.output.is_none() && self.hung_up.is_none() {
            moved |= self.poll_output(context, pool);
        }
        if moved { Poll::Ready(()) } else { Poll::Pending }
    }

    fn poll_exit(&mut self, context: &mut Context<'_>) -> bool {
        if self.has_ended {
            return false;
        }
        let exit = &mut self.exit;
        let Poll::Ready(status) = self.handle.reap(|| exit.as_mut().poll(context)) else { return false };
        self.has_ended = true;
        self.status = status.ok();
        self.close_input();
        true
    }

    fn poll_input(&mut self, context: &mut Context<'_>) -> bool {
        let mut moved = false;
        while let Some(stdin) = self.stdin.as_mut().filter(|_| !self.input.is_empty()) {
            let mut next = [IoSlice::new(&[])];
            self.input.next(&mut next);
            match Pin::new(stdin).poll_write(context, &next[0]) {
                Poll::Ready(Ok(count)) => drop(self.input.wrote(count)),
                // it does not listen any more, which is its right
                Poll::Ready(Err(_)) => self.close_input(),
                Poll::Pending => return moved,
            }
            moved = true;
        }
        if self.input_ended {
            self.close_input();
        }
        moved
    }

    fn poll_output(&mut self, context: &mut Context<'_>, pool: &Pool) -> bool {
        let Some(stdout) = &mut self.stdout else { return false };
        let most = self.appetite.size();
        let mut buffer = pool.take(most);
        let read = {
            let mut limited = (&mut buffer).limit(most);
            pin!(stdout.read_buf(&mut limited)).poll(context)
        };
        if !buffer.is_empty() {
            self.output = Some(buffer.split().freeze());
        }
        pool.give(buffer);
        match read {
            Poll::Ready(Ok(count)) if count > 0 => {
                self.appetite.ate(count);
                self.silence = None;
            }
            Poll::Ready(_) => self.stdout = None,
            Poll::Pending if self.has_been_silent(context) => self.stdout = None,
            Poll::Pending => return false,
        }
        true
    }

    /// Whether it has ended, and its stdout was silent for as long as it may then be.
    fn has_been_silent(&mut self, context: &mut Context<'_>) -> bool {
        self.has_ended
            && self
                .silence
                .get_or_insert_with(|| Box::pin(sleep(LAST_WORDS)))
                .as_mut()
                .poll(context)
                .is_ready()
    }

    /// Waits for its end once the connection is over. Unless it was told so it has 2 seconds to read what came for it, and
    /// to end; told, it has as long before it is ended. Gives what should be known of how it ended.
    pub(super) async fn end(mut self, pool: &Pool) -> Option<String> {
        if self.hung_up.is_none() {
            self.end_input();
            self.stop_listening();
        }
        let patience = Instant::now() + GRACE;
        while self.hung_up.is_none() && !self.has_ended {
            let handle = Arc::clone(&self.handle);
            tokio::select! {
                moved = timeout_at(patience, moves(Some(&mut self), pool, false)) => if moved.is_err() {
                    self.hang_up();
                },
                () = handle.changed.notified() => if handle.mailbox().order.is_some() {
                    self.hang_up();
                },
            }
        }
        let deadline = self.hung_up.unwrap_or_else(Instant::now) + GRACE;
        if timeout_at(deadline, self.ended(pool)).await.is_err() {
            // it may have ended just now
            let _ = raccord_sys::child::kill_group(self.pid);
            self.ended(pool).await;
        }
        self.lines.end().await;
        self.complaint()
    }

    async fn ended(&mut self, pool: &Pool) {
        while !self.has_ended {
            moves(Some(self), pool, false).await;
        }
    }

    /// An end that is not the one of a program that went well, unless raccord had its part in it.
    fn complaint(&self) -> Option<String> {
        let status = self.status.filter(|_| self.hung_up.is_none() && !self.unheard)?;
        match raccord_sys::child::signal_name(status) {
            Some(signal) => Some(format!("the program was ended by {signal}")),
            None if status.success() => None,
            None => Some(format!("the program ended with {}", raccord_sys::child::exit_code(status))),
        }
    }
}

/// Waits until something of the program has moved, if there is one: its stdin, its stdout where its output is wanted, its
/// end. Cancel safe.
///
/// No `async fn`, which would take its room twice in each conversation that has no program.
pub(super) fn moves(
    mut program: Option<&mut Program>,
    pool: &Pool,
    wants_output: bool,
) -> impl Future<Output = ()> {
    poll_fn(move |context| match &mut program {
        Some(program) => program.poll(context, pool, wants_output),
        None => Poll::Pending,
    })
}

/// A program that still runs is ended with all that it has started (SIGKILL).
impl Drop for Program {
    fn drop(&mut self) {
        if !self.has_ended {
            // it may have ended just now
            let _ = raccord_sys::child::kill_group(self.pid);
            self.handle.leads_group(None);
        }
    }
}
