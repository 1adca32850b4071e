//! A stream of UTF-8, such as stdin, to the bytes of another encoding, in any cuts.

use std::fmt;

use super::encoder::write_unencodable;
use super::{Decoded, Decoder, Encoder, Encoding};

/// Converts a stream of UTF-8 into an encoding; into UTF-8 it only checks. Any cut of the input gives the
/// same bytes, and the same error.
///
/// ```
/// use raccord_core::encoding::{Encoding, Transcoder};
/// let (mut transcoder, mut wire) = (Transcoder::new(Encoding::for_label("gbk")?), Vec::new());
/// transcoder.push(b"probl\xc3", &mut wire)?;
/// transcoder.push(b"\xa8me", &mut wire)?;
/// transcoder.finish(&mut wire)?;
/// assert_eq!(wire, b"probl\xa8\xa8me");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Transcoder {
    encoding: Encoding,
    /// None once the stream has ended, by its end or by an error.
    encoder: Option<Encoder>,
    error: Option<TranscodeError>,
    input: Decoder,
    decoded: Decoded,
    /// Bytes of the input that were whole characters, all of them converted.
    offset: u64,
}

/// Where a stream of UTF-8 could not be converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TranscodeError {
    /// The input is not UTF-8 (RFC 3629).
    InvalidUtf8 {
        /// Where the invalid sequence starts in the stream, in bytes from 0.
        offset: u64,
        /// The byte that stands there.
        byte: u8,
    },
    /// A character that the encoding cannot express.
    Unencodable {
        /// Where the character starts in the stream, in bytes from 0.
        offset: u64,
        /// The encoding that was asked for.
        encoding: Encoding,
        /// The character that it does not have.
        character: char,
    },
}

impl Transcoder {
    /// At the start of a stream.
    pub fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            encoder: Some(Encoder::new(encoding.0.codec)),
            error: None,
            input: Encoding::UTF_8.decoder(),
            decoded: Decoded::default(),
            offset: 0,
        }
    }

    /// Appends to `out` the bytes of the characters that are complete. Fails at the first that is not UTF-8
    /// or cannot be expressed; what stands before it is still appended. Nothing comes out after an error,
    /// which stays: each later call fails with it.
    pub fn push(&mut self, utf8: &[u8], out: &mut Vec<u8>) -> Result<(), TranscodeError> {
        self.convert(out, |input, decoded| input.push(utf8, decoded))
    }

    /// The stream ends: appends what the end needs (ISO-2022-JP returns to ASCII). Fails where a character is
    /// not complete, and with the error of an earlier call; the bytes for the end are appended all the same.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TranscodeError> {
        let result = self.convert(out, Decoder::finish);
        if let Some(encoder) = self.encoder.take() {
            encoder.finish(out);
        }
        result
    }

    fn convert(
        &mut self,
        out: &mut Vec<u8>,
        read: impl FnOnce(&mut Decoder, &mut Decoded),
    ) -> Result<(), TranscodeError> {
        let (None, Some(encoder)) = (self.error, &mut self.encoder) else {
            return self.error.map_or(Ok(()), Err);
        };
        self.decoded.clear();
        read(&mut self.input, &mut self.decoded);
        let invalid = self.decoded.invalid.first();
        let text = &self.decoded.text[..invalid.map_or(self.decoded.text.len(), |invalid| invalid.at)];
        let offset = |at: usize| self.offset + at as u64;
        self.error = match (encoder.push(text, out), invalid) {
            (Err(at), _) => Some(TranscodeError::Unencodable {
                offset: offset(at),
                encoding: self.encoding,
                character: text[at..].chars().next().unwrap_or_default(),
            }),
            (Ok(()), Some(invalid)) => {
                Some(TranscodeError::InvalidUtf8 { offset: offset(text.len()), byte: invalid.byte })
            }
            (Ok(()), None) => None,
        };
        self.offset = offset(text.len());
        self.error.map_or(Ok(()), Err)
    }
}

impl std::error::Error for TranscodeError {}

impl fmt::Display for TranscodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::InvalidUtf8 { offset, byte } => write!(
                f,
                "the input is not UTF-8: byte {byte:02x} at offset {offset}; without -E bytes are sent as they are"
            ),
            Self::Unencodable { offset, encoding, character } => {
                write_unencodable(f, encoding, character, format_args!("at offset {offset} of the input"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Chunks<'a> = &'a [&'a [u8]];

    fn transcode(label: &str, chunks: &[&[u8]]) -> (Vec<u8>, Option<String>) {
        let mut transcoder = Transcoder::new(Encoding::for_label(label).unwrap());
        let mut out = Vec::new();
        let pushed = chunks.iter().try_for_each(|chunk| transcoder.push(chunk, &mut out));
        let finished = transcoder.finish(&mut out);
        assert!(pushed.is_ok() || pushed == finished, "an error stays");
        (out, finished.err().map(|error| error.to_string()))
    }

    #[test]
    fn streams() {
        let table: &[(&str, Chunks, &[u8])] = &[
            ("gbk", &[b"\xc3", b"\xa8"], b"\xa8\xa8"),
            ("utf-8", &[b"\xe4\xbd", b"\xa0"], b"\xe4\xbd\xa0"),
            ("utf-16be", &[b"\xf0", b"\x9f\x98", b"\x80"], b"\xd8\x3d\xde\x00"),
            ("iso-2022-jp", &["あ".as_bytes(), "い".as_bytes()], b"\x1b$B$\"$$\x1b(B"),
            ("utf-8", &[], b""),
        ];
        for (label, chunks, bytes) in table {
            assert_eq!(transcode(label, chunks), (bytes.to_vec(), None), "{label}");
        }
    }

    #[test]
    fn errors_name_the_offset_and_keep_what_came_before() {
        let invalid = |byte: &str, offset: u64| {
            format!(
                "the input is not UTF-8: byte {byte} at offset {offset}; without -E bytes are sent as they are"
            )
        };
        let cannot = "latin1 has no '€' (U+20AC), at offset 3 of the input: use windows-1252 (80)".to_owned();
        let table: &[(&str, Chunks, &[u8], String)] = &[
            ("utf-8", &[b"ab", b"c\xffd"], b"abc", invalid("ff", 3)),
            ("gbk", &[b"ab\xe4", b"\xbd", b"d"], b"ab", invalid("e4", 2)),
            ("gbk", &[b"ab\xe4"], b"ab", invalid("e4", 2)),
            ("latin1", &["aé€\u{ff}".as_bytes(), b"b"], b"a\xe9", cannot.clone()),
            ("latin1", &["aé".as_bytes(), "€".as_bytes(), b"\xff"], b"a\xe9", cannot),
        ];
        for (label, chunks, bytes, error) in table {
            assert_eq!(transcode(label, chunks), (bytes.to_vec(), Some(error.clone())), "{label}");
        }
    }
}
