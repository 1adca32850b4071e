//! One socket of a connection: reading, writing and ending a half, without ever waiting but in `ready`.

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use raccord_core::event::ConnId;
use raccord_core::step::{Call, Outcome};
use socket2::SockRef;
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;

use crate::tls::Tls;
use crate::told::{Told, errno};

/// A connected socket. What is less common is boxed, so that a connection of TCP is no larger for it.
#[derive(Debug)]
pub(crate) enum Leg {
    Tcp(Told<TcpStream>),
    /// A stream to tokio as well: it waits, reads and writes by the descriptor, whatever its family.
    Unix(Box<Told<TcpStream>>),
    Tls(Box<Tls>),
}

impl Leg {
    /// What is told of its calls is told of this connection.
    pub(crate) fn belongs_to(&mut self, conn: ConnId) {
        match self {
            Self::Tcp(stream) => stream.belongs_to(conn),
            Self::Unix(stream) => stream.belongs_to(conn),
            Self::Tls(tls) => tls.belongs_to(conn),
        }
    }

    /// Waits until one of these is possible, or the socket has an error. Cancel safe.
    pub(crate) async fn ready(&mut self, interest: Interest) -> io::Result<Ready> {
        match self {
            Self::Tls(tls) => tls.ready(interest).await,
            Self::Tcp(_) | Self::Unix(_) => self.socket().ready(interest).await,
        }
    }

    /// Reads at most `most` bytes to the end of `buffer`; 0 is the end of the peer's half.
    pub(crate) fn try_read(&mut self, buffer: &mut BytesMut, most: usize) -> io::Result<usize> {
        match self {
            Self::Tls(tls) => tls.try_read(buffer, most),
            Self::Tcp(_) | Self::Unix(_) => {
                let read = |stream: &TcpStream| stream.try_read_buf(&mut buffer.limit(most));
                self.socket().attempt_until_drained(most, read)
            }
        }
    }

    /// Whether the end of the peer's half, once it was read, was not the one that the peer meant.
    pub(crate) fn is_truncated(&mut self) -> bool {
        match self {
            Self::Tls(tls) => tls.is_truncated(),
            Self::Tcp(_) | Self::Unix(_) => false,
        }
    }

    /// Writes what the socket takes now of these, which stand one after the other.
    pub(crate) fn try_write(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tls(tls) => tls.try_write_vectored(slices),
            Self::Tcp(_) | Self::Unix(_) => {
                let write = |stream: &TcpStream| match slices {
                    [one] => stream.try_write(one),
                    many => stream.try_write_vectored(many),
                };
                let bytes = || slices.iter().map(|slice| slice.len()).sum();
                self.socket().attempt(Interest::WRITABLE, || Call::Send { bytes: bytes() }, write)
            }
        }
    }

    /// Ends our half (FIN, where there are packets): `shutdown(SHUT_WR)`. Where something must leave before and finds no
    /// room it "would block"; `ready` then says when to ask again.
    pub(crate) fn end_half(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(tls) => tls.end_half(),
            Self::Tcp(_) | Self::Unix(_) => {
                self.socket().done(|| Call::EndHalf, |stream| SockRef::from(stream).shutdown(Shutdown::Write))
            }
        }
    }

    /// From now on closing sends RST instead of FIN (`SO_LINGER` with no time, socket(7)). A Unix socket has no such option:
    /// what is unread when it is closed resets it, and nothing else.
    pub(crate) fn reset_on_close(&self) -> io::Result<()> {
        if let Self::Unix(_) = self {
            return Ok(());
        }
        let set = |stream: &TcpStream| SockRef::from(stream).set_linger(Some(Duration::ZERO));
        self.socket().done(|| Call::SetOption { option: "SO_LINGER", value: 0 }, set)
    }

    /// The error that waits on the socket (`SO_ERROR`), if any; forgets that there was readiness for one.
    pub(crate) fn take_error(&self) -> Option<io::Error> {
        let stream = self.socket();
        let waits = |error: &Option<io::Error>| Outcome::Waiting(error.as_ref().map(errno));
        let asked = stream.call(|| Call::GetOption { option: "SO_ERROR" }, TcpStream::take_error, waits);
        let error = asked.ok().flatten();
        if error.is_none() {
            let nothing = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            let _ = stream.try_io(Interest::ERROR, nothing);
        }
        error
    }

    /// Parts from a peer with which TLS has failed.
    pub(crate) async fn part(&mut self) {
        if let Self::Tls(tls) = self {
            tls.part().await;
        }
    }

    fn socket(&self) -> &Told<TcpStream> {
        match self {
            Self::Tcp(stream) => stream,
            Self::Unix(stream) => stream,
            Self::Tls(tls) => tls.socket(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_kinds_cost_a_tcp_connection_nothing() {
        assert_eq!(size_of::<Leg>(), size_of::<Told<TcpStream>>());
    }
}
