//! Bytes to text: any cut of the bytes gives the same text, and no byte is lost.

use std::borrow::Cow;
use std::mem;

use encoding_rs::{DecoderResult, ISO_2022_JP};

use super::Decoded;
use super::catalogue::Codec;

/// Decodes the bytes of one direction of one connection, in whatever chunks they come.
///
/// No byte order mark is taken away: it comes out as the character U+FEFF.
#[derive(Clone, Debug)]
pub struct Decoder {
    codec: Codec,
    /// The bytes of a character, or of an escape sequence, that is not complete yet: three at most.
    pending: Vec<u8>,
    /// The escape sequence that is in force; only ISO-2022-JP has any.
    escape: Option<Escape>,
}

/// An escape sequence of ISO-2022-JP (RFC 1468): says what the bytes after it mean.
type Escape = [u8; 3];

/// ASCII, JIS X 0201 Roman, JIS X 0201 Katakana, JIS X 0208-1978, JIS X 0208-1983.
const ESCAPES: [&Escape; 5] = [b"\x1b(B", b"\x1b(J", b"\x1b(I", b"\x1b$@", b"\x1b$B"];

impl Decoder {
    pub(super) fn new(codec: Codec) -> Self {
        Self { codec, pending: Vec::new(), escape: None }
    }

    /// Appends to `out` the text of what was pending and `bytes`, as far as its characters are complete.
    pub fn push(&mut self, bytes: &[u8], out: &mut Decoded) {
        match self.codec {
            Codec::Latin1 => out.text.push_str(&encoding_rs::mem::decode_latin1(bytes)),
            Codec::Ascii => decode_ascii(bytes, out),
            Codec::Gbk => self.decode(encoding_rs::GBK, bytes, out),
            Codec::Utf16Le => self.decode(encoding_rs::UTF_16LE, bytes, out),
            Codec::Utf16Be => self.decode(encoding_rs::UTF_16BE, bytes, out),
            Codec::Whatwg(encoding) => self.decode(encoding, bytes, out),
        }
    }

    /// The stream ends: what is pending is appended to `out` as invalid bytes.
    pub fn finish(&mut self, out: &mut Decoded) {
        out.push_invalid(&mem::take(&mut self.pending));
        self.escape = None;
    }

    /// The bytes of a character that is not complete yet. They belong to the event in which its last byte
    /// comes.
    pub fn pending(&self) -> &[u8] {
        &self.pending
    }

    /// Each call starts the library's machine anew with the bytes that are pending. So all state is here, in
    /// bytes that can be shown, and the invalid bytes of an earlier call are at hand when they turn out to be
    /// so.
    fn decode(&mut self, encoding: &'static encoding_rs::Encoding, bytes: &[u8], out: &mut Decoded) {
        if bytes.is_empty() {
            return;
        }
        let input = self.joined(bytes);
        let mut machine = encoding.new_decoder_without_bom_handling();
        if let Some(escape) = self.escape {
            feed(&mut machine, &escape, out);
        }
        feed(&mut machine, &input, out);
        self.pending = input[input.len() - incomplete(machine)..].to_vec();
        if encoding == ISO_2022_JP {
            self.escape = last_escape(&input).or(self.escape);
        }
    }

    fn joined<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        if self.pending.is_empty() {
            Cow::Borrowed(bytes)
        } else {
            Cow::Owned([&self.pending, bytes].concat())
        }
    }
}

/// Feeds all of `input`, whose malformed sequences lie within it, for a machine starts at a character.
fn feed(machine: &mut encoding_rs::Decoder, input: &[u8], out: &mut Decoded) {
    // For a few bytes, such as a row of a dump, clearing the larger room would be most of the work.
    if input.len() <= 64 {
        feed_through(&mut [0; 256], machine, input, out);
    } else {
        feed_through(&mut [0; 4096], machine, input, out);
    }
}

/// Not straight into the text: the library touches all of a string's spare room at each call, and a call ends at
/// each malformed sequence.
fn feed_through(room: &mut [u8], machine: &mut encoding_rs::Decoder, input: &[u8], out: &mut Decoded) {
    let room = std::str::from_utf8_mut(room).unwrap_or_default();
    let mut rest = input;
    loop {
        let (result, read, written) = machine.decode_to_str_without_replacement(rest, room, false);
        out.text.push_str(&room[..written]);
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => return,
            // The standard calls an escape sequence malformed when the next one follows at once. Two messages
            // in a row look like that, and nothing is wrong with them (RFC 1468 allows it).
            DecoderResult::OutputFull | DecoderResult::Malformed(3, 3) => {}
            // `after` bytes were read as well, and come out as what follows.
            DecoderResult::Malformed(length, after) => {
                let end = input.len() - rest.len() - usize::from(after);
                out.push_invalid(&input[end - usize::from(length)..end]);
            }
        }
    }
}

/// How many of the bytes that `machine` has read wait for more: what it would call malformed at the end.
fn incomplete(mut machine: encoding_rs::Decoder) -> usize {
    match machine.decode_to_utf8_without_replacement(&[], &mut [0; 16], true).0 {
        DecoderResult::Malformed(length, after) => usize::from(length + after),
        DecoderResult::InputEmpty | DecoderResult::OutputFull => 0,
    }
}

/// ESC is never part of a character, so wherever a whole sequence stands it is in force.
fn last_escape(input: &[u8]) -> Option<Escape> {
    let mut triples = input.windows(3).rev().filter_map(|window| Escape::try_from(window).ok());
    triples.find(|triple| ESCAPES.contains(&triple))
}

fn decode_ascii(bytes: &[u8], out: &mut Decoded) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (text, after) = rest.split_at(encoding_rs::Encoding::ascii_valid_up_to(rest));
        out.text.push_str(&encoding_rs::mem::decode_latin1(text));
        let (invalid, after) = after.split_at(after.len().min(1));
        out.push_invalid(invalid);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Encoding, Piece};
    use super::*;

    /// Text as it is, an invalid byte as `<ff>`.
    fn shown(decoded: &Decoded) -> String {
        let piece = |piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Invalid(byte) => format!("<{byte:02x}>"),
        };
        decoded.pieces().map(piece).collect()
    }

    #[test]
    fn each_trap() {
        let table: &[(&str, &[u8], &str)] = &[
            // No byte order mark is taken away, and none changes the encoding.
            ("utf-8", b"\xef\xbb\xbfa", "\u{feff}a"),
            ("utf-8", b"\xff\xfea", "<ff><fe>a"),
            ("utf-16le", b"\xff\xfea\0", "\u{feff}a"),
            ("utf-16be", b"\xfe\xff\0a", "\u{feff}a"),
            // Overlong forms, surrogates and what lies beyond U+10FFFF.
            ("utf-8", b"\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80", "<c0><80> <ed><a0><80> <f4><90><80><80>"),
            ("utf-8", b"\xe4\xbdA\xf0\x9f\x98", "<e4><bd>A<f0><9f><98>"),
            // Lone surrogates; the unit after one is text.
            ("utf-16le", b"\x3d\xd8\x00\xde", "😀"),
            ("utf-16le", b"\x3d\xd8a\0", "<3d><d8>a"),
            ("utf-16le", b"\x00\xdea\0", "<00><de>a"),
            ("utf-16be", b"\xd8\x3d\xd8\x3d\xde\x00", "<d8><3d>😀"),
            ("utf-16be", b"\0a\xd8\x3d\xde", "a<d8><3d><de>"),
            ("utf-16le", b"a\0b", "a<62>"),
            // Strict sets: nothing of windows-1252.
            ("latin1", b"\x80\xe9\xff", "\u{80}éÿ"),
            ("iso-8859-1", b"\x93", "\u{93}"),
            ("windows-1252", b"\x80\x93\x81", "€“\u{81}"),
            ("ascii", b"a\x80\xffb", "a<80><ff>b"),
            // An ASCII byte is never swallowed by the broken character before it.
            ("gbk", b"\xa8A\xa8\n", "\u{2cb}<a8>\n"),
            ("gbk", b"\x80\xff\xfe\xfe", "€<ff>\u{e4c5}"),
            ("shift_jis", b"\x81\n", "<81>\n"),
            ("big5", b"\x81\n\x88\x62", "<81>\n\u{ca}\u{304}"),
            ("euc-jp", b"\x8f\xa1\n\x8e\n", "<8f><a1>\n<8e>\n"),
            // The second byte, and the third, turn out to be text of their own.
            ("gb18030", b"\x810\x81A", "<81>0\u{4e04}"),
            ("gb18030", b"\x810\n", "<81>0\n"),
            ("gb18030", b"\x810\x81", "<81><30><81>"),
            // Bytes keep their meaning after an escape sequence; a broken one is shown, and what follows is
            // text.
            ("iso-2022-jp", b"\x1b$B$\"\x1b(B$\"", "あ$\""),
            ("iso-2022-jp", b"\x1b(B\x1b$B$\"", "あ"),
            ("iso-2022-jp", b"a\x1b(Xb\x1b", "a<1b>(Xb<1b>"),
            ("iso-2022-jp", b"\x1b$B$\x1b(Ba\xff", "<24>a<ff>"),
            ("iso-2022-jp", b"\x1b$B$\"\x1b(", "あ<1b><28>"),
        ];
        for (label, bytes, expected) in table {
            let decoded = Encoding::for_label(label).unwrap().decode(bytes);
            assert_eq!(shown(&decoded), *expected, "{label} {bytes:02x?}");
        }
    }

    #[test]
    fn pending_is_what_waits_for_more() {
        let table: &[(&str, &[u8], &[u8])] = &[
            ("utf-8", b"a\xf0\x9f\x98", b"\xf0\x9f\x98"),
            ("utf-8", b"\xe4\xbd\xa0", b""),
            ("utf-8", b"\xff", b""),
            ("utf-16le", b"a\0\x3d\xd8\x00", b"\x3d\xd8\x00"),
            ("gbk", b"\xa8\xa8\xa8", b"\xa8"),
            ("gb18030", b"\x810\x81", b"\x810\x81"),
            ("gb18030", b"\x810\x810", b""),
            ("euc-jp", b"\x8f\xa1", b"\x8f\xa1"),
            ("iso-2022-jp", b"\x1b$B$", b"$"),
            ("iso-2022-jp", b"\x1b$", b"\x1b$"),
            ("latin1", b"\xff", b""),
        ];
        for (label, bytes, pending) in table {
            let mut decoder = Encoding::for_label(label).unwrap().decoder();
            let mut out = Decoded::default();
            decoder.push(bytes, &mut out);
            assert_eq!(decoder.pending(), *pending, "{label} {bytes:02x?}");
            decoder.push(&[], &mut out);
            assert_eq!(decoder.pending(), *pending, "{label} after an empty chunk");
            decoder.finish(&mut out);
            assert!(decoder.pending().is_empty());
        }
    }

    #[test]
    fn bytes_that_turn_out_to_be_invalid_in_a_later_chunk_are_not_lost() {
        let mut decoder = Encoding::UTF_8.decoder();
        let mut out = Decoded::default();
        decoder.push(b"a\xe4\xbd", &mut out);
        assert_eq!(shown(&out), "a");
        decoder.push(b"b", &mut out);
        assert_eq!(shown(&out), "a<e4><bd>b");
    }
}
