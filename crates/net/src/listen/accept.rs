//! Accepting: one conversation for each client; out of descriptors it pauses, and neither spins nor ends.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use raccord_core::event::Closed;
use raccord_core::failure::{Failure, said};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::listener::{Client, Listener};
use crate::conversation::Conversation;
use crate::leg::Leg;
use crate::session::{Outcome, Shared};

/// How long accepting rests when the system has nothing left to give.
const REST: Duration = Duration::from_millis(100);

/// Accepts until told to stop, or once; returns when every conversation is over.
pub(super) async fn serve(listeners: Vec<Listener>, once: bool, shared: Arc<Shared>) -> Outcome {
    let (accepted, mut clients) = mpsc::channel(1);
    let taken = Arc::new(AtomicBool::new(false));
    let mut accepting = JoinSet::new();
    for listener in listeners {
        let only = once.then(|| Arc::clone(&taken));
        accepting.spawn(accept(listener, only, accepted.clone(), Arc::clone(&shared)));
    }
    drop(accepted);
    let mut conversations = JoinSet::new();
    let mut last = None;
    loop {
        tokio::select! {
            client = clients.recv() => match client {
                Some(conversation) => {
                    if once {
                        // what still waits in the backlog is not ours to serve
                        accepting.shutdown().await;
                    }
                    conversations.spawn(Conversation::run(conversation));
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

async fn accept(
    listener: Listener,
    only: Option<Arc<AtomicBool>>,
    accepted: mpsc::Sender<Conversation>,
    shared: Arc<Shared>,
) {
    let mut paused = false;
    while !shared.stop.is_cancelled() {
        let client = tokio::select! {
            // whoever is in the backlog when the session retires came in time
            biased;
            client = listener.accept() => client,
            () = shared.retire.cancelled() => return,
        };
        match client.map(|client| conversation(client, &shared)) {
            Ok(conversation) => {
                paused = false;
                if only.as_ref().is_some_and(|taken| taken.swap(true, Ordering::Relaxed)) {
                    return;
                }
                if accepted.send(conversation).await.is_err() || only.is_some() {
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
