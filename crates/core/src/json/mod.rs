//! Events as JSON, one object a line: the form that programs read, from the terminal and from the desk alike.
//!
//! Fields are only ever added, as are kinds of event and reasons.

mod harmless;
mod line;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use self::harmless::Harmless;
use self::line::{Agreed, Line, Rest, Text};
use crate::event::{Closed, ConnId, Data, Dir, Event, EventKind, Time};
use crate::lang::Lang;
use crate::narration::{Narration, Narrator};
use crate::notation::{hex, visible};
use crate::step::{Standing, Step};
use crate::view::View;

/// What data events carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonData {
    /// `hex` only.
    Hex,
    /// `text` only.
    Text,
    /// Both.
    #[default]
    Both,
    /// Neither: only direction, offset and count.
    None,
}

impl JsonData {
    fn has_hex(self) -> bool {
        matches!(self, Self::Hex | Self::Both)
    }

    fn has_text(self) -> bool {
        matches!(self, Self::Text | Self::Both)
    }
}

/// The most bytes of a message that one object carries; a longer message comes in parts.
const PART: usize = 64 * 1024;

/// Turns events into lines of JSON. It keeps, for each connection, what must be known of the events before: the
/// ends' addresses and the characters that are cut between chunks, and what the steps on each socket were.
#[derive(Debug)]
pub struct Json {
    data: JsonData,
    view: View,
    ends: BTreeMap<ConnId, (String, String)>,
    narrator: Narrator,
    hex: String,
}

impl Json {
    /// Lines whose data events carry `data`, with the text that `view` reads.
    pub fn new(data: JsonData, view: View) -> Self {
        Self { data, view, ends: BTreeMap::new(), narrator: Narrator::default(), hex: String::new() }
    }

    /// Appends the lines of one event, each with its line feed.
    pub fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        if let EventKind::Opened { local, peer, .. } = &event.kind
            && let Some(conn) = event.conn
        {
            self.ends.insert(conn, (local.to_string(), peer.to_string()));
        }
        match &event.kind {
            EventKind::Received(data) => self.write_data(event, "received", data, out),
            EventKind::Sent(data) => self.write_data(event, "sent", data, out),
            EventKind::Closed(closed) => self.write_closed(event, closed, out),
            _ => self.write_plain(event, out),
        }
    }

    fn write_plain(&mut self, event: &Event, out: &mut Vec<u8>) {
        let (name, rest) = match &event.kind {
            EventKind::Listening { local, backlog, reuse_address, tls } => {
                let local = local.to_string();
                let fingerprint = tls.as_ref().map(|own| own.sha256.as_str());
                let rest = Rest::Listening { backlog: *backlog, reuse_address: *reuse_address, fingerprint };
                return push(&Line { local: Some(&local), ..line(event, "listening", rest) }, out);
            }
            EventKind::Opened { tls: None, .. } => ("opened", Rest::Nothing),
            EventKind::Opened { tls: Some(secured), .. } => {
                ("opened", Rest::Opened { tls: Agreed::of(secured) })
            }
            EventKind::Denied { local, peer } => {
                let (local, peer) = (local.to_string(), peer.to_string());
                let ends =
                    Line { local: Some(&local), peer: Some(&peer), ..line(event, "denied", Rest::Nothing) };
                return push(&ends, out);
            }
            EventKind::Shutdown { dir } => ("shutdown", Rest::Shutdown { dir: dir.name() }),
            EventKind::Failed(failure) => (
                "failed",
                Rest::Failed {
                    tried: &failure.tried,
                    said: &failure.said,
                    reasons: &failure.reasons,
                    remedies: &failure.remedies,
                },
            ),
            EventKind::Missed { events, bytes } => {
                ("missed", Rest::Missed { events: *events, bytes: *bytes })
            }
            EventKind::Step(step) => ("step", self.step(step)),
            EventKind::Warning(message) => ("warning", Rest::Message { message }),
            EventKind::Printed(printed) => {
                let message = visible::harmless(printed);
                return push(
                    &self.with_ends(line(event, "printed", Rest::Message { message: &message })),
                    out,
                );
            }
            EventKind::Received(_) | EventKind::Sent(_) | EventKind::Closed(_) => return,
        };
        push(&self.with_ends(line(event, name, rest)), out);
    }

    fn step(&mut self, step: &Step) -> Rest<'static> {
        let Narration { stage, meaning, .. } = self.narrator.tell(step);
        Rest::Step {
            end: step.end.name(),
            stage: stage.map(|stage| stage.number),
            call: step.call.name(),
            socket: step.socket,
            arguments: step.call.to_string(),
            result: step.outcome.to_string(),
            duration_ms: milliseconds(step.took),
            state: state(step.states.and_then(|states| states.here)),
            peer_state: state(step.states.and_then(|states| states.there)),
            meaning: meaning.words(Lang::English),
        }
    }

    fn write_data(&mut self, event: &Event, name: &'static str, data: &Data, out: &mut Vec<u8>) {
        let many = data.bytes.len() > PART;
        if !many {
            return self.write_part(event, name, data, None, out);
        }
        let parts = data.bytes.len().div_ceil(PART);
        for part in 0..parts {
            let start = part * PART;
            let end = data.bytes.len().min(start + PART);
            self.write_part(event, name, &data.part(start..end), Some((part, part + 1 == parts)), out);
        }
    }

    fn write_part(
        &mut self,
        event: &Event,
        name: &'static str,
        data: &Data,
        part: Option<(usize, bool)>,
        out: &mut Vec<u8>,
    ) {
        self.hex.clear();
        if self.data.has_hex() {
            hex::write_lower(&data.bytes, &mut self.hex);
        }
        let text = if self.data.has_text() {
            let decoded = self.view.read(event.conn, data);
            if decoded.invalid.is_empty() { Text::Read(&decoded.text) } else { Text::Undecodable }
        } else {
            Text::LeftOut
        };
        let rest = Rest::Data {
            dir: data.dir.name(),
            offset: data.offset,
            bytes: data.bytes.len(),
            hex: self.data.has_hex().then_some(self.hex.as_str()),
            text,
            unterminated: data.is_unterminated(),
            part: part.map(|(part, _)| part),
            last: part.map(|(_, last)| last),
        };
        push(&with_ends(&self.ends, line(event, name, rest)), out);
    }

    fn write_closed(&mut self, event: &Event, closed: &Closed, out: &mut Vec<u8>) {
        let pending = [Dir::Up, Dir::Down]
            .map(|dir| self.view.end(event.conn, dir))
            .into_iter()
            .find(|bytes| !bytes.is_empty());
        let rest = Rest::Closed {
            bytes_in: closed.bytes_in,
            bytes_out: closed.bytes_out,
            duration_ms: milliseconds(closed.duration),
            reason: closed.reason.name(),
            detail: closed.detail.as_deref(),
            remedies: &closed.remedies,
            pending: pending.map(|bytes| {
                let mut text = String::new();
                hex::write_lower(&bytes, &mut text);
                text
            }),
        };
        push(&self.with_ends(line(event, "closed", rest)), out);
        if let Some(conn) = event.conn {
            self.ends.remove(&conn);
        }
    }

    fn with_ends<'a>(&'a self, line: Line<'a>) -> Line<'a> {
        with_ends(&self.ends, line)
    }
}

fn with_ends<'a>(ends: &'a BTreeMap<ConnId, (String, String)>, line: Line<'a>) -> Line<'a> {
    match line.conn.and_then(|conn| ends.get(&ConnId(conn))) {
        Some((local, peer)) => Line { local: Some(local), peer: Some(peer), ..line },
        None => line,
    }
}

fn line<'a>(event: &Event, name: &'a str, rest: Rest<'a>) -> Line<'a> {
    Line {
        time: rfc3339(event.time),
        conn: event.conn.map(|conn| conn.0),
        event: name,
        rest,
        ..Line::default()
    }
}

fn state(standing: Option<Standing>) -> Option<&'static str> {
    standing.map(|standing| standing.state.name())
}

/// Exact to the nanosecond, so that no digits of a rounding error are written.
fn milliseconds(duration: Duration) -> f64 {
    duration.div_duration_f64(Duration::from_millis(1))
}

fn push(line: &Line<'_>, out: &mut Vec<u8>) {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless);
    // writing to a Vec cannot fail, and every map key is a string
    if line.serialize(&mut serializer).is_ok() {
        out.push(b'\n');
    }
}

/// A time as RFC 3339 in UTC with nanoseconds: `2026-11-25T03:24:46.000000001Z`.
pub fn rfc3339(time: Time) -> String {
    let nanoseconds = i128::from(time.0);
    jiff::Timestamp::from_nanosecond(nanoseconds).map(|time| format!("{time:.9}")).unwrap_or_default()
}
