//! What a person sends, in the order in which it was typed; a file, or a client that reads slowly, holds up what is
//! behind it, and not the prompt.

use std::path::PathBuf;

use bytes::Bytes;
use raccord_core::event::EventKind;
use raccord_net::{Commands, Feed, To};
use tokio::sync::mpsc;

/// How many lines may wait before the prompt does.
const WAITING: usize = 1024;

/// One thing to send.
#[derive(Debug)]
pub(super) enum Letter {
    Bytes(To, Bytes),
    File(To, PathBuf),
}

/// The end at which letters are posted. When it is dropped, input has ended: after what still waits is sent.
#[derive(Debug)]
pub(super) struct Outbox(mpsc::Sender<Letter>);

impl Outbox {
    /// Starts to send. Must be called within the session's runtime.
    pub(super) fn open(commands: Commands, feed: Feed) -> Self {
        let (sender, letters) = mpsc::channel(WAITING);
        tokio::spawn(send(letters, commands, feed));
        Self(sender)
    }

    /// Posts a letter; blocks its thread while too many wait.
    pub(super) fn post(&self, letter: Letter) {
        // a session that is over takes no more
        let _ = self.0.blocking_send(letter);
    }
}

async fn send(mut letters: mpsc::Receiver<Letter>, commands: Commands, feed: Feed) {
    while let Some(letter) = letters.recv().await {
        let (to, sent) = match letter {
            Letter::Bytes(To::All, bytes) => {
                commands.input(bytes).await;
                continue;
            }
            Letter::Bytes(To::One(conn), bytes) => (To::One(conn), Ok(commands.input_to(conn, bytes).await)),
            Letter::File(to, path) => (to, commands.input_file(to, path).await),
        };
        match (sent, to) {
            (Ok(false), To::One(conn)) => tell(&feed, format!("not sent: {conn} is not connected any more")),
            (Ok(_), _) => {}
            (Err(failure), _) => tell(&feed, failure.to_string()),
        }
    }
    commands.end_input();
}

/// As an event, so that it comes where and when its observers show things.
fn tell(feed: &Feed, sentence: String) {
    feed.emit(None, EventKind::Warning(sentence));
}
