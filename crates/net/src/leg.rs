//! One socket of a connection: reading, writing and ending a half, without ever waiting but in `ready`.

use std::io;
use std::net::Shutdown;
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use raccord_core::event::ConnId;
use raccord_core::step::{Call, Outcome};
use socket2::SockRef;
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;

use crate::told::{Told, errno};

/// A connected socket. Later kinds (TLS, Unix) join here: the same five verbs.
#[derive(Debug)]
pub(crate) enum Leg {
    Tcp(Told<TcpStream>),
}

impl Leg {
    /// What is told of its calls is told of this connection.
    pub(crate) fn belongs_to(&mut self, conn: ConnId) {
        let Self::Tcp(stream) = self;
        stream.belongs_to(conn);
    }

    /// Waits until one of these is possible, or the socket has an error. Cancel safe.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        let Self::Tcp(stream) = self;
        stream.ready(interest).await
    }

    /// Reads at most `most` bytes to the end of `buffer`; 0 is the end of the peer's half.
    pub(crate) fn try_read(&self, buffer: &mut BytesMut, most: usize) -> io::Result<usize> {
        let Self::Tcp(stream) = self;
        let read = |stream: &TcpStream| stream.try_read_buf(&mut buffer.limit(most));
        stream.attempt(Interest::READABLE, || Call::Receive { most }, read)
    }

    /// Writes what the socket takes now.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let Self::Tcp(stream) = self;
        let write = |stream: &TcpStream| stream.try_write(bytes);
        stream.attempt(Interest::WRITABLE, || Call::Send { bytes: bytes.len() }, write)
    }

    /// Ends our half (FIN): `shutdown(SHUT_WR)`.
    pub(crate) fn end_half(&self) -> io::Result<()> {
        let Self::Tcp(stream) = self;
        stream.done(|| Call::EndHalf, |stream| SockRef::from(stream).shutdown(Shutdown::Write))
    }

    /// From now on closing sends RST instead of FIN (`SO_LINGER` with no time, socket(7)).
    pub(crate) fn reset_on_close(&self) -> io::Result<()> {
        let Self::Tcp(stream) = self;
        let set = |stream: &TcpStream| SockRef::from(stream).set_linger(Some(Duration::ZERO));
        stream.done(|| Call::SetOption { option: "SO_LINGER", value: 0 }, set)
    }

    /// The error that waits on the socket (`SO_ERROR`), if any; forgets that there was readiness for one.
    pub(crate) fn take_error(&self) -> Option<io::Error> {
        let Self::Tcp(stream) = self;
        let waits = |error: &Option<io::Error>| Outcome::Waiting(error.as_ref().map(errno));
        let asked = stream.call(|| Call::GetOption { option: "SO_ERROR" }, TcpStream::take_error, waits);
        let error = asked.ok().flatten();
        if error.is_none() {
            let nothing = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            let _ = stream.try_io(Interest::ERROR, nothing);
        }
        error
    }
}
