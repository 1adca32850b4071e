//! The handshake, for both ends: until it is done, or in plain words why it cannot be.

use std::io;

use raccord_core::event::End;
use raccord_core::failure::Failure;
use raccord_core::notation::visible::foreign;
use raccord_core::opening::{ENOUGH, Opening};
use raccord_core::secured::Secured;
use raccord_core::step::{Call, Errno, Outcome};
use rustls::{Connection, ProtocolVersion};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::certificate::describe;
use super::stream::{Socket, Tls};
use crate::feed::Feed;
use crate::told::{Teller, Told, Took, Watch, errno};

/// A handshake that failed.
#[derive(Clone, Debug)]
pub struct Refused {
    /// How it ended: whose fault it is, for those who count or try again.
    pub kind: RefusedKind,
    /// Why, and what to do.
    pub failure: Failure,
}

/// How a handshake ended that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedKind {
    /// The other end stopped before the deadline.
    Late,
    /// The connection was gone: closed or reset by the other end.
    Gone,
    /// TLS could not be agreed on: a certificate, a version, an alert, or no TLS at all.
    Tls,
}

/// Why a handshake failed, before it is put into words.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The deadline came; whether the other end had said anything.
    Late { heard: bool },
    /// The other end closed; whether it had said anything.
    Closed { heard: bool },
    /// The socket failed.
    Socket(io::Error),
    /// The other end speaks something else: its first bytes, and what they look like.
    NotTls(Opening, Vec<u8>),
    /// TLS failed.
    Tls(rustls::Error),
}

impl Trouble {
    /// As the error of a step: in a few words, for whoever asked for the handshake is told more.
    fn errno(&self) -> Errno {
        let error = match self {
            Self::Late { .. } => io::Error::new(io::ErrorKind::TimedOut, "it took too long"),
            Self::Closed { .. } => io::Error::new(io::ErrorKind::UnexpectedEof, "the other end closed"),
            Self::Socket(error) => return errno(error),
            Self::NotTls(..) => {
                io::Error::new(io::ErrorKind::InvalidData, "the other end does not speak TLS")
            }
            Self::Tls(error) => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
        };
        Errno::new(&error, None)
    }

    pub(super) fn kind(&self) -> RefusedKind {
        match self {
            Self::Late { .. } => RefusedKind::Late,
            Self::Closed { .. } | Self::Socket(_) => RefusedKind::Gone,
            Self::NotTls(..) | Self::Tls(_) => RefusedKind::Tls,
        }
    }
}

/// A socket that nobody is told of.
pub(super) fn untold(stream: TcpStream, end: End) -> Told<TcpStream> {
    Told::new(stream, |stream| Teller::of(stream, &Feed::new(0), end))
}

/// Shakes hands until `deadline`. Dropped in the middle it closes the socket, and nothing else is left behind.
pub(super) async fn shake(
    stream: Told<TcpStream>,
    connection: Connection,
    deadline: Instant,
) -> Result<Tls, Trouble> {
    let watch = Watch::start(stream.teller().feed());
    let mut tls = Tls::new(stream, connection);
    let mut first = Vec::new();
    let trouble = match timeout_at(deadline, agree(&mut tls, &mut first)).await {
        Ok(Ok(())) => return Ok(tls),
        Ok(Err(trouble)) => trouble,
        Err(_) => Trouble::Late { heard: !first.is_empty() },
    };
    tls.socket().teller().tell(watch.stop(), || (Call::Handshake, Outcome::Failed(trouble.errno())));
    // one that had no time has none left for parting
    if !matches!(trouble, Trouble::Late { .. }) {
        tls.part().await;
    }
    Err(trouble)
}

async fn agree(tls: &mut Tls, first: &mut Vec<u8>) -> Result<(), Trouble> {
    loop {
        match tls.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // a peer that reset may have said why before
            Err(error) => return Err(last_words(tls, first, error)),
            Ok(()) if !tls.connection().is_handshaking() => return Ok(()),
            Ok(()) => {}
        }
        let listens = tls.connection().is_handshaking();
        let interest = match (listens, tls.is_writing()) {
            (true, false) => Interest::READABLE,
            (true, true) => Interest::READABLE | Interest::WRITABLE,
            (false, _) => Interest::WRITABLE,
        };
        tls.stream().ready(interest).await.map_err(Trouble::Socket)?;
        if listens {
            hear(tls, first)?;
        }
    }
}

/// Reads once and goes on with the handshake.
fn hear(tls: &mut Tls, first: &mut Vec<u8>) -> Result<(), Trouble> {
    let heard = !first.is_empty();
    let (stream, connection) = tls.parts();
    match connection.read_tls(&mut Socket::keeping(stream, first, ENOUGH)) {
        Ok(0) => return Err(Trouble::Closed { heard }),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
        Err(error) => return Err(Trouble::Socket(error)),
    }
    match Opening::of(first) {
        Some(opening) if !opening.is_tls() => Err(Trouble::NotTls(opening, std::mem::take(first))),
        _ => tls.connection().process_new_packets().map(drop).map_err(Trouble::Tls),
    }
}

/// What the other end had said before the socket took no more.
fn last_words(tls: &mut Tls, first: &mut Vec<u8>, error: io::Error) -> Trouble {
    loop {
        let before = first.len();
        match hear(tls, first) {
            Err(Trouble::Tls(error)) => return Trouble::Tls(error),
            Err(Trouble::NotTls(opening, first)) => return Trouble::NotTls(opening, first),
            Ok(()) if first.len() > before => {}
            Ok(()) | Err(_) => return Trouble::Socket(error),
        }
    }
}

/// What was agreed on, after so long; told as a step.
pub(super) fn secured(tls: &mut Tls, server_name: Option<String>, took: Took) -> Secured {
    let end = tls.end();
    let connection = tls.connection();
    let server_name = match connection {
        Connection::Server(server) if end == End::Server => server.server_name().map(foreign),
        _ => server_name,
    };
    let suite = connection.negotiated_cipher_suite();
    let secured = Secured {
        version: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS 1.3",
        },
        // rustls marks the suites of TLS 1.3 in their names, IANA does not
        cipher: suite.and_then(|suite| suite.suite().as_str()).unwrap_or("unknown").replace("TLS13_", "TLS_"),
        alpn: connection.alpn_protocol().map(foreign),
        server_name,
        certificates: describe(connection.peer_certificates().unwrap_or_default()),
    };
    let words = || (Call::Handshake, Outcome::Secured(Box::new(secured.clone())));
    tls.socket().teller().tell(took, words);
    secured
}
