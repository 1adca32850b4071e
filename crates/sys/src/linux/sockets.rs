//! The list of TCP sockets, asked over netlink: `sock_diag(7)`.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4},
    num::NonZeroU64,
};

use rustix::{
    fd::OwnedFd,
    io::retry_on_intr,
    net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink},
};

use super::sock_diag::{Message, messages, request, request_one};
use crate::sockets::{Table, TcpSocket};

/// The kernel fills at most so much of a buffer in one answer to a dump.
const ANSWER: usize = 32 << 10;
/// More than one socket and its attributes take.
const ONE_ANSWER: usize = 4 << 10;

pub(crate) fn sockets() -> io::Result<Table> {
    let probe = BoundProbe::new().ok();
    let mut sockets = Vec::new();
    // IPv4 conversations of a dual-stack socket are listed with IPv6 only
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        dump(family, &mut sockets)?;
    }
    let sees_bound = probe.is_some_and(|probe| probe.take_out(&mut sockets));
    Ok(Table { sockets, sees_bound })
}

pub(crate) fn find(local: SocketAddr, peer: Option<SocketAddr>) -> io::Result<Option<TcpSocket>> {
    let (local, peer) = (canonical(local), peer.map(canonical));
    let unspecified: IpAddr =
        if local.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let other = peer.unwrap_or(SocketAddr::new(unspecified, 0));
    let kernel = ask(&request_one(local, other))?;
    let mut buffer = [0; ONE_ANSWER];
    for message in messages(receive(&kernel, &mut buffer)?) {
        match message? {
            // where the connection is gone, the kernel finds the listener that such a segment would reach
            Message::Socket(socket) if socket.local == local && socket.peer == peer => {
                return Ok(Some(socket));
            }
            Message::Failed(libc::ENOENT) => return Ok(None),
            Message::Failed(errno) => return Err(io::Error::from_raw_os_error(errno)),
            Message::Socket(_) | Message::Other | Message::Done => {}
        }
    }
    Ok(None)
}

fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}

/// Sends a request to the kernel; the socket on which its answer comes.
fn ask(request: &[u8]) -> io::Result<OwnedFd> {
    let kernel = net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        Some(netlink::SOCK_DIAG),
    )?;
    retry_on_intr(|| net::send(&kernel, request, SendFlags::empty()))?;
    Ok(kernel)
}

fn receive<'a>(kernel: &OwnedFd, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
    let (_, size) = retry_on_intr(|| net::recv(kernel, &mut *buffer, RecvFlags::TRUNC))?;
    buffer.get(..size).ok_or_else(|| io::Error::other("sock_diag: an answer was cut short"))
}

fn dump(family: AddressFamily, into: &mut Vec<TcpSocket>) -> io::Result<()> {
    let kernel = ask(&request(family))?;
    let mut buffer = vec![0; ANSWER];
    loop {
        for message in messages(receive(&kernel, &mut buffer)?) {
            match message? {
                Message::Socket(socket) => into.push(socket),
                Message::Other => {}
                Message::Done => return Ok(()),
                Message::Failed(errno) => return Err(io::Error::from_raw_os_error(errno)),
            }
        }
    }
}

/// A socket of ours that is only bound: the kernel lists such sockets if it lists this one. No version number
/// says so reliably, for distributions carry changes back.
struct BoundProbe {
    inode: Option<NonZeroU64>,
    _socket: OwnedFd,
}

impl BoundProbe {
    fn new() -> rustix::io::Result<Self> {
        let socket = net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0))?;
        let inode = NonZeroU64::new(rustix::fs::fstat(&socket)?.st_ino);
        Ok(Self { inode, _socket: socket })
    }

    /// Takes the probe out of the list; false if it was not in it.
    fn take_out(&self, sockets: &mut Vec<TcpSocket>) -> bool {
        let before = sockets.len();
        sockets.retain(|socket| socket.inode != self.inode || self.inode.is_none());
        sockets.len() < before
    }
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener, TcpStream};

    use super::*;
    use crate::sockets::{Opener, TcpState};

    fn listed(table: &Table, local: SocketAddr, peer: Option<SocketAddr>) -> &TcpSocket {
        let found = table.sockets.iter().find(|socket| socket.local == local && socket.peer == peer);
        found.unwrap_or_else(|| unreachable!("{local} {peer:?} is not in the list"))
    }

    #[test]
    fn both_ends_of_a_conversation_are_listed() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = listener.local_addr()?;
        let client = TcpStream::connect(server)?;
        let here = client.local_addr()?;
        let _accepted = listener.accept()?;

        let table = sockets()?;

        let listening = listed(&table, server, None);
        assert_eq!((listening.state, listening.dual_stack), (TcpState::Listen, false));
        assert_eq!(listening.queue.map(|queue| queue.waiting), Some(0));
        let (near, far) = (listed(&table, here, Some(server)), listed(&table, server, Some(here)));
        assert_eq!((near.state, near.opener), (TcpState::Established, Some(Opener::ThisEnd)));
        assert_eq!((far.state, far.opener), (TcpState::Established, Some(Opener::OtherEnd)));
        assert!(near.inode.is_some() && far.inode.is_some());
        Ok(())
    }

    #[test]
    fn each_end_is_found_by_its_addresses() -> io::Result<()> {
        for address in ["127.0.0.1:0", "[::1]:0", "[::]:0"] {
            let listener = TcpListener::bind(address)?;
            let server = listener.local_addr()?;
            let state = |local, peer| find(local, peer).map(|found| found.map(|socket| socket.state));
            assert_eq!(state(server, None)?, Some(TcpState::Listen), "{address}");

            // IPv4 to the dual-stack listener
            let loopback = if address.starts_with("[::1]") { "::1" } else { "127.0.0.1" };
            let client = TcpStream::connect((loopback, server.port()))?;
            let (accepted, peer) = listener.accept()?;
            let (here, there) = (client.local_addr()?, accepted.local_addr()?);
            assert_eq!(state(here, Some(client.peer_addr()?))?, Some(TcpState::Established), "{address}");
            assert_eq!(state(there, Some(peer))?, Some(TcpState::Established), "{address}");

            drop(client);
            assert_eq!(state(there, Some(peer))?, Some(TcpState::CloseWait), "{address}");
            drop(accepted);
            let left = find(canonical(here), Some(canonical(there)))?.and_then(|socket| socket.left);
            assert!(left.is_some(), "{address}: the end that closed first is in TIME_WAIT");
            assert_eq!(state(there, Some(peer))?, None, "{address}: the listener is another socket");
        }
        Ok(())
    }

    #[test]
    fn the_probe_is_not_listed() -> io::Result<()> {
        let probe = BoundProbe::new()?;
        let mut listed = sockets()?;
        assert_eq!(probe.take_out(&mut listed.sockets), listed.sees_bound);
        assert!(!probe.take_out(&mut listed.sockets));
        Ok(())
    }
}
