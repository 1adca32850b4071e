//! What happened on a session, with its time: the one form in which a conversation reaches those who observe it.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use crate::address::Address;
use crate::failure::Failure;
use crate::framing::Cut;
use crate::secured::{OwnCertificate, Secured};
use crate::step::Step;

/// When something happened: nanoseconds since 1970-01-01T00:00:00Z.
///
/// A session takes the wall clock once and goes on by the monotonic one, so that its times never go back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub u64);

impl Time {
    /// So much later, or the last time that can be told.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanoseconds))
    }
}

/// The number of a connection in its session, from 1; printed as `#1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A direction, the same from either end: up is from the client to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dir {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

impl Dir {
    /// `up` or `down`, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// The arrow that people see.
    pub fn arrow(self) -> &'static str {
        match self {
            Self::Up => "↑",
            Self::Down => "↓",
        }
    }

    /// The other direction.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// Which end of a connection raccord is; it tells the direction of what raccord receives and sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The end that connected: it sends up.
    Client,
    /// The end that accepted: it sends down.
    Server,
}

impl End {
    /// `client` or `server`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    /// The direction of what this end receives.
    pub fn receives(self) -> Dir {
        self.sends().other()
    }

    /// The direction of what this end sends.
    pub fn sends(self) -> Dir {
        match self {
            Self::Client => Dir::Up,
            Self::Server => Dir::Down,
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub time: Time,
    /// On which connection; none for what belongs to the session.
    pub conn: Option<ConnId>,
    /// What.
    pub kind: EventKind,
}

/// The kinds of event. The list grows: whoever matches must expect others.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// A listening socket is ready for clients.
    Listening {
        /// Where, with the port that was chosen.
        local: Address,
        /// The greatest number of connections waiting to be accepted, as it was asked for.
        backlog: u32,
        /// Whether `SO_REUSEADDR` was set before `bind`.
        reuse_address: bool,
        /// With TLS: the certificate that clients are shown.
        tls: Option<Box<OwnCertificate>>,
    },
    /// A connection is established; with TLS, its handshake done.
    Opened {
        /// Our address.
        local: Address,
        /// The other end's.
        peer: Address,
        /// With TLS: what was agreed on.
        tls: Option<Box<Secured>>,
    },
    /// A client that may not connect was turned away.
    Denied {
        /// The address that it reached.
        local: Address,
        /// The client's.
        peer: Address,
    },
    /// raccord read these bytes: one chunk, or a message that an observer cut.
    Received(Data),
    /// raccord wrote these bytes: what one write took, or a message that an observer cut.
    Sent(Data),
    /// One half of the connection ended: nothing more will come in this direction.
    Shutdown {
        /// The direction that ended.
        dir: Dir,
    },
    /// The connection is over.
    Closed(Closed),
    /// Something could not be started: a listening socket, a connection.
    Failed(Failure),
    /// This observer fell behind, or a client did: so much was left out.
    Missed {
        /// Events, or messages, left out.
        events: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// A socket call was made; only while somebody asks for steps.
    Step(Box<Step>),
    /// Something that does not end a conversation and should be known.
    Warning(String),
    /// A line that a program printed, without its line ending: the one that was started beside the session, or on its
    /// stderr the one that answers a connection.
    Printed(Bytes),
}

impl EventKind {
    /// The bytes that travelled, where it is about bytes.
    pub fn data(&self) -> Option<&Data> {
        match self {
            Self::Received(data) | Self::Sent(data) => Some(data),
            _ => None,
        }
    }

    /// How many bytes of memory it holds beside itself, about: what a bound in bytes must count.
    pub fn carries(&self) -> usize {
        match self {
            Self::Received(data) | Self::Sent(data) => data.bytes.len(),
            Self::Printed(line) => line.len(),
            Self::Warning(text) => text.len(),
            Self::Step(step) => size_of::<Step>() + step.carries(),
            Self::Closed(closed) => {
                closed.detail.iter().chain(&closed.remedies).map(String::len).sum::<usize>()
            }
            Self::Listening { tls: Some(own), .. } => size_of_val(&**own) + own.sha256.len(),
            Self::Opened { tls: Some(secured), .. } => size_of_val(&**secured) + secured.carries(),
            Self::Failed(failure) => {
                let sentences = failure.reasons.iter().chain(&failure.remedies);
                failure.tried.len() + failure.said.len() + sentences.map(String::len).sum::<usize>()
            }
            Self::Listening { .. }
            | Self::Opened { .. }
            | Self::Denied { .. }
            | Self::Shutdown { .. }
            | Self::Missed { .. } => 0,
        }
    }
}

/// Bytes that travelled in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// Their direction.
    pub dir: Dir,
    /// How many bytes travelled in this direction before them.
    pub offset: u64,
    /// The bytes, a slice of the chunk that was read; sharing it copies nothing.
    pub bytes: Bytes,
    /// Where they are a message that an observer cut from its chunks, as [`Messages`](crate::messages::Messages) does:
    /// what a framing says of it.
    pub framed: Option<Framed>,
}

/// What a framing says of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// Where in the bytes its payload lies.
    pub payload: Range<usize>,
    /// How it was cut; none where these bytes are the beginning of a message, of which more follows.
    pub cut: Option<Cut>,
}

impl Data {
    /// Bytes as they travelled.
    pub fn chunk(dir: Dir, offset: u64, bytes: Bytes) -> Self {
        Self { dir, offset, bytes, framed: None }
    }

    /// What is read as text: the payload of a message, all of a chunk.
    pub fn payload(&self) -> &[u8] {
        let all = &self.bytes[..];
        self.framed.as_ref().map_or(all, |framed| all.get(framed.payload.clone()).unwrap_or_default())
    }

    /// Whether it is a message, or the end of one: its text ends with it.
    pub fn ends_message(&self) -> bool {
        self.framed.as_ref().is_some_and(|framed| framed.cut.is_some())
    }

    /// Whether it is a message whose direction ended before what ends it came.
    pub fn is_unterminated(&self) -> bool {
        self.framed.as_ref().is_some_and(|framed| framed.cut == Some(Cut::Unterminated))
    }

    /// The part of it that these bytes are, which lie within it.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let within = |place: usize| place.clamp(range.start, range.end) - range.start;
        let framed = self.framed.as_ref().map(|framed| Framed {
            payload: within(framed.payload.start)..within(framed.payload.end),
            cut: framed.cut.filter(|_| range.end == self.bytes.len()),
        });
        let offset = self.offset + range.start as u64;
        Self { dir: self.dir, offset, bytes: self.bytes.slice(range), framed }
    }
}

/// How a connection ended, and what it carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Why.
    pub reason: Reason,
    /// Bytes that raccord received.
    pub bytes_in: u64,
    /// Bytes that raccord sent.
    pub bytes_out: u64,
    /// From [`EventKind::Opened`] on.
    pub duration: Duration,
    /// What the system said, or what was missing, where the reason is a failure.
    pub detail: Option<String>,
    /// What to do about it, where that is known; each a sentence.
    pub remedies: Vec<String>,
}

impl Closed {
    /// The detail of a [`Reason::Reset`] that raccord itself sent.
    pub const BY_RACCORD: &str = "by raccord";

    /// Whether raccord reset it, rather than the peer.
    pub fn is_reset_by_us(&self) -> bool {
        self.reason == Reason::Reset && self.detail.as_deref() == Some(Self::BY_RACCORD)
    }
}

/// Why a connection ended. The list grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Both halves ended in order, ours first, or raccord had what it came for.
    Done,
    /// Both halves ended in order, the peer's first.
    Peer,
    /// It was reset (RST, RFC 9293 section 3.5.3), by the peer unless the detail says otherwise.
    Reset,
    /// We wrote to a peer that was gone (EPIPE).
    BrokenPipe,
    /// It took longer than it may.
    Timeout,
    /// Nothing moved in either direction for as long as that may last.
    Idle,
    /// The peer's half ended without the `close_notify` of TLS: somebody may have cut off what it had to say.
    Truncated,
    /// TLS ended it: an alert, or what is no valid TLS.
    Tls,
    /// A message was longer than a framing may collect.
    TooLong,
    /// raccord was told to stop.
    Interrupted,
    /// Anything else: the detail says what.
    Error,
}

impl Reason {
    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Peer => "peer",
            Self::Reset => "reset",
            Self::BrokenPipe => "broken-pipe",
            Self::Timeout => "timeout",
            Self::Idle => "idle",
            Self::Truncated => "truncated",
            Self::Tls => "tls",
            Self::TooLong => "too-long",
            Self::Interrupted => "interrupted",
            Self::Error => "error",
        }
    }

    /// Whether a conversation that ended so went as it should (exit code 0).
    pub fn is_good(self) -> bool {
        matches!(self, Self::Done | Self::Peer | Self::Idle | Self::Truncated)
    }
}
