//! No names.

use std::io;

pub(crate) fn would_block() -> io::Error {
    io::ErrorKind::WouldBlock.into()
}

pub(crate) fn name(_: i32) -> Option<&'static str> {
    None
}
