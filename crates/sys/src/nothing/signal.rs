//! No signals.

use std::io;

use super::unsupported;
use crate::signal::Signal;

pub(crate) fn watch(_: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    unsupported("watching for signals")
}

pub(crate) fn die_by_interrupt() -> ! {
    std::process::exit(130)
}
