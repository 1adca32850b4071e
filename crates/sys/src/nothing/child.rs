//! How a child ended, where signals and process groups are unknown.

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use super::unsupported;

pub(crate) fn code_of_signal(_: ExitStatus) -> i32 {
    1
}

pub(crate) fn signal_name(_: ExitStatus) -> Option<String> {
    None
}

#[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
pub(crate) fn find(program: &str) -> io::Result<PathBuf> {
    Ok(PathBuf::from(program))
}

pub(crate) fn in_own_group(_: &mut Command) {}

pub(crate) fn terminate_group(_: u32) -> io::Result<()> {
    unsupported("process groups")
}

pub(crate) fn hang_up_group(_: u32) -> io::Result<()> {
    unsupported("process groups")
}

pub(crate) fn kill_group(_: u32) -> io::Result<()> {
    unsupported("process groups")
}
