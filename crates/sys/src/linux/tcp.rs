//! Questions to one socket, by ioctl(2).

use std::{ffi::c_int, io, os::fd::IntoRawFd, time::Duration};

use rustix::ioctl::{Getter, Opcode, ioctl};
use rustix::net::sockopt;

use crate::tcp::{AsSocket, OwnedSocket};

/// SIOCOUTQ has the number of TIOCOUTQ; only the latter is in the C library's headers.
#[allow(clippy::cast_possible_truncation, reason = "the type of the constant differs between C libraries")]
const SIOCOUTQ: Opcode = libc::TIOCOUTQ as Opcode;

pub(crate) fn queued_out(socket: &impl AsSocket) -> io::Result<u32> {
    // SAFETY: SIOCOUTQ writes one C int, and reads nothing.
    let queued = unsafe { ioctl(socket, Getter::<SIOCOUTQ, c_int>::new()) }?;
    Ok(u32::try_from(queued).unwrap_or(0))
}

pub(crate) fn keepalive_after(socket: &impl AsSocket, seconds: u32) -> io::Result<()> {
    Ok(sockopt::set_tcp_keepidle(socket, Duration::from_secs(seconds.into()))?)
}

pub(crate) fn keepalive_every(socket: &impl AsSocket, seconds: u32) -> io::Result<()> {
    Ok(sockopt::set_tcp_keepintvl(socket, Duration::from_secs(seconds.into()))?)
}

pub(crate) fn close(socket: OwnedSocket) -> io::Result<()> {
    // SAFETY: the descriptor was owned, and nobody has it any more.
    let closed = unsafe { libc::close(socket.into_raw_fd()) };
    if closed == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        net::{TcpListener, TcpStream},
    };

    use super::*;

    #[test]
    fn what_nobody_reads_stays_queued() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut client = TcpStream::connect(listener.local_addr()?)?;
        assert_eq!(queued_out(&client)?, 0);
        client.set_nonblocking(true)?;
        let chunk = vec![0; 65536];
        while client.write(&chunk).is_ok() {}
        assert!(queued_out(&client)? > 0);
        assert!(queued_out(&listener).is_err());
        Ok(())
    }

    #[test]
    fn a_closed_socket_is_closed() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        close(listener.into())?;
        let refused = TcpStream::connect(address).map_err(|error| error.kind());
        assert_eq!(refused.err(), Some(io::ErrorKind::ConnectionRefused));
        Ok(())
    }
}
