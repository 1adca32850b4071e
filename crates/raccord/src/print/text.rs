//! `-o text`: a line for an event; a message of several lines under a gutter.

use std::fmt::Write;

use raccord_core::event::{Closed, ConnId, Data, Dir, Event, EventKind, Reason, Step};
use raccord_core::notation::visible::{self, Ending};
use raccord_core::view::View;

use super::paint::Paint;
use super::printer::{Output, Show};

/// Writes events as lines for people.
pub(super) struct Text {
    view: View,
    paint: Paint,
    line: String,
}

impl Text {
    pub(super) fn new(output: &Output, paint: Paint) -> Self {
        Self { view: View::new(output.encoding), paint, line: String::new() }
    }

    fn show_data(&mut self, event: &Event, data: &Data) {
        let width = write_header(&mut self.line, self.paint, event.conn, data);
        let decoded = self.view.read(event.conn, data.dir, &data.bytes);
        let aside = self.paint.aside();
        let mut lines = visible::lines(decoded).peekable();
        let mut count = 0;
        while let Some(line) = lines.next() {
            if count > 0 {
                let _ = write!(self.line, "{:width$}{aside}│{aside:#} ", "");
            }
            count += 1;
            line.write(&mut self.line);
            if lines.peek().is_none() && line.ending() == Ending::None && count > 1 {
                let _ = write!(self.line, " {aside}(no line ending){aside:#}");
            }
            self.line.push('\n');
        }
        if count == 0 {
            self.line.push('\n');
        }
    }

    fn show_closed(&mut self, event: &Event, closed: &Closed) {
        let pending = [Dir::Up, Dir::Down].map(|dir| (dir, self.view.end(event.conn, dir)));
        let bad = if closed.reason.is_good() { anstyle::Style::new() } else { self.paint.bad() };
        let _ = write!(self.line, "{bad}{}{bad:#}", closed_line(event.conn, closed));
        for (dir, bytes) in pending.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            let _ = write!(self.line, " · {} cut within a character: {}", dir.arrow(), bytes_of(bytes));
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
            _ => {
                if let Some(line) = life_cycle(event) {
                    let _ = writeln!(self.line, "{line}");
                }
            }
        }
        out.extend_from_slice(self.line.as_bytes());
    }
}

/// `#1 ↑ 5 bytes  `; returns its width in columns, where the gutter of further lines stands.
pub(super) fn write_header(line: &mut String, paint: Paint, conn: Option<ConnId>, data: &Data) -> usize {
    let (aside, arrow) = (paint.aside(), paint.direction(data.dir));
    let conn = conn.map_or_else(String::new, |conn| format!("{conn} "));
    let count = count(data.bytes.len() as u64, "byte");
    let _ =
        write!(line, "{aside}{conn}{aside:#}{arrow}{}{arrow:#} {aside}{count}{aside:#}  ", data.dir.arrow());
    conn.len() + 2 + count.len() + 2 - GUTTER
}

/// How far the gutter stands before the text of the first line.
const GUTTER: usize = 2;

/// An event of the life cycle as one line; none for bytes, and for what stderr has anyway.
pub(super) fn life_cycle(event: &Event) -> Option<String> {
    let conn = event.conn.map_or_else(String::new, |conn| format!("{conn} "));
    Some(match &event.kind {
        EventKind::Listening { local, backlog, reuse_address } => {
            let reuse = if *reuse_address { " · SO_REUSEADDR" } else { "" };
            format!("listening on {local} · backlog {backlog}{reuse}")
        }
        EventKind::Opened { local, peer } => format!("{conn}{peer} connected · here {local}"),
        EventKind::Shutdown { dir } => format!("{conn}{} ended", dir.arrow()),
        EventKind::Closed(closed) => closed_line(event.conn, closed),
        EventKind::Missed { events, bytes } => {
            format!("{conn}missed {}, {}", count(*events, "message"), count(*bytes, "byte"))
        }
        EventKind::Printed(line) => format!("program: {}", visible::harmless(line)),
        _ => return None,
    })
}

fn closed_line(conn: Option<ConnId>, closed: &Closed) -> String {
    let conn = conn.map_or_else(String::new, |conn| format!("{conn} "));
    let how = match closed.reason {
        Reason::Done => "closed",
        Reason::Peer => "closed by peer",
        Reason::Reset => "reset by peer",
        Reason::BrokenPipe => "broken: the peer was gone",
        Reason::Timeout => "timed out",
        Reason::Interrupted => "closed: interrupted",
        _ => "failed",
    };
    let detail = match (&closed.detail, closed.reason) {
        (Some(detail), Reason::Timeout | Reason::Error) => format!(": {}", visible::foreign(detail)),
        _ => String::new(),
    };
    let (bytes_in, bytes_out) = (closed.bytes_in, closed.bytes_out);
    let duration = milliseconds(closed.duration);
    format!("{conn}{how}{detail} · {bytes_in} in, {bytes_out} out · {duration}")
}

/// One line for a socket call.
pub(super) fn step(conn: Option<ConnId>, step: &Step) -> String {
    let conn = conn.map_or_else(String::new, |conn| format!("{conn} "));
    let Step { call, arguments, result, took } = step;
    format!("{conn}{call}({arguments}) = {result} · {}", milliseconds(*took))
}

fn milliseconds(duration: std::time::Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1e3;
    match milliseconds {
        _ if milliseconds < 1.0 => format!("{:.0} µs", milliseconds * 1e3),
        _ if milliseconds < 1e3 => format!("{milliseconds:.1} ms"),
        _ => format!("{:.1} s", milliseconds / 1e3),
    }
}

fn count(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn bytes_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\x{byte:02x}");
        text
    })
}
