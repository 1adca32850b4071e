//! Where none of it can be had: every answer is `Unsupported`.

use std::io;

pub(crate) mod child;
pub(crate) mod errno;
pub(crate) mod limits;
pub(crate) mod owners;
pub(crate) mod ports;
pub(crate) mod signal;
pub(crate) mod sockets;
pub(crate) mod stdio;
pub(crate) mod tcp;
pub(crate) mod terminal;
pub(crate) mod unix;
pub(crate) mod users;

fn unsupported<T>(what: &str) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::Unsupported, format!("{what} is not supported on this system")))
}
