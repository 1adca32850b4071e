//! Programs that raccord started: how they ended.

use std::process::ExitStatus;

use crate::here;

/// The exit code a shell would report: the program's own, or 128 + N if signal N ended it.
///
/// Where signals are unknown, an end without a code is reported as 1.
pub fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| here::child::code_of_signal(status))
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
