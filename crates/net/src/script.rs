//! What is sent on connecting, one thing after another; files are read while they are sent.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use raccord_core::failure::{Failure, said};
use tokio::sync::mpsc;

use crate::terms::Send;

/// How much of a file is read at a time.
const PIECE: usize = 256 * 1024;

/// The sends of one connection that are still to come.
#[derive(Debug)]
pub(crate) struct Script {
    sends: VecDeque<Send>,
    file: Option<Reading>,
}

/// A file that is being sent.
#[derive(Debug)]
struct Reading {
    path: PathBuf,
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    ahead: Option<io::Result<Bytes>>,
}

/// What a script gives next.
#[derive(Debug)]
pub(crate) enum Next {
    /// These bytes are sent now.
    Bytes(Bytes),
    /// More comes when [`Script::wait`] returns.
    Later,
    /// Nothing more.
    Done,
}

impl Script {
    pub(crate) fn new(sends: &[Send]) -> Self {
        Self { sends: sends.iter().cloned().collect(), file: None }
    }

    /// The next bytes, if they are there. Fails when a file cannot be read.
    pub(crate) fn next(&mut self) -> Result<Next, Failure> {
        loop {
            if let Some(reading) = &mut self.file {
                let Some(piece) = reading.ahead.take() else { return Ok(Next::Later) };
                return piece.map(Next::Bytes).map_err(|error| unreadable(&reading.path, &error));
            }
            match self.sends.pop_front() {
                Some(Send::Bytes(bytes)) => return Ok(Next::Bytes(bytes)),
                Some(Send::File(path)) => self.file = Some(Reading::start(path)),
                None => return Ok(Next::Done),
            }
        }
    }

    /// Whether [`Script::wait`] has something to wait for.
    pub(crate) fn is_waiting(&self) -> bool {
        self.file.as_ref().is_some_and(|reading| reading.ahead.is_none())
    }

    /// Waits until [`Script::next`] can go on. Cancel safe.
    pub(crate) async fn wait(&mut self) {
        let Some(reading) = &mut self.file else { return };
        match reading.pieces.recv().await {
            Some(piece) => reading.ahead = Some(piece),
            None => self.file = None,
        }
    }
}

impl Reading {
    fn start(path: PathBuf) -> Self {
        Self { pieces: read_in_pieces(path.clone()), path, ahead: None }
    }
}

fn read_in_pieces(path: PathBuf) -> mpsc::Receiver<io::Result<Bytes>> {
    let (pieces, receiver) = mpsc::channel(2);
    // ends by itself when the receiver is gone
    tokio::task::spawn_blocking(move || {
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) => return drop(pieces.blocking_send(Err(error))),
        };
        loop {
            let piece = read_piece(&mut file);
            if matches!(&piece, Ok(piece) if piece.is_empty()) {
                return;
            }
            let failed = piece.is_err();
            if pieces.blocking_send(piece).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

fn read_piece(file: &mut std::fs::File) -> io::Result<Bytes> {
    let mut piece = BytesMut::zeroed(PIECE);
    let count = file.read(&mut piece)?;
    piece.truncate(count);
    Ok(piece.freeze())
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot read {}", path.display()), said(error))
        .remedy("check the path, and that it is a file that you may read")
}
