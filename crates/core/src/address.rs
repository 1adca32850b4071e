//! The address of one end of a leg, as it is shown everywhere.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str;
use std::sync::Arc;

use crate::endpoint::UnixName;
use crate::notation::visible::{foreign, harmless};

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
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Address {
    /// An IPv4 or IPv6 address with its port.
    Inet(SocketAddr),
    /// One end of a Unix socket.
    Unix(UnixAddress),
}

/// One end of a Unix socket (unix(7)): the name that it was bound to, or who holds it. Names are the system's bytes,
/// which need not be UTF-8, and are shared, so that an address stays small.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum UnixAddress {
    /// A file.
    Path(Arc<[u8]>),
    /// A name in Linux's abstract namespace, without the NUL that it begins with.
    Abstract(Arc<[u8]>),
    /// The process that made the socket (`SO_PEERCRED`): clients as a rule have no name.
    Pid(u32),
    /// It has no name, and whose it is cannot be known.
    Unnamed,
}

impl Address {
    /// The IP address and port, where it has them.
    pub fn inet(&self) -> Option<SocketAddr> {
        match self {
            Self::Inet(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}

impl UnixAddress {
    /// The name under which it can be connected to, where it has one that is text.
    pub fn name(&self) -> Option<UnixName> {
        let text = |bytes: &[u8]| str::from_utf8(bytes).ok().map(str::to_owned);
        match self {
            Self::Path(path) => text(path).map(UnixName::Path),
            Self::Abstract(name) => text(name).map(UnixName::Abstract),
            Self::Pid(_) | Self::Unnamed => None,
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

impl From<UnixAddress> for Address {
    fn from(address: UnixAddress) -> Self {
        Self::Unix(address)
    }
}

impl From<&UnixName> for UnixAddress {
    fn from(name: &UnixName) -> Self {
        match name {
            UnixName::Path(path) => Self::Path(path.as_bytes().into()),
            UnixName::Abstract(name) => Self::Abstract(name.as_bytes().into()),
        }
    }
}

/// `127.0.0.1:8989`, `unix:/run/my.sock`, `unix:@name`, `unix:pid=42`; harmless for a terminal.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(address) => address.fmt(f),
        }
    }
}

impl fmt::Display for UnixAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "unix:{}", visible(path)),
            Self::Abstract(name) => write!(f, "unix:@{}", visible(name)),
            Self::Pid(pid) => write!(f, "unix:pid={pid}"),
            Self::Unnamed => f.write_str("unix:(unnamed)"),
        }
    }
}

/// A name as its endpoint is typed, where it could be; otherwise as the text of somebody else.
fn visible(name: &[u8]) -> String {
    if str::from_utf8(name).is_ok() { harmless(name) } else { foreign(name) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Endpoint, Role};

    #[test]
    fn a_unix_address_is_written_as_its_endpoint_is_typed() {
        for word in ["unix:/run/my.sock", "unix:here/你 b", r"unix:C:\a", "unix:@name"] {
            let Ok(Endpoint::Unix(name)) = Endpoint::parse_word(word, Role::Listen) else { panic!("{word}") };
            assert_eq!(UnixAddress::from(&name).name(), Some(name.clone()));
            assert_eq!(Address::from(UnixAddress::from(&name)).to_string(), word);
        }
        assert_eq!(Address::from(UnixAddress::Pid(42)).to_string(), "unix:pid=42");
        assert_eq!(Address::from(UnixAddress::Unnamed).to_string(), "unix:(unnamed)");
        for nameless in [UnixAddress::Pid(42), UnixAddress::Unnamed, UnixAddress::Path(b"\xff"[..].into())] {
            assert_eq!(nameless.name(), None);
        }
    }

    #[test]
    fn a_name_that_is_not_text_is_visible() {
        let path = |bytes: &[u8]| Address::from(UnixAddress::Path(bytes.into())).to_string();
        assert_eq!(path(b"/tmp/\xff"), r"unix:/tmp/\xff");
        assert_eq!(path(b"/tmp/\xff\\x41"), r"unix:/tmp/\xff\\x41");
        assert_eq!(path(b"/tmp/\x1b[2J"), r"unix:/tmp/\x1b[2J");
        assert_eq!(Address::from(UnixAddress::Abstract(b"a\0b"[..].into())).to_string(), r"unix:@a\0b");
    }

    #[test]
    fn an_address_is_as_small_as_one_of_tcp() {
        assert_eq!(size_of::<Address>(), size_of::<SocketAddr>());
    }
}
