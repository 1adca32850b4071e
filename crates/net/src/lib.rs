//! raccord's sockets: [`connect`] and [`listen`] return a [`Session`], which takes commands and emits events.
//!
//! What happens on a session goes to a [`Feed`], where any number of observers may read it; a session that nobody
//! observes makes no events of bytes at all. Everything runs on the tokio runtime of the caller.

mod clock;
mod connect;
mod conversation;
mod errors;
mod feed;
mod leg;
mod listen;
mod peer;
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

pub use connect::{Connect, connect};
pub use feed::{Feed, Interest, Keep, Observer};
pub use listen::{Listen, listen};
pub use resolve::{Family, Lookup};
pub use responder::Responder;
pub use session::{Commands, Connection, Outcome, Session, State};
pub use terms::{Send, Terms};
