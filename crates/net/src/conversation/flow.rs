//! The way of the bytes: read a chunk, answer it, write what is queued, end our half. Nothing here waits.

use std::io::{self, IoSlice};

use bytes::{Bytes, BytesMut};
use raccord_core::event::{Data, End, EventKind};
use raccord_core::opening::Opening;
use tokio::time::Instant;

use super::closing::Broken;
use super::{Conversation, HIGH};
use crate::leg::Leg;
use crate::script::Next;

/// How many messages leave by one write at most.
const TOGETHER: usize = 64;

/// What is said of a half that ended without the end that TLS has for it.
const TRUNCATED: &str =
    "the peer ended TCP without the close_notify of TLS: what it sent may have been cut off";

fn speaks_tls(end: End, opening: Opening) -> Option<&'static str> {
    match (end, opening) {
        (End::Server, Opening::ClientHello) => {
            Some("the client speaks TLS (a ClientHello came), and this port does not: listen with --tls")
        }
        (End::Client, Opening::Alert) => {
            Some("the server answered with a TLS alert, for it speaks TLS there: connect with --tls")
        }
        _ => None,
    }
}

impl Conversation {
    /// Reads one chunk and gives it to the observers and the responder; nothing if none is there.
    pub(super) fn read(&mut self) -> Result<(), Broken> {
        let mut buffer = self.shared.pool.take(self.appetite.size());
        let read = self.fill(&mut buffer);
        if !buffer.is_empty() {
            self.received(buffer.split().freeze());
        }
        self.shared.pool.give(buffer);
        match read {
            Ok(0) => self.peer_ended(),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
        Ok(())
    }

    /// Reads what is there, up to the read size: a chunk is not cut where a buffer that started small is full.
    fn fill(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        loop {
            let most = self.appetite.size() - buffer.len();
            let count = self.leg.try_read(buffer, most)?;
            let size = self.appetite.size();
            self.appetite.ate(buffer.len());
            if count < most || self.appetite.size() <= size {
                return Ok(count);
            }
            buffer.reserve(self.appetite.size() - buffer.len());
        }
    }

    fn received(&mut self, chunk: Bytes) {
        if self.handle.received() == 0 {
            self.look_at_first(&chunk);
        }
        if let Some(program) = &mut self.program {
            program.give(chunk.clone());
        }
        if self.cutting.is_some() && self.counts_replies() {
            if !self.ending.has_enough() {
                self.note_activity();
                let wanted = self.up_to_the_last_reply(&chunk);
                self.tell_received(&wanted);
            }
            return;
        }
        self.tell_received(&chunk);
        if !self.ending.has_enough() {
            self.note_activity();
            self.take_chunk(chunk);
        }
    }

    fn tell_received(&self, bytes: &Bytes) {
        let offset = self.handle.count_received(bytes.len());
        if self.shared.feed.wants_bytes() {
            self.emit(EventKind::Received(Data::chunk(self.end.receives(), offset, bytes.clone())));
        }
    }

    /// A peer that speaks TLS where nobody does is told as what it is; its bytes stay bytes.
    fn look_at_first(&self, chunk: &Bytes) {
        if let Leg::Tcp(_) = self.leg
            && let Some(opening) = Opening::of(chunk)
            && let Some(warning) = speaks_tls(self.end, opening)
        {
            self.emit(EventKind::Warning(warning.to_owned()));
        }
    }

    /// Answers a message, if somebody answers, and counts it.
    pub(super) fn answer(&mut self, message: Bytes) {
        if let Some(responder) = &self.shared.terms.responder {
            if self.ending.has_ours_ended() {
                return;
            }
            if let Some(answer) = responder.answer(message) {
                self.queue.push(answer);
            }
        }
        self.ending.message();
        self.script.message();
    }

    fn peer_ended(&mut self) {
        if !self.ending.has_peer_ended() {
            self.finish_cutting();
            self.ending.peer_ended();
            self.note_activity();
            if let Some(program) = &mut self.program {
                program.end_input();
            }
            self.emit(EventKind::Shutdown { dir: self.end.receives() });
            if self.leg.is_truncated() {
                self.truncated = true;
                self.emit(EventKind::Warning(TRUNCATED.to_owned()));
            }
        }
    }

    /// Writes what is queued until the socket takes no more; whether everything that there is was written.
    pub(super) fn write(&mut self) -> Result<bool, Broken> {
        loop {
            self.refill()?;
            if self.queue.is_empty() {
                return Ok(self.has_nothing_to_come());
            }
            if self.shared.feed.is_full() {
                return Ok(false);
            }
            match self.write_next() {
                Ok(count) => self.sent(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Writes once: the one message that waits, or many small ones together.
    fn write_next(&mut self) -> io::Result<usize> {
        let (mut one, mut many) = ([IoSlice::new(&[])], None);
        let slices = if self.queue.has_several_small() {
            many.insert([IoSlice::new(&[]); TOGETHER])
        } else {
            &mut one[..]
        };
        let count = self.queue.next(slices);
        self.leg.try_write(&slices[..count])
    }

    /// Takes what is to be sent next: first the sends, then what a program says and the session brings.
    fn refill(&mut self) -> Result<(), Broken> {
        while self.queue.bytes() < HIGH {
            self.next_send = None;
            match self.script.next(self.opened.elapsed()).map_err(Broken::Unreadable)? {
                Next::Bytes(bytes) => {
                    self.queue.push(bytes);
                    continue;
                }
                Next::Later => return Ok(()),
                Next::At(time) => self.next_send = Some(self.opened + time),
                Next::Answer => {}
                Next::Done => self.ending.sends_done(),
            }
            self.take_output();
            self.take_mail();
            break;
        }
        Ok(())
    }

    /// What the program said, and that it has said all.
    fn take_output(&mut self) {
        let Some(program) = &mut self.program else { return };
        if let Some(output) = program.take_output() {
            self.queue.push(output);
        }
        if program.has_said_all() {
            self.ending.output_ended();
        }
    }

    fn take_mail(&mut self) {
        let mut mailbox = self.handle.mailbox();
        let mut taken = false;
        while self.queue.bytes() < HIGH
            && let Some(message) = mailbox.messages.pop()
        {
            self.queue.push(message);
            taken = true;
        }
        if mailbox.input_ended && mailbox.messages.is_empty() {
            self.ending.input_ended();
        }
        drop(mailbox);
        if taken {
            self.shared.open_changed.notify_waiters();
        }
    }

    fn has_nothing_to_come(&self) -> bool {
        !self.script.is_waiting() && self.handle.mailbox().messages.is_empty()
    }

    /// So many bytes were written, of one message or of several.
    fn sent(&mut self, mut count: usize) {
        self.note_activity();
        while count > 0 && !self.queue.is_empty() {
            let bytes = self.queue.wrote(count);
            count -= bytes.len();
            let offset = self.handle.count_sent(bytes.len());
            if self.shared.feed.wants_bytes() {
                self.emit(EventKind::Sent(Data::chunk(self.end.sends(), offset, bytes)));
            }
        }
    }

    /// FIN: everything that we had to say was written.
    pub(super) fn end_our_half(&mut self) -> Result<(), Broken> {
        match self.leg.end_half() {
            Ok(()) => {}
            // something must leave before: asked again when it has
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            // the peer's reset came first
            Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                let reset = || io::ErrorKind::ConnectionReset.into();
                return Err(self.leg.take_error().unwrap_or_else(reset).into());
            }
            Err(error) => return Err(error.into()),
        }
        self.ending.ours_ended();
        self.shared.hears_no_more(&self.handle);
        self.note_activity();
        if let Some(program) = &mut self.program {
            program.stop_listening();
        }
        self.emit(EventKind::Shutdown { dir: self.end.sends() });
        Ok(())
    }

    /// Whether raccord came for a number of messages and has them: what else comes is not of interest to a client.
    pub(super) fn has_what_it_came_for(&self) -> bool {
        self.end == End::Client && self.ending.has_enough()
    }

    /// Whether this is a client that came for a number of messages.
    fn counts_replies(&self) -> bool {
        self.end == End::Client && self.shared.terms.replies.is_some()
    }

    fn note_activity(&mut self) {
        let terms = &self.shared.terms;
        let is_timed = terms.half_close_timeout.or(terms.idle_timeout).is_some() || terms.replies.is_some();
        if is_timed || self.ending.is_closing() {
            self.active = Instant::now();
        }
    }
}
