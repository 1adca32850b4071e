//! How a server answers each message.

use bytes::Bytes;

use crate::exec::Exec;

/// What is answered. It neither reads nor writes: the conversation does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Responder {
    /// Each message, exactly as it came.
    Echo,
    /// Nothing.
    Discard,
    /// Always this.
    Reply(Bytes),
    /// What a program says that is started for each connection; it answers when it likes, and no message in particular.
    Program(Exec),
}

impl Responder {
    /// The answer to a message, if there is one. Sharing the message or the reply copies nothing.
    pub fn answer(&self, message: Bytes) -> Option<Bytes> {
        match self {
            Self::Echo => Some(message),
            Self::Discard | Self::Program(_) => None,
            Self::Reply(reply) => Some(reply.clone()),
        }
    }
}
