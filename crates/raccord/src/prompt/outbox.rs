//! What a person sends, in the order in which it was typed; a file, or a client that reads slowly, holds up what is
//! behind it, and not the prompt.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use raccord_core::event::EventKind;
use raccord_net::{Commands, Feed, To};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::sleep;

/// How many bytes may wait before the prompt does, each letter counted with a little more.
const WAITING: usize = 1024 * 1024;
const LETTER: usize = 64;
/// How long what ends a connection, or everything, waits for what was typed before it while nobody takes any of it.
const PATIENCE: Duration = Duration::from_secs(2);

/// One thing to do in its turn.
pub(super) enum Letter {
    Bytes(To, Bytes),
    File(To, PathBuf),
    /// Everything before it was sent.
    Call(Arc<dyn Fn() + Send + Sync>),
}

/// The end at which letters are posted. When it is dropped, input has ended: after what still waits is sent.
pub(super) struct Outbox {
    letters: mpsc::UnboundedSender<(Letter, OwnedSemaphorePermit)>,
    room: Arc<Semaphore>,
    runtime: Handle,
    commands: Commands,
}

impl Outbox {
    /// Starts to send. Must be called within the session's runtime.
    pub(super) fn open(commands: Commands, feed: Feed) -> Self {
        let (letters, posted) = mpsc::unbounded_channel();
        tokio::spawn(send(posted, commands.clone(), feed));
        Self { letters, room: Arc::new(Semaphore::new(WAITING)), runtime: Handle::current(), commands }
    }

    /// Posts a letter; blocks its thread while too much waits.
    pub(super) fn post(&self, letter: Letter) {
        let bytes = LETTER + if let Letter::Bytes(_, bytes) = &letter { bytes.len() } else { 0 };
        let permits = u32::try_from(bytes.min(WAITING)).unwrap_or(u32::MAX);
        // it is never closed; and a session that is over takes no more
        if let Ok(room) = self.runtime.block_on(Arc::clone(&self.room).acquire_many_owned(permits)) {
            let _ = self.letters.send((letter, room));
        }
    }

    /// Does something when everything that was posted before has been sent, or nobody takes any of it.
    pub(super) fn then(&self, call: impl Fn() + Send + Sync + 'static) {
        let call: Arc<dyn Fn() + Send + Sync> = Arc::new(call);
        let (late, commands) = (Arc::clone(&call), self.commands.clone());
        self.runtime.spawn(async move {
            let sent = || commands.connections().iter().map(|open| open.sent).sum::<u64>();
            let mut before = None;
            while before != Some(sent()) {
                before = Some(sent());
                sleep(PATIENCE).await;
            }
            late();
        });
        self.post(Letter::Call(call));
    }

    /// Whether something waits to be sent.
    pub(super) fn is_waiting(&self) -> bool {
        self.room.available_permits() < WAITING
    }
}

async fn send(
    mut letters: mpsc::UnboundedReceiver<(Letter, OwnedSemaphorePermit)>,
    commands: Commands,
    feed: Feed,
) {
    while let Some((letter, room)) = letters.recv().await {
        let (to, sent) = match letter {
            Letter::Bytes(To::All, bytes) => {
                commands.input(bytes).await;
                continue;
            }
            Letter::Call(call) => {
                call();
                continue;
            }
            Letter::Bytes(To::One(conn), bytes) => (To::One(conn), Ok(commands.input_to(conn, bytes).await)),
            Letter::File(to, path) => (to, commands.input_file(to, path).await),
        };
        drop(room);
        match (sent, to) {
            (Ok(true), _) => {}
            (Ok(false), To::One(conn)) => tell(&feed, format!("not sent: {conn} is not connected any more")),
            (Ok(false), To::All) => {
                tell(&feed, "not sent, or not all of it: nobody is connected any more".to_owned());
            }
            (Err(failure), _) => tell(&feed, failure.to_string()),
        }
    }
    commands.end_input();
}

/// As an event, so that it comes where and when its observers show things.
fn tell(feed: &Feed, sentence: String) {
    feed.emit(None, EventKind::Warning(sentence));
}
