//! Standard descriptors that can be neither known nor replaced.

use std::io;

use super::unsupported;

pub(crate) fn stdin_is_nothing() -> bool {
    false
}

pub(crate) fn release_stdout() -> io::Result<()> {
    unsupported("releasing standard output")
}
