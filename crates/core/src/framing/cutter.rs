//! The machine that cuts one direction of a connection into messages.

use std::mem;
use std::ops::Range;

use bytes::Bytes;

use super::held::Held;
use super::{Cut, Framing, Length, Message};
use crate::event::Time;

/// Cuts the chunks of one direction into messages.
///
/// It holds the beginning of the next message, which is never longer than a message may be (and, after an error, what came
/// of it). What is held is a copy, so that few bytes do not keep a whole chunk in memory; only [`Framing::Idle`] shares,
/// for a short while.
///
/// ```
/// use raccord_core::{event::Time, framing::{CutError, Cutter, Framing, MAX_MESSAGE}};
/// let mut cutter = Cutter::new(Framing::Line, MAX_MESSAGE);
/// let mut lines = Vec::new();
/// for chunk in ["one\r", "\ntwo\nthr"] {
///     let mut chunk = chunk.into();
///     while let Some(message) = cutter.cut(Time(0), &mut chunk)? {
///         lines.push(message);
///     }
/// }
/// lines.extend(cutter.finish()?);
/// let payloads: Vec<_> = lines.iter().map(|line| line.payload()).collect();
/// assert_eq!(payloads, [b"one", b"two", b"thr"]);
/// # Ok::<(), CutError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cutter {
    framing: Framing,
    max_message: usize,
    held: Held,
    /// How many bytes came before those that are held.
    offset: u64,
    /// When the latest chunk came.
    latest: Time,
    failed: Option<CutError>,
}

impl Cutter {
    /// A machine at the start of its stream, for messages of at most `max_message` bytes; [`Framing::Read`] collects
    /// none and has no such limit.
    pub fn new(framing: Framing, max_message: usize) -> Self {
        Self { framing, max_message, held: Held::default(), offset: 0, latest: Time(0), failed: None }
    }

    /// The same for a stream of which so many bytes came before; a message begins there.
    #[must_use]
    pub fn starting_at(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// How many bytes came so far.
    pub fn came(&self) -> u64 {
        self.offset + self.held.len() as u64
    }

    /// The error after which it cuts no more, if there was one.
    pub fn failure(&self) -> Option<&CutError> {
        self.failed.as_ref()
    }

    /// Takes the next message, or what has come of it, from the front of a chunk that came `now`. Call it until it
    /// gives none: the chunk is used up then, and the next one may come.
    ///
    /// Where an error is, there is no telling where the next message begins: it is given again, whatever comes, and
    /// what has come is the [`Cutter::rest`].
    pub fn cut(&mut self, now: Time, chunk: &mut Bytes) -> Result<Option<Message>, CutError> {
        self.check()?;
        if let Some(message) = self.tick(now) {
            return Ok(Some(message));
        }
        let no_end = match self.end_within(chunk) {
            Ok(Some(end)) => return Ok(Some(self.complete(chunk.split_to(end)))),
            Ok(None) => Ok(None),
            Err(error) => Err(self.fail(error)),
        };
        self.hold(now, mem::take(chunk));
        no_end
    }

    /// The message that silence has ended by `now`.
    pub fn tick(&mut self, now: Time) -> Option<Message> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        Some(self.complete(Bytes::new()))
    }

    /// When to call [`Cutter::tick`] if no chunk comes before.
    pub fn deadline(&self) -> Option<Time> {
        match self.framing {
            Framing::Idle(silence) if !self.held.is_empty() && self.failed.is_none() => {
                Some(self.latest.after(silence))
            }
            _ => None,
        }
    }

    /// The stream has ended: the message that its end has ended, if one had begun; an error if it knows how much it
    /// should have been.
    pub fn finish(&mut self) -> Result<Option<Message>, CutError> {
        self.check()?;
        if self.held.is_empty() {
            return Ok(None);
        }
        match self.framing {
            Framing::Read | Framing::Idle(_) => Ok(Some(self.complete(Bytes::new()))),
            Framing::Line | Framing::Delim(_) => Ok(self.rest()),
            Framing::Fixed(size) => Err(self.unfinished(size.get().into(), false)),
            Framing::Len(length) => Err(match length.read(self.held.as_slice(), &[]) {
                Some(value) => self.unfinished(length.whole(value), false),
                None => self.unfinished(length.header() as u64, true),
            }),
        }
    }

    /// What has come of a message that will not be complete, after an error or when the connection breaks: nothing that
    /// was received is to be lost. All of it counts as its payload.
    pub fn rest(&mut self) -> Option<Message> {
        let whole = 0..self.held.len();
        (!whole.is_empty()).then(|| self.message(whole, Cut::Unterminated))
    }

    fn check(&self) -> Result<(), CutError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// After how many bytes of `chunk` the message ends whose beginning is held, if its end has come.
    fn end_within(&self, chunk: &[u8]) -> Result<Option<usize>, CutError> {
        if chunk.is_empty() {
            return Ok(None);
        }
        let held = self.held.as_slice();
        let end = match &self.framing {
            Framing::Read => return Ok(Some(chunk.len())),
            Framing::Line => memchr::memchr(b'\n', chunk).map(|at| at + 1),
            Framing::Delim(delimiter) => delimiter.find(held, chunk),
            Framing::Fixed(size) => Some(size.get() as usize - held.len()).filter(|end| *end <= chunk.len()),
            Framing::Len(length) => self.end_by_length(*length, held, chunk)?,
            Framing::Idle(_) => None,
        };
        // the same error at the same message, whether its end has come with this chunk or not
        let came = held.len() + end.unwrap_or(chunk.len());
        if came.max(self.framing.shortest()) > self.max_message {
            return Err(self.too_long(None));
        }
        Ok(end)
    }

    fn end_by_length(&self, length: Length, held: &[u8], chunk: &[u8]) -> Result<Option<usize>, CutError> {
        let Some(value) = length.read(held, chunk).filter(|_| length.header() <= self.max_message) else {
            return Ok(None);
        };
        let whole = length.whole(value);
        if whole < length.header() as u64 {
            return Err(CutError::TooShort { offset: self.offset, value, whole, header: length.header() });
        }
        let fitting = usize::try_from(whole).ok().filter(|whole| *whole <= self.max_message);
        let whole = fitting.ok_or_else(|| self.too_long(Some(value)))?;
        // what is held is less than the whole, or it would have been cut
        Ok(Some(whole - held.len()).filter(|end| *end <= chunk.len()))
    }

    fn hold(&mut self, now: Time, chunk: Bytes) {
        if chunk.is_empty() {
            return;
        }
        self.latest = now;
        match self.framing {
            Framing::Idle(_) => self.held.share(chunk, self.max_message),
            _ => self.held.copy(&chunk, self.max_message),
        }
    }

    /// The message that ends with `rest`.
    fn complete(&mut self, rest: Bytes) -> Message {
        if !rest.is_empty() {
            let whole = self.held.len() + rest.len();
            self.held.share(rest, whole);
        }
        let (payload, cut) = self.framing.payload(self.held.as_slice());
        self.message(payload, cut)
    }

    fn message(&mut self, payload: Range<usize>, cut: Cut) -> Message {
        let bytes = self.held.take();
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Message { offset, bytes, payload, cut }
    }

    fn too_long(&self, announced: Option<u64>) -> CutError {
        CutError::TooLong { offset: self.offset, announced, max_message: self.max_message }
    }

    fn unfinished(&mut self, wanted: u64, of_header: bool) -> CutError {
        let error =
            CutError::Unfinished { offset: self.offset, came: self.held.len() as u64, wanted, of_header };
        self.fail(error)
    }

    fn fail(&mut self, error: CutError) -> CutError {
        self.failed = Some(error.clone());
        error
    }
}

/// Why a stream cannot be cut any further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CutError {
    /// A message is longer than the longest that is collected.
    #[error(
        "the message at offset {offset} is longer than {max_message} bytes{}",
        announced.map(|value| format!(": its length field says {value}")).unwrap_or_default()
    )]
    TooLong {
        /// Of its first byte in its direction.
        offset: u64,
        /// The value of its length field, where it has one.
        announced: Option<u64>,
        /// The most bytes a message may have.
        max_message: usize,
    },
    /// A length field says less than what has come up to its end.
    #[error(
        "the length field of the message at offset {offset} says {value}: a message of {whole} bytes, where its header \
         alone has {header}"
    )]
    TooShort {
        /// Of the message's first byte in its direction.
        offset: u64,
        /// The field's value.
        value: u64,
        /// How many bytes the message would have.
        whole: u64,
        /// How many there are up to the end of the field.
        header: usize,
    },
    /// The stream ended within a message whose length is known.
    #[error(
        "the end came within the message at offset {offset}: {came} of the {wanted} bytes{} came, {} missing",
        if *of_header { " of its header" } else { "" },
        wanted.saturating_sub(*came)
    )]
    Unfinished {
        /// Of the message's first byte in its direction.
        offset: u64,
        /// How many of its bytes came.
        came: u64,
        /// How many it should have, or its header.
        wanted: u64,
        /// Whether not even the header came whole, so that nobody knows how long the message is.
        of_header: bool,
    },
}

impl CutError {
    /// What to do about it: a sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::TooLong { announced: None, .. } => {
                "raise --max-message, or check that --frame says what ends a message of this peer"
            }
            Self::TooLong { .. } | Self::TooShort { .. } => {
                "check the type, byte order, @OFFSET and +N of --frame against this peer's protocol; a message that is \
                 so long needs a higher --max-message"
            }
            Self::Unfinished { .. } => {
                "the peer ended too early, or --frame says more than its messages have"
            }
        }
    }
}
