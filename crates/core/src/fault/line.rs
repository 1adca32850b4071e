//! The machine of one direction of one connection: a line of faults.

use std::collections::VecDeque;

use bytes::Bytes;

use super::held::{Held, Piece, What};
use super::stage::Stage;
use super::{Action, Applied, Blow, Chance, Detail, Extent, Fault, Start, Work};
use crate::event::{Dir, Time};

mod flow;

/// The faults of one direction of one connection, in the order of their positions.
///
/// What comes is pushed; what leaves is polled, until there is nothing, each time after a push, a finish, a tick and a
/// change of the faults, and when there is room again for what leaves. Bytes that no fault changes are shared.
///
/// ```
/// use raccord_core::event::{ConnId, Dir, Time};
/// use raccord_core::fault::{Action, Chance, FaultLine};
/// let chance = Chance { seed: 1, conn: ConnId(1) };
/// let mut line = FaultLine::new(Dir::Up, Time(0), chance);
/// line.add(Time(0), 0, &"close=3".parse()?);
/// line.push(Time(0), "hello".into());
/// let left: Vec<_> = std::iter::from_fn(|| line.poll()).collect();
/// assert!(matches!(&left[..], [Action::Applied(_), Action::Bytes(bytes), Action::Close(_)] if bytes == "hel"));
/// # Ok::<(), raccord_core::fault::FaultError>(())
/// ```
#[derive(Debug)]
pub struct FaultLine {
    dir: Dir,
    opened: Time,
    chance: Chance,
    now: Time,
    stages: Vec<Stage>,
    /// Behind the last of them: what has passed them all.
    exit: Held,
    /// How many bytes came.
    came: u64,
    state: State,
    /// Whether no fault that ends a connection fires any more, since one has.
    is_decided: bool,
    /// That the fault with this index just fired, and has not yet struck.
    struck: Option<(usize, Blow)>,
    applied: VecDeque<Applied>,
    ready: Option<Action>,
}

/// How far the direction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Bytes may come.
    Open,
    /// Its end came.
    Finished,
    /// A fault has closed it: what comes is lost.
    Closed,
    /// A fault has reset it: time stands still, and what could leave by then still does.
    Reset(Extent),
    /// That was told.
    Over,
}

impl FaultLine {
    /// A line without faults for a connection that was opened then.
    pub fn new(dir: Dir, opened: Time, chance: Chance) -> Self {
        Self {
            dir,
            opened,
            chance,
            now: opened,
            stages: Vec::new(),
            exit: Held::default(),
            came: 0,
            state: State::Open,
            is_decided: false,
            struck: None,
            applied: VecDeque::new(),
            ready: None,
        }
    }

    /// Adds a fault where its position belongs, in place of the one that has it; one that does not act on this direction
    /// of this connection changes nothing. What it counts and draws begins with the bytes that come to it from now on.
    pub fn add(&mut self, now: Time, position: u32, fault: &Fault) {
        let acts_here = fault.dir.is_none_or(|dir| dir == self.dir) && fault.chooses(position, self.chance);
        let Some(harm) = fault.harm.clone().filter(|_| acts_here) else { return self.remove(now, position) };
        self.advance(now);
        let (from, until) = fault.phase(self.opened);
        let (index, before, offset, is_past_end) = self.make_place(position);
        let (fault, held) = (fault.clone(), Held::default());
        let stage =
            Stage { position, fault, harm, before, held, offset, is_past_end, from, until, work: None };
        self.stages.insert(index, stage);
        self.change_phases();
        self.settle();
    }

    /// Where a fault with this position belongs, what waits in front of it, and what has come to it: how many bytes, and
    /// whether the end. One that has the position goes, and with it what it holds, for that has passed it.
    fn make_place(&mut self, position: u32) -> (usize, Held, u64, bool) {
        let index = self.stages.partition_point(|stage| stage.position < position);
        if self.stages.get(index).is_some_and(|stage| stage.position == position) {
            let (now, old) = (self.now, self.stages.remove(index));
            self.junction(index).append(now, old.held);
            return (index, old.before, old.offset, old.is_past_end);
        }
        let offset = self.offset_before(index);
        let is_past_end = self.state == State::Finished && !self.holds_end(index);
        (index, std::mem::take(self.junction(index)), offset, is_past_end)
    }

    /// Removes the fault with this position, if it is there: what it holds leaves it now.
    pub fn remove(&mut self, now: Time, position: u32) {
        self.advance(now);
        if let Some(index) = self.stages.iter().position(|stage| stage.position == position) {
            self.remove_stage(index);
        }
        self.settle();
    }

    /// A fault has ended this connection elsewhere, in its other direction: none does here any more.
    pub fn decide(&mut self) {
        self.is_decided = true;
    }

    /// How many bytes to read and push at most; 0 while it takes no more. It counts what came until the latest call with
    /// a time. What is pushed beyond it is kept all the same. After a fault has ended the direction, what comes is lost, so
    /// that it may be read on.
    pub fn takes(&self) -> usize {
        if matches!(self.state, State::Closed | State::Reset(_) | State::Over) {
            return usize::MAX;
        }
        if !self.exit.is_empty() {
            return 0;
        }
        self.stages.iter().map(|stage| stage.takes(self.now)).min().unwrap_or(usize::MAX)
    }

    /// Bytes came. After the end, or a fault that ended this direction, they are lost.
    pub fn push(&mut self, now: Time, bytes: Bytes) {
        self.advance(now);
        if self.state == State::Open && !bytes.is_empty() {
            self.came += bytes.len() as u64;
            self.put(What::Bytes(bytes));
        }
        self.settle();
    }

    /// The end of the direction came; it keeps its place behind all bytes.
    pub fn finish(&mut self, now: Time) {
        self.advance(now);
        if self.state == State::Open {
            self.state = State::Finished;
            self.put(What::Fin);
        }
        self.settle();
    }

    /// So late it is. Times that go back count as the latest one.
    pub fn tick(&mut self, now: Time) {
        self.advance(now);
        self.settle();
    }

    /// What leaves now, one after the other; a fault that was applied is told before the bytes that it changed.
    pub fn poll(&mut self) -> Option<Action> {
        loop {
            if let Some(applied) = self.applied.pop_front() {
                return Some(Action::Applied(applied));
            }
            if let Some(action) = self.ready.take() {
                return Some(action);
            }
            let piece = self.pull(self.stages.len(), usize::MAX);
            self.ready = piece.map(|piece| match piece.what {
                What::Bytes(bytes) => Action::Bytes(bytes),
                What::Fin => Action::Finish,
                What::Close(extent) => Action::Close(extent),
            });
            if !self.strike() && self.ready.is_none() && !self.queue_up() {
                let State::Reset(extent) = self.state else { return None };
                self.state = State::Over;
                return Some(Action::Reset(extent));
            }
        }
    }

    /// Whether a fault has reset the connection, which [`FaultLine::poll`] tells behind the bytes that had passed: who
    /// cannot give them on need not wait.
    pub fn is_reset(&self) -> bool {
        matches!(self.state, State::Reset(_) | State::Over)
    }

    /// When to tick and poll if nothing comes before; what can leave already has no deadline.
    pub fn deadline(&self) -> Option<Time> {
        if self.is_reset() {
            return None;
        }
        let of_stage = |(index, stage): (usize, &Stage)| {
            let of_work = match &stage.work {
                Some(Work::Delay(_)) => stage.held.next(),
                Some(Work::Gate(gate)) => self.waiting(index).and_then(|waiting| gate.deadline(waiting)),
                Some(Work::Blow(..)) | None => None,
            };
            [of_work, stage.boundary()].into_iter().flatten().filter(|time| *time > self.now).min()
        };
        self.stages.iter().enumerate().filter_map(of_stage).min()
    }

    /// How many applications of faults wait to be told.
    #[cfg(test)]
    pub(super) fn untold(&self) -> usize {
        self.applied.len()
    }

    /// What waits in front of the fault with this index; behind the last for what leaves.
    fn junction(&mut self, index: usize) -> &mut Held {
        self.stages.get_mut(index).map_or(&mut self.exit, |stage| &mut stage.before)
    }

    /// In front of all faults.
    fn put(&mut self, what: What) {
        let at = self.now;
        self.junction(0).put(Piece { at, what });
    }

    /// The offset of the next byte that comes out of what is in front of the fault with this index.
    fn offset_before(&self, index: usize) -> u64 {
        let in_front: u64 =
            self.stages[..index].iter().map(|stage| stage.before.bytes() + stage.held.bytes()).sum();
        let here = self.stages.get(index).map_or(&self.exit, |stage| &stage.before);
        self.came - in_front - here.bytes()
    }

    /// Whether the end waits in front of this index.
    fn holds_end(&self, index: usize) -> bool {
        let here = self.stages.get(index).map_or(&self.exit, |stage| &stage.before);
        let is_held = |stage: &Stage| !stage.before.is_empty() || !stage.held.is_empty();
        !here.is_empty() || self.stages[..index].iter().any(is_held)
    }

    /// How many bytes could come to the fault with this index at once, if anything could.
    fn waiting(&self, index: usize) -> Option<u64> {
        let here = &self.stages[index].before;
        if !here.is_empty() {
            return Some(here.bytes());
        }
        let before = index.checked_sub(1)?;
        match self.stages[before].work {
            Some(Work::Delay(_)) => self.stages[before].held.waiting(self.now),
            _ => self.waiting(before),
        }
    }

    /// Goes on to this time, by way of the times at which faults begin and end.
    fn advance(&mut self, now: Time) {
        while !self.is_reset() {
            let boundary = self.stages.iter().filter_map(Stage::boundary).min();
            let Some(boundary) = boundary.filter(|boundary| *boundary <= now) else {
                self.now = self.now.max(now);
                return;
            };
            self.now = self.now.max(boundary);
            self.change_phases();
            self.settle();
        }
    }

    /// Begins those faults whose time has come, and removes those whose time is over.
    fn change_phases(&mut self) {
        let mut index = 0;
        while index < self.stages.len() {
            let stage = &self.stages[index];
            let is_over = stage.until.is_some_and(|until| until <= self.now);
            let begins = stage.work.is_none() && stage.from <= self.now;
            if is_over || begins && !self.begin(index) {
                self.remove_stage(index);
            } else {
                index += 1;
            }
        }
    }

    /// Whether the fault with this index changes anything.
    fn begin(&mut self, index: usize) -> bool {
        let stage = &mut self.stages[index];
        let draws = self.chance.of_fault(stage.position);
        stage.work = stage.harm.begin(Start { now: self.now, offset: stage.offset, draws });
        match &stage.work {
            None => return false,
            Some(Work::Gate(gate)) if !gate.tells_its_beginning() => {}
            Some(Work::Gate(_) | Work::Delay(_)) => {
                self.applied.push_back(stage.applied(stage.offset, Detail::Began));
            }
            Some(Work::Blow(..)) => self.check_blow(index),
        }
        true
    }

    fn remove_stage(&mut self, index: usize) {
        let (now, stage) = (self.now, self.stages.remove(index));
        let next = self.junction(index);
        next.append(now, stage.held);
        next.append(now, stage.before);
    }
}
