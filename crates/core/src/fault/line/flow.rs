//! How what came goes through a line of faults: pulled from its end, so that all is decided where a byte comes to a fault.

use super::super::{Applied, Blow, Detail, Extent, Work};
use super::{FaultLine, Piece, State, What};

impl FaultLine {
    /// What delays takes all that can come to it, so that its time counts from now on.
    pub(super) fn settle(&mut self) {
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
    pub(super) fn pull(&mut self, index: usize, most: usize) -> Option<Piece> {
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
    pub(super) fn queue_up(&mut self) -> bool {
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
    pub(super) fn check_blow(&mut self, index: usize) {
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
    pub(super) fn strike(&mut self) -> bool {
        let Some((index, blow)) = self.struck.take() else { return false };
        let extent = self.stages[index].fault.extent();
        self.came = self.stages[index].offset;
        self.stages.drain(..=index);
        if blow == Blow::Reset {
            self.state = State::Reset(extent);
        } else {
            self.state = State::Closed;
            self.put(What::Close(extent));
        }
        true
    }
}
