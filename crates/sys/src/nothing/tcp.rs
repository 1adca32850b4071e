//! Nothing more to ask of a socket.

use std::io;

use super::unsupported;
use crate::tcp::{AsSocket, OwnedSocket};

pub(crate) fn close(socket: OwnedSocket) -> io::Result<()> {
    drop(socket);
    Ok(())
}

pub(crate) fn keepalive_after(_: &impl AsSocket, _: u32) -> io::Result<()> {
    unsupported("setting when to ask for a sign of life")
}

pub(crate) fn keepalive_every(_: &impl AsSocket, _: u32) -> io::Result<()> {
    unsupported("setting how often to ask for a sign of life")
}

pub(crate) fn queued_out(_: &impl AsSocket) -> io::Result<u32> {
    unsupported("counting unacknowledged bytes")
}
