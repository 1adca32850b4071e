//! Limits the system sets for this process.

use std::io;

use crate::here;

/// Raises the number of descriptors this process may have open (`RLIMIT_NOFILE`) from the soft to the hard
/// limit, and returns the limit now in force; `u64::MAX` means none. Programs started later inherit it.
///
/// Fails with `Unsupported` where there is no such limit to raise.
pub fn raise_open_files() -> io::Result<u64> {
    here::limits::raise_open_files()
}
