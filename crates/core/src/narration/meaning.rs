//! What a step means: decided by the call, what came of it, and what went before on the same socket.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use super::{Story, UnixMeaning, chinese, english, french, unix};
use crate::event::End;
use crate::lang::Lang;
use crate::step::{Call, Errno, Later, Outcome, Standing, States, Step, TcpState};

/// The meaning of a step. The list grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Meaning {
    /// The addresses of a name were asked for.
    LookUp,
    /// The resolver gave no address for the name.
    UnknownName,
    /// A socket was made.
    Socket,
    /// `SO_REUSEADDR`.
    ReuseAddress,
    /// `TCP_NODELAY`: Nagle's algorithm is off.
    NoDelay,
    /// `IPV6_V6ONLY` off: IPv4 clients too.
    DualStack,
    /// `IPV6_V6ONLY` on.
    OnlyV6,
    /// `SO_REUSEPORT`.
    ReusePort,
    /// `SO_KEEPALIVE`: a silent peer is asked whether it is still there.
    KeepAlive,
    /// `TCP_KEEPIDLE`: when the first such probe is sent.
    KeepAliveAfter {
        /// Seconds of silence.
        seconds: u32,
    },
    /// `TCP_KEEPINTVL`: how often a probe without an answer is repeated.
    KeepAliveEvery {
        /// Seconds between two.
        seconds: u32,
    },
    /// `SO_SNDBUF`.
    SendBuffer,
    /// `SO_RCVBUF`.
    ReceiveBuffer,
    /// `SO_LINGER` with no time: close will reset.
    ResetOnClose,
    /// Another option.
    Option,
    /// The server's address.
    Bind,
    /// The server's address, with a port that the system chose.
    BindAnyPort,
    /// The client's own address.
    BindClient,
    /// `bind` or `listen`: another socket has the port.
    AddressTaken,
    /// Listening, with this backlog.
    Listen {
        /// The backlog.
        backlog: u32,
    },
    /// A client was accepted.
    Accept,
    /// Connected.
    Connect,
    /// Connected, by a call that did not wait for it.
    ConnectLater,
    /// Nobody listens there.
    Refused,
    /// Nobody answered.
    NoAnswer,
    /// Another address of the same name answered first.
    Overtaken,
    /// The address cannot be reached.
    Unreachable,
    /// Our own address was asked for.
    LocalAddress,
    /// There is a peer.
    PeerAddress,
    /// There is no peer.
    NoPeer,
    /// A byte was looked at, not taken; or the error that waited was met.
    Peek,
    /// The error that waits was asked for.
    WaitingError,
    /// Bytes were handed to the system.
    Send,
    /// Not all of them.
    SendPartly,
    /// None of them: the buffer is full of what is not acknowledged.
    SendFull,
    /// Bytes were taken.
    Receive,
    /// Nothing was there.
    NothingYet,
    /// The handshake of TLS.
    Handshake,
    /// The same, and it failed.
    HandshakeFailed,
    /// The peer's half ended first (FIN).
    PeerEnded,
    /// The peer's half ended after ours.
    PeerEndedToo,
    /// Nothing more comes from a connection that was broken off.
    NothingMore,
    /// A client's half ended first.
    EndOurHalf,
    /// A server's half ended first.
    EndOurHalfAsServer,
    /// Our half ended after the peer's.
    EndOurHalfToo,
    /// The peer sent RST.
    Reset,
    /// We wrote to a connection that was over.
    BrokenPipe,
    /// The system gave the connection up: the peer no longer answers.
    Lost,
    /// A listening socket was closed.
    CloseListener,
    /// A socket that never was connected was closed.
    CloseUnconnected,
    /// Closed: our end stays in TIME-WAIT.
    CloseTimeWaitHere {
        /// For so long.
        left: Option<Duration>,
    },
    /// Closed: the peer's end stays in TIME-WAIT.
    CloseTimeWaitThere {
        /// For so long.
        left: Option<Duration>,
    },
    /// Closed while the peer's half goes on: the kernel waits for its end.
    CloseWaitsForPeer,
    /// Closed: the kernel waits for the acknowledgement of our end.
    CloseWaitsForAcknowledgement,
    /// Closed with RST, as it was asked for.
    CloseReset,
    /// Closed after it was broken.
    CloseBroken,
    /// Closed, and the kernel here has nothing more of it.
    CloseGone,
    /// Closed; nobody looked at what the kernel still has of it.
    Close,
    /// The call failed otherwise.
    Failed,
    /// What only a Unix socket's step means.
    Unix(UnixMeaning),
}

impl Meaning {
    /// Every meaning once.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::OF_TCP.into_iter().chain(UnixMeaning::ALL.map(Self::Unix))
    }

    const OF_TCP: [Self; 61] = [
        Self::LookUp,
        Self::UnknownName,
        Self::Socket,
        Self::ReuseAddress,
        Self::NoDelay,
        Self::DualStack,
        Self::OnlyV6,
        Self::ReusePort,
        Self::KeepAlive,
        Self::KeepAliveAfter { seconds: 90 },
        Self::KeepAliveEvery { seconds: 90 },
        Self::SendBuffer,
        Self::ReceiveBuffer,
        Self::ResetOnClose,
        Self::Option,
        Self::Bind,
        Self::BindAnyPort,
        Self::BindClient,
        Self::AddressTaken,
        Self::Listen { backlog: 128 },
        Self::Accept,
        Self::Connect,
        Self::ConnectLater,
        Self::Refused,
        Self::NoAnswer,
        Self::Overtaken,
        Self::Unreachable,
        Self::LocalAddress,
        Self::PeerAddress,
        Self::NoPeer,
        Self::Peek,
        Self::WaitingError,
        Self::Send,
        Self::SendPartly,
        Self::SendFull,
        Self::Receive,
        Self::NothingYet,
        Self::Handshake,
        Self::HandshakeFailed,
        Self::PeerEnded,
        Self::PeerEndedToo,
        Self::NothingMore,
        Self::EndOurHalf,
        Self::EndOurHalfAsServer,
        Self::EndOurHalfToo,
        Self::Reset,
        Self::BrokenPipe,
        Self::Lost,
        Self::CloseListener,
        Self::CloseUnconnected,
        Self::CloseTimeWaitHere { left: Some(Duration::from_mins(1)) },
        Self::CloseTimeWaitHere { left: None },
        Self::CloseTimeWaitThere { left: Some(Duration::from_mins(1)) },
        Self::CloseTimeWaitThere { left: None },
        Self::CloseWaitsForPeer,
        Self::CloseWaitsForAcknowledgement,
        Self::CloseReset,
        Self::CloseBroken,
        Self::CloseGone,
        Self::Close,
        Self::Failed,
    ];

    /// It in words: a sentence or a few, for the reader of a course on TCP.
    pub fn words(&self, lang: Lang) -> Cow<'static, str> {
        match lang {
            Lang::English => english::words(self),
            Lang::French => french::words(self),
            Lang::Chinese => chinese::words(self),
        }
    }
}

/// The meaning of a step on a socket of which so much was known before it.
pub(super) fn of(step: &Step, before: Story) -> Meaning {
    let meaning = match step.outcome.error() {
        Some(error) => of_failure(&step.call, error),
        None => of_success(step, before),
    };
    if unix::is_of_unix(step, before) { unix::instead_of(meaning, step) } else { meaning }
}

fn of_success(step: &Step, before: Story) -> Meaning {
    match (&step.call, &step.outcome) {
        (Call::LookUp { .. }, _) => Meaning::LookUp,
        (Call::Socket { .. }, _) => Meaning::Socket,
        (Call::SetOption { option, value }, _) => of_option(option, *value),
        (Call::GetOption { .. }, _) => Meaning::WaitingError,
        (Call::Bind { .. }, _) if step.end == End::Client => Meaning::BindClient,
        (Call::Bind { to }, _) => match to.inet() {
            Some(address) if address.port() == 0 => Meaning::BindAnyPort,
            _ => Meaning::Bind,
        },
        (Call::Listen { backlog }, _) => Meaning::Listen { backlog: *backlog },
        (Call::Accept, _) => Meaning::Accept,
        (Call::Connect { .. }, Outcome::Later(_, Later::NoAnswer)) => Meaning::NoAnswer,
        (Call::Connect { .. }, Outcome::Later(_, Later::Overtaken)) => Meaning::Overtaken,
        (Call::Connect { .. }, Outcome::Later(..)) => Meaning::ConnectLater,
        (Call::Connect { .. }, _) => Meaning::Connect,
        (Call::LocalAddress, _) => Meaning::LocalAddress,
        (Call::PeerAddress, _) => Meaning::PeerAddress,
        (Call::Peek, _) => Meaning::Peek,
        (Call::Send { bytes }, Outcome::Done(count)) if *count < *bytes as u64 => Meaning::SendPartly,
        (Call::Send { .. }, _) => Meaning::Send,
        (Call::Receive { .. }, Outcome::Done(0)) if before.broken => Meaning::NothingMore,
        (Call::Receive { .. }, Outcome::Done(0)) if before.ours_ended => Meaning::PeerEndedToo,
        (Call::Receive { .. }, Outcome::Done(0)) => Meaning::PeerEnded,
        (Call::Receive { .. }, _) => Meaning::Receive,
        (Call::Handshake, _) => Meaning::Handshake,
        (Call::EndHalf, _) if before.peer_ended => Meaning::EndOurHalfToo,
        (Call::EndHalf, _) if step.end == End::Server => Meaning::EndOurHalfAsServer,
        (Call::EndHalf, _) => Meaning::EndOurHalf,
        (Call::Close, _) => of_close(step.states, before),
    }
}

fn of_option(option: &str, value: u32) -> Meaning {
    match (option, value) {
        ("SO_REUSEADDR", 1) => Meaning::ReuseAddress,
        ("TCP_NODELAY", 1) => Meaning::NoDelay,
        ("IPV6_V6ONLY", 0) => Meaning::DualStack,
        ("IPV6_V6ONLY", 1) => Meaning::OnlyV6,
        ("SO_REUSEPORT", 1) => Meaning::ReusePort,
        ("SO_KEEPALIVE", 1) => Meaning::KeepAlive,
        ("TCP_KEEPIDLE", seconds) => Meaning::KeepAliveAfter { seconds },
        ("TCP_KEEPINTVL", seconds) => Meaning::KeepAliveEvery { seconds },
        ("SO_SNDBUF", _) => Meaning::SendBuffer,
        ("SO_RCVBUF", _) => Meaning::ReceiveBuffer,
        ("SO_LINGER", 0) => Meaning::ResetOnClose,
        _ => Meaning::Option,
    }
}

/// What is left of a connection is what the kernel says, not what the theory would say.
fn of_close(states: Option<States>, before: Story) -> Meaning {
    if before.listens {
        return Meaning::CloseListener;
    }
    if !before.connected {
        return Meaning::CloseUnconnected;
    }
    let standing = |end: Option<Standing>| end.map(|end| (end.state, end.left));
    let Some(States { here, there }) = states else { return Meaning::Close };
    match (standing(here), standing(there)) {
        (Some((TcpState::TimeWait, left)), _) => Meaning::CloseTimeWaitHere { left },
        (Some((TcpState::FinWait1 | TcpState::FinWait2, _)), _) => Meaning::CloseWaitsForPeer,
        (Some((TcpState::LastAck | TcpState::Closing, _)), _) => Meaning::CloseWaitsForAcknowledgement,
        (None, Some((TcpState::TimeWait, left))) => Meaning::CloseTimeWaitThere { left },
        (None, _) if before.resets_on_close => Meaning::CloseReset,
        (None, _) if before.broken => Meaning::CloseBroken,
        (None, _) => Meaning::CloseGone,
        (Some(_), _) => Meaning::Close,
    }
}

fn of_failure(call: &Call, error: &Errno) -> Meaning {
    use io::ErrorKind as Kind;
    match (call, error.kind) {
        (Call::LookUp { .. }, _) => Meaning::UnknownName,
        (Call::Handshake, _) => Meaning::HandshakeFailed,
        (Call::Send { .. }, Kind::WouldBlock) => Meaning::SendFull,
        (Call::Receive { .. } | Call::Accept, Kind::WouldBlock) => Meaning::NothingYet,
        (Call::PeerAddress, _) => Meaning::NoPeer,
        (Call::Peek, _) => Meaning::Peek,
        (Call::GetOption { .. }, _) => Meaning::WaitingError,
        (Call::Bind { .. } | Call::Listen { .. }, Kind::AddrInUse) => Meaning::AddressTaken,
        (Call::Connect { .. }, Kind::ConnectionRefused) => Meaning::Refused,
        (Call::Connect { .. }, Kind::TimedOut) => Meaning::NoAnswer,
        (Call::Connect { .. }, Kind::HostUnreachable | Kind::NetworkUnreachable) => Meaning::Unreachable,
        (_, Kind::ConnectionReset | Kind::ConnectionAborted) => Meaning::Reset,
        (_, Kind::BrokenPipe) => Meaning::BrokenPipe,
        (_, Kind::TimedOut | Kind::HostUnreachable | Kind::NetworkUnreachable) => Meaning::Lost,
        _ => Meaning::Failed,
    }
}

/// Whether a `connect` led to a connection.
pub(super) fn is_established(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done(_) | Outcome::Later(_, Later::Established))
}

/// Whether what came of a `send` or a `recv` is the end of the connection.
pub(super) fn breaks(outcome: &Outcome) -> bool {
    outcome.error().is_some_and(|error| error.kind != io::ErrorKind::WouldBlock)
}
