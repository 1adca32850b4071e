//! The program that `--run` starts beside a session: the client of our server, or the server of our client.

use std::process::Stdio;

use bytes::Bytes;
use raccord_core::event::EventKind;
use raccord_core::failure::{Failure, said};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{Duration, timeout};

use crate::feed::Feed;

/// The longest line that is kept together; a longer one comes in pieces.
const LINE: u64 = 64 * 1024;
/// How long lines may still come after the program's end: from what it left behind in the background.
const LAST_LINES: Duration = Duration::from_millis(200);

/// A program that runs.
#[derive(Debug)]
pub struct Program {
    child: Child,
    lines: Vec<JoinHandle<()>>,
}

/// Where the program finds the session: an address that one can connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// `{host}` and `RACCORD_HOST`.
    pub host: String,
    /// `{port}` and `RACCORD_PORT`.
    pub port: u16,
}

/// Starts `command` by `/bin/sh -c`, with nothing as its input. Each line it prints is an event of `feed`; without
/// a feed everything goes to our standard error.
pub fn start(command: &str, reach: &Reach, feed: Option<&Feed>) -> Result<Program, Failure> {
    let port = reach.port.to_string();
    let words = command.replace("{host}", &reach.host).replace("{port}", &port);
    let output = || if feed.is_some() { Stdio::piped() } else { Stdio::from(std::io::stderr()) };
    let mut child = Command::new("/bin/sh")
        .args(["-c", &words])
        .env("RACCORD_HOST", &reach.host)
        .env("RACCORD_PORT", &port)
        .stdin(Stdio::null())
        .stdout(output())
        .stderr(output())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::new(format!("cannot run {command:?} by /bin/sh"), said(&error)))?;
    let mut lines = Vec::new();
    if let Some(feed) = feed {
        lines.extend(child.stdout.take().map(|output| tokio::spawn(tell_lines(output, feed.clone()))));
        lines.extend(child.stderr.take().map(|output| tokio::spawn(tell_lines(output, feed.clone()))));
    }
    Ok(Program { child, lines })
}

impl Program {
    /// Waits for its end and its last lines; its exit code, 128 + N where signal N ended it. Cancel safe.
    pub async fn ended(&mut self) -> i32 {
        let code = self.child.wait().await.map_or(1, raccord_sys::child::exit_code);
        let rest = async {
            for lines in &mut self.lines {
                let _ = lines.await;
            }
        };
        // a program in the background may hold the pipe for ever
        let _ = timeout(LAST_LINES, rest).await;
        self.lines.clear();
        code
    }

    /// Asks it to end (SIGTERM), if it still runs.
    pub fn terminate(&self) {
        if let Some(pid) = self.child.id() {
            // it may have ended just now
            let _ = raccord_sys::signal::terminate(pid);
        }
    }
}

async fn tell_lines(output: impl AsyncRead + Unpin, feed: Feed) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut piece = tokio::io::AsyncReadExt::take(&mut output, LINE);
        match piece.read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let text = line.strip_suffix(b"\n").unwrap_or(&line);
                feed.room().await;
                feed.emit(None, EventKind::Printed(Bytes::copy_from_slice(text)));
            }
        }
    }
}
