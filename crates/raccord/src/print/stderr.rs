//! Errors and warnings, for people, on stderr.
#![expect(clippy::disallowed_methods, reason = "this is where stderr is written")]

use std::io::{IsTerminal, Write};

use raccord_core::notation::visible::harmless;

use super::charset::encoded;
use super::screen;
use crate::cli::Wrong;
use crate::exit::Exit;

/// Writes one line; a stderr that is closed or full has nobody to tell.
pub(super) fn line(text: &str) {
    lines(&format!("{text}\n"));
}

/// Writes whole lines. On a terminal with a line editor they scroll above what is typed.
fn lines(text: &str) {
    if text.is_empty() || (to_a_terminal() && screen::print(text)) {
        return;
    }
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(&encoded(text, to_a_terminal()));
}

/// Whether stderr is a terminal.
pub(super) fn to_a_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// An error that does not end the program: a sentence, and below it lines that say what to do.
pub(crate) fn error(sentence: &str) {
    line(&format!("raccord: {}", visible(sentence)));
}

/// Something that should be known.
pub(crate) fn warning(sentence: &str) {
    line(&format!("raccord: warning: {}", visible(sentence)));
}

/// Whatever was put into a sentence disturbs no terminal. What was made visible already stays as it is.
fn visible(sentence: &str) -> String {
    sentence.lines().map(harmless).collect::<Vec<_>>().join("\n")
}

/// What is answered to a person, beside what stdout is for; whole lines.
pub(crate) fn aside(text: &str) {
    lines(text);
}

/// An error that ends the program with exit code 1.
pub(crate) fn failed(sentence: &str) -> Exit {
    error(sentence);
    Exit::Failed
}

/// Wrong usage, of this command if it is known.
pub(crate) fn wrong_usage(wrong: &Wrong, command: Option<&str>) -> Exit {
    error(&wrong.0);
    let command = command.map_or_else(String::new, |command| format!("{command} "));
    line(&format!("  see `raccord {command}--help`"));
    Exit::Usage
}
