//! Sockets as they are made: each call in the order of the textbook, narrated for those who ask.

use std::io;
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpStream;

use raccord_core::failure::said;

use crate::session::Shared;

/// A socket that is being set up, and who is told of each call on it.
pub(crate) struct Setup<'a> {
    pub(crate) socket: Socket,
    shared: &'a Shared,
}

impl<'a> Setup<'a> {
    /// `socket(AF_INET or AF_INET6, SOCK_STREAM)`, non-blocking, closed on exec.
    pub(crate) fn new(address: SocketAddr, shared: &'a Shared) -> io::Result<Self> {
        let domain = Domain::for_address(address);
        let started = shared.step_starts();
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP));
        shared.step(None, "socket", started, || {
            let family = if address.is_ipv4() { "AF_INET" } else { "AF_INET6" };
            (format!("{family}, SOCK_STREAM"), socket.as_ref().map_or_else(said, raccord_sys::tcp::number))
        });
        let socket = socket?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, shared })
    }

    pub(crate) fn reuse_address(&self) -> io::Result<()> {
        self.call("setsockopt", "SO_REUSEADDR, 1", |socket| socket.set_reuse_address(true))
    }

    /// Small writes leave at once: a conversation is not a bulk transfer.
    pub(crate) fn no_delay(&self) -> io::Result<()> {
        self.call("setsockopt", "TCP_NODELAY, 1", |socket| socket.set_tcp_nodelay(true))
    }

    pub(crate) fn only_v6(&self, only: bool) -> io::Result<()> {
        let arguments = if only { "IPV6_V6ONLY, 1" } else { "IPV6_V6ONLY, 0" };
        self.call("setsockopt", arguments, |socket| socket.set_only_v6(only))
    }

    pub(crate) fn bind(&self, address: SocketAddr) -> io::Result<()> {
        self.call("bind", &address.to_string(), |socket| socket.bind(&address.into()))
    }

    pub(crate) fn listen(&self, backlog: u32) -> io::Result<()> {
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        self.call("listen", &format!("backlog {backlog}"), |socket| socket.listen(backlog))
    }

    /// `connect`, waited for. A peer that resets at once was connected all the same: what it had sent is still there
    /// to be read, and the reset after it. So success is not asked of `SO_ERROR`, which would forget the reset.
    pub(crate) async fn connect(self, address: SocketAddr) -> io::Result<TcpStream> {
        let begun = self.socket.connect(&address.into());
        let stream = TcpStream::from_std(self.socket.into())?;
        stream.writable().await?;
        if stream.peer_addr().is_ok() {
            return Ok(stream);
        }
        match stream.peek(&mut [0]).await {
            Ok(_) => Ok(stream),
            // it failed at once
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Err(begun.err().unwrap_or(error)),
            Err(error) => Err(error),
        }
    }

    fn call(
        &self,
        name: &'static str,
        arguments: &str,
        call: impl FnOnce(&Socket) -> io::Result<()>,
    ) -> io::Result<()> {
        let started = self.shared.step_starts();
        let result = call(&self.socket);
        self.shared.step(None, name, started, || {
            (arguments.to_owned(), result.as_ref().map_or_else(said, |()| "0".to_owned()))
        });
        result
    }
}

/// The end that a client binds before it connects: any address, or any port, where it is not given.
pub(crate) fn source(address: Option<IpAddr>, port: Option<u16>, target: SocketAddr) -> Option<SocketAddr> {
    if address.is_none() && port.is_none() {
        return None;
    }
    let unspecified: IpAddr = match target {
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    Some(SocketAddr::new(address.unwrap_or(unspecified), port.unwrap_or(0)))
}
