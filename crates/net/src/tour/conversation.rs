//! The course's conversation: a client that asks in GBK, and a server that answers it and ends.
//!
//! Both are sessions of raccord like any other, so that whoever observes their feeds sees each step and each byte.

use std::collections::VecDeque;
use std::time::Duration;

use raccord_core::encoding::Encoding;
use raccord_core::endpoint::Host;
use raccord_core::event::{End, Event};
use raccord_core::failure::Failure;

use crate::{
    Connect, Feed, Interest, Keep, Listen, Observer, Outcome, Responder, Send, Terms, connect, listen,
};

/// What the client says, with nothing appended.
pub const QUESTION: &str = " Bonjour serveur , Je suis le client little black !";
/// What the server answers.
pub const ANSWER: &str = "ok,  Le problème est en cours ...";
/// Most bytes that one read takes.
const READ: usize = 1024;
/// How long the conversation, which takes about a millisecond, may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Room for far more events than there are.
const FEED: usize = 1024 * 1024;

/// One thing that happened at one end.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// At which end.
    pub end: End,
    /// What, and when.
    pub event: Event,
}

/// The encoding of the conversation: GBK.
pub fn encoding() -> Encoding {
    Encoding::for_label("gbk").unwrap_or(Encoding::UTF_8)
}

/// Holds the conversation and gives everything that happened at either end, socket calls included, in order of time.
pub async fn conversation() -> Vec<Moment> {
    let server = Feed::new(FEED);
    let client = server.beside(FEED);
    let everything = Interest { bytes: true, steps: true };
    let observers = [(End::Server, &server), (End::Client, &client)]
        .map(|(end, feed)| (end, feed.observe(Keep::All, everything)));
    converse(&server, &client).await;
    server.close();
    client.close();
    let mut moments: Vec<_> =
        observers.into_iter().flat_map(|(end, observer)| drain(end, observer)).collect();
    moments.sort_by_key(|moment| moment.event.time);
    moments
}

/// Holds the conversation while others observe: what happens goes to one feed for each end. Gives how it ended for
/// the server and for the client; it is over within a few seconds. Must be called within a tokio runtime.
///
/// The server serves one client, answers once and ends its half, first, as the course's does; the client reads to that
/// end.
pub async fn converse(server: &Feed, client: &Feed) -> (Outcome, Outcome) {
    let host = Host::V4([127, 0, 0, 1].into());
    let answers = Terms { responder: Some(Responder::Reply(bytes(ANSWER))), replies: Some(1), ..terms() };
    let serving = listen(Listen { once: true, terms: answers, ..Listen::on(host.clone(), 0) }, server);
    let commands = serving.commands();
    let port = commands.ready().await.and_then(|addresses| Some(addresses.first()?.inet()?.port()));
    let asked = match port {
        Some(port) => {
            let sends = vec![Send::Bytes(bytes(QUESTION))];
            let asks = Terms { sends: sends.into(), waits_for_peer: true, ..terms() };
            connect(Connect { timeout: PATIENCE, terms: asks, ..Connect::to(host, port) }, client)
                .ended()
                .await
        }
        None => Outcome::Failed(Failure::new("the client was not started", "there is no server")),
    };
    if matches!(asked, Outcome::Failed(_)) {
        commands.stop();
    }
    (serving.ended().await, asked)
}

fn terms() -> Terms {
    Terms { timeout: Some(PATIENCE), read_size: READ, ..Terms::default() }
}

fn bytes(text: &str) -> bytes::Bytes {
    // both sentences can be said in GBK
    encoding().encode(text).unwrap_or_default().into()
}

fn drain(end: End, mut observer: Observer) -> Vec<Moment> {
    let (mut moments, mut batch) = (Vec::new(), VecDeque::new());
    while observer.next_batch(&mut batch) {
        moments.extend(batch.drain(..).map(|event| Moment { end, event }));
    }
    moments
}
