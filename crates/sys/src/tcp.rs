//! What the kernel knows of one TCP socket and neither `std` nor socket2 asks.

use std::io;

use crate::here;

/// A borrowed socket: a `TcpStream` of `std`, tokio or socket2 is one.
#[cfg(unix)]
pub use std::os::fd::AsFd as AsSocket;
/// A borrowed socket: a `TcpStream` of `std`, tokio or socket2 is one.
#[cfg(windows)]
pub use std::os::windows::io::AsSocket;

/// How many bytes written to `socket` the other end has not acknowledged yet (SIOCOUTQ, tcp(7)).
///
/// Fails with `Unsupported` where it cannot be asked, and with what the system said for a listening socket.
pub fn queued_out(socket: &impl AsSocket) -> io::Result<u32> {
    here::tcp::queued_out(socket)
}
