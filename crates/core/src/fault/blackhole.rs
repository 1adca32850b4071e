//! `blackhole`: accept a connection and never answer it.

use super::{Does, Kind, Verdict};

pub(super) const KIND: Kind = Kind {
    name: "blackhole",
    form: "blackhole",
    example: "blackhole",
    about: "accept, and never answer",
    alone: Some(""),
    does: Does::Accept(Verdict::Blackhole),
};
