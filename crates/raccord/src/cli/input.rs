//! Standard input: a person's lines (see `prompt`), a stream of bytes, or nothing; read on a thread of its own, for it
//! blocks.

use std::fs::File;
use std::io::{self, Read};

use bytes::{Bytes, BytesMut};
use raccord_core::encoding::{TranscodeError, Transcoder};
use raccord_core::ending::Input;
use raccord_core::failure::said;
use raccord_net::Commands;
use tokio::runtime::Handle;

use super::wire::Wire;
use crate::prompt::Person;

/// How much is read at a time: as much as a pipe gives at most, so that bulk is not cut small.
const PIECE: usize = 256 * 1024;

/// Where input comes from, and how it becomes bytes on the wire.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A person types.
    Keyboard(Person),
    /// The bytes of stdin, converted only by an explicit encoding.
    Bytes(Wire),
    /// Stdin is not read at all.
    Nothing,
}

impl Source {
    pub(crate) fn kind(&self) -> Input {
        match self {
            Self::Keyboard(_) => Input::Keyboard,
            Self::Bytes(_) => Input::Bytes,
            Self::Nothing => Input::None,
        }
    }

    /// Whether a line editor is on the terminal.
    pub(crate) fn has_editor(&self) -> bool {
        matches!(self, Self::Keyboard(Person { editor: true, .. }))
    }
}

/// Feeds the session the bytes of stdin until they end; `broken` is told what was wrong with them. Must be called within
/// the session's runtime.
pub(crate) fn feed_bytes(wire: Wire, commands: Commands, broken: impl FnOnce(String) + Send + 'static) {
    let runtime = Handle::current();
    // it may block in a read for ever, so nobody waits for it
    std::thread::spawn(move || {
        if let Err(sentence) = pass_bytes(&wire, &commands, &runtime) {
            broken(sentence);
        }
        commands.end_input();
    });
}

/// What is read at a time is one message. It stays unread until somebody is there for it.
fn pass_bytes(wire: &Wire, commands: &Commands, runtime: &Handle) -> Result<(), String> {
    let mut stdin = raccord_sys::stdio::stdin_file().map_err(|error| unreadable(&error))?;
    let mut transcoder = wire.explicit.then(|| Transcoder::new(wire.encoding));
    let mut buffer = BytesMut::new();
    while runtime.block_on(commands.takes_input()) {
        let piece = read_piece(&mut stdin, &mut buffer).map_err(|error| unreadable(&error))?;
        let ends = piece.is_empty();
        let (bytes, done) = match &mut transcoder {
            Some(transcoder) => convert(transcoder, &piece),
            None => (piece, Ok(())),
        };
        if !bytes.is_empty() {
            runtime.block_on(commands.input(bytes));
        }
        done.map_err(|error| format!("stdin: {error}"))?;
        if ends {
            break;
        }
    }
    Ok(())
}

/// One read; nothing at the end. Small pieces share a buffer, so that those that wait for a slow client hold no more
/// memory than they need.
fn read_piece(stdin: &mut File, buffer: &mut BytesMut) -> io::Result<Bytes> {
    if buffer.len() < PIECE / 4 {
        *buffer = BytesMut::zeroed(PIECE);
    }
    loop {
        match stdin.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read.map(|count| buffer.split_to(count).freeze()),
        }
    }
}

/// The piece in the encoding of the wire; the end, if it is empty. What stands before invalid UTF-8 is sent; of a
/// message with a character that the encoding lacks, nothing is.
fn convert(transcoder: &mut Transcoder, piece: &[u8]) -> (Bytes, Result<(), TranscodeError>) {
    let mut bytes = Vec::new();
    let done = if piece.is_empty() { Ok(()) } else { transcoder.push(piece, &mut bytes) };
    if matches!(done, Err(TranscodeError::Unencodable { .. })) {
        bytes.clear();
    }
    let done = if piece.is_empty() || done.is_err() { transcoder.finish(&mut bytes) } else { done };
    (bytes.into(), done)
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot read stdin: {}", said(error))
}
