//! `stall=1KiB`: after so many bytes, hold all that comes for ever.

use std::sync::Arc;

use super::after::{After, Blow};
use super::parse::Wrong;
use super::{Does, Harm, Kind};

pub(super) const KIND: Kind = Kind {
    name: "stall",
    form: "stall[=BYTES]",
    example: "stall=1KiB",
    about: "after so many bytes (0), hold all others for ever",
    alone: Some("0"),
    does: Does::Bytes(parse),
};

fn parse(text: &str) -> Result<Arc<dyn Harm>, Wrong> {
    After::parse(text, Blow::Stall)
}
