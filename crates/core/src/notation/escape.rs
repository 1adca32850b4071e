//! Text with escapes, as `--send` and `--reply` take it: characters that an encoding turns into bytes, and bytes.

use thiserror::Error;

use crate::encoding::{Encoding, Unencodable};

use super::visible::foreign;

/// A text whose escapes have been read.
///
/// `\n \r \t \0 \\ \"` and `\u{…}` are characters, and go through the encoding like all others; `\xHH` is
/// one byte on the wire, whatever the encoding.
///
/// ```
/// use raccord_core::{encoding::Encoding, notation::escape::Text};
/// let text = Text::parse(r"\u{e9}\xff\r\n")?;
/// assert_eq!(text.encode(Encoding::UTF_8).as_deref(), Ok(b"\xc3\xa9\xff\r\n".as_slice()));
/// # Ok::<(), raccord_core::notation::escape::EscapeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// As it was typed, to tell where in it an error lies.
    typed: String,
    parts: Vec<Part>,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Characters, to be encoded; never empty, and never next to other characters.
    Text(String),
    /// One byte that is sent as it is.
    Byte(u8),
}

impl Text {
    /// Reads the escapes of `typed`; an escape that means nothing is an error.
    pub fn parse(typed: &str) -> Result<Self, EscapeError> {
        let mut parts = Vec::new();
        for unit in (Units { rest: typed, column: 1 }) {
            match (unit?.value, parts.last_mut()) {
                (Value::Byte(byte), _) => parts.push(Part::Byte(byte)),
                (Value::Character(character), Some(Part::Text(text))) => text.push(character),
                (Value::Character(character), _) => parts.push(Part::Text(character.into())),
            }
        }
        Ok(Self { typed: typed.to_owned(), parts })
    }

    /// The text cut into runs of characters and single bytes, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The bytes that go on the wire. A character that `encoding` lacks is an error, whose column is counted
    /// in the text as it was typed, escapes included.
    pub fn encode(&self, encoding: Encoding) -> Result<Vec<u8>, Unencodable> {
        let mut bytes = Vec::new();
        let mut units = 0;
        for part in &self.parts {
            match part {
                Part::Byte(byte) => {
                    bytes.push(*byte);
                    units += 1;
                }
                Part::Text(text) => {
                    let encoded = encoding.encode(text).map_err(|error| Unencodable {
                        column: self.typed_column(units + error.column - 1),
                        ..error
                    })?;
                    bytes.extend(encoded);
                    units += text.chars().count();
                }
            }
        }
        Ok(bytes)
    }

    /// Where the character or byte number `index` (from 0) begins in the text as it was typed.
    fn typed_column(&self, index: usize) -> usize {
        let unit = Units { rest: &self.typed, column: 1 }.nth(index);
        unit.and_then(Result::ok).map_or(1, |unit| unit.column)
    }
}

/// Why a text with escapes cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column}: {problem}")]
pub struct EscapeError {
    /// The place of the backslash in the text, in characters, from 1.
    pub column: usize,
    /// What is wrong with the escape there.
    pub problem: EscapeProblem,
}

/// What can be wrong with an escape.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EscapeProblem {
    /// The text ends with a backslash.
    #[error(r"nothing follows the backslash; write `\\` for a backslash")]
    Alone,
    /// A backslash before a character that makes no escape.
    #[error(r#"`\{}` is no escape; write `\\` for a backslash (the escapes are \n \r \t \0 \\ \" \xHH \u{{…}})"#, foreign(.0.to_string()))]
    Unknown(char),
    /// `\x` without two digits.
    #[error(r"`\x` needs two hexadecimal digits, such as `\x0a`")]
    Byte,
    /// `\u` without one to six digits in braces.
    #[error(r"`\u` needs one to six hexadecimal digits in braces, such as `\u{{20ac}}`")]
    Character,
    /// The digits of `\u{…}` say no character (the surrogates d800 to dfff, or above 10ffff).
    #[error(r"`\u{{{0}}}` is no character of Unicode; write a single byte as `\xHH`")]
    NoCharacter(String),
}

/// One character or byte of the text.
struct Unit {
    /// Where it begins.
    column: usize,
    value: Value,
}

enum Value {
    Character(char),
    Byte(u8),
}

/// The units of a typed text, one after the other; of no use after the first error.
struct Units<'a> {
    rest: &'a str,
    /// Of the first character of `rest`, from 1.
    column: usize,
}

impl Iterator for Units<'_> {
    type Item = Result<Unit, EscapeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let column = self.column;
        let value = match self.take()? {
            '\\' => self.escape(),
            character => Ok(Value::Character(character)),
        };
        Some(match value {
            Ok(value) => Ok(Unit { column, value }),
            Err(problem) => Err(EscapeError { column, problem }),
        })
    }
}

impl<'a> Units<'a> {
    fn take(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let first = characters.next()?;
        self.rest = characters.as_str();
        self.column += 1;
        Some(first)
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<Value, EscapeProblem> {
        Ok(Value::Character(match self.take().ok_or(EscapeProblem::Alone)? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            same @ ('\\' | '"') => same,
            'x' => return self.byte().map(Value::Byte),
            'u' => self.character()?,
            other => return Err(EscapeProblem::Unknown(other)),
        }))
    }

    /// What stands behind `\x`.
    fn byte(&mut self) -> Result<u8, EscapeProblem> {
        let (digits, rest) = self.rest.split_at_checked(2).ok_or(EscapeProblem::Byte)?;
        let value = hexadecimal(digits).and_then(|value| u8::try_from(value).ok());
        let byte = value.ok_or(EscapeProblem::Byte)?;
        self.skip_ascii_to(rest);
        Ok(byte)
    }

    /// What stands behind `\u`.
    fn character(&mut self) -> Result<char, EscapeProblem> {
        let braced = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (digits, rest) =
            braced.filter(|(digits, _)| digits.len() <= 6).ok_or(EscapeProblem::Character)?;
        let value = hexadecimal(digits).ok_or(EscapeProblem::Character)?;
        let character = char::from_u32(value).ok_or_else(|| EscapeProblem::NoCharacter(digits.into()))?;
        self.skip_ascii_to(rest);
        Ok(character)
    }

    /// Goes on at `rest`, a tail of what is left; what lies before it is ASCII, a column each.
    fn skip_ascii_to(&mut self, rest: &'a str) {
        self.column += self.rest.len() - rest.len();
        self.rest = rest;
    }
}

/// The value of digits, and of digits only: no sign, and at least one.
fn hexadecimal(digits: &str) -> Option<u32> {
    let only_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| only_digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wire(typed: &str) -> Vec<u8> {
        Text::parse(typed).unwrap().encode(Encoding::UTF_8).unwrap()
    }

    #[test]
    fn each_escape_says_its_bytes() {
        for (typed, bytes) in [
            ("", &b""[..]),
            (r#"\n\r\t\0\\\""#, b"\n\r\t\0\\\""),
            (r"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n"),
            (r"\x00\x7F\xfF", b"\x00\x7f\xff"),
            (r"\u{41}\u{e9}\u{01F600}", "A\u{e9}\u{1f600}".as_bytes()),
            (r"\x411\\x41", br"A1\x41"),
            ("a\nb", b"a\nb"),
        ] {
            assert_eq!(wire(typed), bytes, "{typed}");
        }
    }

    #[test]
    fn a_byte_is_not_encoded_and_characters_are() {
        let text = Text::parse(r"\u{e9}\xe9é").unwrap();
        let latin = [Part::Text("é".into()), Part::Byte(0xe9), Part::Text("é".into())];
        assert_eq!(text.parts(), latin);
        let gbk = Encoding::for_label("gbk").unwrap();
        assert_eq!(text.encode(gbk).unwrap(), b"\xa8\xa6\xe9\xa8\xa6");
    }

    #[test]
    fn what_is_no_escape_is_refused_at_its_backslash() {
        use EscapeProblem::{Alone, Byte, Character, NoCharacter, Unknown};
        for (typed, column, problem) in [
            ("\\", 1, Alone),
            ("é\\n\\", 4, Alone),
            (r"a\q", 2, Unknown('q')),
            (r"\你", 1, Unknown('你')),
            (r"\N", 1, Unknown('N')),
            (r"\x", 1, Byte),
            (r"\u{e9}\x4", 7, Byte),
            (r"\x4g", 1, Byte),
            (r"\x+1", 1, Byte),
            (r"\xé", 1, Byte),
            (r"\u41", 1, Character),
            (r"\u{41", 1, Character),
            (r"\u{}", 1, Character),
            (r"\u{+41}", 1, Character),
            (r"\x41\u{0000041}", 5, Character),
            (r"\u{d800}", 1, NoCharacter("d800".into())),
            (r"\u{110000}", 1, NoCharacter("110000".into())),
        ] {
            assert_eq!(Text::parse(typed), Err(EscapeError { column, problem }), "{typed}");
        }
    }

    #[test]
    fn an_error_says_place_and_remedy() {
        for (typed, message) in [
            (
                r"C:\q",
                r#"column 3: `\q` is no escape; write `\\` for a backslash (the escapes are \n \r \t \0 \\ \" \xHH \u{…})"#,
            ),
            (r"\u20ac", r"column 1: `\u` needs one to six hexadecimal digits in braces, such as `\u{20ac}`"),
            (r"\u{dfff}", r"column 1: `\u{dfff}` is no character of Unicode; write a single byte as `\xHH`"),
        ] {
            assert_eq!(Text::parse(typed).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_character_that_cannot_be_sent_is_found_in_the_text_as_typed() {
        let gbk = Encoding::for_label("gbk").unwrap();
        for (typed, character, column) in
            [("ab😀", '😀', 3), (r"\xff\x00é\n😀😀", '😀', 12), (r"\\\u{1f600}", '😀', 3)]
        {
            let error = Text::parse(typed).unwrap().encode(gbk).unwrap_err();
            assert_eq!((error.character, error.column), (character, column), "{typed}");
        }
    }

    /// The text with each character written in one of the ways that mean it.
    fn escaped(text: &str, how: usize) -> String {
        let write = |(at, character): (usize, char)| match (character, (at + how) % 3) {
            ('\\' | '"', 0 | 1) => format!("\\{character}"),
            ('\\', _) | (_, 0) => format!("\\u{{{:x}}}", u32::from(character)),
            ('\n', 1) => r"\n".into(),
            ('\r', 1) => r"\r".into(),
            ('\t', 1) => r"\t".into(),
            ('\0', 1) => r"\0".into(),
            _ => character.into(),
        };
        text.chars().enumerate().map(write).collect()
    }

    proptest! {
        #[test]
        fn an_escaped_text_reads_back(text in r#"([\n\r\t\x00\\"]|\PC){0,20}"#, how in 0_usize..3) {
            prop_assert_eq!(wire(&escaped(&text, how)), text.as_bytes());
        }

        #[test]
        fn bytes_read_back(bytes: Vec<u8>) {
            let typed: Vec<String> = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
            prop_assert_eq!(wire(&typed.concat()), bytes);
        }

        #[test]
        fn no_text_panics_and_columns_are_inside(typed in r"(\\|[xu{}0-9a-f]|\PC){0,16}") {
            match Text::parse(&typed) {
                Err(error) => prop_assert_eq!(typed.chars().nth(error.column - 1), Some('\\')),
                Ok(text) => if let Err(error) = text.encode(Encoding::for_label("shift_jis").unwrap()) {
                    prop_assert!((1..=typed.chars().count()).contains(&error.column));
                }
            }
        }
    }
}
