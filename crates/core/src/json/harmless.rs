//! JSON that a terminal can show.

use std::io;

use serde_json::ser::Formatter;

use crate::notation::visible;

/// JSON that a terminal can show: a character that would disturb it is an escape, which says the same (RFC 8259
/// section 7).
pub(super) struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // most of what is written is digits and plain ASCII: the greatest byte tells so, many at a time
        if fragment.bytes().fold(0, u8::max) < 0x7f {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.find(visible::is_hidden) {
            let (plain, hidden) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut characters = hidden.chars();
            let mut units = [0; 2];
            for unit in characters.next().unwrap_or_default().encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}
