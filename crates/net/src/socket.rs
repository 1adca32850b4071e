//! Sockets as they are made: each call in the order of the textbook, told to those who ask.

use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use raccord_core::address::UnixAddress;
use raccord_core::event::{End, EventKind};
use raccord_core::step::{Call, Family, Later, Outcome, Step};
use raccord_sys::unix::SocketFile;
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};
use tokio::net::TcpStream;

use crate::feed::Feed;
use crate::listen::listener::Listener;
use crate::told::{Teller, Told, Took, Watch, errno};
use crate::tuning::Tuning;

/// A socket that is being set up.
pub(crate) struct Setup(Told<Socket>);

impl Setup {
    /// `socket(AF_INET or AF_INET6, SOCK_STREAM)`, non-blocking, closed on exec.
    pub(crate) fn new(address: SocketAddr, end: End, feed: &Feed) -> io::Result<Self> {
        let family = if address.is_ipv6() { Family::V6 } else { Family::V4 };
        Self::make(family, Domain::for_address(address), Some(Protocol::TCP), end, feed)
    }

    /// `socket(AF_UNIX, SOCK_STREAM)`, the same way.
    pub(crate) fn unix(end: End, feed: &Feed) -> io::Result<Self> {
        Self::make(Family::Unix, Domain::UNIX, None, end, feed)
    }

    fn make(
        family: Family,
        domain: Domain,
        protocol: Option<Protocol>,
        end: End,
        feed: &Feed,
    ) -> io::Result<Self> {
        let (socket, took) = Took::by(feed, || Socket::new(domain, Type::STREAM, protocol));
        if let Some(took) = took.known() {
            let outcome = match &socket {
                Ok(socket) => Outcome::Made(raccord_sys::tcp::number(socket)),
                Err(error) => Outcome::Failed(errno(error)),
            };
            let step = Step { end, call: Call::Socket { family }, socket: None, outcome, took, states: None };
            feed.emit(None, EventKind::Step(Box::new(step)));
        }
        let socket = socket?;
        let told = Told::new(socket, |socket| Teller::of(socket, feed, end));
        told.set_nonblocking(true)?;
        Ok(Self(told))
    }

    pub(crate) fn reuse_address(&self) -> io::Result<()> {
        self.set("SO_REUSEADDR", 1, |socket| socket.set_reuse_address(true))
    }

    pub(crate) fn reuse_port(&self) -> io::Result<()> {
        self.set("SO_REUSEPORT", 1, |socket| socket.set_reuse_port(true))
    }

    /// What is wanted of a client's socket.
    pub(crate) fn tune(&self, tuning: &Tuning) -> io::Result<()> {
        tuning.size(&self.0)?;
        tuning.tune(&self.0)
    }

    pub(crate) fn only_v6(&self, only: bool) -> io::Result<()> {
        self.set("IPV6_V6ONLY", only.into(), |socket| socket.set_only_v6(only))
    }

    fn set(
        &self,
        option: &'static str,
        value: u32,
        set: impl FnOnce(&Socket) -> io::Result<()>,
    ) -> io::Result<()> {
        self.0.done(|| Call::SetOption { option, value }, set)
    }

    pub(crate) fn bind(&self, address: SocketAddr) -> io::Result<()> {
        self.0.done(|| Call::Bind { to: address.into() }, |socket| socket.bind(&address.into()))
    }

    pub(crate) fn socket(&self) -> &Socket {
        &self.0
    }

    /// What is wanted of the buffers.
    pub(crate) fn size(&self, tuning: &Tuning) -> io::Result<()> {
        tuning.size(&self.0)
    }

    /// `bind` to a name.
    pub(crate) fn bind_name(&self, name: &UnixAddress, address: &SockAddr) -> io::Result<()> {
        self.0.done(|| Call::Bind { to: name.clone().into() }, |socket| socket.bind(address))
    }

    /// `connect` to a name, which is done at once or fails at once.
    pub(crate) fn connect_name(&self, name: &UnixAddress, address: &SockAddr) -> io::Result<()> {
        self.0.done(|| Call::Connect { to: name.clone().into() }, |socket| socket.connect(address))
    }

    /// The socket of a connection that is there, and who is at its other end.
    pub(crate) fn connected(self) -> io::Result<(Told<TcpStream>, UnixAddress)> {
        let peer = peer(&self.0);
        Ok((self.0.turn(|socket| TcpStream::from_std(socket.into()))?, peer))
    }

    /// `getsockname` and `listen`: the port that the system chose is known first.
    pub(crate) fn listen(mut self, backlog: u32, tuning: Tuning) -> io::Result<Listener> {
        tuning.size(&self.0)?;
        let local = self.0.call(|| Call::LocalAddress, local, |local| Outcome::Address((*local).into()))?;
        self.0.is_at(local, None);
        self.wait_for_clients(backlog)?;
        Listener::tcp(self.0, local, tuning)
    }

    /// `listen`, where its name is known.
    pub(crate) fn listen_as(
        self,
        name: UnixAddress,
        file: Option<SocketFile>,
        backlog: u32,
        tuning: Tuning,
    ) -> io::Result<Listener> {
        self.wait_for_clients(backlog)?;
        Listener::unix(self.0, name, file, tuning)
    }

    fn wait_for_clients(&self, backlog: u32) -> io::Result<()> {
        let most = i32::try_from(backlog).unwrap_or(i32::MAX);
        self.0.done(|| Call::Listen { backlog }, |socket| socket.listen(most))
    }

    /// `connect`, waited for; the connection, and our address. A peer that resets at once was connected all the same:
    /// what it had sent is still there to be read, and the reset after it. So success is not asked of `SO_ERROR`, which
    /// would forget the reset, but of `getpeername`.
    pub(crate) async fn connect(
        self,
        to: SocketAddr,
        finish: &Finish,
    ) -> io::Result<(Told<TcpStream>, SocketAddr)> {
        let watch = Watch::start(self.0.teller().feed());
        let begun = self.0.connect(&to.into());
        let stream = self.0.turn(|socket| TcpStream::from_std(socket.into()))?;
        let finish = finish.clone();
        let under_way = UnderWay { teller: stream.teller().clone(), to, begun, watch: Some(watch), finish };
        stream.writable().await?;
        let (begun, took) = under_way.over();
        connected(stream, to, begun, took)
    }
}

/// What came of a `connect` that is over, and took so long. It is told first, with the states that our address finds, and
/// the questions after it as they were asked.
fn connected(
    mut stream: Told<TcpStream>,
    to: SocketAddr,
    begun: io::Result<()>,
    took: Took,
) -> io::Result<(Told<TcpStream>, SocketAddr)> {
    let feed = stream.teller().feed().clone();
    let (peer, asked_peer) = Took::by(&feed, || stream.peer_addr());
    // where there is no peer, the reason waits on the socket
    let look = || SockRef::from(&*stream).peek(&mut [MaybeUninit::uninit()]);
    let looked = peer.is_err().then(|| Took::by(&feed, look));
    let reason = looked.as_ref().and_then(|(looked, _)| looked.as_ref().err());
    let local = reason.is_none().then(|| Took::by(&feed, || stream.local_addr()));
    if let Some((Ok(local), _)) = &local {
        stream.is_at(*local, Some(to));
    }

    let teller = stream.teller();
    let address = |address: &SocketAddr| Outcome::Address((*address).into());
    teller.tell(took, || (Call::Connect { to: to.into() }, outcome(&begun, reason)));
    teller.tell_result(asked_peer, &peer, || Call::PeerAddress, address);
    if let Some((looked, took)) = &looked {
        teller.tell_result(*took, looked, || Call::Peek, |count| Outcome::Done(*count as u64));
    }
    if let Some((local, took)) = local {
        teller.tell_result(took, &local, || Call::LocalAddress, address);
        return Ok((stream, local?));
    }
    match (looked, begun) {
        (Some((Err(reason), _)), Err(begun)) if failed_at_once(&reason) => Err(begun),
        (Some((Err(reason), _)), _) => Err(reason),
        _ => Err(io::ErrorKind::NotConnected.into()),
    }
}

/// What `connect` returned, and what then came of it: no connection, for that reason, or one.
fn outcome(begun: &io::Result<()>, reason: Option<&io::Error>) -> Outcome {
    match (begun, reason) {
        (Ok(()), _) => Outcome::Done(0),
        (Err(begun), Some(reason)) if failed_at_once(reason) => Outcome::Failed(errno(begun)),
        (Err(begun), Some(reason)) => Outcome::Later(errno(begun), Later::Failed(errno(reason))),
        (Err(begun), None) => Outcome::Later(errno(begun), Later::Established),
    }
}

/// Whether no reason was left on the socket, for `connect` itself had told it.
fn failed_at_once(reason: &io::Error) -> bool {
    reason.kind() == io::ErrorKind::NotConnected
}

/// Whether one of several tries to connect was there first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finish(Arc<AtomicBool>);

impl Finish {
    /// One was there: the others are overtaken.
    pub(crate) fn reached(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A `connect` whose end nobody knows yet: dropped before, it is told as overtaken, or as one without an answer.
struct UnderWay {
    teller: Teller,
    to: SocketAddr,
    /// What `connect` returned.
    begun: io::Result<()>,
    watch: Option<Watch>,
    finish: Finish,
}

impl UnderWay {
    fn over(mut self) -> (io::Result<()>, Took) {
        let took = self.watch.take().map_or_else(Took::unknown, Watch::stop);
        (std::mem::replace(&mut self.begun, Ok(())), took)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.take() {
            let later =
                if self.finish.0.load(Ordering::Relaxed) { Later::Overtaken } else { Later::NoAnswer };
            let outcome = || match &self.begun {
                Ok(()) => Outcome::Done(0),
                Err(begun) => Outcome::Later(errno(begun), later),
            };
            self.teller.tell(watch.stop(), || (Call::Connect { to: self.to.into() }, outcome()));
        }
    }
}

/// Who is at the other end of a Unix socket (`SO_PEERCRED`).
pub(crate) fn peer(socket: &Told<Socket>) -> UnixAddress {
    let address = |pid: &Option<u32>| pid.map_or(UnixAddress::Unnamed, UnixAddress::Pid);
    let asked = socket.call(
        || Call::GetOption { option: "SO_PEERCRED" },
        raccord_sys::unix::peer,
        |pid| Outcome::Address(address(pid).into()),
    );
    address(&asked.ok().flatten())
}

/// Its address (`getsockname`).
pub(crate) fn local(socket: &Socket) -> io::Result<SocketAddr> {
    let local = socket.local_addr()?;
    local.as_socket().ok_or_else(|| io::ErrorKind::InvalidData.into())
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
