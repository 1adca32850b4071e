//! A running client or server: it takes commands and emits events.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use raccord_core::address::Address;
use raccord_core::event::{Closed, ConnId, End, EventKind};
use raccord_core::failure::Failure;
use raccord_core::schedule::Repetition;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::feed::Feed;
use crate::handle::{Handle, Offer, Order};
use crate::pool::Pool;
use crate::script::{Next, Script};
use crate::terms::{self, Terms};

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It never started: the listening socket or the connection could not be had.
    Failed(Failure),
    /// It served one connection, which ended so; or it connected again and again, and the last one did.
    Closed(Closed),
    /// It was told to stop.
    Stopped,
}

/// Where a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Resolving, binding, connecting.
    Starting,
    /// A server listens on these addresses; a client is connected from the first.
    Ready(Vec<Address>),
    /// Over.
    Ended,
}

/// A running session. Dropping the handle does not end it: [`Commands::stop`] does, or its own terms.
#[derive(Debug)]
pub struct Session {
    pub(crate) shared: Arc<Shared>,
    pub(crate) task: JoinHandle<Outcome>,
}

/// What the tasks of one session share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Which end raccord is.
    pub(crate) end: End,
    pub(crate) terms: Terms,
    pub(crate) feed: Feed,
    pub(crate) pool: Pool,
    /// No more connections are accepted or made.
    pub(crate) retire: CancellationToken,
    /// Everything ends.
    pub(crate) stop: CancellationToken,
    pub(crate) state: watch::Sender<State>,
    open: Mutex<BTreeMap<ConnId, Arc<Handle>>>,
    /// A connection came or went, or took input from its mailbox.
    pub(crate) open_changed: Notify,
    /// No more input will come.
    pub(crate) input_ended: CancellationToken,
    connections: AtomicU64,
    /// That no program can be started was told, and none was since then.
    starts_fail: AtomicBool,
}

/// One open connection, as a list of peers shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its number.
    pub conn: ConnId,
    /// Our address.
    pub local: Address,
    /// The other end's.
    pub peer: Address,
    /// Bytes received so far.
    pub received: u64,
    /// Bytes sent so far.
    pub sent: u64,
}

impl Session {
    pub(crate) fn start<F>(end: End, terms: Terms, feed: &Feed, run: impl FnOnce(Arc<Shared>) -> F) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let shared = Arc::new(Shared {
            end,
            terms,
            feed: feed.clone(),
            pool: Pool::default(),
            retire: CancellationToken::new(),
            stop: CancellationToken::new(),
            state: watch::Sender::new(State::Starting),
            open: Mutex::default(),
            open_changed: Notify::new(),
            input_ended: CancellationToken::new(),
            connections: AtomicU64::new(0),
            starts_fail: AtomicBool::new(false),
        });
        let running = run(Arc::clone(&shared));
        let ending = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            let outcome = running.await;
            ending.state.send_replace(State::Ended);
            outcome
        });
        Self { shared, task }
    }

    /// What can be told to the session, from any task.
    pub fn commands(&self) -> Commands {
        Commands(Arc::clone(&self.shared))
    }

    /// Waits for the end. Everything that happened is in the feed by then.
    pub async fn ended(self) -> Outcome {
        let failed = |error| Outcome::Failed(Failure::new("the session ended by a defect in raccord", error));
        self.task.await.unwrap_or_else(failed)
    }
}

/// Whom input is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Every connection that is open when its turn comes.
    All,
    /// This one.
    One(ConnId),
}

/// Commands a session; all clones command the same one.
#[derive(Clone, Debug)]
pub struct Commands(Arc<Shared>);

impl Commands {
    /// Waits until the session is ready, or over: then none.
    pub async fn ready(&self) -> Option<Vec<Address>> {
        let mut state = self.0.state.subscribe();
        let state = state.wait_for(|state| *state != State::Starting).await.ok()?;
        match &*state {
            State::Ready(addresses) => Some(addresses.clone()),
            State::Starting | State::Ended => None,
        }
    }

    /// Whether the session is a server's.
    pub fn is_server(&self) -> bool {
        self.0.end == End::Server
    }

    /// The connections that are open now, by their numbers.
    pub fn connections(&self) -> Vec<Connection> {
        let open = self.0.open();
        open.values()
            .map(|handle| Connection {
                conn: handle.conn,
                local: handle.local.clone(),
                peer: handle.peer.clone(),
                received: handle.received(),
                sent: handle.sent(),
            })
            .collect()
    }

    /// Waits until a connection is open and has room for input, so that none is read before somebody is there for
    /// it; false when the session is over.
    pub async fn takes_input(&self) -> bool {
        self.0.takes_input().await
    }

    /// Sends a piece of input to every open connection, as soon as one has room for it: the fastest sets the pace.
    /// One that is behind by 1 MiB misses the piece, and a `missed` event tells. Returns at once when the session is
    /// over.
    pub async fn input(&self, piece: Bytes) {
        self.0.input(piece).await;
    }

    /// Sends a piece of input to one open connection, and waits while 1 MiB waits there already; false when it is not
    /// open (any more).
    pub async fn input_to(&self, conn: ConnId, piece: Bytes) -> bool {
        self.0.input_to(&[conn], &piece).await
    }

    /// Sends a file's bytes as they are, read while they are sent, to the connections that are open when it begins: the
    /// fastest sets the pace. False when none of them is open any more and something was left. Fails when the file cannot
    /// be read.
    pub async fn input_file(&self, to: To, path: PathBuf) -> Result<bool, Failure> {
        let mut file = Script::new(Arc::new([terms::Send::File(path)]), Repetition::default());
        let conns = match to {
            To::One(conn) => vec![conn],
            To::All if self.takes_input().await => self.connections().iter().map(|open| open.conn).collect(),
            To::All => Vec::new(),
        };
        loop {
            match file.next(Duration::ZERO)? {
                Next::Bytes(piece) => {
                    if !self.0.input_to(&conns, &piece).await {
                        return Ok(false);
                    }
                }
                Next::Later => file.wait().await,
                Next::Done | Next::At(_) | Next::Answer => return Ok(true),
            }
        }
    }

    /// Closes one connection in order: what is queued for it is written within 2 seconds, our half ends, and what is
    /// on its way is read. False when it is not open.
    pub fn close(&self, conn: ConnId) -> bool {
        self.0.order(conn, Order::Close)
    }

    /// Resets one connection (RST): what is on its way, in either direction, is lost. False when it is not open.
    pub fn reset(&self, conn: ConnId) -> bool {
        self.0.order(conn, Order::Reset)
    }

    /// No more input will come: every open connection ends its half as its terms say, later ones at once.
    pub fn end_input(&self) {
        self.0.input_ended.cancel();
        self.0.open().values().for_each(|handle| handle.tell(|mailbox| mailbox.input_ended = true));
    }

    /// No more connections are accepted or made; those that are open go on to their ends, and then the session ends.
    pub fn retire(&self) {
        self.0.retire.cancel();
    }

    /// Finishes: no more connections are accepted or made, and each one is closed as by [`Commands::close`].
    pub fn finish(&self) {
        self.0.retire.cancel();
        self.0.open().values().for_each(|handle| handle.order(Order::Close));
        self.0.open_changed.notify_waiters();
    }

    /// Stops in order: no more connections are accepted or made, what is being written is finished within
    /// 2 seconds, and every connection is closed.
    pub fn stop(&self) {
        self.0.retire.cancel();
        self.0.stop.cancel();
        self.0.open().values().for_each(|handle| handle.order(Order::Stop));
        self.0.open_changed.notify_waiters();
    }

    /// Ends the programs that connections were handed to and that still run, without asking (SIGKILL): for who leaves
    /// without waiting for the end.
    pub fn kill_programs(&self) {
        self.0.open().values().for_each(|handle| handle.kill_program());
    }
}

impl Shared {
    pub(crate) fn open(&self) -> MutexGuard<'_, BTreeMap<ConnId, Arc<Handle>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next_conn(&self) -> ConnId {
        ConnId(self.connections.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// From now on the session knows this connection and reaches it.
    pub(crate) fn enter(&self, handle: &Arc<Handle>) {
        self.open().insert(handle.conn, Arc::clone(handle));
        let (input_ended, stop) = (self.input_ended.is_cancelled(), self.stop.is_cancelled());
        handle.tell(|mailbox| {
            mailbox.input_ended |= input_ended;
            mailbox.order = mailbox.order.max(stop.then_some(Order::Stop));
        });
        self.open_changed.notify_waiters();
    }

    /// Nothing more is sent on this connection: input goes to others, or waits for them.
    pub(crate) fn hears_no_more(&self, handle: &Handle) {
        handle.tell(|mailbox| mailbox.over = true);
        self.open_changed.notify_waiters();
    }

    pub(crate) fn leave(&self, handle: &Handle) {
        self.open().remove(&handle.conn);
        self.hears_no_more(handle);
    }

    /// Waits until an open connection has room for input; false when the session is over.
    async fn takes_input(&self) -> bool {
        let mut state = self.state.subscribe();
        loop {
            let mut changed = std::pin::pin!(self.open_changed.notified());
            changed.as_mut().enable();
            if self.open().values().any(|handle| handle.has_room()) {
                return true;
            }
            tokio::select! {
                () = changed => {}
                _ = state.wait_for(|state| *state == State::Ended) => return false,
            }
        }
    }

    async fn input(&self, piece: Bytes) {
        while self.takes_input().await {
            let open: Vec<_> = self.open().values().cloned().collect();
            // where the one that had room is gone by now, nobody has it yet
            if self.offer(&open, &piece) {
                return;
            }
        }
    }

    /// Sends a piece to these connections, as soon as one of them has room; false when none is open.
    async fn input_to(&self, conns: &[ConnId], piece: &Bytes) -> bool {
        loop {
            let mut changed = std::pin::pin!(self.open_changed.notified());
            changed.as_mut().enable();
            let open: Vec<_> = {
                let open = self.open();
                conns.iter().filter_map(|conn| open.get(conn).cloned()).collect()
            };
            let mut room = open.iter().map(|handle| handle.room()).collect::<Vec<_>>();
            room.retain(|room| *room != Offer::Gone);
            if room.is_empty() {
                return false;
            }
            if room.contains(&Offer::Taken) {
                self.offer(&open, piece);
                return true;
            }
            changed.await;
        }
    }

    /// Offers a piece to each; whether one took it, and then the others' gaps are told.
    fn offer(&self, open: &[Arc<Handle>], piece: &Bytes) -> bool {
        let offers: Vec<_> = open.iter().map(|handle| (handle.conn, handle.offer(piece))).collect();
        let is_taken = offers.iter().any(|(_, offer)| *offer == Offer::Taken);
        if is_taken {
            let bytes = piece.len() as u64;
            let missed = offers.iter().filter(|(_, offer)| *offer == Offer::Missed);
            missed.for_each(|(conn, _)| self.emit(Some(*conn), EventKind::Missed { events: 1, bytes }));
        }
        is_taken
    }

    fn order(&self, conn: ConnId, order: Order) -> bool {
        let handle = self.open().get(&conn).cloned();
        handle.is_some_and(|handle| {
            handle.order(order);
            true
        })
    }

    /// A program was to be started for a connection, and was, or was not; whether that is news.
    pub(crate) fn note_start(&self, fails: bool) -> bool {
        self.starts_fail.swap(fails, Ordering::Relaxed) != fails
    }

    pub(crate) fn emit(&self, conn: Option<ConnId>, kind: EventKind) {
        self.feed.emit(conn, kind);
    }

    pub(crate) fn warn(&self, text: impl Into<String>) {
        self.emit(None, EventKind::Warning(text.into()));
    }

    /// Tells of a start that failed.
    pub(crate) fn fail(&self, failure: Failure) -> Outcome {
        self.emit(None, EventKind::Failed(failure.clone()));
        Outcome::Failed(failure)
    }
}

/// How long what is being written may still take once a session was told to stop.
pub(crate) const GRACE: Duration = Duration::from_secs(2);
