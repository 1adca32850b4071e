//! Accepting: one conversation for each client; out of descriptors it pauses, and neither spins nor ends.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use raccord_core::access::Access;
use raccord_core::event::{Closed, EventKind};
use raccord_core::failure::{Failure, said};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Listen;
use super::listener::{Client, Listener};
use crate::conversation::Conversation;
use crate::leg::Leg;
use crate::session::{Outcome, Shared};

/// A place among the connections that may be served at a time, where they are counted.
type Place = Option<OwnedSemaphorePermit>;

/// How long accepting rests when the system has nothing left to give.
const REST: Duration = Duration::from_millis(100);

/// Accepts until told to stop, or once; returns when every conversation is over.
pub(super) async fn serve(listeners: Vec<Listener>, spec: Listen, shared: Arc<Shared>) -> Outcome {
    let once = spec.once;
    let (accepted, mut clients) = mpsc::channel(1);
    let door = Arc::new(Door::new(spec, Arc::clone(&shared)));
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, Arc::clone(&door), accepted.clone()));
    }
    drop((accepted, door));
    let mut conversations = JoinSet::new();
    let mut last = None;
    loop {
        tokio::select! {
            client = clients.recv() => match client {
                Some((conversation, place)) => {
                    if once {
                        // what still waits in the backlog is not ours to serve
                        accepting.shutdown().await;
                    }
                    conversations.spawn(hold(conversation, place));
                }
                None => break,
            },
            Some(ended) = conversations.join_next() => last = Some(closed(ended)),
        }
    }
    while let Some(ended) = conversations.join_next().await {
        last = Some(closed(ended));
    }
    match last {
        Some(Ok(closed)) if once => Outcome::Closed(closed),
        Some(Err(failure)) if once => Outcome::Failed(failure),
        None => nobody_came(once, &shared),
        _ => Outcome::Stopped,
    }
}

/// Holds a conversation in its place, which is another's after it.
async fn hold(conversation: Conversation, place: Place) -> Closed {
    let closed = conversation.run().await;
    drop(place);
    closed
}

/// Who is let in, and how many: one for all listening sockets.
struct Door {
    access: Access,
    /// The places that are free, where they are counted.
    places: Option<Arc<Semaphore>>,
    /// Of a server that serves once: somebody was let in.
    taken: Option<AtomicBool>,
    shared: Arc<Shared>,
}

impl Door {
    fn new(spec: Listen, shared: Arc<Shared>) -> Self {
        let places = spec.max_conns.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Self { access: spec.access, places, taken: spec.once.then(AtomicBool::default), shared }
    }

    /// Waits until there is a place for one more, and room for what is told of it. Cancel safe.
    async fn place(&self) -> Place {
        if self.shared.feed.is_full() {
            self.shared.feed.room().await;
        }
        match &self.places {
            // it is never closed
            Some(places) => Arc::clone(places).acquire_owned().await.ok(),
            None => None,
        }
    }

    /// Whether this client may come in; that one may not is told.
    fn permits(&self, client: &Client) -> bool {
        let permits = self.access.permits(client.peer.ip());
        if !permits {
            let (local, peer) = (client.local.into(), client.peer.into());
            self.shared.emit(None, EventKind::Denied { local, peer });
        }
        permits
    }

    /// Whether no more may come in after this one; the one that comes too late does not come in at all.
    fn is_taken(&self) -> bool {
        self.taken.as_ref().is_some_and(|taken| taken.swap(true, Ordering::Relaxed))
    }
}

/// Where a number of replies was asked for, nobody who could get them is a failure.
fn nobody_came(once: bool, shared: &Shared) -> Outcome {
    match shared.terms.replies {
        Some(replies) if once && !shared.stop.is_cancelled() => {
            shared.fail(Failure::new("no client connected", format!("0 of {replies} replies")))
        }
        _ => Outcome::Stopped,
    }
}

fn closed(ended: Result<Closed, tokio::task::JoinError>) -> Result<Closed, Failure> {
    ended.map_err(|error| Failure::new("a conversation ended by a defect in raccord", error))
}

async fn accept(listener: Listener, door: Arc<Door>, accepted: mpsc::Sender<(Conversation, Place)>) {
    let shared = &door.shared;
    let mut paused = false;
    while !shared.stop.is_cancelled() {
        let next = async {
            let place = door.place().await;
            (listener.accept().await, place)
        };
        let (client, place) = tokio::select! {
            // whoever is in the backlog when the session retires came in time
            biased;
            next = next => next,
            () = shared.retire.cancelled() => return,
        };
        match client {
            Ok(client) => {
                paused = false;
                if !door.permits(&client) {
                    continue;
                }
                if door.is_taken() {
                    return;
                }
                let conversation = conversation(client, shared);
                if accepted.send((conversation, place)).await.is_err() || door.taken.is_some() {
                    return;
                }
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                if !std::mem::replace(&mut paused, true) {
                    shared.warn(format!(
                        "accepting pauses: {}; clients wait in the backlog until a connection ends",
                        said(&error)
                    ));
                }
                sleep(REST).await;
            }
        }
    }
}

fn conversation(client: Client, shared: &Arc<Shared>) -> Conversation {
    let Client { stream, local, peer } = client;
    Conversation::new(Leg::Tcp(stream), local.into(), peer.into(), Arc::clone(shared))
}

/// Errors of one client that was gone before it was accepted (accept(2), "Error handling").
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::NotConnected
    )
}
