//! No list of sockets.

use std::{io, net::SocketAddr};

use super::unsupported;
use crate::sockets::{Table, TcpSocket};

pub(crate) fn sockets() -> io::Result<Table> {
    unsupported("listing the sockets of the machine")
}

pub(crate) fn find(_: SocketAddr, _: Option<SocketAddr>) -> io::Result<Option<TcpSocket>> {
    unsupported("looking for a socket of the machine")
}
