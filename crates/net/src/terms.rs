//! The terms of a conversation: what is known beforehand about how an end of raccord behaves on each connection.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use raccord_core::ending::{Answers, Input, Plan};
use raccord_core::framing::{Cutter, Framing, MAX_MESSAGE};
use raccord_core::schedule::Repetition;

use crate::responder::Responder;
use crate::tuning::Tuning;

/// What one thing sent on connecting is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Send {
    /// These bytes: one message.
    Bytes(Bytes),
    /// A file's bytes, as they are, read while they are sent.
    File(PathBuf),
}

/// How an end behaves on each of its connections.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Where input comes from: whether [`Commands::input`](crate::Commands::input) will be called, and by whom.
    pub input: Input,
    /// What is sent on connecting, in this order.
    pub sends: Arc<[Send]>,
    /// How often, and when again.
    pub repetition: Repetition,
    /// How what is received is cut into messages, which are counted and answered.
    pub framing: Framing,
    /// The longest message, in bytes: a longer one ends the connection. At least [`Framing::shortest`].
    pub max_message: usize,
    /// How each message is answered.
    pub responder: Option<Responder>,
    /// End after so many messages came, or were answered where a responder answers. 0 only asks whether a connection
    /// can be had: a client ends its half at once, and what comes meanwhile is nobody's.
    pub replies: Option<u64>,
    /// How long a conversation may take, from `opened` on.
    pub timeout: Option<Duration>,
    /// Once one half has ended, how long the other may stay silent.
    pub half_close_timeout: Option<Duration>,
    /// Close after so long a silence in both directions.
    pub idle_timeout: Option<Duration>,
    /// Never end our half before the peer ended its half.
    pub waits_for_peer: bool,
    /// Most bytes that one read takes, at least 1.
    pub read_size: usize,
    /// How the socket is set.
    pub tuning: Tuning,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            input: Input::None,
            sends: Arc::new([]),
            repetition: Repetition::default(),
            framing: Framing::Read,
            max_message: MAX_MESSAGE,
            responder: None,
            replies: None,
            timeout: None,
            half_close_timeout: None,
            idle_timeout: None,
            waits_for_peer: false,
            read_size: 256 * 1024,
            tuning: Tuning::default(),
        }
    }
}

impl Terms {
    /// What cuts the messages of one connection; none where each chunk is one.
    pub(crate) fn cutter(&self) -> Option<Cutter> {
        let cutter = || Cutter::new(self.framing.clone(), self.max_message);
        (self.framing != Framing::Read).then(cutter)
    }

    pub(crate) fn plan(&self) -> Plan {
        Plan {
            input: self.input,
            sends: !self.sends.is_empty(),
            responder: match self.responder {
                None => Answers::Nothing,
                Some(Responder::Program(_)) => Answers::Program,
                Some(_) => Answers::EachMessage,
            },
            replies: self.replies,
            waits_for_peer: self.waits_for_peer,
        }
    }
}
