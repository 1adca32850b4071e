//! Linux.

pub(crate) mod child;
pub(crate) mod errno;
pub(crate) mod limits;
pub(crate) mod owners;
pub(crate) mod ports;
pub(crate) mod signal;
mod sock_diag;
pub(crate) mod sockets;
pub(crate) mod stdio;
pub(crate) mod tcp;
pub(crate) mod terminal;
pub(crate) mod unix;
pub(crate) mod users;
