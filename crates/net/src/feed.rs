//! How events leave the path of the bytes for those who observe: one ring, bounded in bytes, drained in batches.
//!
//! An observer that keeps [`Keep::All`] misses nothing: while it is behind by the feed's limit, [`Feed::is_full`]
//! holds and the traffic waits for [`Feed::room`]. One that keeps [`Keep::Latest`] never holds anything up; what it
//! was too slow for is told to it as [`EventKind::Missed`].

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use raccord_core::event::{ConnId, Event, EventKind, Time};
use tokio::sync::Notify;

use crate::clock::Clock;

/// What an event costs beside its bytes, so that a flood of empty ones is bounded as well.
const EVENT: usize = size_of::<Event>();

/// What an observer does when it is too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Every event; the traffic waits.
    All,
    /// The latest events; what was left out is told.
    Latest,
}

/// Which events are made for an observer, beside those of the life cycle, which are rare and always made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Received and sent bytes.
    pub bytes: bool,
    /// Socket calls.
    pub steps: bool,
}

/// How many events of the life cycle are kept for an observer that is behind, and wants only the latest.
const MOST_KEPT: usize = 4096;

const BYTES: u8 = 1;
const STEPS: u8 = 2;

impl Interest {
    fn bits(self) -> u8 {
        u8::from(self.bytes) * BYTES + u8::from(self.steps) * STEPS
    }
}

/// The producing end. Cheap to clone; all clones are one feed.
#[derive(Clone, Debug)]
pub struct Feed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    /// The most bytes that the slowest observer may be behind.
    limit: usize,
    /// The union of the observers' interests, read once for each chunk.
    interest: AtomicU8,
    full: AtomicBool,
    ring: Mutex<Ring>,
    filled: Condvar,
    room: Notify,
}

#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<Event>,
    /// The number of `events[0]`, counted from the feed's beginning.
    first: u64,
    bytes: usize,
    cursors: Vec<Cursor>,
    observers: u64,
    closed: bool,
}

#[derive(Debug)]
struct Cursor {
    observer: u64,
    next: u64,
    keep: Keep,
    interest: Interest,
    waits: bool,
    missed_events: u64,
    missed_bytes: u64,
    /// What it was hurried past and is not left out: all but bytes and steps.
    kept: VecDeque<Event>,
}

impl Feed {
    /// A feed whose observers may be behind by at most `limit` bytes, counted with a little for each event, and one
    /// chunk more. An observer may hold as much again in the batch that it was given.
    pub fn new(limit: usize) -> Self {
        Self::by(Clock::set(), limit)
    }

    /// The same on this feed's clock: the times of both can be put in one order.
    #[must_use]
    pub fn beside(&self, limit: usize) -> Self {
        Self::by(self.0.clock, limit)
    }

    fn by(clock: Clock, limit: usize) -> Self {
        Self(Arc::new(Inner {
            clock,
            limit: limit.max(1),
            interest: AtomicU8::new(0),
            full: AtomicBool::new(false),
            ring: Mutex::default(),
            filled: Condvar::new(),
            room: Notify::new(),
        }))
    }

    /// A new observer, which sees what happens from now on.
    pub fn observe(&self, keep: Keep, interest: Interest) -> Observer {
        let mut ring = self.0.lock();
        ring.observers += 1;
        let cursor = Cursor {
            observer: ring.observers,
            next: ring.first + ring.events.len() as u64,
            keep,
            interest,
            waits: false,
            missed_events: 0,
            missed_bytes: 0,
            kept: VecDeque::new(),
        };
        let observer = Observer { feed: self.clone(), id: cursor.observer };
        ring.cursors.push(cursor);
        self.0.count_interests(&ring);
        observer
    }

    /// Whether anybody wants the bytes: one relaxed load.
    pub fn wants_bytes(&self) -> bool {
        self.0.interest.load(Ordering::Relaxed) & BYTES != 0
    }

    /// Whether anybody wants the socket calls.
    pub fn wants_steps(&self) -> bool {
        self.0.interest.load(Ordering::Relaxed) & STEPS != 0
    }

    /// Whether an observer that keeps all is behind by the limit: whoever makes byte events must wait.
    pub fn is_full(&self) -> bool {
        self.0.full.load(Ordering::Acquire)
    }

    /// Returns when the feed is not full. Cancel safe.
    pub async fn room(&self) {
        loop {
            let mut notified = std::pin::pin!(self.0.room.notified());
            notified.as_mut().enable();
            if !self.is_full() {
                return;
            }
            notified.await;
        }
    }

    /// Adds what happens now, without ever waiting: ask [`Feed::is_full`] before making bytes.
    pub fn emit(&self, conn: Option<ConnId>, kind: EventKind) {
        let mut ring = self.0.lock();
        if ring.cursors.is_empty() {
            return;
        }
        // under the lock, so that times are in the order of the events
        let event = Event { time: self.0.clock.now(), conn, kind };
        ring.bytes += cost(&event);
        ring.events.push_back(event);
        self.0.settle(&mut ring);
        let somebody_waits = ring.end_waits();
        drop(ring);
        if somebody_waits {
            self.0.filled.notify_all();
        }
    }

    /// No event will come any more: observers are given what is left, then the end.
    pub fn close(&self) {
        self.0.lock().closed = true;
        self.0.filled.notify_all();
    }
}

impl Inner {
    /// Nothing that runs under the lock can leave the ring half changed, so a panic elsewhere does not poison it.
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_interests(&self, ring: &Ring) {
        let bits = ring.cursors.iter().fold(0, |bits, cursor| bits | cursor.interest.bits());
        self.interest.store(bits, Ordering::Relaxed);
    }

    /// After every change of the ring: hurries those who keep only the latest, and says whether the others are
    /// behind by the limit. Once they were, they must have caught up by half.
    fn settle(&self, ring: &mut Ring) {
        if ring.bytes >= self.limit {
            ring.hurry_the_latest(self.limit);
        }
        let was_full = self.full.load(Ordering::Relaxed);
        let most = if was_full { self.limit.div_ceil(2) } else { self.limit };
        let full = ring.bytes >= most && ring.holds_for_all();
        self.full.store(full, Ordering::Release);
        if was_full && !full {
            self.room.notify_waiters();
        }
    }
}

impl Ring {
    /// Moves the observers that keep only the latest past the oldest events, until the rest fits or somebody who
    /// keeps all still needs the oldest.
    fn hurry_the_latest(&mut self, limit: usize) {
        while self.bytes >= limit && self.events.len() > 1 {
            let oldest = self.first;
            if self.cursors.iter().any(|cursor| cursor.keep == Keep::All && cursor.next == oldest) {
                return;
            }
            let Some(event) = self.events.front() else { return };
            for cursor in self.cursors.iter_mut().filter(|cursor| cursor.next == oldest) {
                cursor.hurry_past(event);
            }
            self.forget_what_all_have_seen();
        }
    }

    /// Whether somebody who keeps all has not seen everything yet.
    fn holds_for_all(&self) -> bool {
        let end = self.first + self.events.len() as u64;
        self.cursors.iter().any(|cursor| cursor.keep == Keep::All && cursor.next < end)
    }

    fn forget_what_all_have_seen(&mut self) {
        let end = self.first + self.events.len() as u64;
        let keep_from = self.cursors.iter().map(|cursor| cursor.next).min().unwrap_or(end);
        while self.first < keep_from {
            let Some(event) = self.events.pop_front() else { return };
            self.bytes -= cost(&event);
            self.first += 1;
        }
    }

    /// Gives one observer all that is new to it.
    fn drain(&mut self, observer: u64, batch: &mut VecDeque<Event>) {
        let (first, end) = (self.first, self.first + self.events.len() as u64);
        let alone = self.cursors.len() == 1;
        let Some(cursor) = self.cursors.iter_mut().find(|cursor| cursor.observer == observer) else { return };
        let missed = cursor.take_missed(self.events.front());
        let kept = std::mem::take(&mut cursor.kept);
        if alone {
            std::mem::swap(&mut self.events, batch);
            (self.first, self.bytes) = (end, 0);
            cursor.next = end;
        } else {
            let seen = usize::try_from(cursor.next - first).unwrap_or(usize::MAX);
            batch.extend(self.events.iter().skip(seen).cloned());
            cursor.next = end;
            self.forget_what_all_have_seen();
        }
        for event in kept.into_iter().rev().chain(missed) {
            batch.push_front(event);
        }
    }

    fn begin_wait(&mut self, observer: u64) {
        if let Some(cursor) = self.cursors.iter_mut().find(|cursor| cursor.observer == observer) {
            cursor.waits = true;
        }
    }

    /// Whether anybody waits who must be woken now. It is asked once for each wait, so that events that come while
    /// an observer wakes up do not wake it again: each time is a system call.
    fn end_waits(&mut self) -> bool {
        let mut any = false;
        for cursor in &mut self.cursors {
            any |= std::mem::take(&mut cursor.waits);
        }
        any
    }
}

impl Cursor {
    /// Bytes and steps are counted as missed; what else there is, is rare, and kept.
    fn hurry_past(&mut self, event: &Event) {
        self.next += 1;
        let may_be_left_out = matches!(
            event.kind,
            EventKind::Received(_) | EventKind::Sent(_) | EventKind::Step(_) | EventKind::Printed(_)
        );
        if !may_be_left_out && self.kept.len() < MOST_KEPT {
            self.kept.push_back(event.clone());
            return;
        }
        self.missed_events += 1;
        self.missed_bytes += event.kind.data().map_or(0, |data| data.bytes.len() as u64);
    }

    fn take_missed(&mut self, next: Option<&Event>) -> Option<Event> {
        let (events, bytes) =
            (std::mem::take(&mut self.missed_events), std::mem::take(&mut self.missed_bytes));
        let time = next.map(|event| event.time).unwrap_or_default();
        (events > 0).then_some(Event { time, conn: None, kind: EventKind::Missed { events, bytes } })
    }
}

/// The observing end. Dropping it ends its interest and frees what only it still needed.
#[derive(Debug)]
pub struct Observer {
    feed: Feed,
    id: u64,
}

impl Observer {
    /// Waits for events and puts all that there are into `batch`, in the place of what it held; false when the feed is
    /// closed and everything was given. Blocks its thread: observers live on threads of their own.
    pub fn next_batch(&mut self, batch: &mut VecDeque<Event>) -> bool {
        self.next_batch_by(batch, None)
    }

    /// The same, and with an empty batch as soon as there is none at this time (of the events' clock), for an observer that
    /// has something to do then.
    pub fn next_batch_by(&mut self, batch: &mut VecDeque<Event>, time: Option<Time>) -> bool {
        batch.clear();
        let inner = &self.feed.0;
        let mut ring = inner.lock();
        loop {
            ring.drain(self.id, batch);
            if !batch.is_empty() {
                inner.settle(&mut ring);
                return true;
            }
            if ring.closed {
                return false;
            }
            ring.begin_wait(self.id);
            let Some(time) = time else {
                ring = inner.filled.wait(ring).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let patience = inner.clock.until(time);
            if patience.is_zero() {
                return true;
            }
            let waited = inner.filled.wait_timeout(ring, patience);
            ring = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        let inner = &self.feed.0;
        let mut ring = inner.lock();
        ring.cursors.retain(|cursor| cursor.observer != self.id);
        ring.forget_what_all_have_seen();
        inner.count_interests(&ring);
        inner.settle(&mut ring);
    }
}

fn cost(event: &Event) -> usize {
    EVENT + event.kind.carries()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use raccord_core::event::{Data, Dir};

    fn push(feed: &Feed, offset: u64, size: usize) {
        let bytes = Bytes::from(vec![b'x'; size]);
        feed.emit(None, EventKind::Received(Data::chunk(Dir::Down, offset, bytes)));
    }

    fn offsets(batch: &VecDeque<Event>) -> Vec<u64> {
        let offset = |event: &Event| match &event.kind {
            EventKind::Received(data) => Some(data.offset),
            _ => None,
        };
        batch.iter().filter_map(offset).collect()
    }

    const BYTES: Interest = Interest { bytes: true, steps: false };

    #[test]
    fn nobody_watches_and_nothing_is_kept() {
        let feed = Feed::new(1000);
        assert!(!feed.wants_bytes() && !feed.wants_steps());
        push(&feed, 0, 5000);
        assert!(!feed.is_full());
        assert!(feed.0.lock().events.is_empty());
    }

    #[test]
    fn keeping_all_fills_the_feed_and_draining_makes_room() {
        let feed = Feed::new(4 * (1000 + EVENT));
        let mut all = feed.observe(Keep::All, BYTES);
        (0..4).for_each(|number| push(&feed, number, 1000));
        assert!(feed.is_full());
        let mut batch = VecDeque::new();
        assert!(all.next_batch(&mut batch));
        assert_eq!(offsets(&batch), [0, 1, 2, 3]);
        assert!(!feed.is_full());
        feed.close();
        batch.clear();
        assert!(!all.next_batch(&mut batch));
    }

    #[test]
    fn keeping_the_latest_never_fills_the_feed_and_tells_what_it_missed() {
        let feed = Feed::new(4 * (1000 + EVENT));
        let mut latest = feed.observe(Keep::Latest, BYTES);
        (0..10).for_each(|number| push(&feed, number, 1000));
        assert!(!feed.is_full());
        let mut batch = VecDeque::new();
        latest.next_batch(&mut batch);
        assert_eq!(batch[0].kind, EventKind::Missed { events: 7, bytes: 7000 });
        assert_eq!(offsets(&batch), [7, 8, 9]);
    }

    #[test]
    fn keeping_the_latest_leaves_out_bytes_and_not_how_it_went() {
        let feed = Feed::new(4 * (1000 + EVENT));
        let mut latest = feed.observe(Keep::Latest, BYTES);
        let shutdown = |dir| EventKind::Shutdown { dir };
        feed.emit(None, shutdown(Dir::Up));
        (0..10).for_each(|number| push(&feed, number, 1000));
        feed.emit(None, shutdown(Dir::Down));
        let mut batch = VecDeque::new();
        latest.next_batch(&mut batch);
        let kinds: Vec<_> = batch.iter().map(|event| &event.kind).collect();
        assert!(matches!(kinds[0], EventKind::Missed { .. }), "{kinds:?}");
        assert_eq!((kinds[1], kinds.last().copied()), (&shutdown(Dir::Up), Some(&shutdown(Dir::Down))));
    }

    #[test]
    fn two_observers_each_see_everything_once() {
        let feed = Feed::new(1 << 20);
        let (mut one, mut two) = (feed.observe(Keep::All, BYTES), feed.observe(Keep::Latest, BYTES));
        let (mut first, mut second) = (VecDeque::new(), VecDeque::new());
        push(&feed, 0, 1);
        one.next_batch(&mut first);
        push(&feed, 1, 1);
        two.next_batch(&mut second);
        assert_eq!((offsets(&first), offsets(&second)), (vec![0], vec![0, 1]));
        first.clear();
        one.next_batch(&mut first);
        assert_eq!(offsets(&first), [1]);
        assert_eq!(feed.0.lock().bytes, 0);
    }

    #[test]
    fn one_that_keeps_the_latest_holds_nobody_up_beside_one_that_keeps_all() {
        let feed = Feed::new(4 * (1000 + EVENT));
        let (mut all, mut latest) = (feed.observe(Keep::All, BYTES), feed.observe(Keep::Latest, BYTES));
        (0..4).for_each(|number| push(&feed, number, 1000));
        assert!(feed.is_full());
        let mut batch = VecDeque::new();
        all.next_batch(&mut batch);
        assert!(!feed.is_full(), "all has seen everything");
        batch.clear();
        latest.next_batch(&mut batch);
        assert_eq!(batch[0].kind, EventKind::Missed { events: 1, bytes: 1000 });
    }

    #[test]
    fn what_a_program_prints_fills_the_feed_as_bytes_do() {
        let feed = Feed::new(0);
        let mut all = feed.observe(Keep::All, Interest::default());
        feed.emit(None, EventKind::Printed(Bytes::from_static(b"line")));
        assert!(feed.is_full());
        all.next_batch(&mut VecDeque::new());
        assert!(!feed.is_full());
    }

    #[test]
    fn an_observer_that_leaves_holds_nobody_up() {
        let feed = Feed::new(1000);
        let all = feed.observe(Keep::All, Interest { bytes: true, steps: true });
        push(&feed, 0, 1000);
        assert!(feed.is_full() && feed.wants_steps());
        drop(all);
        assert!(!feed.is_full() && !feed.wants_steps());
    }
}
