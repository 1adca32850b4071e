//! `refuse`: RST right after a connection was accepted.

use super::{Does, Kind, Verdict};

pub(super) const KIND: Kind = Kind {
    name: "refuse",
    form: "refuse",
    example: "refuse",
    about: "RST right after accept: the system has answered the SYN already",
    alone: Some(""),
    does: Does::Accept(Verdict::Refuse),
};
