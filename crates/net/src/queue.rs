//! What one connection has yet to write, in order; nothing in it is ever copied.

use std::collections::VecDeque;

use bytes::{Buf, Bytes};

/// Messages that wait for the socket.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    messages: VecDeque<Bytes>,
    bytes: usize,
}

impl Queue {
    pub(crate) fn push(&mut self, message: Bytes) {
        if !message.is_empty() {
            self.bytes += message.len();
            self.messages.push_back(message);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.len();
        Some(message)
    }

    /// The message whose bytes are next.
    pub(crate) fn front(&self) -> Option<&Bytes> {
        self.messages.front()
    }

    /// Takes the first `count` bytes off the front message, which has at least so many.
    pub(crate) fn wrote(&mut self, count: usize) -> Bytes {
        let Some(front) = self.messages.front_mut() else { return Bytes::new() };
        let written = front.slice(..count);
        front.advance(count);
        self.bytes -= count;
        if front.is_empty() {
            self.messages.pop_front();
        }
        written
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }
}
