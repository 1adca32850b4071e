//! How a conversation is closed: in order, late, or broken; never with a reset by accident, and never without what
//! had already arrived.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use raccord_core::event::{Closed, EventKind, Reason};
use raccord_core::failure::{Failure, said};
use raccord_core::framing::CutError;
use tokio::io::Interest;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::Conversation;
use crate::session::GRACE;
use crate::tls;

/// How long, and how much, raccord still reads after it ended its half and wants to close: closing with unread
/// input sends RST, which destroys what is on its way to the peer (RFC 1122 section 4.2.2.13).
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 1024 * 1024;

/// Why a conversation did not end in order.
#[derive(Debug)]
pub(super) enum Broken {
    /// The connection is gone: reset, broken pipe, or another error of the socket.
    Gone(io::Error),
    /// It took longer than it may.
    Late(String),
    /// raccord has what it came for, or was told to stop, and the peer takes nothing.
    Stuck,
    /// Nothing moved for as long as that may last.
    Idle,
    /// raccord was told to reset it.
    ByUs,
    /// What was to be sent cannot be read.
    Unreadable(Failure),
    /// The program that was to answer cannot be started.
    NotStarted(Failure),
    /// The peer ended its half, and a message was still waited for.
    Unanswered,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

impl Conversation {
    /// When something must have happened, if anything must.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let limits = [self.grace, self.stuck_at(), self.late_at(), self.silent_at(), self.idle_at()];
        let times = limits.into_iter().chain([self.next_send, self.cut_at()]);
        times.flatten().min()
    }

    /// Fails if a deadline has passed.
    pub(super) fn check_time(&self) -> Result<(), Broken> {
        let now = Instant::now();
        let passed = |deadline: Option<Instant>| deadline.is_some_and(|deadline| deadline <= now);
        if passed(self.grace) || passed(self.stuck_at()) {
            Err(Broken::Stuck)
        } else if passed(self.late_at()) {
            Err(Broken::Late(self.what_is_late()))
        } else if passed(self.silent_at()) {
            Err(Broken::Late("one half had ended, and the other was silent for too long".to_owned()))
        } else if passed(self.idle_at()) {
            Err(Broken::Idle)
        } else {
            Ok(())
        }
    }

    fn idle_at(&self) -> Option<Instant> {
        self.shared.terms.idle_timeout.map(|most| self.active + most)
    }

    fn stuck_at(&self) -> Option<Instant> {
        if self.has_what_it_came_for() && !self.queue.is_empty() {
            return Some(self.active + LINGER);
        }
        // as long as the peer takes something it may take all
        (self.ending.is_closing() && !self.ending.has_ours_ended()).then(|| self.active + GRACE)
    }

    fn late_at(&self) -> Option<Instant> {
        self.shared.terms.timeout.map(|timeout| self.opened + timeout)
    }

    fn silent_at(&self) -> Option<Instant> {
        let most = self.shared.terms.half_close_timeout?;
        self.ending.is_half_closed().then(|| self.active + most)
    }

    fn what_is_late(&self) -> String {
        let what = match self.ending.missing() {
            Some((have, want)) => format!("{have} of {want} replies"),
            None if !self.ending.has_peer_ended() => "the peer had not ended its half".to_owned(),
            None if self.program.as_ref().is_some_and(|program| !program.has_said_all()) => {
                "the program had not ended its stdout".to_owned()
            }
            None => match self.unsent() {
                0 => "our half had not ended".to_owned(),
                bytes => format!("{bytes} bytes were still to be sent"),
            },
        };
        format!("{what} after {:.1} s", self.opened.elapsed().as_secs_f64())
    }

    /// Closes the socket as it should be after `ended`, and sums up.
    pub(super) async fn close(mut self, mut ended: Result<(), Broken>) -> Closed {
        if let (Err(_), Some(program)) = (&ended, &mut self.program) {
            program.hang_up();
        }
        match &ended {
            Ok(()) if self.ending.over() && self.ending.has_peer_ended() => {}
            Err(Broken::Gone(error)) if tls::Broken::of(error).is_some() => self.leg.part().await,
            Err(Broken::Gone(_)) => {
                // an alert that came says more than the write that failed after it
                if let Some(told) = self.read_what_arrived().await {
                    ended = Err(told);
                }
            }
            // where the option cannot be set the socket is gone already
            Err(Broken::ByUs) => drop(self.leg.reset_on_close()),
            _ if self.shared.terms.tuning.reset_on_close => drop(self.leg.reset_on_close()),
            Ok(()) | Err(_) => self.linger().await,
        }
        let remedies = self.remedies(&ended);
        let (reason, detail) = self.why(ended);
        let closed = Closed {
            reason,
            detail,
            remedies,
            bytes_in: self.handle.received(),
            bytes_out: self.handle.sent(),
            duration: self.opened.elapsed(),
        };
        let (program, place) = (self.program.take(), self.place.take());
        let (handle, shared) = (Arc::clone(&self.handle), Arc::clone(&self.shared));
        // the socket is closed before it is told that the connection is, and before its program is waited for
        drop(self);
        if let Some(program) = program
            && let Some(complaint) = program.end(&shared.pool).await
        {
            shared.emit(Some(handle.conn), EventKind::Warning(complaint));
        }
        drop(place);
        closed
    }

    /// Why what came could not be cut into messages, if so.
    fn uncuttable(&self) -> Option<&CutError> {
        self.cutting.as_ref()?.failure()
    }

    fn remedies(&self, ended: &Result<(), Broken>) -> Vec<String> {
        match (ended, self.uncuttable()) {
            (Err(Broken::Gone(error)), _) => {
                tls::Broken::of(error).map_or_else(Vec::new, |tls| tls.0.remedies.clone())
            }
            (Ok(()), Some(error)) => vec![error.remedy().to_owned()],
            (Err(Broken::NotStarted(failure)), _) => failure.remedies.clone(),
            _ => Vec::new(),
        }
    }

    /// How many bytes wait to be sent, as far as raccord has them.
    fn unsent(&self) -> usize {
        self.queue.bytes() + self.handle.mailbox().messages.bytes()
    }

    fn why(&self, ended: Result<(), Broken>) -> (Reason, Option<String>) {
        match ended {
            Ok(()) if self.uncuttable().is_some() && self.grace.is_none() => {
                let error = self.uncuttable();
                (error.map_or(Reason::Error, reason_of_cut), error.map(ToString::to_string))
            }
            Ok(()) => match self.ending.missing() {
                Some((have, want)) if self.grace.is_none() => {
                    (Reason::Error, Some(format!("{have} of {want} replies")))
                }
                _ if self.truncated => (Reason::Truncated, None),
                _ => (self.ending.reason(), None),
            },
            Err(Broken::Gone(error)) => (reason_of(&error), Some(said(&error))),
            Err(Broken::Late(what)) => (Reason::Timeout, Some(what)),
            Err(Broken::Stuck) if self.ending.is_closing() => (
                Reason::Error,
                Some(format!("{} bytes were not sent, for the peer takes nothing", self.unsent())),
            ),
            Err(Broken::Stuck) => (self.ending.reason(), None),
            Err(Broken::Idle) => (Reason::Idle, None),
            Err(Broken::ByUs) => (Reason::Reset, Some(Closed::BY_RACCORD.to_owned())),
            Err(Broken::Unanswered) => {
                (Reason::Error, Some("the peer ended its half before it answered".to_owned()))
            }
            Err(Broken::Unreadable(failure) | Broken::NotStarted(failure)) => {
                (Reason::Error, Some(failure.sentence()))
            }
        }
    }

    /// A write that met a reset says nothing of what came before it: that is still read, however long the observers
    /// take for it, for no more will come. Gives what TLS says of the end, if it does.
    async fn read_what_arrived(&mut self) -> Option<Broken> {
        while !self.ending.has_peer_ended() {
            let grace = self.grace;
            let readable = async {
                self.shared.feed.room().await;
                timeout(LINGER, self.leg.ready(Interest::READABLE)).await.is_ok()
            };
            tokio::select! {
                readable = readable => match if readable { self.read() } else { return None } {
                    Err(Broken::Gone(error)) if tls::Broken::of(&error).is_some() => return Some(error.into()),
                    Err(_) => return None,
                    Ok(()) => {}
                },
                () = self.handle.changed.notified() => if self.take_orders().is_err() {
                    return None;
                },
                () = sleep_until(grace.unwrap_or(self.opened)), if grace.is_some() => return None,
            }
        }
        None
    }

    /// Ends our half and reads on for a while, so that closing resets nothing.
    async fn linger(&mut self) {
        if !self.ending.has_ours_ended() && self.end_our_half().is_err() {
            return;
        }
        let deadline = Instant::now() + LINGER;
        let deadline = self.grace.map_or(deadline, |grace| grace.min(deadline));
        if self.has_what_it_came_for() {
            self.discard_until(deadline, LINGER_BYTES).await;
        } else {
            self.read_until(deadline, LINGER_BYTES).await;
        }
    }

    /// Reads and shows what comes until the peer's end, an error, the deadline, or about so many bytes.
    async fn read_until(&mut self, deadline: Instant, most: u64) {
        let start = self.handle.received();
        while !self.ending.has_peer_ended()
            && self.handle.received() - start < most
            && timeout_at(deadline, self.readable()).await.is_ok()
            && self.read().is_ok()
        {}
    }

    async fn readable(&mut self) {
        self.shared.feed.room().await;
        // an error is met by the read that follows
        let _ = self.leg.ready(Interest::READABLE).await;
    }

    async fn discard_until(&mut self, deadline: Instant, most: u64) {
        let mut discarded = 0;
        while discarded < most && timeout_at(deadline, self.readable()).await.is_ok() {
            let mut buffer = self.shared.pool.take(super::HIGH);
            let read = self.leg.try_read(&mut buffer, super::HIGH);
            self.shared.pool.give(buffer);
            match read {
                Ok(0) => return self.emit(EventKind::Shutdown { dir: self.end.receives() }),
                Ok(count) => discarded += count as u64,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }
}

fn reason_of_cut(error: &CutError) -> Reason {
    match error {
        CutError::TooLong { .. } => Reason::TooLong,
        _ => Reason::Error,
    }
}

fn reason_of(error: &io::Error) -> Reason {
    match error.kind() {
        _ if tls::Broken::of(error).is_some() => Reason::Tls,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Reason::Reset,
        io::ErrorKind::BrokenPipe => Reason::BrokenPipe,
        io::ErrorKind::TimedOut => Reason::Timeout,
        _ => Reason::Error,
    }
}
