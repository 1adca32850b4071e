//! A socket call as it was made: its arguments, what came of it, how long it took, and the state of TCP after it.

mod states;

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

pub(crate) use self::states::seconds;
pub use self::states::{Standing, States, TcpState};
use crate::address::Address;
use crate::event::End;
use crate::failure::said;
use crate::secured::Secured;

/// One socket call, as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which end of the conversation made it.
    pub end: End,
    /// The call and its arguments.
    pub call: Call,
    /// On which socket, by the number that the process knows it by: its descriptor. None for `socket`, which makes one,
    /// and for `getaddrinfo`.
    pub socket: Option<u64>,
    /// What came of it.
    pub outcome: Outcome,
    /// How long the call itself took: the wait before it, until the socket is ready for `accept`, `recv` or `send`, is not
    /// in it. Of a `connect` that went on by itself, until it was known what came of it.
    pub took: Duration,
    /// The states of the connection's ends right after the call; none where nobody looked, or could.
    pub states: Option<States>,
}

impl Step {
    /// How many bytes of memory it holds beside itself.
    pub(crate) fn carries(&self) -> usize {
        let name = if let Call::LookUp { name } = &self.call { name.len() } else { 0 };
        name + self.outcome.carries()
    }
}

/// A socket call, by its name in POSIX, with its arguments but the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// `getaddrinfo`, which asks no socket and comes before the first one.
    LookUp {
        /// Whose addresses are asked for.
        name: String,
    },
    /// `socket`.
    Socket {
        /// For which kind of addresses.
        family: Family,
    },
    /// `setsockopt`.
    SetOption {
        /// The option's name: `SO_REUSEADDR`, …
        option: &'static str,
        /// What it was set to: 0 or 1, bytes, or seconds, as the option wants it.
        value: u32,
    },
    /// `getsockopt`.
    GetOption {
        /// The option's name: `SO_ERROR`, `SO_PEERCRED`.
        option: &'static str,
    },
    /// `bind`.
    Bind {
        /// The address that the socket gets; port 0 lets the system choose one.
        to: Address,
    },
    /// `listen`.
    Listen {
        /// The greatest number of connections waiting to be accepted.
        backlog: u32,
    },
    /// `accept`.
    Accept,
    /// `connect`.
    Connect {
        /// Where to.
        to: Address,
    },
    /// `getsockname`: our address.
    LocalAddress,
    /// `getpeername`: the peer's address.
    PeerAddress,
    /// `send`.
    Send {
        /// How many bytes it was given.
        bytes: usize,
    },
    /// `recv`.
    Receive {
        /// The most bytes that it may take.
        most: usize,
    },
    /// `recv` with `MSG_PEEK`: looks at one byte and leaves it there.
    Peek,
    /// No call of the system: the handshake of TLS, made of the `send` and `recv` before it.
    Handshake,
    /// `shutdown(SHUT_WR)`: the end of our half.
    EndHalf,
    /// `close`.
    Close,
}

/// The kinds of addresses that a socket may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
    /// Names on this machine, for its own programs (unix(7)).
    Unix,
}

impl Family {
    /// Its name in POSIX: `AF_INET`.
    fn name(self) -> &'static str {
        match self {
            Self::V4 => "AF_INET",
            Self::V6 => "AF_INET6",
            Self::Unix => "AF_UNIX",
        }
    }
}

impl Call {
    /// Its name in POSIX; `handshake` is TLS's.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LookUp { .. } => "getaddrinfo",
            Self::Socket { .. } => "socket",
            Self::SetOption { .. } => "setsockopt",
            Self::GetOption { .. } => "getsockopt",
            Self::Bind { .. } => "bind",
            Self::Listen { .. } => "listen",
            Self::Accept => "accept",
            Self::Connect { .. } => "connect",
            Self::LocalAddress => "getsockname",
            Self::PeerAddress => "getpeername",
            Self::Send { .. } => "send",
            Self::Receive { .. } | Self::Peek => "recv",
            Self::Handshake => "handshake",
            Self::EndHalf => "shutdown",
            Self::Close => "close",
        }
    }
}

/// The arguments but the socket, for people: `SO_REUSEADDR, 1`.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LookUp { name } => f.write_str(name),
            Self::Socket { family } => write!(f, "{}, SOCK_STREAM", family.name()),
            Self::SetOption { option: option @ "SO_LINGER", value } => write!(f, "{option}, {value} s"),
            Self::SetOption { option, value } => write!(f, "{option}, {value}"),
            Self::GetOption { option } => f.write_str(option),
            Self::Bind { to } | Self::Connect { to } => to.fmt(f),
            Self::Listen { backlog } => write!(f, "backlog {backlog}"),
            Self::Send { bytes } => f.write_str(&counted(*bytes)),
            Self::Receive { most } if *most >= 1024 && most.is_multiple_of(1024) => {
                write!(f, "at most {} KiB", most / 1024)
            }
            Self::Receive { most } => write!(f, "at most {}", counted(*most)),
            Self::Peek => f.write_str("1 byte, MSG_PEEK"),
            Self::Handshake => f.write_str("TLS"),
            Self::EndHalf => f.write_str("SHUT_WR"),
            Self::Accept | Self::LocalAddress | Self::PeerAddress | Self::Close => Ok(()),
        }
    }
}

fn counted(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

/// What came of a call. `Display` writes what it returned and, where it failed, the error's name and words, much as
/// strace(1) does; behind a comma stands what more is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned this: 0, or a number of bytes.
    Done(u64),
    /// It found these addresses.
    Found(Vec<IpAddr>),
    /// It made this socket.
    Made(u64),
    /// It made this socket, for the conversation with this client.
    Accepted {
        /// The new socket.
        socket: u64,
        /// The client's address.
        peer: Address,
    },
    /// It returned 0 and told this address.
    Address(Address),
    /// `getsockopt(SO_ERROR)` returned 0 and told what waited: none where all is well.
    Waiting(Option<Errno>),
    /// `connect` returned this, `EINPROGRESS` as a rule, was under way then, and later this came of it.
    Later(Errno, Later),
    /// It agreed on this.
    Secured(Box<Secured>),
    /// It failed.
    Failed(Errno),
}

/// What came of a connection that was under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Later {
    /// It was established.
    Established,
    /// It failed.
    Failed(Errno),
    /// Nothing, until raccord waited no longer.
    NoAnswer,
    /// Nothing yet, when a connection to another address was there first.
    Overtaken,
}

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Established => f.write_str("established"),
            Self::Failed(error) => error.fmt(f),
            Self::NoAnswer => f.write_str("no answer"),
            Self::Overtaken => f.write_str("another address was first"),
        }
    }
}

/// What the system said of a call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errno {
    /// Its name in POSIX, where it is known: `ECONNREFUSED`.
    pub name: Option<&'static str>,
    /// What kind of error it is.
    pub kind: io::ErrorKind,
    /// The system's words: `Connection refused`.
    pub said: String,
}

impl Errno {
    /// Of an error, and its name where it is known.
    pub fn new(error: &io::Error, name: Option<&'static str>) -> Self {
        Self { name, kind: error.kind(), said: said(error) }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => write!(f, "{name} ({})", self.said),
            None => write!(f, "({})", self.said),
        }
    }
}

impl Outcome {
    /// The error that it tells of, now or later.
    pub fn error(&self) -> Option<&Errno> {
        match self {
            Self::Failed(error) | Self::Later(_, Later::Failed(error)) | Self::Waiting(Some(error)) => {
                Some(error)
            }
            _ => None,
        }
    }

    /// How many bytes of memory it holds beside itself.
    fn carries(&self) -> usize {
        let found = if let Self::Found(addresses) = self { size_of_val(&addresses[..]) } else { 0 };
        let begun = if let Self::Later(begun, _) = self { begun.said.len() } else { 0 };
        let secured =
            if let Self::Secured(secured) = self { size_of_val(&**secured) + secured.carries() } else { 0 };
        found + begun + secured + self.error().map_or(0, |error| error.said.len())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(addresses) => {
                let addresses: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
                f.write_str(&addresses.join(", "))
            }
            Self::Done(value) | Self::Made(value) => value.fmt(f),
            Self::Accepted { socket, peer } => write!(f, "{socket}, from {peer}"),
            Self::Address(address) => write!(f, "0, {address}"),
            Self::Secured(secured) => secured.fmt(f),
            Self::Waiting(None) => f.write_str("0, no error"),
            Self::Waiting(Some(error)) => write!(f, "0, {error}"),
            Self::Later(begun, later) => write!(f, "-1 {}, then {later}", begun.name.unwrap_or(&begun.said)),
            Self::Failed(error) => write!(f, "-1 {error}"),
        }
    }
}
