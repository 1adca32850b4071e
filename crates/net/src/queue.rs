//! What one connection has yet to write, in order.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// What a message costs beside its bytes, so that a flood of tiny ones is bounded as well.
const MESSAGE: usize = size_of::<Bytes>();

/// Messages of fewer bytes are copied rather than kept waiting in an allocation that may be many times as large.
const SMALL: usize = 4 * 1024;

/// Messages that wait for the socket.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    messages: VecDeque<Bytes>,
    bytes: usize,
}

impl Queue {
    /// Takes a message without a copy, unless it is small and others wait before it: one that waits for a peer that
    /// is stuck would keep alive the allocation that it shares with what other connections have long sent.
    pub(crate) fn push(&mut self, message: Bytes) {
        if message.is_empty() {
            return;
        }
        self.bytes += MESSAGE + message.len();
        let waits = !self.messages.is_empty() && message.len() < SMALL;
        self.messages.push_back(if waits { Bytes::copy_from_slice(&message) } else { message });
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let message = self.messages.pop_front()?;
        self.bytes -= MESSAGE + message.len();
        Some(message)
    }

    /// The messages whose bytes are next: as many as there are slices; how many those are.
    pub(crate) fn next<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let both = slices.iter_mut().zip(&self.messages);
        both.map(|(slice, message)| *slice = IoSlice::new(message)).count()
    }

    /// Takes up to `count` bytes off the front message.
    pub(crate) fn wrote(&mut self, count: usize) -> Bytes {
        let Some(front) = self.messages.front_mut() else { return Bytes::new() };
        let count = count.min(front.len());
        let written = front.slice(..count);
        front.advance(count);
        self.bytes -= count;
        if front.is_empty() {
            self.bytes -= MESSAGE;
            self.messages.pop_front();
        }
        written
    }

    /// How much memory waits here: the bytes, and a little for each message.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether several messages wait of which the first is small.
    pub(crate) fn has_several_small(&self) -> bool {
        self.messages.len() > 1 && self.messages.front().is_some_and(|front| front.len() < SMALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_message_that_waits_keeps_no_allocation() {
        let mut queue = Queue::default();
        let allocation = Bytes::from(vec![7; 64 * 1024]);
        let places: Vec<_> = [..10, ..10, ..SMALL]
            .map(|range| allocation.slice(range))
            .into_iter()
            .map(|message| {
                queue.push(message);
                queue.messages.back().unwrap().as_ptr() == allocation.as_ptr()
            })
            .collect();
        assert_eq!(
            places,
            [true, false, true],
            "the first goes out now, the second waits, the third is large"
        );
    }

    #[test]
    fn tiny_messages_weigh_what_they_cost() {
        let mut queue = Queue::default();
        (0..10).for_each(|_| queue.push(Bytes::from_static(b"ab")));
        assert_eq!(queue.bytes(), 10 * (MESSAGE + 2));
        assert_eq!(queue.wrote(1), "a");
        assert_eq!(queue.bytes(), 10 * (MESSAGE + 2) - 1);
        assert_eq!(queue.wrote(1), "b");
        assert_eq!(queue.pop().unwrap(), "ab");
        assert_eq!(queue.bytes(), 8 * (MESSAGE + 2));
        while queue.pop().is_some() {}
        assert_eq!(queue.bytes(), 0);
    }
}
