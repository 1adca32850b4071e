//! `close=1KiB`: after so many bytes, end in order.

use std::sync::Arc;

use super::after::{After, Blow};
use super::parse::Wrong;
use super::{Does, Harm, Kind};

pub(super) const KIND: Kind = Kind {
    name: "close",
    form: "close[=BYTES]",
    example: "close=1KiB",
    about: "after so many bytes (0), close",
    alone: Some("0"),
    does: Does::Bytes(parse),
};

fn parse(text: &str) -> Result<Arc<dyn Harm>, Wrong> {
    After::parse(text, Blow::Close)
}
