//! A TCP connection that speaks TLS: the verbs of a leg, over rustls' own buffers.

use std::io::{self, BufRead, IoSlice, Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use bytes::BytesMut;
use raccord_core::event::{ConnId, End};
use raccord_core::failure::Failure;
use raccord_core::step::{Call, Outcome};
use rustls::Connection;
use socket2::SockRef;
use tokio::io::{Interest, Ready};
use tokio::net::TcpStream;

use super::words;
use crate::told::{Told, errno};

/// How much may wait to be written, in bytes of plain text.
const WAITING: usize = 64 * 1024;

/// An established TLS connection. As with a TCP socket nothing waits but [`Tls::ready`], which also writes what TLS
/// itself has to say (an answer to a key update, an alert) and what was taken and found no room, whatever it is called
/// for.
#[derive(Debug)]
pub struct Tls {
    stream: Told<TcpStream>,
    connection: Box<Connection>,
    half: Half,
    /// What a read met behind bytes that it gave: for the next one.
    met: Option<io::Error>,
    /// The socket takes nothing any more; it may still have something to read.
    mute: bool,
}

/// How far our half is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Open,
    /// `close_notify` is on its way out; then FIN.
    Ending,
    Ended,
}

/// Why TLS ended a connection whose handshake was done: the rules of TLS were broken, or an alert came. It is within
/// the [`io::Error`] that [`Tls::try_read`] gives.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.said)]
pub struct Broken(pub Failure);

impl Broken {
    /// What TLS said, if this error is TLS's.
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl Tls {
    pub(super) fn new(stream: Told<TcpStream>, mut connection: Connection) -> Self {
        connection.set_buffer_limit(Some(WAITING));
        let connection = Box::new(connection);
        Self { stream, connection, half: Half::Open, met: None, mute: false }
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    pub(super) fn parts(&mut self) -> (&Told<TcpStream>, &mut Connection) {
        (&self.stream, &mut self.connection)
    }

    /// FIN, with no `close_notify`: for a connection that TLS itself has ended.
    pub(super) fn end_tcp(&self) -> io::Result<()> {
        self.stream.done(|| Call::EndHalf, |stream| SockRef::from(stream).shutdown(Shutdown::Write))
    }

    /// What is told of its socket's calls is told of this connection.
    pub fn belongs_to(&mut self, conn: ConnId) {
        self.stream.belongs_to(conn);
    }

    pub(crate) fn socket(&self) -> &Told<TcpStream> {
        &self.stream
    }

    /// The TCP connection below.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Which end of the connection this is.
    pub fn end(&self) -> End {
        match *self.connection {
            Connection::Client(_) => End::Client,
            Connection::Server(_) => End::Server,
        }
    }

    /// Waits until one of these is possible, or the socket has an error. Readable is also what was already decrypted,
    /// for which the socket will not be readable again; when an end of our half that had to wait is out, it is
    /// writable, so that [`Tls::end_half`] is asked again. Fails when what waits cannot be written; what has arrived
    /// can be read all the same. Cancel safe.
    pub async fn ready(&mut self, interest: Interest) -> io::Result<Ready> {
        if interest.is_readable() && self.has_something_to_read() {
            return Ok(Ready::READABLE);
        }
        loop {
            let waits = self.is_writing();
            let ready =
                self.stream.ready(if waits { interest | Interest::WRITABLE } else { interest }).await?;
            if waits && (ready.is_writable() || ready.is_write_closed()) {
                match self.flush() {
                    Ok(()) if self.half == Half::Ending => {
                        // where this fails, it fails again for the one who asks for it
                        let _ = self.end_half();
                        return Ok(ready | Ready::WRITABLE);
                    }
                    Ok(()) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error),
                }
            }
            if concerns(interest, ready) {
                return Ok(ready);
            }
        }
    }

    /// Whether ciphertext waits until the socket takes it; [`Tls::ready`] writes it.
    pub fn is_writing(&self) -> bool {
        !self.mute && self.connection.wants_write()
    }

    /// Whether a read would give something, though the socket may have nothing for it.
    fn has_something_to_read(&mut self) -> bool {
        self.met.is_some() || !matches!(self.decrypted(), Decrypted::Nothing)
    }

    /// Reads at most `most` bytes (at least one) to the end of `buffer`; 0 is the end of the peer's half, and
    /// [`Tls::is_truncated`] tells whether it was in order.
    pub fn try_read(&mut self, buffer: &mut BytesMut, most: usize) -> io::Result<usize> {
        let start = buffer.len();
        loop {
            let count = buffer.len() - start;
            let left = most - count;
            match self.decrypted() {
                _ if left == 0 => return Ok(count),
                Decrypted::Bytes(bytes) => {
                    let taken = bytes.len().min(left);
                    buffer.extend_from_slice(&bytes[..taken]);
                    self.connection.reader().consume(taken);
                }
                Decrypted::End => return Ok(count),
                Decrypted::Nothing => match self.met.take() {
                    Some(error) if count == 0 => return Err(error),
                    Some(error) => {
                        self.met = Some(error);
                        return Ok(count);
                    }
                    None => match self.decrypt() {
                        Ok(()) => {}
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                            return if count == 0 { Err(error) } else { Ok(count) };
                        }
                        // what was decrypted before it comes first
                        Err(error) => self.met = Some(error),
                    },
                },
            }
        }
    }

    /// Whether the peer's half ended without `close_notify`: somebody may have cut off what the peer had to say. Known
    /// when a read gave 0.
    pub fn is_truncated(&mut self) -> bool {
        self.connection.reader().fill_buf().is_err_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
    }

    /// Takes what there is room for and writes what the socket takes of it now; what is left leaves by
    /// [`Tls::ready`].
    pub fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.try_write_vectored(&[IoSlice::new(bytes)])
    }

    /// The same of slices that stand one after the other.
    pub fn try_write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.flush()?;
        let taken = self.connection.writer().write_vectored(slices)?;
        match self.flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            Ok(()) | Err(_) => Ok(taken),
        }
    }

    /// Ends our half: `close_notify` (RFC 8446 section 6.1), and when all is out FIN. Where the socket has no room for
    /// it this fails as "would block"; [`Tls::ready`] then does the rest and tells by "writable" that it is done, and
    /// this succeeds when it is asked again.
    pub fn end_half(&mut self) -> io::Result<()> {
        if self.half == Half::Open {
            self.connection.send_close_notify();
            self.half = Half::Ending;
        }
        if self.half == Half::Ending {
            self.flush()?;
            match self.end_tcp() {
                // a reset that came after close_notify was taken answers it: the peer has closed, where a FIN alone would
                // have met nobody's notice
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {}
                ended => ended?,
            }
            self.half = Half::Ended;
        }
        Ok(())
    }

    /// From now on closing sends RST instead of FIN (`SO_LINGER` with no time, socket(7)).
    pub fn reset_on_close(&self) -> io::Result<()> {
        let set = |stream: &TcpStream| SockRef::from(stream).set_linger(Some(Duration::ZERO));
        self.stream.done(|| Call::SetOption { option: "SO_LINGER", value: 0 }, set)
    }

    /// The error that waits on the socket (`SO_ERROR`), if any; forgets that there was readiness for one.
    pub fn take_error(&self) -> Option<io::Error> {
        let waits = |error: &Option<io::Error>| Outcome::Waiting(error.as_ref().map(errno));
        let asked = self.stream.call(|| Call::GetOption { option: "SO_ERROR" }, TcpStream::take_error, waits);
        let error = asked.ok().flatten();
        if error.is_none() {
            let nothing = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
            let _ = self.stream.try_io(Interest::ERROR, nothing);
        }
        error
    }

    /// Writes what waits, until the socket takes no more.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            let written = self.connection.write_tls(&mut Socket::new(&self.stream));
            if let Err(error) = written {
                self.mute |= error.kind() != io::ErrorKind::WouldBlock;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Reads from the socket once and decrypts what is complete.
    fn decrypt(&mut self) -> io::Result<()> {
        self.connection.read_tls(&mut Socket::new(&self.stream))?;
        let processed = self.connection.process_new_packets();
        // an answer to a key update, or the alert that tells the peer what is wrong; the next write meets what fails
        let _ = self.flush();
        processed.map(drop).map_err(|error| {
            let broken = Broken(words::broken(self.end(), &error));
            io::Error::new(io::ErrorKind::InvalidData, broken)
        })
    }

    fn decrypted(&mut self) -> Decrypted<'_> {
        let reader = match &mut *self.connection {
            Connection::Client(connection) => connection.reader(),
            Connection::Server(connection) => connection.reader(),
        };
        match reader.into_first_chunk() {
            Ok([]) => Decrypted::End,
            Ok(bytes) => Decrypted::Bytes(bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Decrypted::End,
            Err(_) => Decrypted::Nothing,
        }
    }
}

/// What rustls has for a reader.
enum Decrypted<'a> {
    Bytes(&'a [u8]),
    End,
    Nothing,
}

fn concerns(interest: Interest, ready: Ready) -> bool {
    interest.is_readable() && (ready.is_readable() || ready.is_read_closed())
        || interest.is_writable() && (ready.is_writable() || ready.is_write_closed())
        || interest.is_error() && ready.is_error()
}

/// The socket as rustls wants it; it never waits.
pub(super) struct Socket<'a> {
    stream: &'a Told<TcpStream>,
    /// Where the first bytes that come are kept as well, and how many.
    first: Option<(&'a mut Vec<u8>, usize)>,
}

impl<'a> Socket<'a> {
    pub(super) fn new(stream: &'a Told<TcpStream>) -> Self {
        Self { stream, first: None }
    }

    /// The same, which keeps the first `most` bytes that come.
    pub(super) fn keeping(stream: &'a Told<TcpStream>, first: &'a mut Vec<u8>, most: usize) -> Self {
        Self { stream, first: Some((first, most)) }
    }
}

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len();
        let read = |stream: &TcpStream| stream.try_read(buffer);
        let count = self.stream.attempt(Interest::READABLE, || Call::Receive { most }, read)?;
        if let Some((first, most)) = &mut self.first {
            let kept = count.min(most.saturating_sub(first.len()));
            first.extend_from_slice(&buffer[..kept]);
        }
        Ok(count)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let bytes = slices.iter().map(|slice| slice.len()).sum();
        let write = |stream: &TcpStream| stream.try_write_vectored(slices);
        self.stream.attempt(Interest::WRITABLE, || Call::Send { bytes }, write)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
