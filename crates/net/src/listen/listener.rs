//! A listening socket: each try to accept is a call of ours, so that it can be told.

use std::io;
use std::net::SocketAddr;

use raccord_core::step::{Call, Outcome};
use socket2::{SockRef, Socket};
use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::feed::Feed;
use crate::told::{Told, Took, errno};
use crate::tuning::Tuning;

/// A listening socket, and where it listens.
#[derive(Debug)]
pub(crate) struct Listener {
    /// A stream to tokio, which only waits for it. Its own listener would try again unseen where nobody was there.
    socket: Told<TcpStream>,
    local: SocketAddr,
    /// How its clients' sockets are set.
    tuning: Tuning,
}

/// A client that was accepted.
pub(super) struct Client {
    pub(super) stream: Told<TcpStream>,
    pub(super) local: SocketAddr,
    pub(super) peer: SocketAddr,
}

impl Listener {
    /// Of a socket that listens there.
    pub(crate) fn new(socket: Told<Socket>, local: SocketAddr, tuning: Tuning) -> io::Result<Self> {
        Ok(Self { socket: socket.turn(|socket| TcpStream::from_std(socket.into()))?, local, tuning })
    }

    /// Where it listens.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Waits for a client. Cancel safe.
    pub(super) async fn accept(&self) -> io::Result<Client> {
        let teller = self.socket.teller();
        loop {
            self.socket.readable().await?;
            let accepted = self.socket.try_io(Interest::READABLE, || {
                let (accepted, took) = Took::by(teller.feed(), || SockRef::from(&*self.socket).accept());
                if let Err(error) = &accepted {
                    // told here, for tokio keeps the system's "would block" to itself
                    teller.tell(took, || (Call::Accept, Outcome::Failed(errno(error))));
                }
                accepted.map(|(socket, peer)| (socket, peer, took))
            });
            match accepted {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
                Ok((socket, peer, took)) => {
                    let peer = peer.as_socket().ok_or(io::ErrorKind::InvalidData)?;
                    return self.client(socket, peer, took);
                }
            }
        }
    }

    /// The client that `accept` gave after so long.
    fn client(&self, socket: Socket, peer: SocketAddr, took: Took) -> io::Result<Client> {
        let feed: &Feed = self.socket.teller().feed();
        let mut socket = Told::new(socket, |socket| self.socket.teller().of_another(socket));
        // asked before accept is told, for the states are found by both addresses
        let (local, asked) = Took::by(feed, || crate::socket::local(&socket));
        if let Ok(local) = local {
            socket.is_at(local, Some(peer));
        }
        let accepted = Outcome::Accepted { socket: socket.teller().number(), peer: peer.into() };
        self.socket.teller().tell_of(socket.teller(), took, || (Call::Accept, accepted));
        let address = |local: &SocketAddr| Outcome::Address((*local).into());
        socket.teller().tell_result(asked, &local, || Call::LocalAddress, address);
        let local = local?;
        socket.set_nonblocking(true)?;
        // a client that is gone already is met by the first read
        let _ = self.tuning.tune(&socket);
        let stream = socket.turn(|socket| TcpStream::from_std(socket.into()))?;
        Ok(Client { stream, local, peer })
    }
}
