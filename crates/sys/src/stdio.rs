//! The standard descriptors as plain files, without the buffers that the standard library puts over them.
//!
//! `O_NONBLOCK` is never set on any of them: the flag belongs to the open file, which the shell and its other
//! programs share. Read and write them on blocking threads.

use std::{
    fs::File,
    io::{self, Write},
};

use crate::here;

/// Whether standard input can give nothing: it is `/dev/null`, or was closed when the program started (the
/// standard library then puts `/dev/null` in its place). False where this cannot be known.
pub fn stdin_is_nothing() -> bool {
    here::stdio::stdin_is_nothing()
}

/// An unbuffered duplicate of standard input. What `std::io::stdin()` has already buffered is not in it.
pub fn stdin_file() -> io::Result<File> {
    duplicate(io::stdin())
}

/// An unbuffered duplicate of standard output. Flush `std::io::stdout()` before the first write.
pub fn stdout_file() -> io::Result<File> {
    duplicate(io::stdout())
}

/// Flushes and releases standard output, so that the reader of a pipe sees its end; later writes to
/// `std::io::stdout()` go to `/dev/null`.
///
/// A duplicate made by [`stdout_file`] holds the pipe open as well: drop those too, and so does a child that
/// inherited it. Fails with `Unsupported` where descriptors cannot be replaced; a failed flush is reported,
/// the descriptor is released all the same.
pub fn close_stdout() -> io::Result<()> {
    let flushed = io::stdout().flush();
    here::stdio::release_stdout()?;
    flushed
}

#[cfg(unix)]
fn duplicate(stream: impl std::os::fd::AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn duplicate(stream: impl std::os::windows::io::AsHandle) -> io::Result<File> {
    Ok(File::from(stream.as_handle().try_clone_to_owned()?))
}
