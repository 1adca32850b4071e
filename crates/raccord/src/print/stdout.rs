//! What a command has to say at once, on stdout.
#![expect(clippy::disallowed_methods, reason = "this is where stdout is written")]

use std::io::Write;

use super::stderr;
use crate::exit::Exit;
use raccord_core::failure::said;

/// Writes a text as it is.
pub(super) fn write(text: &str) -> Exit {
    bytes(text.as_bytes())
}

/// Writes a part of a longer text at once; fails with the end of the program where no more can be written.
pub(super) fn part(text: &str) -> Result<(), Exit> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Exit::Done),
        Err(error) => Err(stderr::failed(&format!("cannot write to stdout: {}", said(&error)))),
    }
}

/// Writes it; a reader that went away is nobody's fault.
pub(crate) fn bytes(out: &[u8]) -> Exit {
    match std::io::stdout().lock().write_all(out) {
        Ok(()) => Exit::Done,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
        Err(error) => stderr::failed(&format!("cannot write to stdout: {}", said(&error))),
    }
}
