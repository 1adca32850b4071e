//! Lines from a terminal that carries no line editor: the system's own editing, one line at a time.

use std::io::BufRead;

use raccord_core::failure::said;

use super::keyboard::Keyboard;
use crate::print::{self, Charset};

/// Reads until the end of input. A line that is not text in the terminal's encoding is told, and not sent.
pub(super) fn read(mut keyboard: Keyboard) {
    let charset = print::charset();
    let mut stdin = std::io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        match stdin.read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return print::error(&format!("cannot read what was typed: {}", said(&error))),
        }
        let bytes = line.strip_suffix(b"\n").unwrap_or(&line);
        match text(charset, bytes) {
            Ok(text) => print::aside(&keyboard.take(&text)),
            Err(sentence) => print::error(&sentence),
        }
    }
}

/// What was typed on a terminal of this encoding; fails with why it is not sent.
pub(super) fn text(charset: Charset, typed: &[u8]) -> Result<String, String> {
    charset.read(typed).map_err(|place| {
        let (place, name) = (place + 1, charset.name());
        format!(
            "not sent: byte {place} of what was typed is not text in {name}, the encoding of this terminal"
        )
    })
}
