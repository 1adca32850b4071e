//! The beginning of a message whose end has not come.

use std::mem;

use bytes::Bytes;

/// What came of a message so far.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// The bytes of one chunk, shared with it.
    Shared(Bytes),
    /// The bytes of several chunks, or of one that is not to be kept alive by them.
    Own(Vec<u8>),
}

impl Default for Held {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl Held {
    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Shared(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// Appends a chunk, which stays in memory as long as this does if it is the first.
    pub(super) fn share(&mut self, chunk: Bytes, most: usize) {
        if self.is_empty() {
            *self = Self::Shared(chunk);
        } else {
            self.copy(&chunk, most);
        }
    }

    /// Appends a copy of `bytes`. Room is made for twice as much each time, so that any number of pieces costs as much
    /// as their bytes, but never for more than `most` bytes where those are enough.
    pub(super) fn copy(&mut self, bytes: &[u8], most: usize) {
        let mut own = match mem::take(self) {
            Self::Own(own) => own,
            Self::Shared(first) => first.to_vec(),
        };
        let length = own.len() + bytes.len();
        if length > own.capacity() {
            let room = length.max(own.capacity().saturating_mul(2).min(most));
            own.reserve_exact(room - own.len());
        }
        own.extend_from_slice(bytes);
        *self = Self::Own(own);
    }

    /// All of it; nothing is held then.
    pub(super) fn take(&mut self) -> Bytes {
        match mem::take(self) {
            Self::Shared(bytes) => bytes,
            Self::Own(bytes) => bytes.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(held: &Held) -> usize {
        match held {
            Held::Shared(_) => 0,
            Held::Own(bytes) => bytes.capacity(),
        }
    }

    #[test]
    fn its_memory_is_bounded_and_grows_in_few_steps() {
        let (mut held, mut steps, most) = (Held::default(), 0, 1_000_000);
        for _ in 0..most {
            let before = room(&held);
            held.copy(b"x", most);
            steps += usize::from(room(&held) != before);
            assert!(room(&held) <= most);
        }
        assert_eq!(held.len(), most);
        assert!(steps <= 21, "{steps}");
    }

    #[test]
    fn one_chunk_is_shared_and_a_second_one_joined() {
        let chunk = Bytes::from(vec![1, 2, 3]);
        let mut held = Held::default();
        held.share(chunk.clone(), 10);
        assert_eq!(held.as_slice().as_ptr(), chunk.as_ptr());
        held.share(chunk.clone(), 10);
        assert_eq!(held.take(), [1, 2, 3, 1, 2, 3][..]);
        assert!(held.is_empty());
    }
}
