//! The machine of one direction of one connection: a line of faults.

use std::collections::VecDeque;

use bytes::Bytes;

use super::held::{Held, Piece, What};
use super::stage::Stage;
use super::{Action, Applied, Blow, Chance, Detail, Extent, Fault, Start, Work};
use crate::event::{Dir, Time};

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
        self.remove(now, position);
        let acts_here = fault.dir.is_none_or(|dir| dir == self.dir) && fault.chooses(position, self.chance);
        let Some(harm) = fault.harm.clone().filter(|_| acts_here) else { return };
        let (from, until) = fault.phase(self.opened);
        let index = self.stages.partition_point(|stage| stage.position < position);
        let offset = self.offset_before(index);
        let is_past_end = self.state == State::Finished && !self.holds_end(index);
        let before = std::mem::take(self.junction(index));
        let (fault, held) = (fault.clone(), Held::default());
        let stage =
            Stage { position, fault, harm, before, held, offset, is_past_end, from, until, work: None };
        self.stages.insert(index, stage);
        self.change_phases();
        self.settle();
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
    /// a time. What is pushed beyond it is kept all the same.
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
            self.junction(0).put(Piece { at: now, what: What::Bytes(bytes) });
        }
        self.settle();
    }

    /// The end of the direction came; it keeps its place behind all bytes.
    pub fn finish(&mut self, now: Time) {
        self.advance(now);
        if self.state == State::Open {
            self.state = State::Finished;
            self.junction(0).put(Piece { at: now, what: What::Fin });
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

    /// What delays takes all that can come to it, so that its time counts from now on.
    fn settle(&mut self) {
        loop {
            for index in 0..self.stages.len() {
                self.fill(index);
            }
            if !self.strike() {
                return;
            }
        }
    }

    /// Takes what can come to the fault with this index, if it is one that delays, and has room.
    fn fill(&mut self, index: usize) {
        loop {
            let stage = &self.stages[index];
            let Some(Work::Delay(delay)) = &stage.work else { return };
            let (from, room, offset) = (stage.from, stage.held.room(), stage.offset);
            let (alike, delay) = (delay.alike(offset), delay.delay(offset));
            if room == 0 {
                return;
            }
            let Some(mut piece) = self.pull(index, room.min(alike)) else { return };
            piece.at = piece.at.max(from).after(delay);
            self.stages[index].count(&piece);
            self.stages[index].held.put(piece);
        }
    }

    /// The next piece that comes out in front of the fault with this index, of at most so many bytes. Nothing comes
    /// while a fault that has fired has not struck.
    fn pull(&mut self, index: usize, most: usize) -> Option<Piece> {
        if self.struck.is_some() {
            return None;
        }
        let now = self.now;
        let junction = self.junction(index);
        if junction.is_empty() {
            self.pull_through(index.checked_sub(1)?, most)
        } else {
            junction.take(now, most)
        }
    }

    /// The next piece that comes out of the fault with this index.
    fn pull_through(&mut self, before: usize, most: usize) -> Option<Piece> {
        let now = self.now;
        if let Some(Work::Delay(_)) = self.stages[before].work {
            self.fill(before);
            return self.stages[before].held.take(now, most);
        }
        let lets = self.stages[before].lets(now, self.is_decided)?;
        let piece = self.pull(before, most.min(lets))?;
        Some(self.pass(before, piece))
    }

    /// When nothing more leaves: what a fault holds back has passed those before it, and queues up in front of it, as far
    /// as there is nothing to be told. Whether anything did.
    fn queue_up(&mut self) -> bool {
        let mut has_moved = false;
        for index in (1..self.stages.len()).rev() {
            while self.struck.is_none()
                && self.applied.is_empty()
                && let Some(piece) = self.pull_through(index - 1, usize::MAX)
            {
                self.stages[index].before.put(piece);
                has_moved = true;
            }
        }
        self.strike() || has_moved
    }

    /// A piece passes the fault with this index.
    fn pass(&mut self, index: usize, mut piece: Piece) -> Piece {
        let stage = &mut self.stages[index];
        let offset = stage.offset;
        stage.count(&piece);
        match &mut stage.work {
            Some(Work::Gate(gate)) => {
                piece.at = self.now;
                if let What::Bytes(bytes) = piece.what {
                    let (position, fault) = (stage.position, &stage.fault);
                    let mut tell = |offset, detail| {
                        self.applied.push_back(Applied { position, fault: fault.clone(), offset, detail });
                    };
                    piece.what = What::Bytes(gate.pass(offset, bytes, &mut tell));
                }
            }
            Some(Work::Blow(..)) if stage.offset > offset => self.check_blow(index),
            Some(Work::Blow(..) | Work::Delay(_)) | None => {}
        }
        piece
    }

    /// Fires the fault with this index if that was the last byte before it does.
    fn check_blow(&mut self, index: usize) {
        let stage = &self.stages[index];
        let Some(Work::Blow(blow, at)) = stage.work else { return };
        if stage.offset != at {
            return;
        }
        let is_in_vain = match blow {
            Blow::Stall => false,
            Blow::Close => self.is_decided || stage.is_past_end && stage.fault.extent() == Extent::Direction,
            Blow::Reset => self.is_decided,
        };
        if is_in_vain {
            return;
        }
        self.applied.push_back(stage.applied(at, Detail::Fired));
        if blow != Blow::Stall {
            self.is_decided = true;
            self.struck = Some((index, blow));
        }
    }

    /// Does what the fault does that has just fired: what has not passed it is lost.
    fn strike(&mut self) -> bool {
        let Some((index, blow)) = self.struck.take() else { return false };
        let extent = self.stages[index].fault.extent();
        self.came = self.stages[index].offset;
        self.stages.drain(..=index);
        if blow == Blow::Reset {
            self.state = State::Reset(extent);
        } else {
            self.state = State::Closed;
            let at = self.now;
            self.junction(0).put(Piece { at, what: What::Close(extent) });
        }
        true
    }
}
