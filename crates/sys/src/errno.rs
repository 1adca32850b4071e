//! The names of errors, as manuals and strace(1) write them.

use std::io;

use crate::here;

/// What the system says of a call that would block (`EAGAIN`), with its number where it has one.
pub fn would_block() -> io::Error {
    here::errno::would_block()
}

/// The POSIX name of an error that the system gave, such as `ECONNREFUSED`; none for one that came from elsewhere, for a
/// number that is no socket call's, and where the system has no such names.
pub fn name(error: &io::Error) -> Option<&'static str> {
    here::errno::name(error.raw_os_error()?)
}
