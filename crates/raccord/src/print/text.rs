//! `-o text`: a line for an event; a message of several lines under a gutter.

use std::fmt::Write;

use raccord_core::event::{Closed, Data, Dir, Event, EventKind};
use raccord_core::notation::visible::{self, Ending};
use raccord_core::view::View;

use super::lines;
use super::output::{Output, Show};
use super::paint::Paint;

/// Writes events as lines for people.
pub(super) struct Text {
    view: View,
    paint: Paint,
    terminal: bool,
    line: String,
}

impl Text {
    pub(super) fn new(output: &Output, paint: Paint) -> Self {
        Self { view: View::new(output.encoding), paint, terminal: output.terminal, line: String::new() }
    }

    fn show_data(&mut self, event: &Event, data: &Data) {
        let width = lines::write_header(&mut self.line, self.paint, event.conn, data);
        let decoded = self.view.read(event.conn, data);
        let aside = self.paint.aside();
        let mut lines = visible::lines(decoded).peekable();
        let mut count = 0;
        while let Some(line) = lines.next() {
            if count > 0 {
                let _ = write!(self.line, "{:width$}{aside}│{aside:#} ", "");
            }
            count += 1;
            line.write(&mut self.line);
            let is_last = lines.peek().is_none();
            if is_last && line.ending() == Ending::None && count > 1 && data.framed.is_none() {
                let _ = write!(self.line, " {aside}(no line ending){aside:#}");
            }
            if is_last && data.is_unterminated() {
                let _ = write!(self.line, " {aside}(unterminated){aside:#}");
            }
            self.line.push('\n');
        }
        if count == 0 {
            self.line.push('\n');
        }
    }

    fn show_closed(&mut self, event: &Event, closed: &Closed) {
        let bad = if closed.reason.is_good() { anstyle::Style::new() } else { self.paint.bad() };
        let _ = write!(self.line, "{bad}{}{bad:#}", lines::closed(event.conn, closed));
        for dir in [Dir::Up, Dir::Down] {
            lines::write_cut(&mut self.line, dir, &self.view.end(event.conn, dir));
        }
        self.line.push('\n');
    }
}

impl Show for Text {
    fn show(&mut self, event: &Event, out: &mut Vec<u8>) {
        self.line.clear();
        match &event.kind {
            EventKind::Received(data) | EventKind::Sent(data) => self.show_data(event, data),
            EventKind::Closed(closed) => self.show_closed(event, closed),
            // stderr tells it in full: once is enough where both are the same terminal
            EventKind::Failed(_) if self.terminal => {}
            _ => {
                if let Some(line) = lines::life_cycle(event) {
                    let _ = writeln!(self.line, "{line}");
                }
            }
        }
        out.extend_from_slice(self.line.as_bytes());
    }

    fn pass(&mut self, event: &Event) {
        if let Some(data) = event.kind.data() {
            self.view.read(event.conn, data);
        }
    }
}
