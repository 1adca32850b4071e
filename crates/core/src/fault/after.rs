//! What strikes once, after a number of bytes: the form of `stall`, `close` and `reset`.

use std::fmt;
use std::sync::Arc;

use super::parse::{Wrong, size};
use super::{Harm, Start, Work};
use crate::quantity::bytes_text;

/// What happens then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blow {
    /// Nothing passes any more.
    Stall,
    /// An end in order, behind the bytes that have passed.
    Close,
    /// An end that waits for nothing.
    Reset,
}

#[derive(Debug)]
pub(super) struct After {
    bytes: u64,
    blow: Blow,
}

impl After {
    pub(super) fn parse(text: &str, blow: Blow) -> Result<Arc<dyn Harm>, Wrong> {
        Ok(Arc::new(Self { bytes: size(text)?, blow }))
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bytes == 0 { Ok(()) } else { f.write_str(&bytes_text(self.bytes)) }
    }
}

impl Harm for After {
    fn begin(&self, start: Start) -> Option<Work> {
        Some(Work::Blow(self.blow, start.offset.saturating_add(self.bytes)))
    }
}
