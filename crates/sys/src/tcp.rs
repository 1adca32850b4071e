//! What the kernel knows of one TCP socket and neither `std` nor socket2 asks.

use std::io;

use crate::here;

/// A borrowed socket: a `TcpStream` of `std`, tokio or socket2 is one.
#[cfg(unix)]
pub use std::os::fd::{AsFd as AsSocket, OwnedFd as OwnedSocket};
/// A borrowed socket: a `TcpStream` of `std`, tokio or socket2 is one.
#[cfg(windows)]
pub use std::os::windows::io::{AsSocket, OwnedSocket};

/// The number by which the process knows `socket`: its descriptor, or its handle.
pub fn number(socket: &impl AsSocket) -> u64 {
    #[cfg(unix)]
    let number = std::os::fd::AsRawFd::as_raw_fd(&socket.as_fd());
    #[cfg(windows)]
    let number = std::os::windows::io::AsRawSocket::as_raw_socket(&socket.as_socket());
    // never negative: it is open
    u64::try_from(number).unwrap_or_default()
}

/// Closes `socket` (close(2)) and gives what the system said, which dropping it would hide; it is closed in any case.
pub fn close(socket: OwnedSocket) -> io::Result<()> {
    here::tcp::close(socket)
}

/// Asks the peer of `socket` for a sign of life after so many seconds of silence (`TCP_KEEPIDLE`, tcp(7)); `SO_KEEPALIVE`
/// switches the asking on. From 1 to 32767. Fails with `Unsupported` where it cannot be set.
pub fn keepalive_after(socket: &impl AsSocket, seconds: u32) -> io::Result<()> {
    here::tcp::keepalive_after(socket, seconds)
}

/// Asks again each time after so many seconds without an answer (`TCP_KEEPINTVL`). From 1 to 32767.
pub fn keepalive_every(socket: &impl AsSocket, seconds: u32) -> io::Result<()> {
    here::tcp::keepalive_every(socket, seconds)
}

/// How many bytes written to `socket` the other end has not acknowledged yet (SIOCOUTQ, tcp(7)).
///
/// Fails with `Unsupported` where it cannot be asked, and with what the system said for a listening socket.
pub fn queued_out(socket: &impl AsSocket) -> io::Result<u32> {
    here::tcp::queued_out(socket)
}
