//! How the system divides the range of ports.

use std::{io, ops::RangeInclusive};

use crate::here;

/// The ports that the system gives to a socket that asks for none (RFC 6335 calls them dynamic or ephemeral).
///
/// On Linux `net.ipv4.ip_local_port_range`, for IPv6 as well. Fails with `Unsupported` where it is not known.
pub fn ephemeral() -> io::Result<RangeInclusive<u16>> {
    here::ports::ephemeral()
}

/// The lowest port that a program without privileges may bind: 1024 unless the system was told otherwise.
///
/// On Linux `net.ipv4.ip_unprivileged_port_start`. Fails with `Unsupported` where it is not known.
pub fn first_unprivileged() -> io::Result<u16> {
    here::ports::first_unprivileged()
}
