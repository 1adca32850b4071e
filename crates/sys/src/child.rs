//! Programs that raccord starts: with all that they start in turn, and how they ended.

use std::io;
use std::process::{Command, ExitStatus};

use crate::here;

/// The exit code a shell would report: the program's own, or 128 + N if signal N ended it.
///
/// Where signals are unknown, an end without a code is reported as 1.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| here::child::code_of_signal(status))
}

/// Makes `command` the leader of a process group of its own, so that [`terminate_group`] reaches what it starts as
/// well; where there are no groups, changes nothing.
pub fn in_own_group(command: &mut Command) {
    here::child::in_own_group(command);
}

/// Asks the group that `pid` leads to end (SIGTERM, kill(2)).
///
/// Fails with `Unsupported` where there are no groups, and with what the system said, as where the group is gone.
pub fn terminate_group(pid: u32) -> io::Result<()> {
    here::child::terminate_group(pid)
}

/// Ends the group that `pid` leads without asking (SIGKILL, kill(2)). Fails as [`terminate_group`] does.
pub fn kill_group(pid: u32) -> io::Result<()> {
    here::child::kill_group(pid)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_code_is_kept() {
        for code in [0, 1, 3, 255] {
            assert_eq!(exit_code(ExitStatus::from_raw(code << 8)), code);
        }
    }

    #[cfg(not(feature = "nothing"))]
    #[test]
    fn a_signal_counts_from_128() {
        for signal in [2, 9, 15] {
            assert_eq!(exit_code(ExitStatus::from_raw(signal)), 128 + signal);
        }
    }
}
