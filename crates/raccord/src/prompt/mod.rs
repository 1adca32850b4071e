//! What a person types while a session runs: lines to send, and commands that begin with `/`.
//!
//! `command` is what a line means, `keyboard` does it, `outbox` sends in order; `editor` is the line editor, where the
//! terminal can carry one.

mod command;
mod complete;
mod editor;
mod history;
mod keyboard;
mod outbox;
mod plain;
mod words;

use raccord_net::{Commands, Feed};

use crate::cli::Wire;

/// What a person wants of the program, beside what goes to the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// `/quit`.
    Quit,
    /// Ctrl-C, where the terminal sends no signal for it.
    Interrupt,
}

/// A person at a terminal.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// How what is typed becomes bytes.
    pub(crate) wire: Wire,
    /// Whether the terminal carries a line editor.
    pub(crate) editor: bool,
}

impl Person {
    /// Takes what is typed, on a thread of its own, until the end of input. Must be called within the runtime of the
    /// session; what is to be told goes to `feed`.
    pub(crate) fn listen(
        self,
        commands: Commands,
        feed: Feed,
        color: clap::ColorChoice,
        wish: impl Fn(Wish) + Send + Sync + 'static,
    ) {
        let keyboard = keyboard::Keyboard::new(self.wire.clone(), commands, feed, std::sync::Arc::new(wish));
        // it waits for a key for ever, so nobody waits for it
        std::thread::spawn(move || {
            if self.editor {
                editor::read(keyboard, color);
            } else {
                plain::read(keyboard);
            }
        });
    }
}
