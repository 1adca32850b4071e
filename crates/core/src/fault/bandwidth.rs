//! `bandwidth=64KiB/s`: no more bytes than so many a second, by a token bucket.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use bytes::Bytes;

use super::parse::{Wrong, size};
use super::{Does, Gate, Harm, Kind, Start, Tell, Work};
use crate::event::Time;
use crate::notation::visible::foreign;
use crate::quantity::bytes_text;

pub(super) const KIND: Kind = Kind {
    name: "bandwidth",
    form: "bandwidth=BYTES/s",
    example: "bandwidth=64KiB/s",
    about: "let no more bytes pass than so many a second",
    alone: None,
    does: Does::Bytes(parse),
};

#[derive(Debug)]
struct Bandwidth {
    /// Bytes a second.
    rate: NonZeroU64,
}

fn parse(text: &str) -> Result<Arc<dyn Harm>, Wrong> {
    let Some(amount) = text.strip_suffix("/s") else {
        return Err(Wrong::value(
            0,
            foreign(text),
            "is no number of bytes a second",
            "BYTES and /s, such as `bandwidth=64KiB/s`",
        ));
    };
    let rate = NonZeroU64::new(size(amount)?);
    let none = || Wrong::value(0, foreign(text), "would let nothing pass", "`stall` to hold all bytes");
    Ok(Arc::new(Bandwidth { rate: rate.ok_or_else(none)? }))
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", bytes_text(self.rate.get()))
    }
}

impl Harm for Bandwidth {
    fn begin(&self, start: Start) -> Option<Work> {
        Some(Work::Gate(Box::new(Bucket::new(self.rate, start.now))))
    }
}

/// What a bucket holds at most, and is full of at first: the bytes of 1/20 s, so that no second has 5 % too many and five
/// have 1 % at most.
const BUCKETS_A_SECOND: u64 = 20;
/// It is looked into no more often than this, as long as many bytes wait.
const LOOKS_A_SECOND: u64 = 100;
/// What a byte costs: with tokens as small as this, a nanosecond fills the bucket by as many as the rate.
const BYTE: u128 = 1_000_000_000;

#[derive(Debug)]
struct Bucket {
    rate: NonZeroU64,
    tokens: u128,
    /// When the tokens were counted.
    at: Time,
}

impl Bucket {
    fn new(rate: NonZeroU64, now: Time) -> Self {
        let mut bucket = Self { rate, tokens: 0, at: now };
        bucket.tokens = bucket.capacity();
        bucket
    }

    /// In tokens, as much as one byte at least.
    fn capacity(&self) -> u128 {
        u128::from((self.rate.get() / BUCKETS_A_SECOND).max(1)) * BYTE
    }

    fn fill(&mut self, now: Time) {
        let passed = now.0.saturating_sub(self.at.0);
        let more = u128::from(passed) * u128::from(self.rate.get());
        self.tokens = (self.tokens + more).min(self.capacity());
        self.at = self.at.max(now);
    }
}

impl Gate for Bucket {
    fn lets(&mut self, now: Time, _: u64) -> usize {
        self.fill(now);
        usize::try_from(self.tokens / BYTE).unwrap_or(usize::MAX)
    }

    fn pass(&mut self, _: u64, bytes: Bytes, _: &mut Tell<'_>) -> Bytes {
        self.tokens = self.tokens.saturating_sub(bytes.len() as u128 * BYTE);
        bytes
    }

    fn deadline(&self, waiting: u64) -> Option<Time> {
        let wanted = (self.rate.get() / LOOKS_A_SECOND).clamp(1, waiting.max(1));
        let missing = (u128::from(wanted) * BYTE).saturating_sub(self.tokens);
        let wait = missing.div_ceil(self.rate.get().into());
        Some(Time(self.at.0.saturating_add(u64::try_from(wait).unwrap_or(u64::MAX))))
    }

    fn room(&self) -> usize {
        usize::try_from(self.capacity() / BYTE).unwrap_or(usize::MAX)
    }
}
