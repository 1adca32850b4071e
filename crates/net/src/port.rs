//! Who holds a port, in which state, and what to do about it.
//!
//! What the kernel lists ([`raccord_sys::sockets`]) is read for one who wants the port: see [`Hold`].
//!
//! # A server's conversation, or an outgoing connection?
//!
//! The kernel does not label the ends of a conversation as client and server. In this order, it is told by
//!
//! 1. the state, where only one end can be in it: `SYN_SENT` is a client's, `SYN_RECV` a server's;
//! 2. the kernel's counters, which differ by the byte that a client's SYN counts
//!    ([`TcpSocket::opener`]), of this end or, for a conversation within this machine, of the other;
//! 3. a listener on the same address and port: the conversation is one of its own;
//! 4. a guess: a port of the ephemeral range that talks to one outside of it was most likely lent to a
//!    client; anything else is taken for a server's. [`Holder::certain`] is false then, and sentences say
//!    "probably".

mod diagnosis;
mod hold;
mod words;

use std::{io, net::SocketAddr, ops::RangeInclusive, time::Duration};

pub use diagnosis::{Diagnosis, explain_bind};
pub use raccord_sys::{
    owners::Process,
    sockets::{Queue, TcpState},
};
use raccord_sys::{
    owners::{self, Owners},
    ports,
    sockets::{self, Table, TcpSocket},
};
pub(crate) use words::program;

/// How a socket holds its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hold {
    /// It listens.
    Listener,
    /// It is one of a server's conversations: established, or half-closed, with or without a program.
    Rest,
    /// It is over, and the kernel keeps the port from being mistaken by late segments (RFC 9293, 3.6.1).
    TimeWait,
    /// It is an outgoing connection that borrowed the port.
    Outgoing,
    /// It is bound and does not listen.
    Bound,
}

impl Hold {
    /// The word for it in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Rest => "rest",
            Self::TimeWait => "time-wait",
            Self::Outgoing => "outgoing",
            Self::Bound => "bound",
        }
    }
}

/// One socket that holds a port. Its `Display` is a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// How it holds the port.
    pub hold: Hold,
    /// Whether `hold` is known; else it is a guess between `Rest` and `Outgoing`.
    pub certain: bool,
    /// Its state.
    pub state: TcpState,
    /// Its own address.
    pub local: SocketAddr,
    /// The other end, if there is one.
    pub peer: Option<SocketAddr>,
    /// Whether it is an IPv6 wildcard socket that takes IPv4 as well.
    pub dual_stack: bool,
    /// The programs that hold it, by pid; several if it was inherited. Empty if the kernel alone holds it,
    /// and if this could not be seen.
    pub processes: Vec<Process>,
    /// The user it belongs to: the name, or the number of one without a name; known even where the program is
    /// not. None: the kernel alone holds it.
    pub user: Option<String>,
    /// How long the kernel still holds it.
    pub left: Option<Duration>,
    /// Of a listener: the clients that wait to be accepted.
    pub queue: Option<Queue>,
}

impl Holder {
    /// The first of its programs.
    pub fn process(&self) -> Option<&Process> {
        self.processes.first()
    }

    /// [`left`](Self::left) in whole seconds, rounded up.
    pub fn seconds_left(&self) -> Option<u64> {
        self.left.map(|left| left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }
}

/// The sockets on a port, or all that listen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// By kind, then by address; those in `TIME_WAIT` with the longest first.
    pub holders: Vec<Holder>,
    /// Whether some programs could not be seen, for they are another user's.
    pub partial: bool,
    /// Whether sockets that are only bound can be seen; Linux before 6.8 hides them.
    pub sees_bound: bool,
    /// The next higher port that nothing holds, seen from the one asked for.
    pub free_port: Option<u16>,
}

impl Holders {
    /// What to do for one who wants this port: sentences, the safest first; none if nothing holds it.
    pub fn remedies(&self) -> Vec<String> {
        diagnosis::remedies(&self.holders, None, self.free_port)
    }
}

/// Who holds `port`; an empty list if nobody does.
///
/// Fails with [`io::ErrorKind::Unsupported`] where the system does not list its sockets, and with what it
/// said where it refused.
pub fn holders(port: u16) -> io::Result<Holders> {
    let table = sockets::sockets()?;
    let mut holders = look(&table, |socket| socket.local.port() == port);
    holders.free_port = next_free(&table, port);
    Ok(holders)
}

/// All TCP listeners of this machine, by port. Fails as [`holders`] does.
pub fn listeners() -> io::Result<Holders> {
    let table = sockets::sockets()?;
    let mut listeners = look(&table, |socket| socket.state == TcpState::Listen);
    listeners.holders.sort_by_key(|holder| (holder.local.port(), holder.local));
    Ok(listeners)
}

fn look(table: &Table, wanted: impl Fn(&TcpSocket) -> bool) -> Holders {
    let wanted = table.sockets.iter().filter(|socket| wanted(socket)).collect::<Vec<_>>();
    let inodes = wanted.iter().filter_map(|socket| socket.inode).map(u64::from).collect::<Vec<_>>();
    // without the programs the rest is still worth telling
    let owners = owners::owners(&inodes).unwrap_or(Owners { found: Vec::new(), partial: true });
    hold::holders(&wanted, table, &owners, &ephemeral())
}

/// Where the system does not say: the range that RFC 6335 names.
fn ephemeral() -> RangeInclusive<u16> {
    ports::ephemeral().unwrap_or(49152..=65535)
}

fn next_free(table: &Table, port: u16) -> Option<u16> {
    let held =
        table.sockets.iter().map(|socket| socket.local.port()).collect::<std::collections::HashSet<_>>();
    (port.checked_add(1)?..=u16::MAX).find(|port| !held.contains(port))
}
