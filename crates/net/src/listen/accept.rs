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
use super::handshakes::Handshakes;
use super::listener::{Client, Listener};
use crate::conversation::Conversation;
use crate::session::{Outcome, Shared};
use crate::tls::Acceptor;

/// A place among the connections that may be served at a time, where they are counted.
type Place = Option<OwnedSemaphorePermit>;

/// How long accepting rests when the system has nothing left to give.
const REST: Duration = Duration::from_millis(100);

/// Accepts until told to stop, or once; returns when every conversation is over.
pub(super) async fn serve(
    listeners: Vec<Listener>,
    spec: Listen,
    acceptor: Option<Acceptor>,
    shared: Arc<Shared>,
) -> Outcome {
    let once = spec.once;
    let (accepted, mut clients) = mpsc::channel(1);
    let handshakes = acceptor.map(|acceptor| Handshakes::new(acceptor, spec.handshake_timeout, &shared));
    let door = Arc::new(Door::new(spec, Arc::clone(&shared)));
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, Arc::clone(&door), accepted.clone()));
    }
    drop((accepted, door));
    let (mut shaking_hands, mut conversations) = (JoinSet::new(), JoinSet::new());
    let mut last = None;
    loop {
        let (conversation, place) = tokio::select! {
            Some((client, place)) = clients.recv() => match &handshakes {
                None => (conversation(client, &shared), place),
                Some(handshakes) => {
                    shaking_hands.spawn(in_place(handshakes.with(client), place));
                    continue;
                }
            },
            Some(shaken) = shaking_hands.join_next() => match shaken {
                Ok((Some(conversation), place)) => (conversation, place),
                // the client was told of, or it is a defect and the panic was
                Ok((None, _)) | Err(_) => continue,
            },
            Some(ended) = conversations.join_next() => {
                last = Some(closed(ended));
                continue;
            }
            else => break,
        };
        if once {
            // who still waits in the backlog, or has not shaken hands, is not ours to serve
            accepting.shutdown().await;
            shaking_hands.shutdown().await;
            while clients.recv().await.is_some() {}
        }
        // in the conversation and not around it: an async block around it would hold it twice
        conversations.spawn(conversation.in_place(place).run());
    }
    match last {
        Some(Ok(closed)) if once => Outcome::Closed(closed),
        Some(Err(failure)) if once => Outcome::Failed(failure),
        None => nobody_came(once, &shared),
        _ => Outcome::Stopped,
    }
}

/// Does it in its place.
async fn in_place<T>(what: impl Future<Output = T>, place: Place) -> (T, Place) {
    (what.await, place)
}

/// Who is let in, and how many: one for all listening sockets.
struct Door {
    access: Access,
    /// The places that are free, where they are counted.
    places: Option<Arc<Semaphore>>,
    /// Of a server that serves once, whoever comes: somebody was let in.
    taken: Option<AtomicBool>,
    shared: Arc<Shared>,
}

impl Door {
    fn new(spec: Listen, shared: Arc<Shared>) -> Self {
        let places = spec.max_conns.map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        // with TLS the one that is served is the first that has shaken hands
        let taken = (spec.once && spec.tls.is_none()).then(AtomicBool::default);
        Self { access: spec.access, places, taken, shared }
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
        // who may connect to a Unix socket, its file's permissions say
        let permits = client.peer.inet().is_none_or(|peer| self.access.permits(peer.ip()));
        if !permits {
            let (local, peer) = (client.local.clone(), client.peer.clone());
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

async fn accept(listener: Listener, door: Arc<Door>, accepted: mpsc::Sender<(Client, Place)>) {
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
                if accepted.send((client, place)).await.is_err() || door.taken.is_some() {
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

fn conversation(client: Client, shared: &Arc<Shared>) -> Box<Conversation> {
    Conversation::new(client.made(), Arc::clone(shared))
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
