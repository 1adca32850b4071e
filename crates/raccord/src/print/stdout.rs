//! What a command has to say at once, on stdout.
#![expect(clippy::disallowed_methods, reason = "this is where stdout is written")]

use std::io::Write;

use clap::ColorChoice;
use raccord_core::failure::said;

use super::charset::encoded;
use super::paint::Paint;
use super::printer::to_a_terminal;
use super::stderr;
use crate::exit::Exit;

/// Writes a text, all of it; a reader that went away is nobody's fault.
pub(crate) fn write(text: &str) -> Exit {
    part(text).map_or_else(|exit| exit, |()| Exit::Done)
}

/// Writes a part of a longer text at once; fails with the end of the program where no more can be written.
pub(super) fn part(text: &str) -> Result<(), Exit> {
    let bytes = encoded(text, to_a_terminal());
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(&bytes).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Exit::Done),
        Err(error) => Err(stderr::failed(&format!("cannot write to stdout: {}", said(&error)))),
    }
}

/// Writes help or the version, which clap has put together; to stderr where nobody asked for it.
pub(crate) fn help(wanted: &clap::Error) -> Exit {
    let text = wanted.render();
    let to_stderr = wanted.use_stderr();
    let terminal = if to_stderr { stderr::to_a_terminal() } else { to_a_terminal() };
    let paint = Paint::choose(ColorChoice::Auto, terminal);
    let text = if paint.is_on() { text.ansi().to_string() } else { text.to_string() };
    if to_stderr {
        stderr::aside(&text);
        return Exit::Usage;
    }
    write(&text)
}
