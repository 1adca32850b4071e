//! One fault in its place in a line, and what waits there.

use std::sync::Arc;

use super::held::{Held, Piece, What};
use super::{Applied, Blow, Detail, Fault, Harm, Work};
use crate::event::Time;

/// A fault in its place.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) position: u32,
    pub(super) fault: Fault,
    pub(super) harm: Arc<dyn Harm>,
    /// In front of it: what was not taken yet, or was held by a fault that is gone.
    pub(super) before: Held,
    /// What it delays.
    pub(super) held: Held,
    /// Of the next byte that comes to it.
    pub(super) offset: u64,
    /// Whether the end has passed.
    pub(super) is_past_end: bool,
    pub(super) from: Time,
    pub(super) until: Option<Time>,
    /// None before its time.
    pub(super) work: Option<Work>,
}

impl Stage {
    pub(super) fn applied(&self, offset: u64, detail: Detail) -> Applied {
        Applied { position: self.position, fault: self.fault.clone(), offset, detail }
    }

    /// When it begins, or else when it is over.
    pub(super) fn boundary(&self) -> Option<Time> {
        if self.work.is_none() { Some(self.from) } else { self.until }
    }

    pub(super) fn count(&mut self, piece: &Piece) {
        self.offset += piece.len() as u64;
        self.is_past_end |= !matches!(piece.what, What::Bytes(_));
    }

    /// How many bytes may pass now; none if not even the end may.
    pub(super) fn lets(&mut self, now: Time, is_decided: bool) -> Option<usize> {
        match &mut self.work {
            Some(Work::Gate(gate)) => Some(gate.lets(now, self.offset)),
            Some(Work::Blow(blow, at)) => match at.checked_sub(self.offset) {
                Some(0) | None if *blow == Blow::Stall => None,
                Some(0) | None => Some(usize::MAX),
                Some(_) if is_decided && *blow != Blow::Stall => Some(usize::MAX),
                Some(left) => Some(usize::try_from(left).unwrap_or(usize::MAX)),
            },
            Some(Work::Delay(_)) | None => Some(usize::MAX),
        }
    }

    /// How many bytes to read for it: none while anything that could go on waits.
    pub(super) fn takes(&self, now: Time) -> usize {
        if !self.before.is_empty() || self.held.waiting(now).is_some() {
            return 0;
        }
        match &self.work {
            Some(Work::Gate(gate)) => gate.room(),
            Some(Work::Delay(_)) => self.held.room(),
            Some(Work::Blow(Blow::Stall, at)) if *at <= self.offset => 0,
            Some(Work::Blow(..)) | None => usize::MAX,
        }
    }
}
