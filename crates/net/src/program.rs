//! The program that `--run` starts beside a session: the client of our server, or the server of our client.

use std::process::Stdio;

use raccord_core::failure::{Failure, said};
use raccord_core::notation::command::{Placeholder, fill};
use tokio::process::{Child, Command};

use crate::feed::Feed;
use crate::lines::Lines;

/// A program that runs.
#[derive(Debug)]
pub struct Program {
    child: Child,
    lines: Lines,
}

/// Where the program finds the session: an address that one can connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// `{host}` and `RACCORD_HOST`; of a Unix socket all of its endpoint. The name itself, not as it is shown.
    pub host: String,
    /// `{port}` and `RACCORD_PORT`; empty where there is none.
    pub port: Option<u16>,
}

impl Reach {
    /// `{endpoint}` and `RACCORD_ENDPOINT`: host and port in one word.
    fn endpoint(&self) -> String {
        let host = &self.host;
        match self.port {
            None => host.clone(),
            Some(port) if host.contains(':') => format!("[{host}]:{port}"),
            Some(port) => format!("{host}:{port}"),
        }
    }
}

/// Starts `command` by `/bin/sh -c`, with nothing as its input; names in it are never read as commands. Each line it
/// prints is an event of `feed`; without a feed everything goes to our standard error.
pub fn start(command: &str, reach: &Reach, feed: Option<&Feed>) -> Result<Program, Failure> {
    let port = reach.port.map_or_else(String::new, |port| port.to_string());
    let endpoint = reach.endpoint();
    let placeholders = [
        Placeholder { text: "{host}", name: &reach.host, variable: "RACCORD_HOST" },
        Placeholder { text: "{port}", name: &port, variable: "RACCORD_PORT" },
        Placeholder { text: "{endpoint}", name: &endpoint, variable: "RACCORD_ENDPOINT" },
    ];
    let words = fill(command, &placeholders);
    let output = || if feed.is_some() { Stdio::piped() } else { our_stderr() };
    let mut shell = std::process::Command::new("/bin/sh");
    raccord_sys::child::in_own_group(&mut shell);
    let mut child = Command::from(shell)
        .args(["-c", &words])
        .envs(placeholders.map(|one| (one.variable, one.name)))
        .stdin(Stdio::null())
        .stdout(output())
        .stderr(output())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::new(format!("cannot run {command:?} by /bin/sh"), said(&error)))?;
    let mut lines = Lines::default();
    if let Some(feed) = feed {
        child.stdout.take().into_iter().for_each(|output| lines.tell(output, None, feed));
        child.stderr.take().into_iter().for_each(|output| lines.tell(output, None, feed));
    }
    Ok(Program { child, lines })
}

/// For a program whose output nobody observes.
#[expect(clippy::disallowed_methods, reason = "the program writes to it, net does not")]
fn our_stderr() -> Stdio {
    std::io::stderr().into()
}

impl Program {
    /// Waits for its end and its last lines; its exit code, 128 + N where signal N ended it. Cancel safe.
    pub async fn ended(&mut self) -> i32 {
        let code = self.child.wait().await.map_or(1, raccord_sys::child::exit_code);
        self.lines.end().await;
        code
    }

    /// Its process, and the group that it leads; none once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it, and what it has started, to end (SIGTERM), if it still runs.
    pub fn terminate(&self) {
        if let Some(pid) = self.child.id() {
            // it may have ended just now
            let _ = raccord_sys::child::terminate_group(pid);
        }
    }
}

/// A program that still runs is ended with all that it has started (SIGKILL).
impl Drop for Program {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            // it may have ended just now
            let _ = raccord_sys::child::kill_group(pid);
        }
    }
}
