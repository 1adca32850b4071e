//! `slice=1..16`: many small writes, to find code that takes one read for one message.

use std::fmt;
use std::sync::Arc;

use super::chance::Draws;
use super::parse::{Wrong, size};
use super::{Does, Gate, Harm, Kind, Start, Work};
use crate::event::Time;
use crate::notation::visible::foreign;
use crate::quantity::bytes_text;

pub(super) const KIND: Kind = Kind {
    name: "slice",
    form: "slice=BYTES[..BYTES]",
    example: "slice=1..16",
    about: "pass on in small writes, of a size between two",
    alone: None,
    does: Does::Bytes(parse),
};

#[derive(Debug)]
struct Slice {
    /// At least 1.
    least: u64,
    /// Not less.
    most: u64,
}

fn parse(text: &str) -> Result<Arc<dyn Harm>, Wrong> {
    let (least_text, most_text) = text.split_once("..").unwrap_or((text, text));
    let least = size(least_text)?;
    if least == 0 {
        return Err(Wrong::value(
            0,
            foreign(least_text),
            "is no write",
            "at least one byte, such as `slice=1..16`",
        ));
    }
    let behind = text.len() - most_text.len();
    let most = size(most_text).map_err(|wrong| wrong.behind(behind))?;
    if most < least {
        let wrong = "is less than what stands before it";
        return Err(Wrong::value(
            behind,
            foreign(most_text),
            wrong,
            "the smaller size first, such as `slice=1..16`",
        ));
    }
    Ok(Arc::new(Slice { least, most }))
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bytes_text(self.least))?;
        if self.least == self.most { Ok(()) } else { write!(f, "..{}", bytes_text(self.most)) }
    }
}

impl Harm for Slice {
    fn begin(&self, start: Start) -> Option<Work> {
        let (least, spread) = (self.least, self.most - self.least);
        Some(Work::Gate(Box::new(Machine { least, spread, draws: start.draws, end: start.offset })))
    }
}

#[derive(Debug)]
struct Machine {
    least: u64,
    spread: u64,
    draws: Draws,
    /// The offset at which the slice ends that has begun. Whatever comes of it goes on at once, for nobody knows when
    /// its rest will come.
    end: u64,
}

impl Gate for Machine {
    fn lets(&mut self, _: Time, offset: u64) -> usize {
        if offset >= self.end {
            let size = self.least + self.draws.up_to(offset, self.spread);
            self.end = offset.saturating_add(size);
        }
        usize::try_from(self.end - offset).unwrap_or(usize::MAX)
    }
}
