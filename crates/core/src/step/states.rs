//! The states of TCP, as the kernel has them right after a call.

use std::fmt;
use std::time::Duration;

/// The states of a connection's two ends, as the kernel of this machine lists them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// Ours; none where the kernel has (no longer) such a socket.
    pub here: Option<Standing>,
    /// The peer's; none where the peer is on another machine, or has no socket (any longer).
    pub there: Option<Standing>,
}

/// `both ends ESTABLISHED`, `here CLOSE-WAIT, there FIN-WAIT-2`, and how long a TIME-WAIT lasts: `here TIME-WAIT (60 s)`.
/// Nothing where nothing was found.
impl fmt::Display for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.here, &self.there) {
            (Some(here), Some(there)) if here == there => write!(f, "both ends {here}"),
            (Some(here), Some(there)) => write!(f, "here {here}, there {there}"),
            (Some(here), None) => write!(f, "here {here}"),
            (None, Some(there)) => write!(f, "there {there}"),
            (None, None) => Ok(()),
        }
    }
}

/// The state of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: TcpState,
    /// How long the kernel still keeps it, where no program holds it.
    pub left: Option<Duration>,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.left {
            Some(left) => write!(f, "{} ({} s)", self.state, seconds(left)),
            None => self.state.fmt(f),
        }
    }
}

/// A time left, in whole seconds, rounded up: what lasts is never said to be over.
pub(crate) fn seconds(left: Duration) -> u64 {
    left.as_secs() + u64::from(left.subsec_nanos() > 0)
}

/// The states of TCP (RFC 9293 section 3.3.2), by the names that ss(8) gives them; where it shortens one, in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Not connected.
    Closed,
}

impl TcpState {
    /// Its name: `FIN-WAIT-1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN-SENT",
            Self::SynReceived => "SYN-RECV",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN-WAIT-1",
            Self::FinWait2 => "FIN-WAIT-2",
            Self::CloseWait => "CLOSE-WAIT",
            Self::LastAck => "LAST-ACK",
            Self::Closing => "CLOSING",
            Self::TimeWait => "TIME-WAIT",
            Self::Closed => "CLOSED",
        }
    }
}

impl fmt::Display for TcpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
