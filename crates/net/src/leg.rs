//! One socket of a connection: reading, writing and ending a half, without ever waiting but in `ready`.

use std::io;

use bytes::{BufMut, BytesMut};
use socket2::SockRef;
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;

/// A connected socket. Later kinds (TLS, Unix) join here: the same five verbs.
#[derive(Debug)]
pub(crate) enum Leg {
    Tcp(TcpStream),
}

impl Leg {
    /// Waits until one of these is possible, or the socket has an error. Cancel safe.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        let Self::Tcp(stream) = self;
        stream.ready(interest).await
    }

    /// Reads at most `most` bytes to the end of `buffer`; 0 is the end of the peer's half.
    pub(crate) fn try_read(&self, buffer: &mut BytesMut, most: usize) -> io::Result<usize> {
        let Self::Tcp(stream) = self;
        stream.try_read_buf(&mut buffer.limit(most))
    }

    /// Writes what the socket takes now.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let Self::Tcp(stream) = self;
        stream.try_write(bytes)
    }

    /// Ends our half (FIN): `shutdown(SHUT_WR)`.
    pub(crate) fn end_half(&self) -> io::Result<()> {
        let Self::Tcp(stream) = self;
        SockRef::from(stream).shutdown(std::net::Shutdown::Write)
    }

    /// From now on closing sends RST instead of FIN (`SO_LINGER` with no time, socket(7)).
    pub(crate) fn reset_on_close(&self) -> io::Result<()> {
        let Self::Tcp(stream) = self;
        SockRef::from(stream).set_linger(Some(std::time::Duration::ZERO))
    }

    /// The error that waits on the socket (`SO_ERROR`), if any; forgets that there was readiness for one.
    pub(crate) fn take_error(&self) -> Option<io::Error> {
        let Self::Tcp(stream) = self;
        let error = stream.take_error().ok().flatten();
        if error.is_none() {
            let nothing = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            let _ = stream.try_io(Interest::ERROR, nothing);
        }
        error
    }
}
