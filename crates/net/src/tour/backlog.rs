//! What a full backlog does: clients come to a server that listens and does not accept, then accepts one.

use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use raccord_core::step::TcpState;
use raccord_sys::errno;
use raccord_sys::sockets::{Queue, sockets};
use socket2::Socket;

use super::loopback::{Addresses, Broken, Look, PATIENCE, PAUSE, accept, address_of, anywhere, bound, named};

/// The backlog that is asked for.
const BACKLOG: u32 = 1;
/// How long the client that finds the queue full is watched before the server accepts.
const WATCHED: Duration = Duration::from_millis(200);
/// How long it may take to come in once there is room. It asks again after 1 s, then after 1 or 2 s more.
const LET_IN: Duration = Duration::from_millis(3500);

/// What became of clients that nobody accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The backlog given to `listen`.
    pub backlog: u32,
    /// How many clients' `connect` succeeded, of backlog + 1 that tried one after the other.
    pub connected: u32,
    /// The listener's queue then, where the kernel's table shows it.
    pub queue: Option<Queue>,
    /// The client after them; none where one before it had already found no room.
    pub next: Option<NextClient>,
}

/// What became of the client that came when backlog + 1 were there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextClient {
    /// Its state while nobody accepted.
    pub state: Look,
    /// For how long it was watched before the server accepted one client.
    pub watched: Duration,
    /// What had come of its `connect` by then, if anything: a connection, or what the system said.
    pub at_once: Option<Result<(), String>>,
    /// What came of it after that, and how long after it was called; none: still nothing when the time for it was over.
    pub later: Option<(Result<(), String>, Duration)>,
}

/// Fills the queue of a listening socket. Fails where not even one client could connect.
pub fn backlog() -> Result<Backlog, Broken> {
    let listener = bound(anywhere(), false)?;
    listener.listen(BACKLOG.cast_signed()).map_err(Broken::at("listen"))?;
    let server = address_of(&listener)?;
    let mut clients = vec![TcpStream::connect_timeout(&server, PATIENCE).map_err(Broken::at("connect"))?];
    while clients.len() < full()
        && let Ok(client) = TcpStream::connect_timeout(&server, PATIENCE)
    {
        clients.push(client);
    }
    let queue = queue(server);
    let next = if clients.len() == full() { Some(one_more(&listener, server)?) } else { None };
    let connected = u32::try_from(clients.len()).unwrap_or(u32::MAX);
    Ok(Backlog { backlog: BACKLOG, connected, queue, next })
}

/// Linux keeps one connection more than the backlog.
const fn full() -> usize {
    BACKLOG as usize + 1
}

/// A client whose `connect` does not wait: it is watched for a while, then the server makes room.
fn one_more(listener: &Socket, server: SocketAddr) -> Result<NextClient, Broken> {
    let socket = bound(anywhere(), false)?;
    let addresses = Addresses { server, client: address_of(&socket)? };
    socket.set_nonblocking(true).map_err(Broken::at("fcntl"))?;
    let start = Instant::now();
    match socket.connect(&server.into()) {
        Err(error) if errno::name(&error).is_some_and(|name| name != "EINPROGRESS") => {
            return Err(Broken::at("connect")(error));
        }
        Ok(()) | Err(_) => {}
    }
    let at_once = connected_by(&socket, start + WATCHED);
    let state = addresses.settled(|ends| ends.client.is(TcpState::SynSent)).client;
    let watched = start.elapsed();
    let _accepted = accept(listener)?;
    let later = match at_once {
        Some(_) => None,
        None => connected_by(&socket, Instant::now() + LET_IN).map(|said| (said, start.elapsed())),
    };
    Ok(NextClient { state, watched, at_once, later })
}

/// What came of a `connect` by then; none: nothing yet.
fn connected_by(socket: &Socket, deadline: Instant) -> Option<Result<(), String>> {
    loop {
        if let Ok(Some(error)) | Err(error) = socket.take_error() {
            return Some(Err(named(&error)));
        }
        // there is a peer once the connection is established
        if socket.peer_addr().is_ok() {
            return Some(Ok(()));
        }
        if Instant::now() > deadline {
            return None;
        }
        sleep(PAUSE);
    }
}

fn queue(server: SocketAddr) -> Option<Queue> {
    let table = sockets().ok()?;
    let listens = |state| state == raccord_sys::sockets::TcpState::Listen;
    table.sockets.iter().find(|socket| socket.local == server && listens(socket.state))?.queue
}
