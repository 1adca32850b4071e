//! Standard descriptors, compared with and replaced by `/dev/null`.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt},
};

const NULL: &str = "/dev/null";

pub(crate) fn stdin_is_nothing() -> bool {
    let Ok(stdin) = rustix::fs::fstat(rustix::stdio::stdin()) else { return true };
    fs::metadata(NULL).is_ok_and(|null| {
        null.file_type().is_char_device() && null.mode() == stdin.st_mode && null.rdev() == stdin.st_rdev
    })
}

pub(crate) fn release_stdout() -> io::Result<()> {
    let null = OpenOptions::new().write(true).open(NULL)?;
    Ok(rustix::stdio::dup2_stdout(null)?)
}
