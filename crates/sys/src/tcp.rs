//! What the kernel knows of one TCP socket and neither `std` nor socket2 asks.

use std::io;

use crate::here;

/// A borrowed socket: a `TcpStream` of `std`, tokio or socket2 is one.
#[cfg(unix)]
pub use std::os::fd::AsFd as AsSocket;
/// A borrowed socket: a `TcpStream` of `std`, tokio or socket2 is one.
#[cfg(windows)]
pub use std::os::windows::io::AsSocket;

/// The number by which the process knows `socket`: its descriptor, or its handle.
pub fn number(socket: &impl AsSocket) -> String {
    #[cfg(unix)]
    let number = std::os::fd::AsRawFd::as_raw_fd(&socket.as_fd());
    #[cfg(windows)]
    let number = std::os::windows::io::AsRawSocket::as_raw_socket(&socket.as_socket());
    number.to_string()
}

/// How many bytes written to `socket` the other end has not acknowledged yet (SIOCOUTQ, tcp(7)).
///
/// Fails with `Unsupported` where it cannot be asked, and with what the system said for a listening socket.
pub fn queued_out(socket: &impl AsSocket) -> io::Result<u32> {
    here::tcp::queued_out(socket)
}
