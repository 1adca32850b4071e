//! No list of sockets.

use std::io;

use super::unsupported;
use crate::sockets::Table;

pub(crate) fn sockets() -> io::Result<Table> {
    unsupported("listing the sockets of the machine")
}
