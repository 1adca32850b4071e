//! `reset=1KiB`: after so many bytes, end with RST.

use std::sync::Arc;

use super::after::{After, Blow};
use super::parse::Wrong;
use super::{Does, Harm, Kind};

pub(super) const KIND: Kind = Kind {
    name: "reset",
    form: "reset[=BYTES]",
    example: "reset=1KiB",
    about: "after so many bytes (0), reset (RST)",
    alone: Some("0"),
    does: Does::Bytes(parse),
};

fn parse(text: &str) -> Result<Arc<dyn Harm>, Wrong> {
    After::parse(text, Blow::Reset)
}
