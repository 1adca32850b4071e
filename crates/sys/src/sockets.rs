//! The TCP sockets of this machine, as the kernel lists them.

use std::{fmt, io, net::SocketAddr, num::NonZeroU64, time::Duration};

use crate::here;

/// Lists the TCP sockets of this machine (of its network namespace), IPv4 and IPv6, of all users.
///
/// On Linux by `sock_diag(7)`, which needs no privilege. Fails with `Unsupported` where nothing can be
/// listed, and with what the system said where it could have been.
pub fn sockets() -> io::Result<Table> {
    here::sockets::sockets()
}

/// Looks for one TCP socket of this machine (of its network namespace), without listing the others: the end `local` of
/// a connection with `peer`, or what listens on `local` where no peer is given. None if there is no such socket.
///
/// An IPv4-mapped address stands for the IPv4 address. Fails as [`sockets`] does.
pub fn find(local: SocketAddr, peer: Option<SocketAddr>) -> io::Result<Option<TcpSocket>> {
    here::sockets::find(local, peer)
}

/// What [`sockets`] saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The sockets, in no order.
    pub sockets: Vec<TcpSocket>,
    /// Whether sockets that are bound and neither listen nor are connected are among them. Linux before 6.8
    /// hides those, and they hold their port all the same.
    pub sees_bound: bool,
}

/// One TCP socket: one end of a conversation, or of none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpSocket {
    /// Its state.
    pub state: TcpState,
    /// Its own address; an IPv4-mapped one is shown as IPv4.
    pub local: SocketAddr,
    /// The other end, if there is one.
    pub peer: Option<SocketAddr>,
    /// Whether it is a wildcard IPv6 socket that takes IPv4 too (`IPV6_V6ONLY` off, RFC 3493).
    pub dual_stack: bool,
    /// What identifies it among the descriptors of processes, see [`owners`](crate::owners::owners). None if
    /// no process holds it: it waits in a listener's queue, or is left to the kernel (`TIME_WAIT`, orphaned
    /// `FIN_WAIT` and so on).
    pub inode: Option<NonZeroU64>,
    /// The user it belongs to; None if no process holds it.
    pub uid: Option<u32>,
    /// How long the kernel still holds it: in `TIME_WAIT`, and in `FIN_WAIT2` without a process.
    pub left: Option<Duration>,
    /// Of a listener: its queue of clients that wait to be accepted.
    pub queue: Option<Queue>,
    /// Which end opened the conversation, where the kernel's counters tell.
    pub opener: Option<Opener>,
}

/// A listener's queue of connections that the program has not accepted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Connections that wait now.
    pub waiting: u32,
    /// The backlog: on Linux `backlog` + 1 connections may wait.
    pub backlog: u32,
}

/// Which end of a conversation connected to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// This end did: it is the client.
    ThisEnd,
    /// The other end did: this one is the server.
    OtherEnd,
}

/// The states of TCP (RFC 9293, 3.3.2), by the names that Linux gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TcpState {
    /// Waits for clients.
    Listen,
    /// Has asked for a connection, no answer yet.
    SynSent,
    /// Was asked for a connection and answered.
    SynReceived,
    /// The conversation is open both ways.
    Established,
    /// This end has ended its half; not acknowledged yet.
    FinWait1,
    /// This end has ended its half; the other has not.
    FinWait2,
    /// The other end has ended its half; this one has not.
    CloseWait,
    /// Both have ended their halves; the end of this one, the later, is not acknowledged yet.
    LastAck,
    /// Both have ended their halves at the same time.
    Closing,
    /// Over; the end that closed first waits for late segments.
    TimeWait,
    /// Not connected: the socket is only bound.
    Closed,
}

impl TcpState {
    /// The state's name as Linux tools write it, such as `TIME_WAIT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN_SENT",
            Self::SynReceived => "SYN_RECV",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN_WAIT1",
            Self::FinWait2 => "FIN_WAIT2",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::Closing => "CLOSING",
            Self::TimeWait => "TIME_WAIT",
            Self::Closed => "CLOSED",
        }
    }
}

impl fmt::Display for TcpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
