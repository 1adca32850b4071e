//! Standard input: a person's lines, a stream of bytes, or nothing; read on a thread of its own, for it blocks.

use std::io::Read;

use bytes::{Bytes, BytesMut};
use raccord_core::encoding::Transcoder;
use raccord_core::ending::Input;
use raccord_net::Commands;
use tokio::runtime::Handle;

use super::wire::Wire;
use crate::print;

/// How much is read at a time: as much as a pipe gives at most, so that bulk is not cut small.
const PIECE: usize = 256 * 1024;

/// Where input comes from, and how it becomes bytes on the wire.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// Lines that a person types; each is one message.
    Keyboard(Wire),
    /// The bytes of stdin, converted only by an explicit encoding.
    Bytes(Wire),
    /// Stdin is not read at all.
    Nothing,
}

impl Source {
    pub(crate) fn kind(self) -> Input {
        match self {
            Self::Keyboard(_) => Input::Keyboard,
            Self::Bytes(_) => Input::Bytes,
            Self::Nothing => Input::None,
        }
    }

    /// Feeds the session until stdin ends; `broken` is told what was wrong with the input.
    pub(crate) fn feed(self, commands: Commands, broken: impl FnOnce(String) + Send + 'static) {
        let runtime = Handle::current();
        let read = move || {
            let result = match self {
                Self::Keyboard(wire) => type_lines(wire, &commands, &runtime),
                Self::Bytes(wire) => pass_bytes(wire, &commands, &runtime),
                Self::Nothing => return,
            };
            if let Err(sentence) = result {
                broken(sentence);
            }
            commands.end_input();
        };
        // it may block in a read for ever, so nobody waits for it
        std::thread::spawn(read);
    }
}

/// Each line is one message. What cannot be said is told, and nothing of that line is sent.
fn type_lines(wire: Wire, commands: &Commands, runtime: &Handle) -> Result<(), String> {
    for line in std::io::stdin().lines() {
        let mut line = line.map_err(|error| format!("cannot read what was typed: {error}"))?;
        line.push_str(wire.line_ending());
        match wire.encoding.encode(&line) {
            Ok(bytes) => runtime.block_on(commands.input(bytes.into())),
            Err(error) => print::error(&format!("not sent: {error}")),
        }
    }
    Ok(())
}

fn pass_bytes(wire: Wire, commands: &Commands, runtime: &Handle) -> Result<(), String> {
    let mut stdin = raccord_sys::stdio::stdin_file().map_err(|error| unreadable(&error))?;
    let mut transcoder = wire.explicit.then(|| Transcoder::new(wire.encoding));
    loop {
        let mut piece = BytesMut::zeroed(PIECE);
        let count = match stdin.read(&mut piece) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(&error)),
        };
        piece.truncate(count);
        let Some(transcoder) = &mut transcoder else {
            if count == 0 {
                return Ok(());
            }
            runtime.block_on(commands.input(piece.freeze()));
            continue;
        };
        let mut bytes = Vec::new();
        let result =
            if count == 0 { transcoder.finish(&mut bytes) } else { transcoder.push(&piece, &mut bytes) };
        if !bytes.is_empty() {
            runtime.block_on(commands.input(Bytes::from(bytes)));
        }
        result.map_err(|error| format!("stdin: {error}"))?;
        if count == 0 {
            return Ok(());
        }
    }
}

fn unreadable(error: &std::io::Error) -> String {
    format!("cannot read stdin: {error}")
}
