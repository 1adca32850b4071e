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

pub(crate) fn terminate(_: u32) -> io::Result<()> {
    unsupported("SIGTERM")
}

pub(crate) fn hang_up(_: u32) -> io::Result<()> {
    unsupported("SIGHUP")
}

pub(crate) fn kill(_: u32) -> io::Result<()> {
    unsupported("SIGKILL")
}
