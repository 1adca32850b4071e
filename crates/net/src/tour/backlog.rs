//! What a full backlog does: clients come to a server that listens and does not accept, then accepts one.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use raccord_sys::sockets::{Queue, TcpState, sockets};
use socket2::Socket;

use super::loopback::{Addresses, Broken, Look, PATIENCE, accept, address_of, anywhere, bound, named};

/// The backlog that is asked for.
const BACKLOG: u32 = 1;
/// How long a client that should come in may take. One that does not is the finding.
const PROMPTLY: Duration = Duration::from_millis(300);
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
    /// What its `connect` had said by then, if anything: success, or what the system said.
    pub at_once: Option<Result<(), String>>,
    /// What its `connect` said after that, and how long after it was called; none: still nothing when the time for
    /// it was over.
    pub later: Option<(Result<(), String>, Duration)>,
}

/// Fills the queue of a listening socket. Fails where not even one client could connect.
pub fn backlog() -> Result<Backlog, Broken> {
    let listener = bound(anywhere(), false)?;
    listener.listen(BACKLOG.cast_signed()).map_err(Broken::at("listen"))?;
    let server = address_of(&listener)?;
    let mut clients = vec![TcpStream::connect_timeout(&server, PATIENCE).map_err(Broken::at("connect"))?];
    while clients.len() < full()
        && let Ok(client) = TcpStream::connect_timeout(&server, PROMPTLY)
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

/// A client that `connect`s on a thread of its own, while this one watches it and then makes room.
fn one_more(listener: &Socket, server: SocketAddr) -> Result<NextClient, Broken> {
    let socket = bound(anywhere(), false)?;
    let addresses = Addresses { server, client: address_of(&socket)? };
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        scope.spawn(move || {
            let start = Instant::now();
            let connected = socket.connect_timeout(&server.into(), WATCHED + LET_IN);
            // it is kept for as long as somebody listens
            tell.send((connected, start.elapsed(), socket))
        });
        let start = Instant::now();
        let at_once = told.recv_timeout(WATCHED).ok();
        let state = addresses.settled(|ends| ends.client.is(TcpState::SynSent)).client;
        let watched = start.elapsed();
        let _accepted = accept(listener)?;
        let (at_once, later) = match at_once {
            Some(said) => (Some(said), None),
            None => (None, told.recv().ok()),
        };
        let is_over = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
        let later = later.filter(|(connected, ..)| !connected.as_ref().is_err_and(is_over));
        let said = |connected: io::Result<()>| connected.map_err(|error| named(&error));
        Ok(NextClient {
            state,
            watched,
            at_once: at_once.map(|(connected, ..)| said(connected)),
            later: later.map(|(connected, after, _)| (said(connected), after)),
        })
    })
}

fn queue(server: SocketAddr) -> Option<Queue> {
    let table = sockets().ok()?;
    let listens = |state| state == TcpState::Listen;
    table.sockets.iter().find(|socket| socket.local == server && listens(socket.state))?.queue
}
