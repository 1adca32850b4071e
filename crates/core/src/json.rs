//! Events as JSON, one object a line: the form that programs read, from the terminal and from the desk alike.
//!
//! Fields are only ever added, as are kinds of event and reasons.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use serde::Serialize;
use serde_json::ser::Formatter;

use crate::event::{Closed, ConnId, Data, Dir, Event, EventKind, Time};
use crate::lang::Lang;
use crate::narration::{Narration, Narrator};
use crate::notation::{hex, visible};
use crate::secured::{Certificate, Secured};
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

/// One object. The order of the fields is the order in which they are written.
#[derive(Default, Serialize)]
struct Line<'a> {
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    conn: Option<u64>,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<&'a str>,
    #[serde(flatten)]
    rest: Rest<'a>,
}

/// What the kinds of event have beside time, connection and addresses.
#[derive(Default, Serialize)]
#[serde(untagged)]
enum Rest<'a> {
    #[default]
    Nothing,
    Listening {
        backlog: u32,
        reuse_address: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        fingerprint: Option<&'a str>,
    },
    Opened {
        tls: Agreed<'a>,
    },
    Data {
        dir: &'static str,
        offset: u64,
        bytes: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        hex: Option<&'a str>,
        #[serde(skip_serializing_if = "Text::is_left_out")]
        text: Text<'a>,
        #[serde(skip_serializing_if = "is_false")]
        unterminated: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        part: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        last: Option<bool>,
    },
    Shutdown {
        dir: &'static str,
    },
    Closed {
        bytes_in: u64,
        bytes_out: u64,
        duration_ms: f64,
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        detail: Option<&'a str>,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        remedies: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        pending: Option<String>,
    },
    Failed {
        tried: &'a str,
        said: &'a str,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        reasons: &'a [String],
        remedies: &'a [String],
    },
    Missed {
        events: u64,
        bytes: u64,
    },
    Step {
        end: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        stage: Option<u8>,
        call: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        socket: Option<u64>,
        arguments: String,
        result: String,
        duration_ms: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        peer_state: Option<&'static str>,
        meaning: Cow<'static, str>,
    },
    Message {
        message: &'a str,
    },
}

/// The `tls` of `opened`: what was agreed on.
#[derive(Serialize)]
struct Agreed<'a> {
    version: &'static str,
    cipher: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alpn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Shown<'a>>,
}

/// The other end's certificate.
#[derive(Serialize)]
struct Shown<'a> {
    subject: &'a str,
    issuer: &'a str,
    names: &'a [String],
    not_before: Option<String>,
    not_after: Option<String>,
    sha256: &'a str,
}

impl<'a> Agreed<'a> {
    fn of(secured: &'a Secured) -> Self {
        Self {
            version: secured.version,
            cipher: &secured.cipher,
            alpn: secured.alpn.as_deref(),
            server_name: secured.server_name.as_deref(),
            certificate: secured.certificates.first().map(Shown::of),
        }
    }
}

impl<'a> Shown<'a> {
    fn of(certificate: &'a Certificate) -> Self {
        let Certificate { subject, issuer, names, not_before, not_after, sha256 } = certificate;
        let (not_before, not_after) = (not_before.rfc3339(), not_after.rfc3339());
        Self { subject, issuer, names, not_before, not_after, sha256 }
    }
}

/// The `text` of a data event: null where bytes cannot be decoded.
#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Read(&'a str),
    Undecodable,
    LeftOut,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Text<'_> {
    fn is_left_out(&self) -> bool {
        matches!(self, Self::LeftOut)
    }
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
                return push(&line(event, "printed", Rest::Message { message: &message }), out);
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

/// JSON that a terminal can show: a character that would disturb it is an escape, which says the same (RFC 8259
/// section 7).
struct Harmless;

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

/// A time as RFC 3339 in UTC with nanoseconds: `2026-11-25T03:24:46.000000001Z`.
pub fn rfc3339(time: Time) -> String {
    let nanoseconds = i128::from(time.0);
    jiff::Timestamp::from_nanosecond(nanoseconds).map(|time| format!("{time:.9}")).unwrap_or_default()
}
