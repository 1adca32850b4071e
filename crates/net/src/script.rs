//! What is sent on connecting, one thing after another; files are read while they are sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use raccord_core::failure::{Failure, said};
use raccord_core::notation::visible::harmless;
use raccord_core::schedule::{Repetition, Schedule, Turn};
use tokio::task::JoinHandle;

use crate::terms::Send;

/// How much of a file is read at a time.
const PIECE: usize = 256 * 1024;

/// The sends of one connection, and which of them is due when.
#[derive(Debug)]
pub(crate) struct Script {
    sends: Arc<[Send]>,
    schedule: Schedule,
    /// Boxed, for few connections send one.
    file: Option<Box<Reading>>,
}

/// A file that is being sent: one piece at a time is read on a thread of its own, which is free again after it.
#[derive(Debug)]
struct Reading {
    path: PathBuf,
    piece: Piece,
}

/// The next piece of a file.
#[derive(Debug)]
enum Piece {
    /// It is being read.
    Coming(JoinHandle<io::Result<(File, Bytes)>>),
    /// It is there; an empty one is the end of the file.
    There(io::Result<(File, Bytes)>),
}

/// What a script gives next.
#[derive(Debug)]
pub(crate) enum Next {
    /// These bytes are sent now.
    Bytes(Bytes),
    /// More comes when [`Script::wait`] returns.
    Later,
    /// Nothing before this time, counted from the beginning.
    At(Duration),
    /// Nothing before a message came.
    Answer,
    /// Nothing more.
    Done,
}

impl Script {
    pub(crate) fn new(sends: Arc<[Send]>, repetition: Repetition) -> Self {
        Self { schedule: Schedule::new(sends.len(), repetition), sends, file: None }
    }

    /// A message came.
    pub(crate) fn message(&mut self) {
        self.schedule.message();
    }

    /// Whether a message is waited for.
    pub(crate) fn is_awaiting(&self) -> bool {
        self.schedule.is_awaiting()
    }

    /// The next bytes, if they are there and due at this time, counted from the beginning. Fails when a file cannot be
    /// read.
    pub(crate) fn next(&mut self, now: Duration) -> Result<Next, Failure> {
        loop {
            match self.file.take().map(|reading| *reading) {
                Some(Reading { path, piece: Piece::There(piece) }) => {
                    let (file, bytes) = piece.map_err(|error| unreadable(&path, &error))?;
                    if !bytes.is_empty() {
                        self.file = Some(Box::new(Reading { path, piece: Piece::after(file) }));
                        return Ok(Next::Bytes(bytes));
                    }
                }
                Some(coming) => {
                    self.file = Some(Box::new(coming));
                    return Ok(Next::Later);
                }
                None => match self.schedule.turn(now) {
                    Turn::Send(index) => match self.sends.get(index) {
                        Some(Send::Bytes(bytes)) => return Ok(Next::Bytes(bytes.clone())),
                        Some(Send::File(path)) => {
                            let reading = Reading { piece: Piece::first(path.clone()), path: path.clone() };
                            self.file = Some(Box::new(reading));
                        }
                        None => return Ok(Next::Done),
                    },
                    Turn::At(time) => return Ok(Next::At(time)),
                    Turn::Answer => return Ok(Next::Answer),
                    Turn::Done => return Ok(Next::Done),
                },
            }
        }
    }

    /// Whether [`Script::wait`] has something to wait for.
    pub(crate) fn is_waiting(&self) -> bool {
        self.file.as_ref().is_some_and(|reading| matches!(reading.piece, Piece::Coming(_)))
    }

    /// Waits until [`Script::next`] can go on. Cancel safe.
    pub(crate) async fn wait(&mut self) {
        if let Some(reading) = &mut self.file
            && let Piece::Coming(coming) = &mut reading.piece
        {
            let read = coming.await.unwrap_or_else(|error| Err(io::Error::other(error)));
            reading.piece = Piece::There(read);
        }
    }
}

impl Piece {
    fn first(path: PathBuf) -> Self {
        Self::Coming(tokio::task::spawn_blocking(move || read_piece(File::open(path)?)))
    }

    fn after(file: File) -> Self {
        Self::Coming(tokio::task::spawn_blocking(move || read_piece(file)))
    }
}

fn read_piece(mut file: File) -> io::Result<(File, Bytes)> {
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(count) => {
                piece.truncate(count);
                return Ok((file, piece.into()));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let path = harmless(path.as_os_str().as_encoded_bytes());
    Failure::new(format!("cannot read {path}"), said(error))
        .remedy("check the path, and that it is a file that you may read")
}
