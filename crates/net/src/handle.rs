//! What a session knows of one of its open connections, and how it reaches it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use raccord_core::address::Address;
use raccord_core::event::ConnId;
use tokio::sync::Notify;

use crate::queue::Queue;

/// Where the session leaves what a connection's own task then does, and the counters that the task keeps.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) conn: ConnId,
    pub(crate) local: Address,
    pub(crate) peer: Address,
    /// Relaxed, for the counters are only ever read to be shown.
    received: AtomicU64,
    sent: AtomicU64,
    /// The process group of the program that answers, until that is reaped: its number may then be another's.
    group: Mutex<Option<u32>>,
    mailbox: Mutex<Mailbox>,
    /// The task has something to look at.
    pub(crate) changed: Notify,
}

/// Messages and orders from the session.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    pub(crate) messages: Queue,
    pub(crate) input_ended: bool,
    pub(crate) order: Option<Order>,
    pub(crate) over: bool,
}

impl Mailbox {
    /// One that was told to end sends what it has, and takes no more.
    fn takes_more(&self) -> bool {
        !self.over && self.order.is_none()
    }
}

/// How a connection is told to end; where two orders come, the greater one holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    /// In order, after what is queued: somebody is done with this conversation.
    Close,
    /// In order: the session stops.
    Stop,
    /// At once, with a reset.
    Reset,
}

/// What became of a message for one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// It will be sent.
    Taken,
    /// Too much waits there already.
    Missed,
    /// The connection is over.
    Gone,
}

/// The bytes that may wait for one client while others go on.
const MAILBOX: usize = 1024 * 1024;
/// The bytes that must wait for a client that keeps up, so that it never runs dry.
const ENOUGH: usize = MAILBOX / 4;

impl Handle {
    pub(crate) fn new(conn: ConnId, local: Address, peer: Address) -> Self {
        Self {
            conn,
            local,
            peer,
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            group: Mutex::default(),
            mailbox: Mutex::default(),
            changed: Notify::new(),
        }
    }

    pub(crate) fn mailbox(&self) -> MutexGuard<'_, Mailbox> {
        self.mailbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the mailbox and wakes the connection's task.
    pub(crate) fn tell(&self, change: impl FnOnce(&mut Mailbox)) {
        change(&mut self.mailbox());
        self.changed.notify_one();
    }

    /// Tells the connection to end.
    pub(crate) fn order(&self, order: Order) {
        self.tell(|mailbox| mailbox.order = mailbox.order.max(Some(order)));
    }

    fn group(&self) -> MutexGuard<'_, Option<u32>> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program that answers leads this group, or will be reaped unseen.
    pub(crate) fn leads_group(&self, group: Option<u32>) {
        *self.group() = group;
    }

    /// Looks by `reap` whether the program that answers has ended, which reaps it; nobody is killed under its number
    /// meanwhile, nor afterwards.
    pub(crate) fn reap<T>(&self, reap: impl FnOnce() -> Poll<T>) -> Poll<T> {
        let mut group = self.group();
        let reaped = reap();
        if reaped.is_ready() {
            *group = None;
        }
        reaped
    }

    /// Ends the program that answers, if one runs, with all that it has started (SIGKILL).
    pub(crate) fn kill_program(&self) {
        if let Some(group) = *self.group() {
            // it may have ended just now
            let _ = raccord_sys::child::kill_group(group);
        }
    }

    /// Whether more input would soon be sent.
    pub(crate) fn has_room(&self) -> bool {
        let mailbox = self.mailbox();
        mailbox.takes_more() && mailbox.messages.bytes() < ENOUGH
    }

    /// What would become of a message.
    pub(crate) fn room(&self) -> Offer {
        let mailbox = self.mailbox();
        match (mailbox.takes_more(), mailbox.messages.bytes()) {
            (false, _) => Offer::Gone,
            (true, waiting) if waiting >= ENOUGH => Offer::Missed,
            (true, _) => Offer::Taken,
        }
    }

    /// Leaves a message.
    pub(crate) fn offer(&self, message: &Bytes) -> Offer {
        let mut mailbox = self.mailbox();
        if !mailbox.takes_more() {
            return Offer::Gone;
        }
        if mailbox.messages.bytes() >= MAILBOX {
            return Offer::Missed;
        }
        mailbox.messages.push(message.clone());
        drop(mailbox);
        self.changed.notify_one();
        Offer::Taken
    }

    /// Counts bytes that came; their offset.
    pub(crate) fn count_received(&self, bytes: usize) -> u64 {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed)
    }

    /// Counts bytes that were sent; their offset.
    pub(crate) fn count_sent(&self, bytes: usize) -> u64 {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed)
    }

    /// How many bytes came so far.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// How many bytes were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}
