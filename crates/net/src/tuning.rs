//! How the socket of each connection is set, beyond what it is by itself.

use std::io;
use std::time::Duration;

use raccord_core::step::Call;
use socket2::Socket;

use crate::told::Told;

/// Options of a connection's socket (socket(7), tcp(7)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tuning {
    /// Ask after a silence of this length, rounded up to seconds, whether the peer is still there, and so often again
    /// (`SO_KEEPALIVE`).
    pub keepalive: Option<Duration>,
    /// Leave Nagle's algorithm on: small writes wait for the acknowledgement of those before them. Without it
    /// `TCP_NODELAY` is set.
    pub nagle: bool,
    /// The size of the system's buffer for sending, in bytes (`SO_SNDBUF`); the system may take more or less.
    pub send_buffer: Option<u32>,
    /// The size of the system's buffer for receiving, in bytes (`SO_RCVBUF`).
    pub recv_buffer: Option<u32>,
    /// Where raccord has the last word, it sends a reset (RST) instead of the end of its half (FIN).
    pub reset_on_close: bool,
}

impl Tuning {
    /// Sets the buffers. They count from the handshake on, so a listening socket has them before its clients come.
    pub(crate) fn size(&self, socket: &Told<Socket>) -> io::Result<()> {
        if let Some(bytes) = self.send_buffer {
            set(socket, "SO_SNDBUF", bytes, |socket| socket.set_send_buffer_size(wide(bytes)))?;
        }
        if let Some(bytes) = self.recv_buffer {
            set(socket, "SO_RCVBUF", bytes, |socket| socket.set_recv_buffer_size(wide(bytes)))?;
        }
        Ok(())
    }

    /// Sets the rest, on a connection's socket.
    pub(crate) fn tune(&self, socket: &Told<Socket>) -> io::Result<()> {
        if !self.nagle {
            set(socket, "TCP_NODELAY", 1, |socket| socket.set_tcp_nodelay(true))?;
        }
        let Some(keepalive) = self.keepalive else { return Ok(()) };
        let seconds = seconds(keepalive);
        set(socket, "SO_KEEPALIVE", 1, |socket| socket.set_keepalive(true))?;
        set(socket, "TCP_KEEPIDLE", seconds, |socket| raccord_sys::tcp::keepalive_after(socket, seconds))?;
        set(socket, "TCP_KEEPINTVL", seconds, |socket| raccord_sys::tcp::keepalive_every(socket, seconds))
    }
}

fn set(
    socket: &Told<Socket>,
    option: &'static str,
    value: u32,
    set: impl FnOnce(&Socket) -> io::Result<()>,
) -> io::Result<()> {
    socket.done(|| Call::SetOption { option, value }, set)
}

fn wide(bytes: u32) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// The system counts whole seconds, at least one, and no more than it can wait (`MAX_TCP_KEEPIDLE`).
fn seconds(duration: Duration) -> u32 {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    u32::try_from(whole.clamp(1, 32_767)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silences_are_whole_seconds() {
        let rows = [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (60_000, 60), (u64::MAX, 32_767)];
        for (milliseconds, expected) in rows {
            assert_eq!(seconds(Duration::from_millis(milliseconds)), expected, "{milliseconds} ms");
        }
    }
}
