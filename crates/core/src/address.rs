//! The address of one end of a leg, as it is shown everywhere.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// One end of a socket that exists, as opposed to an [`Endpoint`](crate::endpoint::Endpoint), which is where
/// somebody wants to connect or listen.
///
/// An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is the IPv4 address that it stands for, so that a
/// client of a dual-stack listener is shown, counted and matched as what it is.
///
/// ```
/// use raccord_core::address::Address;
/// let mapped: std::net::SocketAddr = "[::ffff:127.0.0.1]:8989".parse()?;
/// assert_eq!(Address::from(mapped).to_string(), "127.0.0.1:8989");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Address {
    /// An IPv4 or IPv6 address with its port.
    Inet(SocketAddr),
}

impl Address {
    /// The IP address and port, where it has them.
    pub fn inet(&self) -> Option<SocketAddr> {
        match self {
            Self::Inet(address) => Some(*address),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(match address {
            SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
                Some(v4) => SocketAddr::new(IpAddr::V4(v4), v6.port()),
                None => address,
            },
            SocketAddr::V4(_) => address,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
        }
    }
}
