//! The handshakes of a server's clients: each in a task of its own, so that one that stops keeps nobody waiting.

use std::sync::Arc;
use std::time::Duration;

use raccord_core::failure::Failure;
use tokio::time::Instant;

use super::listener::Client;
use crate::conversation::{Conversation, Made};
use crate::leg::Leg;
use crate::session::Shared;
use crate::tls::Acceptor;

/// What the handshakes of one server need.
pub(super) struct Handshakes {
    acceptor: Arc<Acceptor>,
    /// How long one may take.
    timeout: Duration,
    shared: Arc<Shared>,
}

impl Handshakes {
    pub(super) fn new(acceptor: Acceptor, timeout: Duration, shared: &Arc<Shared>) -> Self {
        Self { acceptor: Arc::new(acceptor), timeout, shared: Arc::clone(shared) }
    }

    /// The handshake with this client; gives its conversation, or nothing and tells why.
    pub(super) fn with(
        &self,
        client: Client,
    ) -> impl Future<Output = Option<Box<Conversation>>> + Send + use<> {
        let (acceptor, shared) = (Arc::clone(&self.acceptor), Arc::clone(&self.shared));
        let deadline = Instant::now() + self.timeout;
        async move {
            let Client { stream, local, peer } = client;
            let shaken = tokio::select! {
                shaken = acceptor.shake_hands(stream, deadline) => shaken,
                // nothing was said yet that would be lost
                () = shared.stop.cancelled() => return None,
            };
            match shaken {
                Ok((tls, secured)) => {
                    let leg = Leg::Tls(Box::new(tls));
                    let made = Made { leg, local, peer, secured: Some(Box::new(secured)) };
                    Some(Conversation::new(made, shared))
                }
                Err(refused) => {
                    shared.warn(in_one_line(&refused.failure));
                    None
                }
            }
        }
    }
}

/// Why a client is not served, and what to do about it first.
fn in_one_line(failure: &Failure) -> String {
    let remedy = failure.remedies.first().map_or_else(String::new, |remedy| format!("; {remedy}"));
    failure.sentence() + &remedy
}
