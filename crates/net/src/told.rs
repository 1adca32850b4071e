//! A socket whose calls are told: each call on it is a step in the feed, while somebody asks for steps.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::{Duration, Instant};

use raccord_core::event::{ConnId, End, EventKind};
use raccord_core::step::{Call, Errno, Outcome, Standing, States, Step, TcpState};
use raccord_sys::sockets::{self, TcpSocket};
use raccord_sys::tcp::{self, AsSocket, OwnedSocket};
use socket2::Socket;
use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::feed::Feed;

/// A socket, and who tells of each call on it. Dropping it closes it, and that is told too.
#[derive(Debug)]
pub(crate) struct Told<S: Owned> {
    /// None only while it is dropped or becomes another kind.
    socket: Option<S>,
    teller: Teller,
}

/// What is known of a socket by whoever tells of its calls.
#[derive(Clone, Debug)]
pub(crate) struct Teller {
    feed: Feed,
    end: End,
    conn: Option<ConnId>,
    number: u64,
    /// Its address, and its peer's: what the kernel finds its states by.
    local: Option<SocketAddr>,
    peer: Option<SocketAddr>,
}

/// How long a call took, if somebody asks for steps: a clock is read only then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took(Option<Duration>);

impl Took {
    /// Of a call that nobody measured: it is not told.
    pub(crate) fn unknown() -> Self {
        Self(None)
    }

    /// The time, where somebody asks for steps.
    pub(crate) fn known(self) -> Option<Duration> {
        self.0
    }

    /// Makes a call.
    pub(crate) fn by<T>(feed: &Feed, call: impl FnOnce() -> T) -> (T, Self) {
        let watch = Watch::start(feed);
        let made = call();
        (made, watch.stop())
    }
}

/// Measures a call, if somebody asks for steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch(Option<Instant>);

impl Watch {
    pub(crate) fn start(feed: &Feed) -> Self {
        Self(feed.wants_steps().then(Instant::now))
    }

    pub(crate) fn stop(self) -> Took {
        Took(self.0.map(|start| start.elapsed()))
    }
}

impl Teller {
    /// Of this socket.
    pub(crate) fn of(socket: &impl AsSocket, feed: &Feed, end: End) -> Self {
        let number = tcp::number(socket);
        Self { feed: feed.clone(), end, conn: None, number, local: None, peer: None }
    }

    /// Of a socket that this one's call gave.
    pub(crate) fn of_another(&self, socket: &impl AsSocket) -> Self {
        Self::of(socket, &self.feed, self.end)
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Tells of a call that was made; what is told is only put together where somebody asks.
    pub(crate) fn tell(&self, took: Took, words: impl FnOnce() -> (Call, Outcome)) {
        let Took(Some(took)) = took else { return };
        let (call, outcome) = words();
        let states = self.states();
        let step = Step { end: self.end, call, socket: Some(self.number), outcome, took, states };
        self.feed.emit(self.conn, EventKind::Step(Box::new(step)));
    }

    /// The same, with the states of the connection that the call gave: of `accept`, the new socket's.
    pub(crate) fn tell_of(&self, made: &Self, took: Took, words: impl FnOnce() -> (Call, Outcome)) {
        let connection = Self { local: made.local, peer: made.peer, ..self.clone() };
        connection.tell(took, words);
    }

    /// The same of a call that gave `result`.
    pub(crate) fn tell_result<T>(
        &self,
        took: Took,
        result: &io::Result<T>,
        words: impl FnOnce() -> Call,
        outcome: impl FnOnce(&T) -> Outcome,
    ) {
        self.tell(took, || match result {
            Ok(value) => (words(), outcome(value)),
            Err(error) => (words(), Outcome::Failed(errno(error))),
        });
    }

    /// The states of both ends now; none where no addresses are known, or the system lists no sockets.
    fn states(&self) -> Option<States> {
        let local = self.local?;
        let here = sockets::find(local, self.peer).ok()?;
        let there = self.peer.and_then(|peer| sockets::find(peer, Some(local)).ok()?);
        Some(States { here: here.as_ref().map(standing), there: there.as_ref().map(standing) })
    }
}

/// An error as a step has it.
pub(crate) fn errno(error: &io::Error) -> Errno {
    Errno::new(error, raccord_sys::errno::name(error))
}

/// What the kernel lists of a socket, as a step has it.
pub(crate) fn standing(socket: &TcpSocket) -> Standing {
    let state = match socket.state {
        sockets::TcpState::Listen => TcpState::Listen,
        sockets::TcpState::SynSent => TcpState::SynSent,
        sockets::TcpState::SynReceived => TcpState::SynReceived,
        sockets::TcpState::Established => TcpState::Established,
        sockets::TcpState::FinWait1 => TcpState::FinWait1,
        sockets::TcpState::FinWait2 => TcpState::FinWait2,
        sockets::TcpState::CloseWait => TcpState::CloseWait,
        sockets::TcpState::LastAck => TcpState::LastAck,
        sockets::TcpState::Closing => TcpState::Closing,
        sockets::TcpState::TimeWait => TcpState::TimeWait,
        sockets::TcpState::Closed => TcpState::Closed,
    };
    Standing { state, left: socket.left }
}

impl<S: Owned> Told<S> {
    /// A socket that exists, told of from now on.
    pub(crate) fn new(socket: S, teller: impl FnOnce(&S) -> Teller) -> Self {
        let teller = teller(&socket);
        Self { socket: Some(socket), teller }
    }

    pub(crate) fn teller(&self) -> &Teller {
        &self.teller
    }

    /// Its addresses are known.
    pub(crate) fn is_at(&mut self, local: SocketAddr, peer: Option<SocketAddr>) {
        self.teller.local = Some(local);
        self.teller.peer = peer;
    }

    /// It is this connection's.
    pub(crate) fn belongs_to(&mut self, conn: ConnId) {
        self.teller.conn = Some(conn);
    }

    /// Makes a call and tells of it.
    pub(crate) fn call<T>(
        &self,
        words: impl FnOnce() -> Call,
        call: impl FnOnce(&S) -> io::Result<T>,
        outcome: impl FnOnce(&T) -> Outcome,
    ) -> io::Result<T> {
        let (result, took) = Took::by(&self.teller.feed, || call(self));
        self.teller.tell_result(took, &result, words, outcome);
        result
    }

    /// Makes a call that returns 0 and tells of it.
    pub(crate) fn done(
        &self,
        words: impl FnOnce() -> Call,
        call: impl FnOnce(&S) -> io::Result<()>,
    ) -> io::Result<()> {
        self.call(words, call, |()| Outcome::Done(0))
    }

    /// The same socket as another kind.
    pub(crate) fn turn<T: Owned>(mut self, turn: impl FnOnce(S) -> io::Result<T>) -> io::Result<Told<T>> {
        let socket = self.socket.take().map(turn).transpose()?;
        Ok(Told { socket, teller: self.teller.clone() })
    }
}

impl Told<TcpStream> {
    /// Makes a call that does not block, if tokio thinks that the socket may be ready, and tells of it; gives how many
    /// bytes moved. tokio keeps the system's "would block" to itself and says its own, with which no call was made.
    pub(crate) fn attempt(
        &self,
        interest: Interest,
        words: impl FnOnce() -> Call,
        call: impl FnOnce(&TcpStream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        if !self.teller.feed.wants_steps() {
            return call(self);
        }
        self.try_io(interest, || {
            let (result, took) = Took::by(&self.teller.feed, || call(self));
            self.teller.tell(took, || match &result {
                Ok(count) => (words(), Outcome::Done(*count as u64)),
                // it was ready a moment ago: so the call was made, and this is the system's
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    (words(), Outcome::Failed(errno(&raccord_sys::errno::would_block())))
                }
                Err(error) => (words(), Outcome::Failed(errno(error))),
            });
            result
        })
    }
}

impl Told<TcpStream> {
    /// Reads, and where that gave less than `most` forgets that there was something to read: nothing was left, and the
    /// system will say when there is more (epoll(7), "edge-triggered"; an end that was seen is not forgotten). The next
    /// read need not find that out.
    pub(crate) fn attempt_until_drained(
        &self,
        most: usize,
        read: impl FnOnce(&TcpStream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let mut drained = None;
        let result = self.try_io(Interest::READABLE, || {
            let count = self.attempt(Interest::READABLE, || Call::Receive { most }, read)?;
            if 0 < count && count < most {
                drained = Some(count);
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(count)
        });
        drained.map_or(result, Ok)
    }
}

impl<S: Owned> Deref for Told<S> {
    type Target = S;

    fn deref(&self) -> &S {
        match &self.socket {
            Some(socket) => socket,
            None => unreachable!("only what is being dropped has no socket"),
        }
    }
}

impl<S: Owned> Drop for Told<S> {
    fn drop(&mut self) {
        let Some(socket) = self.socket.take() else { return };
        let (closed, took) = Took::by(&self.teller.feed, || socket.owned().and_then(tcp::close));
        self.teller.tell_result(took, &closed, || Call::Close, |()| Outcome::Done(0));
    }
}

/// A kind of socket that owns its descriptor.
pub(crate) trait Owned: Sized {
    /// Lets go of the descriptor.
    fn owned(self) -> io::Result<OwnedSocket>;
}

impl Owned for Socket {
    fn owned(self) -> io::Result<OwnedSocket> {
        Ok(self.into())
    }
}

impl Owned for TcpStream {
    fn owned(self) -> io::Result<OwnedSocket> {
        Ok(self.into_std()?.into())
    }
}
