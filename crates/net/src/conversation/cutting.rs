//! From chunks to messages, as many at a time as there is room for their answers.

use std::time::Duration;

use bytes::Bytes;
use raccord_core::event::Time;
use raccord_core::framing::{CutError, Cutter};
use tokio::time::Instant;

use super::{Conversation, HIGH};

/// How many messages are cut before others have their turn.
const AT_A_TIME: usize = 1024;

/// What cuts the messages of one connection.
#[derive(Debug)]
pub(super) struct Cutting {
    cutter: Cutter,
    /// What was read and is not cut yet: its messages wait for room for their answers.
    rest: Bytes,
}

impl Cutting {
    pub(super) fn new(cutter: Cutter) -> Self {
        Self { cutter, rest: Bytes::new() }
    }

    /// Why what came could not be cut any further.
    pub(super) fn failure(&self) -> Option<&CutError> {
        self.cutter.failure()
    }
}

impl Conversation {
    /// Where each chunk is a message, answers it; elsewhere keeps it for [`Conversation::cut`], which gets none before it
    /// is done with the last.
    pub(super) fn take_chunk(&mut self, chunk: Bytes) {
        match &mut self.cutting {
            None => self.answer(chunk),
            Some(cutting) if cutting.failure().is_none() => cutting.rest = chunk,
            Some(_) => {}
        }
    }

    /// Whether a chunk is still to be cut.
    pub(super) fn has_uncut(&self) -> bool {
        self.cutting.as_ref().is_some_and(|cutting| !cutting.rest.is_empty())
    }

    /// Cuts messages from what was read and answers them, as far as there is room for answers, and the one that silence has
    /// ended. What is behind the last one that was asked for is nobody's.
    pub(super) fn cut(&mut self) {
        if !self.has_uncut() && self.cut_at().is_none() {
            return;
        }
        let now = Time(0).after(self.opened.elapsed());
        for _ in 0..AT_A_TIME {
            // a program's output is no answer to any of them
            if self.program.is_none() && self.queue.bytes() >= HIGH {
                return;
            }
            let wants_more = !self.ending.wants_no_more();
            let Some(cutting) = &mut self.cutting else { return };
            if !wants_more {
                cutting.rest.clear();
                return;
            }
            match cutting.cutter.cut(now, &mut cutting.rest) {
                Ok(Some(message)) => self.answer(message.bytes),
                Ok(None) if self.ending.has_peer_ended() => return self.finish_cutting(),
                Ok(None) => return,
                // what was answered before it is still written
                Err(_) => return self.close_in_order(),
            }
        }
    }

    /// The end of the peer's half ends the message that had begun, once all before it are cut; that one whose length is
    /// known lacks a part is told at the end of the connection.
    pub(super) fn finish_cutting(&mut self) {
        let is_wanted = !self.ending.wants_no_more() && !self.has_uncut();
        let Some(cutting) = self.cutting.as_mut().filter(|_| is_wanted) else { return };
        if let Ok(Some(message)) = cutting.cutter.finish() {
            self.answer(message.bytes);
        }
    }

    /// When silence ends a message.
    pub(super) fn cut_at(&self) -> Option<Instant> {
        let deadline = self.cutting.as_ref()?.cutter.deadline()?;
        self.opened.checked_add(Duration::from_nanos(deadline.0))
    }
}
