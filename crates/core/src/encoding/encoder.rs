//! Text to bytes: a character that cannot be said is an error, never a replacement.

use std::fmt;

use encoding_rs::EncoderResult;

use super::catalogue::Codec;
use super::{Encoding, gbk};

/// A character of a text that the encoding cannot express.
///
/// ```
/// use raccord_core::encoding::Encoding;
/// let error = Encoding::for_label("gbk")?.encode("10 €").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "gbk has no '€' (U+20AC), character 4 of the text: use gb18030 (a2 e3) or cp936 (80)"
/// );
/// # Ok::<(), raccord_core::encoding::UnknownEncoding>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unencodable {
    /// The encoding that was asked for.
    pub encoding: Encoding,
    /// The first character that it does not have.
    pub character: char,
    /// Where the character stands in the text, in characters, from 1.
    pub column: usize,
}

impl Unencodable {
    /// The character that starts at byte `at` of `text`.
    pub(super) fn new(encoding: Encoding, text: &str, at: usize) -> Self {
        let (before, after) = text.split_at(at);
        let character = after.chars().next().unwrap_or_default();
        Self { encoding, character, column: before.chars().count() + 1 }
    }
}

impl std::error::Error for Unencodable {}

impl fmt::Display for Unencodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = format_args!("character {} of the text", self.column);
        write_unencodable(f, self.encoding, self.character, place)
    }
}

/// What cannot be said, where, and which encodings near by can, with their bytes.
pub(super) fn write_unencodable(
    f: &mut fmt::Formatter<'_>,
    encoding: Encoding,
    character: char,
    place: fmt::Arguments<'_>,
) -> fmt::Result {
    write!(f, "{encoding} has no {character:?} (U+{:04X}), {place}: use ", u32::from(character))?;
    let said = |other: Encoding| Some((other, other.encode(character.encode_utf8(&mut [0; 4])).ok()?));
    let mut able: Vec<_> = encoding.wider().filter_map(said).collect();
    if able.is_empty() {
        able.extend(said(Encoding::UTF_8));
    }
    for (index, (other, bytes)) in able.iter().enumerate() {
        let or = if index == 0 { "" } else { " or " };
        let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        write!(f, "{or}{other} ({})", bytes.join(" "))?;
    }
    Ok(())
}

/// Encodes one text in any number of parts.
pub(super) enum Encoder {
    /// By the tables of the standard. Only ISO-2022-JP keeps a state between parts.
    Tables {
        machine: encoding_rs::Encoder,
        /// Index, in bytes, of the first character not to send although the table has it.
        first_refused: fn(&str) -> Option<usize>,
    },
    /// UTF-16, which the library decodes and does not encode (it would write UTF-8): the bytes of a unit.
    Utf16(fn(u16) -> [u8; 2]),
    /// U+0000 to U+00FF, one to one (ISO/IEC 8859-1 with the C0 and C1 controls).
    Latin1,
    /// U+0000 to U+007F, one to one (RFC 20).
    Ascii,
}

impl Encoder {
    pub(super) fn new(codec: Codec) -> Self {
        let tables = |encoding: &'static encoding_rs::Encoding, first_refused| Self::Tables {
            machine: encoding.new_encoder(),
            first_refused,
        };
        match codec {
            Codec::Whatwg(encoding) => tables(encoding, |_| None),
            Codec::Gbk => tables(encoding_rs::GBK, gbk::first_refused),
            Codec::Utf16Le => Self::Utf16(u16::to_le_bytes),
            Codec::Utf16Be => Self::Utf16(u16::to_be_bytes),
            Codec::Latin1 => Self::Latin1,
            Codec::Ascii => Self::Ascii,
        }
    }

    /// Appends the bytes of `text`, or of what stands before the first character that cannot be said: the
    /// error is the index of that character, in bytes.
    pub(super) fn push(&mut self, text: &str, out: &mut Vec<u8>) -> Result<(), usize> {
        let stop = match self {
            Self::Tables { machine, first_refused } => {
                let refused = first_refused(text);
                encode(machine, &text[..refused.unwrap_or(text.len())], out)?;
                refused
            }
            Self::Utf16(unit_bytes) => {
                out.extend(text.encode_utf16().flat_map(*unit_bytes));
                None
            }
            Self::Latin1 => {
                let end = encoding_rs::mem::str_latin1_up_to(text);
                out.extend_from_slice(&encoding_rs::mem::encode_latin1_lossy(&text[..end]));
                (end < text.len()).then_some(end)
            }
            Self::Ascii => {
                let end = encoding_rs::Encoding::ascii_valid_up_to(text.as_bytes());
                out.extend_from_slice(&text.as_bytes()[..end]);
                (end < text.len()).then_some(end)
            }
        };
        stop.map_or(Ok(()), Err)
    }

    /// Appends what the end of the text needs: ISO-2022-JP returns to ASCII.
    pub(super) fn finish(self, out: &mut Vec<u8>) {
        if let Self::Tables { mut machine, .. } = self {
            out.reserve(machine.max_buffer_length_from_utf8_without_replacement(0).unwrap_or_default());
            let _ = machine.encode_from_utf8_to_vec_without_replacement("", out, true);
        }
    }
}

fn encode(machine: &mut encoding_rs::Encoder, text: &str, out: &mut Vec<u8>) -> Result<(), usize> {
    let mut done = 0;
    loop {
        let rest = &text[done..];
        out.reserve(
            machine.max_buffer_length_from_utf8_without_replacement(rest.len()).unwrap_or(rest.len()),
        );
        let (result, read) = machine.encode_from_utf8_to_vec_without_replacement(rest, out, false);
        done += read;
        match result {
            EncoderResult::InputEmpty => return Ok(()),
            EncoderResult::OutputFull => {}
            // Not the character that the library names: for ESC in ISO-2022-JP that is U+FFFD.
            EncoderResult::Unmappable(_) => {
                return Err(text[..done].char_indices().next_back().map_or(0, |(at, _)| at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(label: &str) -> Encoding {
        Encoding::for_label(label).unwrap()
    }

    #[test]
    fn each_trap() {
        let table: &[(&str, &str, &[u8])] = &[
            ("gbk", "ok,  Le problème est en cours ...", b"ok,  Le probl\xa8\xa8me est en cours ..."),
            ("gbk", "你好", b"\xc4\xe3\xba\xc3"),
            ("cp936", "€ǹ⺁", b"\x80\xa8\xbf\xfe\x50"),
            ("gb18030", "€😀", b"\xa2\xe3\x94\x39\xfc\x36"),
            ("utf-16le", "a€😀", b"a\0\xac\x20\x3d\xd8\x00\xde"),
            ("utf-16be", "a€😀", b"\0a\x20\xac\xd8\x3d\xde\x00"),
            ("utf-16", "a", b"a\0"),
            ("latin1", "\u{80}éÿ", b"\x80\xe9\xff"),
            ("windows-1252", "€é", b"\x80\xe9"),
            ("ascii", "\0a~\x7f", b"\0a~\x7f"),
            ("iso-2022-jp", "aあ", b"a\x1b$B$\"\x1b(B"),
            ("iso-2022-jp", "あ\n", b"\x1b$B$\"\x1b(B\n"),
            ("shift_jis", "¥‾", b"\\~"),
            ("x-user-defined", "\u{f780}", b"\x80"),
            ("utf-8", "\u{feff}", b"\xef\xbb\xbf"),
            ("utf-8", "", b""),
        ];
        for (label, text, bytes) in table {
            assert_eq!(encoding(label).encode(text).as_deref(), Ok(*bytes), "{label} {text}");
        }
    }

    #[test]
    fn what_cannot_be_said_is_named_with_its_place_and_a_way_out() {
        let table = [
            (
                "gbk",
                "é€",
                "gbk has no '€' (U+20AC), character 2 of the text: use gb18030 (a2 e3) or cp936 (80)",
            ),
            (
                "gbk",
                "ǹ",
                "gbk has no 'ǹ' (U+01F9), character 1 of the text: use gb18030 (a8 bf) or cp936 (a8 bf)",
            ),
            ("gbk", "a😀", "gbk has no '😀' (U+1F600), character 2 of the text: use gb18030 (94 39 fc 36)"),
            ("latin1", "10 €", "latin1 has no '€' (U+20AC), character 4 of the text: use windows-1252 (80)"),
            ("latin1", "中", "latin1 has no '中' (U+4E2D), character 1 of the text: use utf-8 (e4 b8 ad)"),
            (
                "ascii",
                "é",
                "ascii has no 'é' (U+00E9), character 1 of the text: use latin1 (e9) or utf-8 (c3 a9)",
            ),
            (
                "iso-2022-jp",
                "あ\u{1b}",
                "iso-2022-jp has no '\\u{1b}' (U+001B), character 2 of the text: use utf-8 (1b)",
            ),
        ];
        for (label, text, message) in table {
            assert_eq!(encoding(label).encode(text).unwrap_err().to_string(), message);
        }
    }
}
