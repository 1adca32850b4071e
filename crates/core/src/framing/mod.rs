//! How a stream of chunks is cut into messages, and how what is sent is made one.
//!
//! A [`Framing`] says what ends a message. A [`Cutter`] is the machine that does it for one direction of a connection;
//! [`Framing::wrap`] does the contrary for what is sent.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use crate::notation::hex;
use crate::quantity::duration_text;

mod cutter;
mod delimiter;
mod held;
mod length;
mod parse;
#[cfg(test)]
mod tests;
mod wrap;

pub use cutter::{CutError, Cutter};
pub use delimiter::Delimiter;
pub use length::Length;
pub use parse::{FramingError, FramingProblem};
pub use wrap::WrapError;

/// The longest message that a [`Cutter`] collects unless it is told otherwise, in bytes.
pub const MAX_MESSAGE: usize = 16 << 20;

/// What ends a message; parsed from text and printed back the same.
///
/// ```
/// use raccord_core::framing::Framing;
/// let modbus: Framing = "len:u16be@4+6".parse()?;
/// assert_eq!(modbus.to_string(), "len:u16be@4+6");
/// # Ok::<(), raccord_core::framing::FramingError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// `read`: each chunk is a message.
    #[default]
    Read,
    /// `line`: a message ends with the byte 0a; if 0d is before it, both are its line ending.
    Line,
    /// `delim:HEX`: a message ends with these bytes.
    Delim(Delimiter),
    /// `fixed:N`: a message has so many bytes.
    Fixed(NonZeroU32),
    /// `len:TYPE[@OFFSET][+N]`: a message holds its length.
    Len(Length),
    /// `idle:DUR`: a message ends when nothing came for so long; more than 0.
    Idle(Duration),
}

impl Framing {
    /// The least bytes that a message has, whatever the peer sends; at least 1. A longest message below it makes no sense.
    pub fn shortest(&self) -> usize {
        match self {
            Self::Read | Self::Line | Self::Idle(_) => 1,
            Self::Delim(delimiter) => delimiter.as_bytes().len(),
            Self::Fixed(size) => size.get() as usize,
            Self::Len(length) => length.header(),
        }
    }

    /// How what is sent is shown: in messages where the framing adds to them (`line`, `delim`, `len`), and as it went
    /// where each holds by itself what makes it one.
    #[must_use]
    pub fn of_sent(&self) -> Self {
        match self {
            Self::Line | Self::Delim(_) => self.clone(),
            Self::Len(length) if !length.is_within() => self.clone(),
            Self::Len(_) | Self::Read | Self::Fixed(_) | Self::Idle(_) => Self::Read,
        }
    }

    /// Where the payload of a message lies that has ended, and how that message was cut.
    fn payload(&self, whole: &[u8]) -> (Range<usize>, Cut) {
        let all = whole.len();
        match self {
            Self::Read => (0..all, Cut::Chunk),
            Self::Line if whole.ends_with(b"\r\n") => (0..all - 2, Cut::Crlf),
            Self::Line => (0..all - 1, Cut::Lf),
            Self::Delim(delimiter) => (0..all - delimiter.as_bytes().len(), Cut::Delimiter),
            Self::Fixed(_) => (0..all, Cut::Length),
            Self::Len(length) => (length.header()..all, Cut::Length),
            Self::Idle(_) => (0..all, Cut::Idle),
        }
    }
}

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.write_str("read"),
            Self::Line => f.write_str("line"),
            Self::Delim(delimiter) => {
                let mut digits = String::new();
                hex::write_lower(delimiter.as_bytes(), &mut digits);
                write!(f, "delim:{digits}")
            }
            Self::Fixed(size) => write!(f, "fixed:{size}"),
            Self::Len(length) => write!(f, "len:{length}"),
            Self::Idle(silence) => write!(f, "idle:{}", duration_text(*silence)),
        }
    }
}

/// One message as it was cut from its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How many bytes came in its direction before it.
    pub offset: u64,
    /// The whole, with what ends it or says its length; a slice of the chunk if it lay in one.
    pub bytes: Bytes,
    /// Where in it its payload lies: what is neither line ending, nor delimiter, nor the header up to the end of the
    /// length field.
    pub payload: Range<usize>,
    /// How it was cut.
    pub cut: Cut,
}

impl Message {
    /// The bytes of its payload.
    pub fn payload(&self) -> &[u8] {
        self.bytes.get(self.payload.clone()).unwrap_or_default()
    }
}

/// How a message was cut from its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cut {
    /// It is what one read gave.
    Chunk,
    /// After its LF.
    Lf,
    /// After its CR and LF.
    Crlf,
    /// After its delimiter.
    Delimiter,
    /// At its length, the one that it holds or the one that all have.
    Length,
    /// By silence, or by the end of its stream.
    Idle,
    /// By the end of its stream, before what ends it came.
    Unterminated,
}
