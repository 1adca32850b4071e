//! Where to connect or listen: `host:port`, `tls://host:port` or `unix:path`, parsed from text, printed the same.

mod error;
mod host;
mod parse;
mod span;
mod url;

use std::fmt;

pub use error::{EndpointError, EndpointProblem};
pub use host::Host;

/// Where to connect or listen.
///
/// `Display` prints the text that [`Endpoint::parse`] reads back to the same value.
///
/// ```
/// use raccord_core::endpoint::{Endpoint, Role};
/// let server = Endpoint::parse(&["::1", "8080"], Role::Listen)?;
/// assert_eq!(server.to_string(), "[::1]:8080");
/// assert_eq!(Endpoint::parse_word("8080", Role::Connect)?.to_string(), "localhost:8080");
/// # Ok::<(), raccord_core::endpoint::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A host and a TCP port.
    Inet {
        /// Whether TLS runs over the connection.
        tls: bool,
        /// The host; [`Host::Any`] only where one listens.
        host: Host,
        /// The port, 0 to 65535; 0, for one that the system chooses, only where one listens.
        port: u16,
    },
    /// A Unix socket, always without TLS.
    Unix(UnixName),
}

/// The name of a Unix socket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UnixName {
    /// A path as it was typed: not empty, without NUL, and it begins neither with `@` nor with just two slashes.
    Path(String),
    /// A name in Linux's abstract namespace (unix(7)), without the `@`: not empty, without NUL.
    Abstract(String),
}

/// What one does at an endpoint; it decides what the short forms mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Be the client: `80` is `localhost:80`, and there must be a host and a port.
    Connect,
    /// Be the server: `80` is `:80`, every address of the machine, and port 0 is one that the system chooses.
    Listen,
}

impl Endpoint {
    /// Reads an endpoint of one word (`host:port`, `port`, `:port`, `[address]:port`, `unix:path`) or of two
    /// (`host port`). Fails with the place, what is wrong there and how to write it.
    ///
    /// Inet endpoints may begin with `tls://`, or with `tcp://`, which says nothing more.
    pub fn parse(words: &[impl AsRef<str>], role: Role) -> Result<Self, EndpointError> {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        parse::words(&words, role)
    }

    /// Reads an endpoint that is one word, as each of the two that a tap takes.
    pub fn parse_word(word: &str, role: Role) -> Result<Self, EndpointError> {
        parse::words(&[word], role)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet { tls, host, port } => {
                let scheme = match host {
                    _ if *tls => "tls://",
                    // `unix:80` would be a path
                    Host::Name(name) if name.eq_ignore_ascii_case("unix") => "tcp://",
                    _ => "",
                };
                write!(f, "{scheme}{host}:{port}")
            }
            Self::Unix(UnixName::Path(path)) => write!(f, "unix:{path}"),
            Self::Unix(UnixName::Abstract(name)) => write!(f, "unix:@{name}"),
        }
    }
}

#[cfg(test)]
mod tests;
