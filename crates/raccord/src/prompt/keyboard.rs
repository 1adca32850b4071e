//! Does what a person types: sends it, or obeys.

use bytes::Bytes;
use raccord_core::event::ConnId;
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
    wish: Box<dyn Fn(Wish) + Send>,
    /// Whether it was said that what is typed waits for somebody.
    told_to_wait: bool,
}

impl Keyboard {
    /// Must be called within the session's runtime.
    pub(super) fn new(wire: Wire, commands: Commands, feed: Feed, wish: Box<dyn Fn(Wish) + Send>) -> Self {
        let outbox = Outbox::open(commands.clone(), feed);
        Self { wire, commands, outbox, wish, told_to_wait: false }
    }

    /// Takes a line, or several that were pasted; gives what is to be answered, in whole lines.
    pub(super) fn take(&mut self, typed: &str) -> String {
        let done = Command::parse(typed).and_then(|command| self.obey(command));
        done.unwrap_or_else(|sentence| format!("raccord: {sentence}\n"))
    }

    pub(super) fn wish(&self, wish: Wish) {
        (self.wish)(wish);
    }

    fn obey(&mut self, command: Command) -> Result<String, String> {
        match command {
            Command::Say(to, text) => {
                self.check(to)?;
                for line in text.lines().chain(text.is_empty().then_some("")) {
                    self.post(to, self.encode(line)?);
                }
                return Ok(self.waiting());
            }
            Command::Bytes(to, bytes) => {
                self.check(to)?;
                self.post(to, bytes.into());
                return Ok(self.waiting());
            }
            Command::File(to, path) => {
                self.check(to)?;
                self.outbox.post(Letter::File(to, path));
                return Ok(self.waiting());
            }
            Command::Peers => return Ok(words::peers(&self.commands.connections())),
            Command::Help => return Ok(words::help(self.commands.is_server())),
            Command::Close(conn) => self.one("/close", conn, Commands::close)?,
            Command::Reset(conn) => self.one("/reset", conn, Commands::reset)?,
            Command::Quit => self.wish(Wish::Quit),
        }
        Ok(String::new())
    }

    fn encode(&self, line: &str) -> Result<Bytes, String> {
        let line = format!("{line}{}", self.wire.line_ending());
        let bytes = self.wire.encoding.encode(&line);
        bytes.map(Bytes::from).map_err(|error| format!("not sent: {error}"))
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

    /// Tells one connection to end: the one that is named, or the only one.
    fn one(
        &self,
        word: &str,
        conn: Option<ConnId>,
        end: fn(&Commands, ConnId) -> bool,
    ) -> Result<(), String> {
        let open = self.commands.connections();
        let conn = match (conn, open.as_slice()) {
            (Some(conn), _) => conn,
            (None, [only]) => only.conn,
            (None, []) => return Err("nobody is connected".to_owned()),
            (None, several) => {
                let last = several[several.len() - 1].conn.0;
                return Err(format!("{word} which? {} are open, such as {word} {last}", several.len()));
            }
        };
        if end(&self.commands, conn) { Ok(()) } else { Err(words::not_connected(conn, &open)) }
    }
}
