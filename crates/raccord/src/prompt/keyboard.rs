//! Does what a person types: sends it, or obeys.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use raccord_core::event::ConnId;
use raccord_core::notation::visible;
use raccord_net::{Commands, Feed, To};

use super::command::Command;
use super::outbox::{Letter, Outbox};
use super::{Wish, words};
use crate::cli::Wire;

/// One person's hold on a session. Dropping it ends the input.
pub(super) struct Keyboard {
    pub(super) wire: Wire,
    pub(super) commands: Commands,
    outbox: Outbox,
    wish: Arc<dyn Fn(Wish) + Send + Sync>,
    /// Whether it was said that what is typed waits for somebody.
    told_to_wait: bool,
}

impl Keyboard {
    /// Must be called within the session's runtime.
    pub(super) fn new(
        wire: Wire,
        commands: Commands,
        feed: Feed,
        wish: Arc<dyn Fn(Wish) + Send + Sync>,
    ) -> Self {
        let outbox = Outbox::open(commands.clone(), feed);
        Self { wire, commands, outbox, wish, told_to_wait: false }
    }

    /// Takes a line, or several that were pasted; gives what is to be answered, in whole lines.
    pub(super) fn take(&mut self, typed: &str) -> String {
        let done = Command::parse(typed).and_then(|command| self.obey(command));
        done.unwrap_or_else(|sentence| format!("raccord: {sentence}\n"))
    }

    /// What there is to know where nothing more is typed.
    pub(super) fn over(&self) -> &'static str {
        if self.commands.is_server() { words::INPUT_IS_OVER } else { "" }
    }

    pub(super) fn wish(&self, wish: Wish) {
        (self.wish)(wish);
    }

    fn obey(&mut self, command: Command) -> Result<String, String> {
        match command {
            Command::Say(to, text) => {
                self.check(to)?;
                // all or nothing
                self.encode(&text)?.into_iter().for_each(|line| self.post(to, line));
                return Ok(self.waiting());
            }
            Command::Bytes(to, bytes) => {
                self.check(to)?;
                let bytes = self.wire.bytes(bytes).map_err(|error| format!("not sent: {error}"))?;
                self.post(to, bytes);
                return Ok(self.waiting());
            }
            Command::File(to, path) => {
                self.check(to)?;
                let path = under_home(path);
                refuse_what_never_ends(&path)?;
                self.outbox.post(Letter::File(to, path));
                return Ok(self.waiting());
            }
            Command::Peers => return Ok(words::peers(&self.commands.connections())),
            Command::Help => return Ok(words::help(self.commands.is_server())),
            // behind what was typed before
            Command::Close(conn) => {
                let (conn, commands) = (self.one("/close", conn)?, self.commands.clone());
                let waits = self.outbox.is_waiting();
                self.outbox.then(move || {
                    // it may be gone by then
                    let _ = commands.close(conn);
                });
                return Ok(if waits { words::closes_later(conn) } else { String::new() });
            }
            Command::Reset(conn) => {
                self.commands.reset(self.one("/reset", conn)?);
            }
            Command::Quit if self.commands.connections().is_empty() => self.wish(Wish::Quit),
            Command::Quit => {
                let wish = Arc::clone(&self.wish);
                self.outbox.then(move || wish(Wish::Quit));
            }
        }
        Ok(String::new())
    }

    /// Each line as it goes over the wire; of several, the one that cannot be said is named.
    fn encode(&self, text: &str) -> Result<Vec<Bytes>, String> {
        let lines: Vec<_> = text.lines().chain(text.is_empty().then_some("")).collect();
        let encoded = lines.iter().enumerate().map(|(index, line)| {
            self.wire.line(line).map_err(|error| match lines.len() {
                1 => format!("not sent: {error}"),
                _ => format!("not sent, none of it: line {}: {error}", index + 1),
            })
        });
        encoded.collect()
    }

    fn post(&self, to: To, bytes: Bytes) {
        if !bytes.is_empty() {
            self.outbox.post(Letter::Bytes(to, bytes));
        }
    }

    fn check(&self, to: To) -> Result<(), String> {
        let To::One(conn) = to else { return Ok(()) };
        let open = self.commands.connections();
        if open.iter().any(|connection| connection.conn == conn) {
            return Ok(());
        }
        Err(words::not_connected(conn, &open))
    }

    /// Says once that nobody is there for what was typed.
    fn waiting(&mut self) -> String {
        let somebody = !self.commands.connections().is_empty();
        if somebody || std::mem::replace(&mut self.told_to_wait, true) {
            return String::new();
        }
        let whom = if self.commands.is_server() { "the next client" } else { "the connection" };
        format!("nobody is connected yet: what you type waits for {whom}\n")
    }

    /// The connection that is meant: the one that is named, or the only one.
    fn one(&self, word: &str, conn: Option<ConnId>) -> Result<ConnId, String> {
        let open = self.commands.connections();
        match (conn, open.as_slice()) {
            (Some(conn), open) if open.iter().any(|connection| connection.conn == conn) => Ok(conn),
            (Some(conn), open) => Err(words::not_connected(conn, open)),
            (None, [only]) => Ok(only.conn),
            (None, []) => Err("nobody is connected".to_owned()),
            (None, several) => {
                let last = several[several.len() - 1].conn.0;
                Err(format!("{word} which? {} are open, such as {word} {last}", several.len()))
            }
        }
    }
}

/// A path as a shell takes it: `~/` is under the home directory.
fn under_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path,
    }
}

/// A device or a pipe may never end, and everything that is typed would wait behind it. What cannot be looked at is told
/// when it is read.
fn refuse_what_never_ends(path: &Path) -> Result<(), String> {
    match path.metadata() {
        Ok(file) if !file.is_file() && !file.is_dir() => {
            let path = visible::harmless(path.display().to_string());
            Err(format!("{path} is a device or a pipe, and may never end: /file sends files"))
        }
        _ => Ok(()),
    }
}
