//! TLS on either end: what a session is told about it, the handshake, and the connection after it.
//!
//! [`ServerTls`] and [`ClientTls`] say what is wanted. They are prepared once for a session, which reads their files:
//! into an [`Acceptor`] and a [`Connector`], whose `handshake` makes [`Tls`] of a TCP connection and tells what was
//! agreed on ([`Secured`](raccord_core::secured::Secured)).
//!
//! Every handshake is a full one: sessions are not resumed, so that each connection shows its certificates. A server
//! sends no tickets: a client that only sends would leave them unread, and so reset the connection when it closes.

mod acceptor;
mod certificate;
mod connector;
mod files;
mod handshake;
mod key_log;
mod parting;
mod provider;
mod stream;
mod trust;
mod words;

use std::path::PathBuf;

use raccord_core::failure::Failure;
use raccord_core::notation::visible::foreign;

pub use acceptor::Acceptor;
pub use connector::Connector;
pub use handshake::{Refused, RefusedKind};
pub use stream::{Broken, Tls};

/// How a server speaks TLS.
#[derive(Clone, Debug, Default)]
pub struct ServerTls {
    /// Its certificate; without one it makes a self-signed one.
    pub identity: Option<Identity>,
    /// Clients must show a certificate that one of this file's issued, or that is in it.
    pub client_ca: Option<PathBuf>,
    /// Protocols that it takes (ALPN, RFC 7301), the best first; empty where it does not care.
    pub alpn: Vec<String>,
}

/// How a client speaks TLS.
#[derive(Clone, Debug, Default)]
pub struct ClientTls {
    /// Which servers it believes.
    pub trust: Trust,
    /// The name, or address, that the server must prove to have; where none is given, the host that it connects to.
    pub name: Option<String>,
    /// Its own certificate, for servers that ask for one.
    pub identity: Option<Identity>,
    /// Protocols that it offers (ALPN, RFC 7301), the best first.
    pub alpn: Vec<String>,
}

/// Which servers a client believes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Those whose issuers the system trusts.
    #[default]
    System,
    /// Those whose certificate one of this PEM file's issued, or that is in it.
    File(PathBuf),
    /// Whoever answers: nothing is checked.
    Anything,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// A PEM file: the certificate, then those of its issuers, if any.
    pub cert: PathBuf,
    /// A PEM file with the key (PKCS#8, PKCS#1 or SEC1); where none is given, it is in the certificate's file.
    pub key: Option<PathBuf>,
}

/// The names of protocols as ALPN carries them (RFC 7301 section 3.1).
fn protocols(names: &[String]) -> Result<Vec<Vec<u8>>, Failure> {
    let one = |name: &String| match name.len() {
        1..=255 => Ok(name.clone().into_bytes()),
        length => Err(Failure::new(
            format!("cannot offer the protocol {:?}", foreign(name)),
            format!("its name has {length} bytes, and ALPN carries 1 to 255"),
        )
        .remedy("write the names with commas between them: --tls-alpn h2,http/1.1")),
    };
    names.iter().map(one).collect()
}
