//! Programs that raccord starts: with all that they start in turn, and how they ended.

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use crate::here;

/// The exit code a shell would report: the program's own, or 128 + N if signal N ended it.
///
/// Where signals are unknown, an end without a code is reported as 1.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| here::child::code_of_signal(status))
}

/// The signal that ended a child, by its name such as `SIGSEGV`, or by its number where it has none; none if it ended by
/// itself, and where signals are unknown.
pub fn signal_name(status: ExitStatus) -> Option<String> {
    here::child::signal_name(status)
}

/// The file that running `program` would start: a path as it stands, a name without a slash by the folders of PATH
/// (execvp(3)).
///
/// Fails with `NotFound` or `PermissionDenied` where there is none. Where this cannot be known, it is the name itself.
pub fn find(program: &str) -> io::Result<PathBuf> {
    here::child::find(program)
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

/// Tells the group that `pid` leads that the other end has gone (SIGHUP, kill(2)). Fails as [`terminate_group`] does.
pub fn hang_up_group(pid: u32) -> io::Result<()> {
    here::child::hang_up_group(pid)
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

    #[cfg(not(feature = "nothing"))]
    #[test]
    fn a_signal_has_a_name_or_a_number() {
        for (signal, name) in [(11, "SIGSEGV"), (1, "SIGHUP"), (42, "signal 42")] {
            assert_eq!(signal_name(ExitStatus::from_raw(signal)).as_deref(), Some(name));
        }
        assert_eq!(signal_name(ExitStatus::from_raw(3 << 8)), None);
    }

    #[cfg(not(feature = "nothing"))]
    #[test]
    fn a_program_is_found_as_running_it_would() {
        assert!(find("sh").unwrap().is_absolute());
        assert_eq!(find("/bin/sh").unwrap(), PathBuf::from("/bin/sh"));
        for (program, kind) in [
            ("no-such-program", io::ErrorKind::NotFound),
            ("/no/such/program", io::ErrorKind::NotFound),
            ("", io::ErrorKind::NotFound),
            ("/etc/passwd", io::ErrorKind::PermissionDenied),
            ("/etc", io::ErrorKind::PermissionDenied),
        ] {
            let error = find(program).unwrap_err();
            assert_eq!(error.kind(), kind, "{program:?}");
            assert!(error.raw_os_error().is_some(), "in the system's words: {program:?}: {error}");
        }
    }
}
