//! How a child ended, if a signal ended it.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

pub(crate) fn code_of_signal(status: ExitStatus) -> i32 {
    status.signal().map_or(1, |signal| 128 + signal)
}
