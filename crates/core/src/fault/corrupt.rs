//! `corrupt=0.1%`: one bit is flipped in that share of bytes.

use std::fmt;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::chance::Draws;
use super::parse::Wrong;
use super::{Detail, Does, Gate, Harm, Kind, Share, Start, Tell, Work};
use crate::event::Time;

pub(super) const KIND: Kind = Kind {
    name: "corrupt",
    form: "corrupt=SHARE%",
    example: "corrupt=0.1%",
    about: "flip a bit in that share of bytes, and tell which",
    alone: None,
    does: Does::Bytes(parse),
};

#[derive(Debug)]
struct Corrupt(Share);

fn parse(text: &str) -> Result<Arc<dyn Harm>, Wrong> {
    Ok(Arc::new(Corrupt(Share::parse(text)?)))
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Harm for Corrupt {
    fn begin(&self, start: Start) -> Option<Work> {
        let last = self.0.last()?;
        Some(Work::Gate(Box::new(Machine { last, draws: start.draws })))
    }
}

/// So many bytes pass at once at most, for each may have to be told.
const MOST: usize = 64 << 10;

#[derive(Debug)]
struct Machine {
    /// The greatest number whose byte is hit.
    last: u64,
    draws: Draws,
}

impl Machine {
    /// Whether the byte at this offset is hit, and in which bit. The highest bits of the number decide the one, the
    /// lowest three the other.
    fn hit(&self, offset: u64) -> Option<u8> {
        let drawn = self.draws.at(offset);
        (drawn <= self.last).then_some((drawn & 7) as u8)
    }
}

impl Gate for Machine {
    fn lets(&mut self, _: Time, _: u64) -> usize {
        MOST
    }

    fn pass(&mut self, offset: u64, bytes: Bytes, tell: &mut Tell<'_>) -> Bytes {
        let mut hits = (0..bytes.len()).filter_map(|at| Some((at, self.hit(offset + at as u64)?))).peekable();
        if hits.peek().is_none() {
            return bytes;
        }
        // not even now are bytes copied that nobody else looks at
        let hits: Vec<_> = hits.collect();
        let mut own = bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        for (at, bit) in hits {
            let was = own[at];
            own[at] ^= 1 << bit;
            tell(offset + at as u64, Detail::Flipped { bit, was });
        }
        own.freeze()
    }

    fn tells_its_beginning(&self) -> bool {
        false
    }
}
