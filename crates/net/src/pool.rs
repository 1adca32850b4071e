//! Buffers for reading: taken when a socket is readable, given back after, so that idle connections hold none.

use std::sync::{Mutex, PoisonError};

use bytes::BytesMut;

/// The smallest allocation: many small chunks share it, one after another.
const ALLOCATION: usize = 64 * 1024;
/// How many buffers wait for their next use; of more, those that waited longest are freed.
const SPARE: usize = 16;

/// A pool of buffers. What was read is split off as an owned chunk without a copy; the rest of the buffer comes
/// back and takes the next chunks. When all chunks of an allocation are gone it is used again.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    spare: Mutex<Vec<BytesMut>>,
}

impl Pool {
    /// An empty buffer with room for `size` bytes without growing.
    pub(crate) fn take(&self, size: usize) -> BytesMut {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        // the latest is the likeliest to be in the processor's cache; one whose chunks are still with an observer waits
        let fit = spare.iter_mut().rposition(|buffer| buffer.capacity() >= size || buffer.try_reclaim(size));
        match fit {
            Some(place) => spare.remove(place),
            None => BytesMut::with_capacity(size.max(ALLOCATION)),
        }
    }

    /// Gives a buffer back; what is still in it is forgotten.
    pub(crate) fn give(&self, mut buffer: BytesMut) {
        buffer.clear();
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() == SPARE {
            spare.remove(0);
        }
        spare.push(buffer);
    }
}

/// How much one connection reads at a time: little at first, more under bulk, and back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appetite {
    size: usize,
    most: usize,
}

impl Appetite {
    const LEAST: usize = 4 * 1024;

    /// An appetite that never exceeds `most` bytes (at least one).
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { size: Self::LEAST.min(most), most }
    }

    /// Most bytes for the next read.
    pub(crate) fn size(self) -> usize {
        self.size
    }

    /// Learns from what a read gave.
    pub(crate) fn ate(&mut self, read: usize) {
        if read >= self.size {
            self.size = (self.size * 4).min(self.most);
        } else if read < self.size / 16 {
            self.size = (self.size / 2).max(Self::LEAST.min(self.most));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_share_an_allocation_and_it_comes_back() {
        let pool = Pool::default();
        let mut buffer = pool.take(4096);
        buffer.extend_from_slice(b"one");
        let place = buffer.as_ptr();
        let one = buffer.split().freeze();
        pool.give(buffer);
        let mut buffer = pool.take(4096);
        buffer.extend_from_slice(b"two");
        assert_eq!(buffer.as_ptr(), place.wrapping_add(3));
        assert_eq!(&one[..], b"one");
    }

    #[test]
    fn appetite_grows_under_bulk_and_goes_back() {
        let mut appetite = Appetite::new(256 * 1024);
        assert_eq!(appetite.size(), 4096);
        (0..5).for_each(|_| appetite.ate(appetite.size()));
        assert_eq!(appetite.size(), 256 * 1024);
        (0..20).for_each(|_| appetite.ate(10));
        assert_eq!(appetite.size(), 4096);
        assert_eq!(Appetite::new(1).size(), 1);
    }
}
