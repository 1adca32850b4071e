//! No knowledge of how ports are divided.

use std::{io, ops::RangeInclusive};

use super::unsupported;

pub(crate) fn ephemeral() -> io::Result<RangeInclusive<u16>> {
    unsupported("asking for the range of ephemeral ports")
}

pub(crate) fn first_unprivileged() -> io::Result<u16> {
    unsupported("asking for the first unprivileged port")
}
