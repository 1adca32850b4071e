//! What socket calls mean: for each [`Step`] the stage of the textbook in which it is, and its meaning in words.
//!
//! The stages are the five of a client (create, connect, send, receive, close) and the seven of a server (create, bind,
//! listen, accept, receive, send, close). Nothing is told that the step does not show: what was called, what came of it,
//! and the states that the kernel had after it.

mod chinese;
mod english;
mod french;
mod meaning;
mod stage;
mod unix;

use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};

pub use self::meaning::Meaning;
pub use self::stage::Stage;
pub use self::unix::UnixMeaning;
use crate::address::Address;
use crate::step::{Call, Outcome, Step};

/// What is to be said of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narration {
    /// Its stage, where it is one of the textbook's.
    pub stage: Option<Stage>,
    /// What it means; [`Meaning::words`] says it.
    pub meaning: Meaning,
    /// Whether this run has not explained that yet.
    pub is_new: bool,
}

/// Explains steps in their order, and knows what it has explained already.
#[derive(Debug, Default)]
pub struct Narrator {
    explained: Vec<Lecture>,
    stories: BTreeMap<u64, Story>,
}

/// A meaning whatever its numbers are: with others it is the same lecture.
type Lecture = (Discriminant<Meaning>, Option<Discriminant<UnixMeaning>>);

fn lecture(meaning: &Meaning) -> Lecture {
    let unix = if let Meaning::Unix(unix) = meaning { Some(discriminant(unix)) } else { None };
    (discriminant(meaning), unix)
}

/// What is known of one socket from the steps before.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
struct Story {
    unix: bool,
    listens: bool,
    connected: bool,
    peer_ended: bool,
    ours_ended: bool,
    /// It was reset, or broken otherwise.
    broken: bool,
    resets_on_close: bool,
}

impl Narrator {
    /// The narration of the next step.
    pub fn tell(&mut self, step: &Step) -> Narration {
        let before = step.socket.and_then(|socket| self.stories.get(&socket)).copied().unwrap_or_default();
        let meaning = meaning::of(step, before);
        self.note(step, before);
        let lecture = lecture(&meaning);
        let is_new = !self.explained.contains(&lecture);
        if is_new {
            self.explained.push(lecture);
        }
        // a server's last stage is the end of a conversation
        let stage = Stage::of(step).filter(|_| !before.listens || step.call != Call::Close);
        Narration { stage, meaning, is_new }
    }

    fn note(&mut self, step: &Step, before: Story) {
        // a number that another socket had is a new story
        let begins = match step.outcome {
            Outcome::Made(socket) => {
                Some((socket, Story { unix: unix::is_of_unix(step, Story::default()), ..Story::default() }))
            }
            Outcome::Accepted { socket, ref peer } => {
                let unix = matches!(peer, Address::Unix(_));
                Some((socket, Story { unix, connected: true, ..Story::default() }))
            }
            _ => None,
        };
        self.stories.extend(begins);
        let Some(socket) = step.socket else { return };
        match before.after(step) {
            Some(story) => drop(self.stories.insert(socket, story)),
            None => drop(self.stories.remove(&socket)),
        }
    }
}

impl Story {
    /// What is known after a step; nothing once it is closed.
    fn after(self, step: &Step) -> Option<Self> {
        let failed = step.outcome.error().is_some();
        Some(match &step.call {
            Call::Close => return None,
            Call::Listen { .. } => Self { listens: !failed, ..self },
            Call::Connect { .. } => Self { connected: meaning::is_established(&step.outcome), ..self },
            Call::Receive { .. } if step.outcome == Outcome::Done(0) => Self { peer_ended: true, ..self },
            Call::EndHalf => Self { ours_ended: !failed, broken: self.broken || failed, ..self },
            Call::SetOption { option: "SO_LINGER", value: 0 } => Self { resets_on_close: !failed, ..self },
            Call::Send { .. } | Call::Receive { .. } if meaning::breaks(&step.outcome) => {
                Self { broken: true, ..self }
            }
            Call::GetOption { .. } if failed => Self { broken: true, ..self },
            _ => self,
        })
    }
}

#[cfg(test)]
mod tests;
