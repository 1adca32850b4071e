//! Sockets on loopback for the experiments, each call with a deadline, and what the kernel's table says of them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use raccord_core::event::End;
use raccord_core::failure::said;
use raccord_core::step::{Standing, TcpState};
use raccord_sys::errno;
use raccord_sys::sockets::{Table, sockets};
use socket2::{Domain, Socket, Type};

use crate::told::standing;

/// How long a call may take that on loopback takes microseconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// How long the kernel's table may take to show a state that is on its way.
const SETTLING: Duration = Duration::from_millis(300);
/// The pause between two looks: no call waits for a change of state.
pub(super) const PAUSE: Duration = Duration::from_millis(1);

/// An experiment that could not be made: this call did not do what the experiment rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The call: `bind`, `connect`, …
    pub call: &'static str,
    /// What the system said.
    pub said: String,
}

impl Broken {
    /// To map the error of this call.
    pub(super) fn at(call: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self { call, said: named(&error) }
    }
}

/// What the kernel's table of sockets says of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The table cannot be read here.
    Unknown,
    /// No socket has these addresses (any more).
    Gone,
    /// A socket is there.
    Seen(Standing),
}

impl Look {
    /// Whether it was seen in this state.
    pub fn is(self, wanted: TcpState) -> bool {
        matches!(self, Self::Seen(standing) if standing.state == wanted)
    }
}

/// Both ends of one conversation in the kernel's table, at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The end that accepted.
    pub server: Look,
    /// The end that connected.
    pub client: Look,
}

impl Ends {
    /// One of them.
    pub fn of(self, end: End) -> Look {
        match end {
            End::Server => self.server,
            End::Client => self.client,
        }
    }
}

/// The addresses of a conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    pub(super) server: SocketAddr,
    pub(super) client: SocketAddr,
}

impl Addresses {
    /// Looks until the table shows what is expected, or something else for so long that it stays.
    pub(super) fn settled(self, expected: impl Fn(Ends) -> bool) -> Ends {
        let deadline = Instant::now() + SETTLING;
        loop {
            let ends = self.look();
            let known = ends.server != Look::Unknown;
            if !known || expected(ends) || Instant::now() > deadline {
                return ends;
            }
            sleep(PAUSE);
        }
    }

    fn look(self) -> Ends {
        match sockets() {
            Ok(table) => Ends {
                server: find(&table, self.server, self.client),
                client: find(&table, self.client, self.server),
            },
            Err(_) => Ends { server: Look::Unknown, client: Look::Unknown },
        }
    }
}

fn find(table: &Table, local: SocketAddr, peer: SocketAddr) -> Look {
    let found = table.sockets.iter().find(|socket| socket.local == local && socket.peer == Some(peer));
    found.map_or(Look::Gone, |socket| Look::Seen(standing(socket)))
}

/// A server's listening socket and a conversation that it accepted, all of them open.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) listener: Socket,
    pub(super) server: TcpStream,
    pub(super) client: TcpStream,
    pub(super) addresses: Addresses,
}

impl Pair {
    /// Listens, connects, accepts.
    pub(super) fn open(reuse_address: bool) -> Result<Self, Broken> {
        let listener = bound(anywhere(), reuse_address)?;
        listener.listen(1).map_err(Broken::at("listen"))?;
        let server = address_of(&listener)?;
        let client = TcpStream::connect_timeout(&server, PATIENCE).map_err(Broken::at("connect"))?;
        client.set_read_timeout(Some(PATIENCE)).map_err(Broken::at("setsockopt"))?;
        let addresses = Addresses { server, client: client.local_addr().map_err(Broken::at("getsockname"))? };
        Ok(Self { server: accept(&listener)?, listener, client, addresses })
    }
}

/// 127.0.0.1, at a port that the system chooses.
pub(super) fn anywhere() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// A socket bound there, with `SO_REUSEADDR` set before or left as it is; its waits have a deadline.
pub(super) fn bound(address: SocketAddr, reuse_address: bool) -> Result<Socket, Broken> {
    let socket =
        Socket::new(Domain::for_address(address), Type::STREAM, None).map_err(Broken::at("socket"))?;
    if reuse_address {
        socket.set_reuse_address(true).map_err(Broken::at("setsockopt"))?;
    }
    // accept waits as long as a read may
    socket.set_read_timeout(Some(PATIENCE)).map_err(Broken::at("setsockopt"))?;
    socket.bind(&address.into()).map_err(Broken::at("bind"))?;
    Ok(socket)
}

/// Accepts a client that has connected.
pub(super) fn accept(listener: &Socket) -> Result<TcpStream, Broken> {
    let (socket, _) = listener.accept().map_err(Broken::at("accept"))?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(Broken::at("setsockopt"))?;
    Ok(socket.into())
}

pub(super) fn address_of(socket: &Socket) -> Result<SocketAddr, Broken> {
    let address = socket.local_addr().map_err(Broken::at("getsockname"))?;
    address.as_socket().ok_or_else(|| Broken { call: "getsockname", said: "no TCP address".to_owned() })
}

/// What the system said, with its name in errno(3) where that is known.
pub(super) fn named(error: &io::Error) -> String {
    match errno::name(error) {
        Some(name) => format!("{name}, {}", said(error)),
        None => said(error),
    }
}
