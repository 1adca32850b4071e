//! The program that a connection is handed to: what to run, and its start.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use raccord_core::failure::{Failure, said};
use tokio::process::{Child, Command};

use crate::handle::Handle;

/// A program that is started for each connection: it reads what the peer sends, and what it writes is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    program: Arc<str>,
    arguments: Arc<[String]>,
}

impl Exec {
    /// `program`, looked up in PATH unless there is a slash in it, with these arguments.
    pub fn new(program: &str, arguments: &[String]) -> Self {
        Self { program: program.into(), arguments: arguments.into() }
    }

    /// `command` as `/bin/sh -c` reads it.
    pub fn shell(command: &str) -> Self {
        Self::new("/bin/sh", &["-c".to_owned(), command.to_owned()])
    }

    /// Why it cannot be started, as far as that is known before it is tried.
    pub fn obstacle(&self) -> Option<Failure> {
        raccord_sys::child::find(&self.program).err().map(|error| self.cannot_start(&error))
    }

    /// Starts it for a connection, in a process group of its own: stdin and stdout are pipes, and stderr is one where
    /// somebody is told what it says there, else ours.
    pub(crate) fn start(&self, handle: &Handle, is_told: bool) -> Result<Child, Failure> {
        let mut command = std::process::Command::new(&*self.program);
        raccord_sys::child::in_own_group(&mut command);
        command
            .args(self.arguments.iter())
            .env("RACCORD_PEER", handle.peer.to_string())
            .env("RACCORD_LOCAL", handle.local.to_string())
            .env("RACCORD_CONN", handle.conn.0.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if is_told { Stdio::piped() } else { Stdio::inherit() });
        Command::from(command).kill_on_drop(true).spawn().map_err(|error| self.cannot_start(&error))
    }

    fn cannot_start(&self, error: &std::io::Error) -> Failure {
        let failure = Failure::new(format!("cannot start {}", self.program), said(error));
        match error.kind() {
            std::io::ErrorKind::NotFound => failure.remedy(
                "check the name and PATH, or write the whole path; -c takes what only a shell understands",
            ),
            std::io::ErrorKind::PermissionDenied => self.may_not_be_started(failure),
            _ => match raccord_sys::errno::name(error) {
                Some("EMFILE" | "ENFILE") => {
                    failure.remedy("allow more descriptors (ulimit -n), or serve fewer at a time (-m)")
                }
                _ => failure,
            },
        }
    }

    fn may_not_be_started(&self, mut failure: Failure) -> Failure {
        let file = Path::new(&*self.program);
        let (reason, remedy) = if !self.program.contains('/') {
            (
                "what has this name in PATH is no file that you may execute",
                "check PATH, or write the whole path",
            )
        } else if file.is_dir() {
            ("it is a folder, not a program", "write the path of the program")
        } else if file.is_file() {
            (
                "the file is not executable for you",
                "make it so (chmod +x), or name the program that reads it before it: -e 'python3 FILE'",
            )
        } else {
            return failure.remedy("check that you may enter its folder, and execute it");
        };
        failure.said = format!("{}: {reason}", failure.said);
        failure.remedy(remedy)
    }
}
