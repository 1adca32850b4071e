//! Help while typing: completion, what a command takes, and what the encoding lacks.

use std::borrow::Cow;
use std::fmt::Write;

use raccord_core::encoding::Encoding;
use raccord_core::event::ConnId;
use raccord_net::Commands;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use super::command::COMMANDS;
use crate::print::{Paint, screen};

/// What the editor asks while a line is typed.
pub(super) struct Help {
    commands: Commands,
    encoding: Encoding,
    paint: Paint,
    files: FilenameCompleter,
}

/// The longest line that is looked at for each key.
const LONGEST: usize = 4096;

impl Help {
    pub(super) fn new(commands: Commands, encoding: Encoding, paint: Paint) -> Self {
        Self { commands, encoding, paint, files: FilenameCompleter::new() }
    }

    fn numbers(&self) -> Vec<ConnId> {
        self.commands.connections().iter().map(|connection| connection.conn).collect()
    }
}

/// The word at the end of what is typed, and where it begins.
fn last_word(typed: &str) -> (usize, &str) {
    let start = typed.rfind(' ').map_or(0, |blank| blank + 1);
    (start, &typed[start..])
}

/// What can stand at this place of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Command,
    /// A command that goes to one connection.
    CommandToOne,
    Number,
    File,
    Anything,
}

fn place(typed: &str) -> Place {
    let (start, _) = last_word(typed);
    let words: Vec<_> = typed[..start].split(' ').filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [] if typed.starts_with('/') => Place::Command,
        ["/to" | "/close" | "/reset"] => Place::Number,
        ["/to", _] if typed[start..].starts_with('/') => Place::CommandToOne,
        ["/file", ..] | ["/to", _, "/file", ..] => Place::File,
        _ => Place::Anything,
    }
}

impl Completer for Help {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = &line[..pos];
        let (start, word) = last_word(typed);
        let words: Vec<String> = match place(typed) {
            Place::Command => COMMANDS.iter().map(|entry| entry.word.to_owned()).collect(),
            Place::CommandToOne => vec!["/hex".to_owned(), "/file".to_owned()],
            Place::Number => self.numbers().iter().map(|conn| conn.0.to_string()).collect(),
            Place::File => return self.files.complete(line, pos, context),
            Place::Anything => return Ok((pos, Vec::new())),
        };
        let fitting = words.into_iter().filter(|candidate| candidate.starts_with(word));
        let pairs = fitting.map(|word| Pair { replacement: format!("{word} "), display: word });
        Ok((start, pairs.collect()))
    }
}

/// What a command takes: shown, and nothing that a key would insert.
pub(super) struct Takes(String);

impl Hint for Takes {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Help {
    type Hint = Takes;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<Takes> {
        if pos < line.len() {
            return None;
        }
        let word = line.trim_end();
        let entry = COMMANDS.iter().find(|entry| entry.word == word && !entry.arguments.is_empty())?;
        let blank = if word.len() == line.len() { " " } else { "" };
        Some(Takes(format!("{blank}{}", entry.arguments)))
    }
}

impl Highlighter for Help {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        screen::before_drawing();
        let aside = self.paint.aside();
        format!("{aside}{prompt}{aside:#}").into()
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        let aside = self.paint.aside();
        format!("{aside}{hint}{aside:#}").into()
    }

    /// Characters that the encoding lacks, so that one sees them before they are refused.
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if line.is_ascii() || line.len() > LONGEST {
            return line.into();
        }
        let bad = self.paint.bad();
        let mut painted = String::with_capacity(line.len());
        for character in line.chars() {
            match self.encoding.encode(character.encode_utf8(&mut [0; 4])) {
                Ok(_) => painted.push(character),
                Err(_) => drop(write!(painted, "{bad}{character}{bad:#}")),
            }
        }
        painted.into()
    }

    fn highlight_char(&self, line: &str, _: usize, kind: CmdKind) -> bool {
        kind != CmdKind::MoveCursor && !line.is_ascii()
    }
}

impl Validator for Help {}
impl Helper for Help {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_stand_where() {
        let rows = [
            ("/", Place::Command),
            ("/cl", Place::Command),
            ("/close ", Place::Number),
            ("/to 2", Place::Number),
            ("/to 2 /", Place::CommandToOne),
            ("/to 2 he", Place::Anything),
            ("/file /tm", Place::File),
            ("/to 2 /file x", Place::File),
            ("hello /", Place::Anything),
            ("", Place::Anything),
        ];
        for (typed, expected) in rows {
            assert_eq!(place(typed), expected, "{typed:?}");
        }
    }
}
