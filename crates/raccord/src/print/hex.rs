//! `-o hex`: the life cycle as in text, the bytes as a dump with their text beside them.

use std::collections::BTreeMap;

use raccord_core::encoding::Encoding;
use raccord_core::event::{Closed, ConnId, Data, Dir, Event, EventKind};
use raccord_core::notation::dump::Dump;

use super::latest::Shape;
use super::lines;
use super::output::{Output, Show};
use super::paint::Paint;

/// Writes events with their bytes as rows of hex.
pub(super) struct Hex {
    encoding: Encoding,
    dumps: BTreeMap<(Option<ConnId>, Dir), Dump>,
    paint: Paint,
    terminal: bool,
    line: String,
}

impl Hex {
    pub(super) fn new(output: &Output, paint: Paint) -> Self {
        Self {
            encoding: output.encoding,
            dumps: BTreeMap::new(),
            paint,
            terminal: output.terminal,
            line: String::new(),
        }
    }

    fn show_data(&mut self, event: &Event, data: &Data) {
        lines::write_header(&mut self.line, self.paint, event.conn, data);
        self.line.truncate(self.line.trim_end().len());
        if data.is_unterminated() {
            self.line.push_str("  (unterminated)");
        }
        self.line.push('\n');
        let encoding = self.encoding;
        let dump = self.dumps.entry((event.conn, data.dir)).or_insert_with(|| Dump::new(encoding));
        if data.ends_message() {
            dump.push_last(data.offset, &data.bytes, &mut self.line);
        } else {
            dump.push(data.offset, &data.bytes, &mut self.line);
        }
    }

    fn show_closed(&mut self, event: &Event, closed: &Closed) {
        self.line.push_str(&lines::closed(event.conn, closed));
        for dir in [Dir::Up, Dir::Down] {
            if let Some(dump) = self.dumps.remove(&(event.conn, dir)) {
                lines::write_cut(&mut self.line, dir, dump.pending());
            }
        }
        self.line.push('\n');
    }
}

impl Show for Hex {
    fn shape(&self) -> Shape {
        Shape::Rows(16)
    }

    fn show(&mut self, event: &Event, out: &mut Vec<u8>) {
        self.line.clear();
        match &event.kind {
            EventKind::Received(data) | EventKind::Sent(data) => self.show_data(event, data),
            EventKind::Closed(closed) => self.show_closed(event, closed),
            // stderr tells it in full: once is enough where both are the same terminal
            EventKind::Failed(_) if self.terminal => {}
            _ => {
                if let Some(line) = lines::life_cycle(event) {
                    self.line.push_str(&line);
                    self.line.push('\n');
                }
            }
        }
        out.extend_from_slice(self.line.as_bytes());
    }
}
