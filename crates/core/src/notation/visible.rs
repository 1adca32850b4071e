//! Text from a peer, or of any foreign origin, made visible and harmless for a terminal.
//!
//! Bytes that are not text in the encoding show as `\xHH`, and a literal backslash is doubled, so that `\xff`
//! on the screen is always one byte. Whatever would move the cursor, hide or reorder text shows as an escape
//! that [`escape::Text`](super::escape::Text) reads back: `\n \r \t \0`, `\x1b` for the other controls of one
//! byte, `\u{202e}` for the rest. U+FFFD shows only where somebody really sent that character.

use std::fmt::Write as _;

use crate::encoding::{Decoded, Invalid};

use super::hex;

/// The lines of what a decoder gave: cut after each LF, and not at a CR alone.
///
/// Text that ends with a line ending has no empty line behind it; nothing at all has no lines. An invalid byte
/// belongs to the line in which it came.
///
/// ```
/// use raccord_core::{encoding::Encoding, notation::visible};
/// let decoded = Encoding::UTF_8.decode(b"caf\xc3\xa9 \xff\r\nC:\\ \x1b[2J");
/// let shown: Vec<String> = visible::lines(&decoded).map(|line| line.to_string()).collect();
/// assert_eq!(shown, [r"café \xff", r"C:\\ \x1b[2J"]);
/// ```
pub fn lines(decoded: &Decoded) -> Lines<'_> {
    Lines { text: &decoded.text, at: 0, invalid: &decoded.invalid }
}

/// The iterator that [`lines`] gives.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    /// The whole text.
    text: &'a str,
    /// Where the next line begins in it.
    at: usize,
    /// The invalid bytes of the lines to come.
    invalid: &'a [Invalid],
}

/// One line of text from a peer, without its ending. [`Line::write`] and `Display` give its visible form.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    text: &'a str,
    /// Where `text` begins in the text that the places of `invalid` count in.
    start: usize,
    invalid: &'a [Invalid],
    ending: Ending,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a line feed.
    Lf,
    /// With a carriage return and a line feed, and no invalid byte between them.
    CrLf,
    /// Not at all: the text stops there.
    None,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let rest = &self.text[self.at..];
        if rest.is_empty() && self.invalid.is_empty() {
            return None;
        }
        let start = self.at;
        let Some(length) = rest.find('\n') else {
            self.at = self.text.len();
            return Some(Line {
                text: rest,
                start,
                invalid: std::mem::take(&mut self.invalid),
                ending: Ending::None,
            });
        };
        let feed = start + length;
        self.at = feed + 1;
        let (invalid, later) = self.invalid.split_at(self.invalid.partition_point(|byte| byte.at <= feed));
        self.invalid = later;
        let between = invalid.last().is_some_and(|byte| byte.at == feed);
        Some(match rest[..length].strip_suffix('\r') {
            Some(text) if !between => Line { text, start, invalid, ending: Ending::CrLf },
            _ => Line { text: &rest[..length], start, invalid, ending: Ending::Lf },
        })
    }
}

impl Line<'_> {
    /// How the line ends.
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Appends the visible form of the line, without its ending.
    pub fn write(&self, out: &mut String) {
        let mut rest = self.text;
        let mut at = self.start;
        for byte in self.invalid {
            let (before, after) = rest.split_at(byte.at - at);
            write_text(before, out);
            write_byte(byte.byte, out);
            (rest, at) = (after, byte.at);
        }
        write_text(rest, out);
    }
}

impl std::fmt::Display for Line<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        formatter.write_str(&out)
    }
}

/// The visible form of a name or text that is somebody else's: a foreign program's, an error's, a file's.
/// Bytes are read as UTF-8.
pub fn foreign(text: impl AsRef<[u8]>) -> String {
    let mut out = String::new();
    for chunk in text.as_ref().utf8_chunks() {
        write_text(chunk.valid(), &mut out);
        chunk.invalid().iter().for_each(|&byte| write_byte(byte, &mut out));
    }
    out
}

/// The same where a backslash stays as it was written: in what the reader typed, in the output of a program that the
/// reader started, so that the lines read as they were meant, and in a sentence whose foreign parts are visible already:
/// what [`foreign`] or this gave stays as it is.
pub fn harmless(text: impl AsRef<[u8]>) -> String {
    let parts = text.as_ref().split(|&byte| byte == b'\\');
    parts.map(foreign).collect::<Vec<_>>().join("\\")
}

/// Whether a character shows nothing, or changes how others show: a control, a line or paragraph separator,
/// a bidirectional mark, or any other one that Unicode calls default-ignorable.
///
/// Joiners and variation selectors are among them: in a text one debugs, what is there should be seen.
pub(crate) fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // separators, and interlinear annotation
        | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}'
        // Default_Ignorable_Code_Point of Unicode 16, DerivedCoreProperties.txt; it holds the bidirectional ones
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Appends text: runs of plain bytes whole, and the characters between them one by one.
fn write_text(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| SUSPECT[usize::from(byte)]) {
        let (plain, suspect) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = suspect.chars();
        if let Some(character) = characters.next() {
            write_character(character, out);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// For each byte, whether a character that needs an escape can begin with it.
const SUSPECT: [bool; 256] = {
    let mut suspect = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        // of UTF-8's first bytes: U+0080, U+034F, U+061C, U+1000 to U+3FFF, U+F000 to U+FFFF, U+10000, U+E0000
        suspect[byte] =
            matches!(byte, 0..=0x1f | 0x5c | 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1..=0xe3 | 0xef | 0xf0 | 0xf3);
        byte += 1;
    }
    suspect
};

fn write_character(character: char, out: &mut String) {
    match character {
        '\\' => out.push_str(r"\\"),
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        '\t' => out.push_str(r"\t"),
        '\0' => out.push_str(r"\0"),
        '\u{1}'..='\u{1f}' | '\u{7f}' => write_byte(character as u8, out),
        hidden if is_hidden(hidden) => {
            // writing to a String cannot fail
            let _ = write!(out, r"\u{{{:x}}}", u32::from(hidden));
        }
        plain => out.push(plain),
    }
}

fn write_byte(byte: u8, out: &mut String) {
    out.push_str(r"\x");
    hex::write_lower(&[byte], out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;
    use crate::notation::escape::{Part, Text};
    use proptest::prelude::*;

    fn shown(bytes: &[u8]) -> Vec<(String, Ending)> {
        let decoded = Encoding::UTF_8.decode(bytes);
        lines(&decoded).map(|line| (line.to_string(), line.ending())).collect()
    }

    #[test]
    fn lines_end_at_lf_and_crlf() {
        use Ending::{CrLf, Lf, None};
        for (bytes, expected) in [
            (&b""[..], &[][..]),
            (b"one", &[("one", None)]),
            (b"\n", &[("", Lf)]),
            (b"\r\n\r\n", &[("", CrLf), ("", CrLf)]),
            (b"one\r\ntwo\nthree", &[("one", CrLf), ("two", Lf), ("three", None)]),
            (b"50%\rdone\r\r\n", &[(r"50%\rdone\r", CrLf)]),
            (b"one\r", &[(r"one\r", None)]),
        ] {
            let expected: Vec<_> = expected.iter().map(|&(text, ending)| (text.to_owned(), ending)).collect();
            assert_eq!(shown(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn invalid_bytes_stand_in_their_line() {
        use Ending::{CrLf, Lf, None};
        for (bytes, expected) in [
            (&b"\xff"[..], &[(r"\xff", None)][..]),
            (b"a\xffb\xfe\xfd\n\xfcc\r\n\xfb", &[(r"a\xffb\xfe\xfd", Lf), (r"\xfcc", CrLf), (r"\xfb", None)]),
            (b"a\xff\r\nb", &[(r"a\xff", CrLf), ("b", None)]),
            (b"a\r\xff\nb", &[(r"a\r\xff", Lf), ("b", None)]),
            ("é\u{fffd}".as_bytes(), &[("é\u{fffd}", None)]),
        ] {
            let expected: Vec<_> = expected.iter().map(|&(text, ending)| (text.to_owned(), ending)).collect();
            assert_eq!(shown(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_disturbs_a_terminal_is_an_escape() {
        for (text, expected) in [
            ("ok,  Le problème est en cours ...", "ok,  Le problème est en cours ..."),
            ("你好，世界 “…” 𠮷 😀 ─ e\u{301}\u{a0}", "你好，世界 “…” 𠮷 😀 ─ e\u{301}\u{a0}"),
            (r"\xff C:\new", r"\\xff C:\\new"),
            ("a\tb\rc\nd\0e", r"a\tb\rc\nd\0e"),
            ("\u{1b}[31m\u{7}\u{8}\u{7f}", r"\x1b[31m\x07\x08\x7f"),
            ("\u{80}\u{85}\u{9b}31m", r"\u{80}\u{85}\u{9b}31m"),
            ("\u{202e}gpj.exe\u{2066}\u{200f}\u{61c}", r"\u{202e}gpj.exe\u{2066}\u{200f}\u{61c}"),
            ("a\u{2028}b\u{2029}\u{feff}\u{ad}", r"a\u{2028}b\u{2029}\u{feff}\u{ad}"),
            ("\u{e0041}\u{e007f}\u{e0100}\u{fe0f}\u{3164}", r"\u{e0041}\u{e007f}\u{e0100}\u{fe0f}\u{3164}"),
        ] {
            assert_eq!(foreign(text), expected);
        }
        assert_eq!(foreign(b"py\xffthon\x1b\xe4\xbd"), r"py\xffthon\x1b\xe4\xbd");
    }

    #[test]
    fn no_hidden_character_slips_through_as_plain() {
        for character in '\0'..=char::MAX {
            let text = String::from(character);
            assert_eq!(foreign(&text) == text, !is_hidden(character) && character != '\\', "{text:?}");
        }
    }

    /// What a visible text says, in bytes; the escapes of single-byte controls and of invalid bytes are one.
    fn read_back(visible: &str) -> Vec<u8> {
        let text = Text::parse(visible).unwrap();
        let bytes = text.parts().iter().map(|part| match part {
            Part::Text(text) => text.clone().into_bytes(),
            Part::Byte(byte) => vec![*byte],
        });
        bytes.flatten().collect()
    }

    fn harmless(text: &str) -> bool {
        !text.chars().any(|character| {
            character.is_control() || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
    }

    /// Bytes in which text, line endings, escapes, hidden characters and what is no text lie close together.
    fn mixed() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<u8>().prop_map(|byte| vec![byte]),
            any::<char>().prop_map(|character| String::from(character).into_bytes()),
            prop::sample::select(vec![
                "\n",
                "\r\n",
                "\r",
                "\\",
                "\\x41",
                "\u{202e}",
                "\u{85}",
                "\u{1b}[0m",
                "{",
                "text"
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn lines_are_harmless_and_read_back(bytes in mixed()) {
            let decoded = Encoding::UTF_8.decode(&bytes);
            let mut again = Vec::new();
            for line in lines(&decoded) {
                let visible = line.to_string();
                prop_assert!(harmless(&visible), "{visible:?}");
                again.extend(read_back(&visible));
                again.extend_from_slice(match line.ending() { Ending::Lf => b"\n", Ending::CrLf => b"\r\n", Ending::None => b"" });
            }
            prop_assert_eq!(again, bytes);
        }

        #[test]
        fn foreign_text_is_harmless_and_reads_back(bytes in mixed()) {
            let visible = foreign(&bytes);
            prop_assert!(harmless(&visible), "{visible:?}");
            prop_assert_eq!(read_back(&visible), bytes);
        }

        #[test]
        fn what_is_visible_stays_as_it_is(bytes in mixed()) {
            for visible in [foreign(&bytes), super::harmless(&bytes)] {
                prop_assert_eq!(super::harmless(&visible), visible);
            }
        }
    }
}
