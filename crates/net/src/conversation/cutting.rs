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
    uncut: Bytes,
    /// When that was read, counted from `opened` on.
    came: Time,
}

impl Cutting {
    pub(super) fn new(cutter: Cutter) -> Self {
        Self { cutter, uncut: Bytes::new(), came: Time(0) }
    }

    /// Why what came could not be cut any further.
    pub(super) fn failure(&self) -> Option<&CutError> {
        self.cutter.failure()
    }
}

impl Conversation {
    /// Where each chunk is a message, answers it; elsewhere keeps it for [`Conversation::cut`]: until that is done with
    /// it no other one is read.
    pub(super) fn take_chunk(&mut self, chunk: Bytes) {
        let now = self.since_opened();
        match &mut self.cutting {
            None => self.answer(chunk),
            Some(cutting) if cutting.failure().is_none() => {
                cutting.uncut = chunk;
                cutting.came = now;
            }
            Some(_) => {}
        }
    }

    /// The part of a chunk up to the end of the last message that a client came for. Nobody answers there, so all of it is
    /// cut at once.
    pub(super) fn up_to_the_last_reply(&mut self, chunk: &Bytes) -> Bytes {
        self.take_chunk(chunk.clone());
        while self.has_uncut() && !self.ending.wants_no_more() {
            self.cut();
        }
        let left = self.cutting.as_mut().map_or(0, |cutting| std::mem::take(&mut cutting.uncut).len());
        chunk.slice(..chunk.len() - left)
    }

    /// Whether a chunk is still to be cut.
    pub(super) fn has_uncut(&self) -> bool {
        self.cutting.as_ref().is_some_and(|cutting| !cutting.uncut.is_empty())
    }

    /// Whether there is room for an answer more, where answers are given; what a program says answers no message.
    pub(super) fn has_room_for_answers(&self) -> bool {
        self.program.is_some() || self.shared.terms.responder.is_none() || self.queue.bytes() < HIGH
    }

    /// Cuts messages from what was read and answers them, as far as there is room for answers, and the one that silence has
    /// ended. Where no more is wanted, what is left is nobody's.
    pub(super) fn cut(&mut self) {
        if !self.has_uncut() && self.cut_at().is_none() {
            return;
        }
        let now = self.since_opened();
        for _ in 0..AT_A_TIME {
            let (is_wanted, has_room) = (!self.ending.wants_no_more(), self.has_room_for_answers());
            let Some(cutting) = &mut self.cutting else { return };
            if !is_wanted {
                return cutting.uncut.clear();
            }
            if !has_room {
                return;
            }
            // while bytes wait here nobody was silent
            let now = if cutting.uncut.is_empty() { now } else { cutting.came };
            match cutting.cutter.cut(now, &mut cutting.uncut) {
                Ok(Some(message)) => self.answer(message.bytes),
                Ok(None) if self.ending.has_peer_ended() => return self.finish_cutting(),
                Ok(None) => return,
                // what was answered before it is still written
                Err(_) => return self.close_in_order(),
            }
            if self.ending.has_enough() {
                return;
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

    /// When silence ends a message, and that could be done.
    pub(super) fn cut_at(&self) -> Option<Instant> {
        let cutting = self.cutting.as_ref()?;
        let deadline = cutting.cutter.deadline()?;
        let could_be_cut =
            cutting.uncut.is_empty() && !self.ending.wants_no_more() && self.has_room_for_answers();
        if !could_be_cut {
            return None;
        }
        self.opened.checked_add(Duration::from_nanos(deadline.0))
    }

    /// The time of what is cut, counted from `opened` on; nobody asks for it where nothing is cut.
    fn since_opened(&self) -> Time {
        if self.cutting.is_none() {
            return Time(0);
        }
        Time(0).after(self.opened.elapsed())
    }
}
