//! No terminals.

use std::io;

use super::unsupported;
use crate::terminal::JobControl;

#[derive(Clone, Debug)]
pub(crate) struct Modes;

pub(crate) fn of_stdin() -> io::Result<Modes> {
    unsupported("asking for a terminal's modes")
}

pub(crate) fn for_keys(_: &Modes) -> Modes {
    Modes
}

pub(crate) fn set(_: &Modes) -> io::Result<()> {
    unsupported("setting a terminal's modes")
}

pub(crate) fn typed_so_far() -> io::Result<Vec<u8>> {
    unsupported("reading what was typed")
}

pub(crate) fn columns_of_stderr() -> Option<u16> {
    None
}

pub(crate) fn columns_of_stdout() -> Option<u16> {
    None
}

pub(crate) fn watch_job_control(_: impl FnMut(JobControl) + Send + 'static) -> io::Result<()> {
    unsupported("job control")
}

pub(crate) fn is_ours() -> bool {
    true
}

pub(crate) fn stop() {}

pub(crate) fn suspend_group() {}
