//! The rows of a hex dump: offset, sixteen bytes, and beside them the text that the encoding makes of them.

use std::fmt::Write as _;

use crate::encoding::{Decoded, Decoder, Encoding, Piece};

use super::{hex, visible};

/// Dumps one direction of a connection, event by event.
///
/// It holds the decoder, so that a character cut between two rows or two events stands where its last byte
/// stands. After a gap in the bytes, begin with a new one.
///
/// ```
/// use raccord_core::{encoding::Encoding, notation::dump::Dump};
/// let mut out = String::new();
/// Dump::new(Encoding::UTF_8).push(0, "ça va\r\n".as_bytes(), &mut out);
/// assert_eq!(out, "00000000  c3 a7 61 20 76 61 0d 0a                           |ça va..|\n");
/// ```
#[derive(Debug)]
pub struct Dump {
    decoder: Decoder,
    /// Kept between rows for its memory.
    decoded: Decoded,
}

/// How many bytes a row shows.
const ROW: usize = 16;

impl Dump {
    /// A dump that reads the text beside the bytes in `encoding`.
    pub fn new(encoding: Encoding) -> Self {
        Self { decoder: encoding.decoder(), decoded: Decoded::default() }
    }

    /// The bytes of a character that is not complete yet: at the end, what the end has cut.
    pub fn pending(&self) -> &[u8] {
        self.decoder.pending()
    }

    /// Appends the rows of the next bytes, each with a line feed; no bytes make no row.
    ///
    /// `offset` is the place of the first byte in its direction, from 0; the first row begins there, whatever
    /// its remainder by sixteen.
    pub fn push(&mut self, offset: u64, bytes: &[u8], out: &mut String) {
        self.write_rows(offset, bytes, false, out);
    }

    /// The same for the end of a message, with which its text ends: what is pending then is no text.
    pub fn push_last(&mut self, offset: u64, bytes: &[u8], out: &mut String) {
        self.write_rows(offset, bytes, true, out);
    }

    fn write_rows(&mut self, offset: u64, bytes: &[u8], ends: bool, out: &mut String) {
        let last = bytes.len().saturating_sub(1) / ROW;
        for (index, (row, at)) in bytes.chunks(ROW).zip((offset..).step_by(ROW)).enumerate() {
            // writing to a String cannot fail
            let _ = write!(out, "{at:08x}  ");
            write_columns(row, out);
            out.push_str(" |");
            self.write_text(row, ends && index == last, out);
            out.push_str("|\n");
        }
    }

    /// The characters that end in `row`, wide ones as they are; a dot for each that would disturb a terminal
    /// and for each byte that is no text.
    fn write_text(&mut self, row: &[u8], ends: bool, out: &mut String) {
        self.decoded.clear();
        self.decoder.push(row, &mut self.decoded);
        if ends {
            self.decoder.finish(&mut self.decoded);
        }
        for piece in self.decoded.pieces() {
            match piece {
                Piece::Text(text) => {
                    let shown = text.chars().map(|c| if visible::is_hidden(c) { '.' } else { c });
                    out.extend(shown);
                }
                Piece::Invalid(_) => out.push('.'),
            }
        }
    }
}

/// The bytes of a row in two groups of eight, padded to the width of a full row.
fn write_columns(row: &[u8], out: &mut String) {
    let mut columns = [b' '; 3 * ROW + 1];
    for (index, &byte) in row.iter().enumerate() {
        let at = 3 * index + usize::from(index >= ROW / 2);
        columns[at..at + 2].copy_from_slice(&hex::lower(byte));
    }
    // ASCII, so it is text; one push is faster than 49
    out.push_str(str::from_utf8(&columns).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dump(label: &str, events: &[&[u8]]) -> String {
        let mut dump = Dump::new(Encoding::for_label(label).unwrap());
        let mut out = String::new();
        let mut offset = 0;
        for event in events {
            dump.push(offset, event, &mut out);
            offset += event.len() as u64;
        }
        out
    }

    /// What stands between the bars of each row.
    fn texts(dump: &str) -> Vec<&str> {
        dump.lines().map(|row| row[60..].strip_prefix('|').unwrap().strip_suffix('|').unwrap()).collect()
    }

    #[test]
    fn rows_have_sixteen_bytes_in_two_groups() {
        assert_eq!(
            dump("utf-8", &[b"GET / HTTP/1.1\r\nHost: a\\b\x1b\x00\xff\r\n"]),
            "00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n\
             00000010  48 6f 73 74 3a 20 61 5c  62 1b 00 ff 0d 0a        |Host: a\\b.....|\n"
        );
    }

    #[test]
    fn an_event_begins_a_row_at_its_own_offset() {
        assert_eq!(
            dump("utf-8", &[b"one", b"", b"two"]),
            "00000000  6f 6e 65                                          |one|\n\
             00000003  74 77 6f                                          |two|\n"
        );
        let mut out = String::new();
        Dump::new(Encoding::UTF_8).push(0xffff_fff8, &[b'x'; 17], &mut out);
        let offsets: Vec<&str> = out.lines().filter_map(|row| row.split("  ").next()).collect();
        assert_eq!(offsets, ["fffffff8", "100000008"]);
    }

    #[test]
    fn a_character_stands_where_its_last_byte_stands() {
        let long = "0123456789abcd你好";
        assert_eq!(texts(&dump("utf-8", &[long.as_bytes()])), ["0123456789abcd", "你好"]);
        assert_eq!(texts(&dump("utf-8", &[b"\xe4", b"\xbd\xa0", b"\xe5\xa5"])), ["", "你", ""]);
        assert_eq!(texts(&dump("gbk", &[b"\xc4\xe3\xba", b"\xc3!"])), ["你", "好!"]);
    }

    #[test]
    fn a_dot_stands_for_what_cannot_be_shown() {
        for (bytes, text) in [
            (&b"a\tb\x1b[m\x7f"[..], "a.b.[m."),
            (b"\xff\xfea\xfd", "..a."),
            ("\u{85}\u{202e}é\u{fffd}".as_bytes(), "..é\u{fffd}"),
        ] {
            assert_eq!(texts(&dump("utf-8", &[bytes])), [text]);
        }
        assert_eq!(texts(&dump("utf-8", &[b"a\xe4\xbd", b"b"])), ["a", "..b"]);
    }

    proptest! {
        #[test]
        fn every_byte_is_shown_and_nothing_disturbs(events: Vec<Vec<u8>>) {
            let events: Vec<&[u8]> = events.iter().map(Vec::as_slice).collect();
            let dump = dump("gb18030", &events);
            let columns: String = dump.lines().map(|row| &row[10..60]).collect();
            prop_assert_eq!(hex::parse(&columns), Ok(events.concat()));
            for text in texts(&dump) {
                prop_assert!(!text.chars().any(visible::is_hidden), "{text:?}");
            }
        }
    }
}
