//! Where the lines of earlier runs are kept.

use std::path::PathBuf;

/// `raccord/history` in the folder for state (XDG Base Directory specification); none where there is no home.
pub(super) fn path() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))?;
    Some(state.join("raccord/history"))
}
