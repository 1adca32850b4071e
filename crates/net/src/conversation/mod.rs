//! One connection of a client or a server, from `opened` to `closed`: the driver loop.
//!
//! What ends when is decided by [`Ending`]; `flow` moves the bytes; `closing` ends it without a reset by accident.

mod closing;
mod cutting;
mod flow;
mod program;

use std::sync::Arc;

use raccord_core::address::Address;
use raccord_core::ending::Ending;
use raccord_core::event::{Closed, End, EventKind};
use raccord_core::secured::Secured;
use tokio::io::{Interest, Ready};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};

use self::closing::Broken;
use self::cutting::Cutting;
use self::program::Program;
use crate::feed::Feed;
use crate::handle::{Handle, Order};
use crate::leg::Leg;
use crate::pool::Appetite;
use crate::queue::Queue;
use crate::responder::Responder;
use crate::script::Script;
use crate::session::{GRACE, Shared};

/// How much may wait to be written before raccord takes more: where answers pile up, reading stops.
const HIGH: usize = 256 * 1024;

/// A connection that was made, and with TLS its handshake done.
pub(crate) struct Made {
    pub(crate) leg: Leg,
    pub(crate) local: Address,
    pub(crate) peer: Address,
    /// With TLS: what was agreed on.
    pub(crate) secured: Option<Box<Secured>>,
}

/// One end of one connection.
pub(crate) struct Conversation {
    leg: Leg,
    /// What the handshake of TLS agreed on, until it is told.
    secured: Option<Box<Secured>>,
    end: End,
    handle: Arc<Handle>,
    shared: Arc<Shared>,
    ending: Ending,
    /// What cuts the messages; none where each chunk is one.
    cutting: Option<Box<Cutting>>,
    script: Script,
    /// When the next of what is sent again and again is due.
    next_send: Option<Instant>,
    queue: Queue,
    /// The program that answers, boxed, for few connections have one.
    program: Option<Box<Program>>,
    appetite: Appetite,
    opened: Instant,
    /// The last time that bytes moved which somebody wants, or that a half ended; kept only where
    /// terms ask for it.
    active: Instant,
    /// Whether the peer's half ended without the end that TLS has for it.
    truncated: bool,
    /// When raccord, told to stop, closes although something is still to be written.
    grace: Option<Instant>,
    /// Its place among those that are served at a time; another's when it is closed.
    place: Option<OwnedSemaphorePermit>,
}

impl Conversation {
    /// Of a connection that was just made. Boxed, for what it is moved into would hold room for it twice.
    pub(crate) fn new(made: Made, shared: Arc<Shared>) -> Box<Self> {
        let Made { mut leg, local, peer, secured } = made;
        let now = Instant::now();
        let conn = shared.next_conn();
        leg.belongs_to(conn);
        Box::new(Self {
            leg,
            secured,
            end: shared.end,
            handle: Arc::new(Handle::new(conn, local, peer)),
            ending: Ending::new(shared.terms.plan()),
            cutting: shared.terms.cutter().map(|cutter| Box::new(Cutting::new(cutter))),
            script: Script::new(Arc::clone(&shared.terms.sends), shared.terms.repetition),
            next_send: None,
            queue: Queue::default(),
            program: None,
            appetite: Appetite::new(shared.terms.read_size),
            opened: now,
            active: now,
            truncated: false,
            grace: None,
            place: None,
            shared,
        })
    }

    /// The same in a place among those that are served at a time.
    pub(crate) fn in_place(mut self: Box<Self>, place: Option<OwnedSemaphorePermit>) -> Box<Self> {
        self.place = place;
        self
    }

    /// Holds the conversation to its end and tells how it went.
    pub(crate) async fn run(mut self: Box<Self>) -> Closed {
        let (handle, shared) = (Arc::clone(&self.handle), Arc::clone(&self.shared));
        // once it is told that a connection is open, input reaches it
        let present = Present::enter(&shared, &handle);
        let tls = self.secured.take();
        self.emit(EventKind::Opened { local: handle.local.clone(), peer: handle.peer.clone(), tls });
        let ended = self.converse().await;
        // its end may take seconds yet
        shared.hears_no_more(&handle);
        // boxed, so that a conversation that goes on holds no room for its end
        let closed = Box::pin(self.close(ended)).await;
        drop(present);
        shared.emit(Some(handle.conn), EventKind::Closed(closed.clone()));
        closed
    }

    async fn converse(&mut self) -> Result<(), Broken> {
        let mut ready = Ready::EMPTY;
        self.start_program()?;
        loop {
            self.take_orders()?;
            // where observers are behind, the socket's readiness is remembered, and nothing is read
            if (ready.is_readable() || ready.is_read_closed()) && !self.shared.feed.is_full() {
                self.read()?;
            }
            self.cut();
            let all_is_cut = !self.has_uncut();
            if self.ending.has_peer_ended() && all_is_cut && self.script.is_awaiting() {
                return Err(Broken::Unanswered);
            }
            let drained = self.write()? && all_is_cut;
            if drained && self.ending.ends_ours() && !self.ending.has_ours_ended() {
                if self.has_the_last_word() && self.shared.terms.tuning.reset_on_close {
                    return Ok(());
                }
                self.end_our_half()?;
            }
            if self.ending.over() && all_is_cut {
                return Ok(());
            }
            ready = if self.has_uncut() && self.has_room_for_answers() {
                Ready::EMPTY
            } else {
                self.wait().await?
            };
            // a peer that is faster than we are must leave the others their turn
            tokio::task::consume_budget().await;
        }
    }

    fn start_program(&mut self) -> Result<(), Broken> {
        if let Some(Responder::Program(exec)) = &self.shared.terms.responder {
            let started = Program::start(exec, &self.handle, &self.shared.feed);
            let is_news = self.shared.note_start(started.is_err());
            if let (Err(failure), true) = (&started, is_news) {
                let said = failure.sentence();
                self.emit(EventKind::Warning(format!(
                    "{said}: clients are turned away for as long as it is so"
                )));
            }
            self.program = Some(Box::new(started.map_err(Broken::NotStarted)?));
        }
        Ok(())
    }

    /// Whether our end of the half is the end of the conversation.
    fn has_the_last_word(&self) -> bool {
        self.ending.has_peer_ended() || self.ending.wants_no_more()
    }

    fn take_orders(&mut self) -> Result<(), Broken> {
        let Some(order) = self.handle.mailbox().order else { return Ok(()) };
        if let Some(program) = &mut self.program {
            program.hang_up();
        }
        match order {
            Order::Close => self.close_in_order(),
            Order::Stop => {
                self.ending.stop();
                self.grace.get_or_insert_with(|| Instant::now() + GRACE);
            }
            Order::Reset => return Err(Broken::ByUs),
        }
        Ok(())
    }

    /// Lets what is queued be written, as long as the peer takes something, and then closes.
    fn close_in_order(&mut self) {
        if !self.ending.wants_no_more() {
            self.active = Instant::now();
        }
        self.ending.close();
    }

    /// Waits for anything that lets the conversation go on.
    async fn wait(&mut self) -> Result<Ready, Broken> {
        // asked once: were it full for the one and not for the other, the socket would be waited for by neither
        let waits_for_room = self.shared.feed.is_full();
        let interest = if waits_for_room { Interest::ERROR } else { self.interest() };
        let deadline = self.deadline();
        let waits_for_script = self.script.is_waiting();
        let wants_output = self.queue.bytes() < HIGH;
        tokio::select! {
            ready = self.leg.ready(interest) => return self.check(ready?),
            () = self.handle.changed.notified() => {}
            () = room(&self.shared.feed), if waits_for_room => {}
            () = self.script.wait(), if waits_for_script => {}
            () = program::moves(self.program.as_deref_mut(), &self.shared.pool, wants_output) => {}
            () = passed(deadline), if deadline.is_some() => self.check_time()?,
        }
        Ok(Ready::EMPTY)
    }

    /// What the socket is waited for while observers keep up: nothing to read while answers pile up, or what
    /// a program is to hear.
    fn interest(&self) -> Interest {
        let mut interest = Interest::ERROR;
        let answers = match &self.program {
            Some(program) => program.waiting(),
            None if self.shared.terms.responder.is_some() => self.queue.bytes(),
            None => 0,
        };
        if !self.ending.has_peer_ended() && answers < HIGH && !self.has_uncut() {
            interest |= Interest::READABLE;
        }
        if !self.queue.is_empty() {
            interest |= Interest::WRITABLE;
        }
        interest
    }

    /// Reading and writing meet an error themselves, after what has already arrived; an end that waits for
    /// neither must ask for it.
    fn check(&self, ready: Ready) -> Result<Ready, Broken> {
        let moves =
            ready.is_readable() || ready.is_read_closed() || ready.is_writable() || ready.is_write_closed();
        if moves || !ready.is_error() {
            return Ok(ready);
        }
        self.leg.take_error().map_or(Ok(Ready::EMPTY), |error| Err(error.into()))
    }

    fn emit(&self, kind: EventKind) {
        self.shared.emit(Some(self.handle.conn), kind);
    }
}

/// Waits for room. Boxed when it must be waited for, as is time, so that what is rare takes no memory of those that are idle.
async fn room(feed: &Feed) {
    Box::pin(feed.room()).await;
}

/// Waits until a deadline has passed, if there is one.
async fn passed(deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        Box::pin(sleep_until(deadline)).await;
    }
}

/// The session knows the connection for as long as this lives, even when its task panics.
struct Present<'a> {
    shared: &'a Shared,
    handle: &'a Handle,
}

impl<'a> Present<'a> {
    fn enter(shared: &'a Shared, handle: &'a Arc<Handle>) -> Self {
        shared.enter(handle);
        Self { shared, handle }
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.shared.leave(self.handle);
    }
}
