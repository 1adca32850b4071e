//! No limits to raise.

use std::io;

use super::unsupported;

pub(crate) fn raise_open_files() -> io::Result<u64> {
    unsupported("raising the limit of open files")
}
