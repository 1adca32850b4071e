//! The stages of the textbook: five of a client, seven of a server.

use crate::event::End;
use crate::lang::Lang;
use crate::step::{Call, Step};

/// One stage of a client or of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Whose.
    pub end: End,
    /// Its number, from 1.
    pub number: u8,
}

impl Stage {
    /// The stage that a step is; none for what is beside the textbook's (options, addresses, half-closes).
    pub(super) fn of(step: &Step) -> Option<Self> {
        let number = match (step.end, &step.call) {
            (_, Call::Socket { .. }) => 1,
            (End::Client, Call::Connect { .. }) | (End::Server, Call::Bind { .. }) => 2,
            (End::Client, Call::Send { .. }) | (End::Server, Call::Listen { .. }) => 3,
            (End::Client, Call::Receive { .. }) | (End::Server, Call::Accept) => 4,
            (End::Client, Call::Close) | (End::Server, Call::Receive { .. }) => 5,
            (End::Server, Call::Send { .. }) => 6,
            (End::Server, Call::Close) => 7,
            _ => return None,
        };
        Some(Self { end: step.end, number })
    }

    /// How many stages this end has.
    pub fn of_how_many(self) -> u8 {
        match self.end {
            End::Client => 5,
            End::Server => 7,
        }
    }

    /// What is done in it: one word, such as `create` or `accept`.
    pub fn name(self, lang: Lang) -> &'static str {
        let [english, french, chinese] = match (self.end, self.number) {
            (_, 1) => ["create", "créer", "创建"],
            (End::Client, 2) => ["connect", "se connecter", "连接"],
            (End::Server, 2) => ["bind", "attacher", "绑定"],
            (End::Server, 3) => ["listen", "écouter", "监听"],
            (End::Server, 4) => ["accept", "accepter", "接受"],
            (End::Client, 3) | (End::Server, 6) => ["send", "envoyer", "发送"],
            (End::Client, 4) | (End::Server, 5) => ["receive", "recevoir", "接收"],
            _ => ["close", "fermer", "关闭"],
        };
        match lang {
            Lang::English => english,
            Lang::French => french,
            Lang::Chinese => chinese,
        }
    }
}
