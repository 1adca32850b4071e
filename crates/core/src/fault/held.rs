//! What waits somewhere in a line of faults, in order.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Extent;
use crate::event::Time;

/// What travels through a line of faults: bytes, or what stands behind them.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// At least one.
    Bytes(Bytes),
    Fin,
    Close(Extent),
}

/// One of them, and the time from which on it may go on.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) at: Time,
    pub(super) what: What,
}

impl Piece {
    pub(super) fn len(&self) -> usize {
        match &self.what {
            What::Bytes(bytes) => bytes.len(),
            What::Fin | What::Close(_) => 0,
        }
    }

    /// What it takes of the memory: many small pieces need more than their bytes.
    fn cost(&self) -> usize {
        // a queue that grows may have room for twice as many
        self.len() + 2 * size_of::<Self>()
    }
}

/// Pieces in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pieces: VecDeque<Piece>,
    cost: usize,
    bytes: u64,
}

impl Held {
    /// The most memory that delayed bytes take, in bytes.
    pub(super) const MOST: usize = 64 << 20;

    /// Room for so many pieces is kept.
    const FEW: usize = 16;

    /// Appends a piece, which goes on no earlier than the one before it.
    pub(super) fn put(&mut self, mut piece: Piece) {
        if let Some(last) = self.pieces.back() {
            piece.at = piece.at.max(last.at);
        }
        self.cost += piece.cost();
        self.bytes += piece.len() as u64;
        self.pieces.push_back(piece);
    }

    /// The first piece if it may go on, or its first `most` bytes; of 0 bytes only what is none.
    pub(super) fn take(&mut self, now: Time, most: usize) -> Option<Piece> {
        let first = self.pieces.front_mut().filter(|first| first.at <= now)?;
        match &mut first.what {
            What::Bytes(_) if most == 0 => None,
            What::Bytes(bytes) if bytes.len() > most => {
                self.cost -= most;
                self.bytes -= most as u64;
                Some(Piece { at: first.at, what: What::Bytes(bytes.split_to(most)) })
            }
            _ => self.take_first(),
        }
    }

    fn take_first(&mut self) -> Option<Piece> {
        let piece = self.pieces.pop_front()?;
        self.cost -= piece.cost();
        self.bytes -= piece.len() as u64;
        if self.pieces.is_empty() && self.pieces.capacity() > Self::FEW {
            // the room for many small pieces is not kept
            self.pieces = VecDeque::new();
        }
        Some(piece)
    }

    /// Appends all of another, which may go on now.
    pub(super) fn append(&mut self, now: Time, mut other: Self) {
        while let Some(piece) = other.take_first() {
            self.put(Piece { at: now, ..piece });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many more bytes there is room for.
    pub(super) fn room(&self) -> usize {
        Self::MOST.saturating_sub(self.cost)
    }

    /// When the first piece may go on.
    pub(super) fn next(&self) -> Option<Time> {
        self.pieces.front().map(|first| first.at)
    }

    /// How many bytes the first piece has, if it may go on.
    pub(super) fn waiting(&self, now: Time) -> Option<u64> {
        self.pieces.front().filter(|first| first.at <= now).map(|first| first.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_small_pieces_take_no_more_memory_than_it_says() {
        let mut held = Held::default();
        while held.room() > 0 {
            held.put(Piece { at: Time(0), what: What::Bytes(Bytes::from_static(b"x")) });
        }
        assert!(held.pieces.capacity() * size_of::<Piece>() <= Held::MOST);
        while held.take(Time(0), 1).is_some() {}
        assert_eq!((held.room(), held.bytes()), (Held::MOST, 0));
        assert!(held.pieces.capacity() <= Held::FEW);
    }
}
