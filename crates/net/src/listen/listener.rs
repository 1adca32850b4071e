//! A listening socket: each try to accept is a call of ours, so that it can be told.

use std::io;
use std::net::SocketAddr;

use raccord_core::address::{Address, UnixAddress};
use raccord_core::step::{Call, Outcome};
use raccord_sys::unix::SocketFile;
use socket2::{SockAddr, SockRef, Socket};
use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::conversation::Made;
use crate::feed::Feed;
use crate::leg::Leg;
use crate::told::{Told, Took, errno};
use crate::tuning::Tuning;

/// A listening socket, and where it listens.
#[derive(Debug)]
pub(crate) struct Listener {
    /// Before the socket, so that its file is removed before that is closed.
    place: Place,
    /// A stream to tokio, which only waits for it. Its own listener would try again unseen where nobody was there.
    socket: Told<TcpStream>,
    /// How its clients' sockets are set.
    tuning: Tuning,
}

/// Where a socket listens.
#[derive(Debug)]
enum Place {
    Tcp(SocketAddr),
    Unix { name: UnixAddress, _file: Option<SocketFile> },
}

/// A client that was accepted.
pub(super) struct Client {
    pub(super) stream: Told<TcpStream>,
    pub(super) local: Address,
    pub(super) peer: Address,
}

impl Client {
    /// The connection, where nothing is to be agreed on before it can be used.
    pub(super) fn made(self) -> Made {
        let Self { stream, local, peer } = self;
        let leg = if let Address::Unix(_) = local { Leg::Unix(Box::new(stream)) } else { Leg::Tcp(stream) };
        Made { leg, local, peer, secured: None }
    }
}

impl Listener {
    /// Of a socket that listens there.
    pub(crate) fn tcp(socket: Told<Socket>, local: SocketAddr, tuning: Tuning) -> io::Result<Self> {
        Self::new(socket, Place::Tcp(local), tuning)
    }

    /// Of a Unix socket that listens under this name; `file` is what is to be removed with it.
    pub(crate) fn unix(
        socket: Told<Socket>,
        name: UnixAddress,
        file: Option<SocketFile>,
        tuning: Tuning,
    ) -> io::Result<Self> {
        Self::new(socket, Place::Unix { name, _file: file }, tuning)
    }

    fn new(socket: Told<Socket>, place: Place, tuning: Tuning) -> io::Result<Self> {
        Ok(Self { socket: socket.turn(|socket| TcpStream::from_std(socket.into()))?, place, tuning })
    }

    /// Where it listens.
    pub(super) fn local(&self) -> Address {
        match &self.place {
            Place::Tcp(local) => (*local).into(),
            Place::Unix { name, .. } => name.clone().into(),
        }
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
                Ok((socket, peer, took)) => return self.client(socket, &peer, took),
            }
        }
    }

    /// The client that `accept` gave after so long.
    fn client(&self, socket: Socket, peer: &SockAddr, took: Took) -> io::Result<Client> {
        let socket = Told::new(socket, |socket| self.socket.teller().of_another(socket));
        match &self.place {
            Place::Tcp(_) => {
                let peer = peer.as_socket().ok_or(io::ErrorKind::InvalidData)?;
                self.tcp_client(socket, peer, took)
            }
            Place::Unix { name, .. } => self.unix_client(socket, name, took),
        }
    }

    fn tcp_client(&self, mut socket: Told<Socket>, peer: SocketAddr, took: Took) -> io::Result<Client> {
        let feed: &Feed = self.socket.teller().feed();
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
        // a client that is gone already is met by the first read
        let _ = self.tuning.tune(&socket);
        Ok(Client { stream: streaming(socket)?, local: local.into(), peer: peer.into() })
    }

    /// Its address says nothing: clients have none as a rule, and one that has may have it from anywhere.
    fn unix_client(&self, socket: Told<Socket>, name: &UnixAddress, took: Took) -> io::Result<Client> {
        let accepted =
            Outcome::Accepted { socket: socket.teller().number(), peer: UnixAddress::Unnamed.into() };
        self.socket.teller().tell(took, || (Call::Accept, accepted));
        let peer = crate::socket::peer(&socket);
        // what the listener has, its clients' sockets do not inherit
        let _ = self.tuning.size(&socket);
        Ok(Client { stream: streaming(socket)?, local: name.clone().into(), peer: peer.into() })
    }
}

fn streaming(socket: Told<Socket>) -> io::Result<Told<TcpStream>> {
    socket.set_nonblocking(true)?;
    socket.turn(|socket| TcpStream::from_std(socket.into()))
}
