//! The lines for events that are not bytes, the same in every output that people read.

use std::fmt::Write;

use raccord_core::event::{Closed, ConnId, Data, Dir, Event, EventKind, Reason};
use raccord_core::notation::visible;
use raccord_core::secured::Secured;

use super::paint::Paint;

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
        EventKind::Listening { local, backlog, reuse_address, tls } => {
            let reuse = if *reuse_address { " · SO_REUSEADDR" } else { "" };
            let tls = match tls.as_deref() {
                None => String::new(),
                Some(own) if own.is_self_made => {
                    format!(" · TLS, self-signed certificate, SHA-256 {}", own.sha256)
                }
                Some(_) => " · TLS".to_owned(),
            };
            format!("listening on {local} · backlog {backlog}{reuse}{tls}")
        }
        EventKind::Opened { local, peer, tls } => {
            format!("{conn}{peer} connected · here {local}{}", secured(tls.as_deref()))
        }
        EventKind::Denied { peer, .. } => format!("{peer} may not connect: turned away"),
        EventKind::Shutdown { dir } => format!("{conn}{} ended", dir.arrow()),
        EventKind::Closed(end) => closed(event.conn, end),
        EventKind::Failed(failure) => format!("failed: {}", failure.sentence()),
        EventKind::Missed { bytes, .. } if event.conn.is_some() => {
            format!("{conn}reads too slowly: {} were not sent to it", count(*bytes, "byte"))
        }
        EventKind::Missed { events: 0, bytes } => format!("not shown: {}", count(*bytes, "byte")),
        EventKind::Missed { events, bytes } => {
            format!("not shown: {}, {}", count(*events, "event"), count(*bytes, "byte"))
        }
        EventKind::Printed(line) => format!("{conn}program: {}", visible::harmless(line)),
        _ => return None,
    })
}

/// ` · TLS 1.3, ALPN h2`; nothing without TLS.
pub(super) fn secured(tls: Option<&Secured>) -> String {
    let Some(tls) = tls else { return String::new() };
    let alpn = tls.alpn.as_ref().map_or_else(String::new, |alpn| format!(", ALPN {alpn}"));
    format!(" · {}{alpn}", tls.version)
}

pub(super) fn closed(conn: Option<ConnId>, closed: &Closed) -> String {
    let conn = conn.map_or_else(String::new, |conn| format!("{conn} "));
    let how = match closed.reason {
        Reason::Done => "closed",
        Reason::Peer => "closed by peer",
        Reason::Reset if closed.is_reset_by_us() => "reset by raccord",
        Reason::Reset => "reset by peer",
        Reason::BrokenPipe => "broken: the peer was gone",
        Reason::Timeout => "timed out",
        Reason::Idle => "closed after silence",
        Reason::Truncated => "closed by peer without close_notify",
        Reason::Tls => "TLS failed",
        Reason::Interrupted => "closed: interrupted",
        _ => "failed",
    };
    let detail = match (&closed.detail, closed.reason) {
        (Some(detail), Reason::Timeout | Reason::Tls | Reason::Error) => {
            format!(": {}", visible::harmless(detail))
        }
        _ => String::new(),
    };
    let (bytes_in, bytes_out) = (closed.bytes_in, closed.bytes_out);
    let duration = milliseconds(closed.duration);
    format!("{conn}{how}{detail} · {bytes_in} in, {bytes_out} out · {duration}")
}

/// What the end of a direction cut, if it cut a character.
pub(super) fn write_cut(line: &mut String, dir: Dir, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let _ = write!(line, " · {} cut within a character: ", dir.arrow());
    for byte in bytes {
        let _ = write!(line, "\\x{byte:02x}");
    }
}

pub(super) fn milliseconds(duration: std::time::Duration) -> String {
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
