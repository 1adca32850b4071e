//! raccord's sockets: [`connect()`] and [`listen()`] return a [`Session`], which takes commands and emits events.
//!
//! What happens on a session goes to a [`Feed`], where any number of observers may read it; a session that nobody
//! observes makes no events of bytes at all. Everything runs on the tokio runtime of the caller.
//!
//! A server that answers one client, and what it saw of it:
//!
//! ```
//! use raccord_core::endpoint::Host;
//! use raccord_core::event::EventKind;
//! use raccord_net::{Connect, Feed, Interest, Keep, Listen, Responder, Send, Terms, connect, listen};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let feed = Feed::new(1024 * 1024);
//! let mut observer = feed.observe(Keep::All, Interest { bytes: true, steps: false });
//! let terms = Terms { responder: Some(Responder::Echo), ..Terms::default() };
//! let server = listen(Listen { once: true, terms, ..Listen::on(Host::V4([127, 0, 0, 1].into()), 0) }, &feed);
//! let port = server.commands().ready().await.unwrap()[0].inet().unwrap().port();
//!
//! let terms = Terms { sends: [Send::Bytes("hello".into())].into(), ..Terms::default() };
//! let client = Connect { terms, ..Connect::to(Host::V4([127, 0, 0, 1].into()), port) };
//! connect(client, &Feed::new(1024)).ended().await;
//! server.ended().await;
//!
//! feed.close();
//! let mut events = Default::default();
//! assert!(observer.next_batch(&mut events));
//! let received = events.iter().find_map(|event| match &event.kind {
//!     EventKind::Received(data) => Some(data.bytes.clone()),
//!     _ => None,
//! });
//! assert_eq!(received.unwrap(), "hello");
//! # }
//! ```

mod clock;
mod connect;
mod conversation;
mod errors;
mod exec;
mod feed;
mod handle;
mod leg;
mod lines;
mod listen;
mod pool;
pub mod port;
pub mod program;
mod queue;
mod resolve;
mod responder;
mod script;
mod session;
mod socket;
mod terms;
pub mod tls;
mod told;
pub mod tour;
mod tuning;
mod unix;

pub use connect::{Connect, connect};
pub use exec::Exec;
pub use feed::{Feed, Interest, Keep, Observer};
pub use listen::{Listen, listen};
pub use resolve::{Family, Lookup};
pub use responder::Responder;
pub use session::{Commands, Connection, Outcome, Session, To};
pub use terms::{Send, Terms};
pub use tuning::Tuning;
