//! `-o raw`, and its converted form: the bytes received on stdout and nothing else; the rest, as far as it must be
//! known, on stderr.

use std::collections::BTreeMap;

use raccord_core::encoding::{Decoded, Decoder, Encoding, Piece};
use raccord_core::event::{ConnId, Data, Dir, Event, EventKind};

use super::output::{Aside, Output, Show};
use super::{lines, stderr};
use crate::exit::Exit;

/// Writes what is received.
pub(super) struct Raw {
    convert: Option<Conversion>,
    aside: Aside,
    /// The direction whose end closes stdout, if any.
    closes_with: Option<Dir>,
    closes_now: bool,
    open: u64,
    warned: bool,
}

/// The state of the conversion to UTF-8: a decoder for each connection, and the bytes that were not text.
struct Conversion {
    encoding: Encoding,
    decoders: BTreeMap<Option<ConnId>, Decoder>,
    decoded: Decoded,
    invalid: u64,
    first: Option<u64>,
}

impl Raw {
    pub(super) fn exact(output: &Output) -> Self {
        Self {
            convert: None,
            aside: output.aside,
            closes_with: output.closes_with,
            closes_now: false,
            open: 0,
            warned: false,
        }
    }

    pub(super) fn converted(output: &Output) -> Self {
        let convert = Conversion {
            encoding: output.encoding,
            decoders: BTreeMap::new(),
            decoded: Decoded::default(),
            invalid: 0,
            first: None,
        };
        Self { convert: Some(convert), ..Self::exact(output) }
    }

    fn count_open(&mut self) {
        self.open += 1;
        if self.open > 1 && !std::mem::replace(&mut self.warned, true) {
            stderr::warning(
                "several clients are connected and their bytes are mixed on stdout: use --once or -o json",
            );
        }
    }
}

impl Show for Raw {
    fn exact<'a>(&self, event: &'a Event) -> Option<&'a [u8]> {
        match &event.kind {
            EventKind::Received(data) if self.convert.is_none() => Some(&data.bytes),
            _ => None,
        }
    }

    fn show(&mut self, event: &Event, out: &mut Vec<u8>) {
        match &event.kind {
            EventKind::Received(data) => match &mut self.convert {
                None => out.extend_from_slice(&data.bytes),
                Some(convert) => convert.message(event.conn, data, out),
            },
            EventKind::Opened { peer, tls, .. } => {
                self.count_open();
                if self.aside == Aside::Connected {
                    stderr::line(&format!("connected to {peer}{}", lines::secured(tls.as_deref())));
                }
            }
            EventKind::Closed(closed) => {
                self.open = self.open.saturating_sub(1);
                if let Some(convert) = &mut self.convert {
                    convert.end(event.conn, closed.bytes_in, out);
                }
            }
            EventKind::Shutdown { dir } => self.closes_now |= self.closes_with == Some(*dir),
            _ => {}
        }
        if let Some(line) = lines::life_cycle(event)
            && (self.aside == Aside::Verbose
                || matches!(
                    event.kind,
                    EventKind::Listening { .. } | EventKind::Printed(_) | EventKind::Missed { .. }
                ))
        {
            stderr::line(&line);
        }
    }

    fn closes_stdout(&self) -> bool {
        self.closes_now
    }

    fn finish(&mut self) -> Exit {
        match &self.convert {
            Some(Conversion { invalid, first: Some(first), encoding, .. }) => {
                let what =
                    if *invalid == 1 { "1 byte was".to_owned() } else { format!("{invalid} bytes were") };
                stderr::warning(&format!(
                    "{what} not {}, the first at offset {first}: shown as \\xHH",
                    encoding.name()
                ));
                Exit::Failed
            }
            _ => Exit::Done,
        }
    }
}

impl Conversion {
    /// Of a message only its payload is text: what is around it, as a length, passes as it is.
    fn message(&mut self, conn: Option<ConnId>, data: &Data, out: &mut Vec<u8>) {
        let payload = data.payload();
        let before = data.framed.as_ref().map_or(0, |framed| framed.payload.start.min(data.bytes.len()));
        let (before, rest) = data.bytes.split_at(before);
        out.extend_from_slice(before);
        self.push(conn, data.offset + before.len() as u64, payload, out);
        if data.ends_message() {
            self.end(conn, data.offset + (before.len() + payload.len()) as u64, out);
        }
        out.extend_from_slice(&rest[payload.len()..]);
    }

    fn push(&mut self, conn: Option<ConnId>, offset: u64, bytes: &[u8], out: &mut Vec<u8>) {
        let encoding = self.encoding;
        let decoder = self.decoders.entry(conn).or_insert_with(|| encoding.decoder());
        let before = self.first.is_none().then(|| decoder.clone());
        self.decoded.clear();
        decoder.push(bytes, &mut self.decoded);
        if let (Some(decoder), Some(_)) = (before, self.decoded.invalid.first()) {
            self.first =
                first_invalid(encoding, decoder, bytes).map(|index| offset.saturating_add_signed(index));
        }
        self.write(out);
    }

    /// The end of a text, behind so many bytes.
    fn end(&mut self, conn: Option<ConnId>, bytes_in: u64, out: &mut Vec<u8>) {
        if let Some(mut decoder) = self.decoders.remove(&conn) {
            self.decoded.clear();
            let pending = decoder.pending().len() as u64;
            decoder.finish(&mut self.decoded);
            if !self.decoded.invalid.is_empty() {
                self.first.get_or_insert(bytes_in - pending);
            }
            self.write(out);
        }
    }

    fn write(&mut self, out: &mut Vec<u8>) {
        self.invalid += self.decoded.invalid.len() as u64;
        for piece in self.decoded.pieces() {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Invalid(byte) => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
            }
        }
    }
}

/// Where in `bytes` the first byte stands that is no text: negative if it came before them and waited for the rest
/// of its character.
fn first_invalid(encoding: Encoding, mut decoder: Decoder, bytes: &[u8]) -> Option<i64> {
    let mut step = Decoded::default();
    for (index, byte) in bytes.iter().enumerate() {
        step.clear();
        decoder.push(&[*byte], &mut step);
        if let Some(first) = step.invalid.first() {
            // a step that ends malformed bytes may read the character after them as well
            let text = encoding.encode(&step.text[first.at..]).map_or(0, |bytes| bytes.len());
            let after = text + decoder.pending().len();
            let back = step.invalid.len() + after;
            return i64::try_from(index + 1).ok()?.checked_sub(i64::try_from(back).ok()?);
        }
    }
    None
}
