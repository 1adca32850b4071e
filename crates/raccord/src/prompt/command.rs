//! What a typed line means: a text, or a command that begins with `/`.

use std::path::PathBuf;

use raccord_core::event::ConnId;
use raccord_core::notation::{hex, visible};
use raccord_core::spelling::nearest;
use raccord_net::To;

/// A typed line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Send a text, and the line ending.
    Say(To, String),
    /// Send bytes, exactly these.
    Bytes(To, Vec<u8>),
    /// Send a file's bytes.
    File(To, PathBuf),
    /// Who is connected.
    Peers,
    /// Close one connection in order; the only one where none is named.
    Close(Option<ConnId>),
    /// Reset one connection; the only one where none is named.
    Reset(Option<ConnId>),
    /// What can be typed.
    Help,
    /// End raccord.
    Quit,
}

/// A command as people see it: its word, what stands behind it, and what it does.
pub(super) struct Entry {
    pub(super) word: &'static str,
    pub(super) arguments: &'static str,
    pub(super) does: &'static str,
}

/// All commands, in the order of `/help`.
pub(super) const COMMANDS: [Entry; 8] = [
    entry("/to", "N TEXT", "send TEXT to #N alone; or /to N /hex …, /to N /file …"),
    entry("/hex", "01 02 ff", "send bytes, exactly these"),
    entry("/file", "PATH", "send a file's bytes"),
    entry("/peers", "", "who is connected, and what went over each connection"),
    entry("/close", "[N]", "close connection #N in order (FIN)"),
    entry("/reset", "[N]", "reset connection #N (RST)"),
    entry("/help", "", "this"),
    entry("/quit", "", "close everything in order, and end"),
];

const fn entry(word: &'static str, arguments: &'static str, does: &'static str) -> Entry {
    Entry { word, arguments, does }
}

impl Command {
    /// Understands one line; fails with a sentence that says what would be right.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        // a text of several lines was pasted: none of it is meant for us
        if line.contains('\n') {
            return Ok(Self::Say(To::All, line.to_owned()));
        }
        Self::parse_to(To::All, line)
    }

    fn parse_to(to: To, line: &str) -> Result<Self, String> {
        if !line.starts_with('/') {
            return Ok(Self::Say(to, line.to_owned()));
        }
        if let Some(text) = line.strip_prefix("//") {
            return Ok(Self::Say(to, format!("/{text}")));
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word, to) {
            ("/hex", _) => parse_hex(to, rest),
            ("/file", _) => parse_file(to, rest),
            ("/to", To::All) => parse_addressed(rest),
            ("/peers", To::All) => alone(word, rest, Self::Peers),
            ("/help", To::All) => alone(word, rest, Self::Help),
            ("/quit", To::All) => alone(word, rest, Self::Quit),
            ("/close", To::All) => Ok(Self::Close(number_or_none(word, rest)?)),
            ("/reset", To::All) => Ok(Self::Reset(number_or_none(word, rest)?)),
            (_, To::All) => Err(unknown(word)),
            (_, To::One(_)) => Err(format!(
                "{} does not go to one connection: a text, /hex or /file does",
                visible::harmless(word)
            )),
        }
    }
}

fn parse_hex(to: To, digits: &str) -> Result<Command, String> {
    match hex::parse(digits) {
        Ok(bytes) if bytes.is_empty() => Err("/hex needs bytes, such as /hex 01 03 00 0a".to_owned()),
        Ok(bytes) => Ok(Command::Bytes(to, bytes)),
        Err(error) => Err(format!("/hex {}: {error}", visible::harmless(digits))),
    }
}

fn parse_file(to: To, path: &str) -> Result<Command, String> {
    match path.trim() {
        "" => Err("/file needs the path of a file, such as /file request.bin".to_owned()),
        path => Ok(Command::File(to, unescaped(path).into())),
    }
}

/// A path as completion writes it: a backslash before a blank.
fn unescaped(path: &str) -> String {
    let mut unescaped = String::with_capacity(path.len());
    let mut characters = path.chars();
    while let Some(character) = characters.next() {
        let literal = if character == '\\' { characters.next() } else { None };
        unescaped.push(literal.unwrap_or(character));
    }
    unescaped
}

fn parse_addressed(rest: &str) -> Result<Command, String> {
    let usage = || "/to needs a connection and a text, such as /to 2 hello".to_owned();
    let (number, line) = rest.split_once(' ').ok_or_else(usage)?;
    let conn = parse_number(number).ok_or_else(usage)?;
    Command::parse_to(To::One(conn), line)
}

fn alone(word: &str, rest: &str, command: Command) -> Result<Command, String> {
    match rest.trim() {
        "" => Ok(command),
        more => Err(format!("{word} stands alone: what is `{}` for?", visible::harmless(more))),
    }
}

fn number_or_none(word: &str, rest: &str) -> Result<Option<ConnId>, String> {
    match rest.trim() {
        "" => Ok(None),
        number => match parse_number(number) {
            None => {
                Err(format!("{word} needs the number of a connection, such as {word} 2; /peers lists them"))
            }
            conn => Ok(conn),
        },
    }
}

/// `2`, or `#2` as it is shown.
fn parse_number(text: &str) -> Option<ConnId> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    digits.parse().ok().map(ConnId)
}

fn unknown(word: &str) -> String {
    let words = || COMMANDS.iter().map(|entry| entry.word);
    let begun = || words().find(|known| word.len() > 1 && known.starts_with(word));
    let meant = nearest(word, words()).or_else(begun);
    let hint = meant.map_or_else(String::new, |known| format!("did you mean {known}? "));
    let word = visible::harmless(word);
    format!(
        "there is no command {word}: {hint}/help lists them; a text that begins with / is written with a second one: /{word}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: To = To::One(ConnId(2));

    fn say(to: To, text: &str) -> Command {
        Command::Say(to, text.to_owned())
    }

    #[test]
    fn lines_and_what_they_mean() {
        let rows: &[(&str, Command)] = &[
            ("hello", say(To::All, "hello")),
            ("", say(To::All, "")),
            (" /quit", say(To::All, " /quit")),
            ("//etc/passwd", say(To::All, "/etc/passwd")),
            ("/to 2 hello  you ", say(TWO, "hello  you ")),
            ("/to #2 //x", say(TWO, "/x")),
            ("/to 2 /hex 0a", Command::Bytes(TWO, vec![10])),
            ("/to 2 ", say(TWO, "")),
            ("/hex 01 02,ff", Command::Bytes(To::All, vec![1, 2, 255])),
            ("/file a\\ b.bin", Command::File(To::All, "a b.bin".into())),
            ("/file /tmp/x ", Command::File(To::All, "/tmp/x".into())),
            ("/peers", Command::Peers),
            ("/close", Command::Close(None)),
            ("/close 2", Command::Close(Some(ConnId(2)))),
            ("/reset #3 ", Command::Reset(Some(ConnId(3)))),
            ("/help ", Command::Help),
            ("/quit", Command::Quit),
            ("/quit\nme", say(To::All, "/quit\nme")),
        ];
        for (line, command) in rows {
            assert_eq!(Command::parse(line).as_ref(), Ok(command), "{line:?}");
        }
    }

    #[test]
    fn what_cannot_be_understood_says_what_would_be_right() {
        let rows = [
            ("/", "there is no command /"),
            ("/quti", "did you mean /quit?"),
            ("/pers", "did you mean /peers?"),
            ("/rest 1", "did you mean /reset?"),
            ("/hepl", "did you mean /help?"),
            ("/usr/bin", "written with a second one: //usr/bin"),
            ("/to", "/to 2 hello"),
            ("/to 2", "/to 2 hello"),
            ("/to you hello", "/to 2 hello"),
            ("/to 2 /quit", "/quit does not go to one connection"),
            ("/hex", "/hex needs bytes"),
            ("/hex 0", "/hex 0: "),
            ("/hex xyz", "/hex xyz: "),
            ("/file", "/file needs the path"),
            ("/close two", "/close needs the number"),
            ("/reset 1 2", "/reset needs the number"),
            ("/peers now", "what is `now` for?"),
            ("/\u{1b}[31m", "/\\x1b[31m"),
        ];
        for (line, says) in rows {
            let error = Command::parse(line).expect_err(line);
            assert!(error.contains(says), "{line:?}: {error}");
        }
    }

    #[test]
    fn nothing_typed_is_too_strange() {
        proptest::proptest!(|(line in "/?(to|hex|file|close|reset|#|[0-9]| |\\PC){0,12}")| {
            let _ = Command::parse(&line);
        });
    }
}
