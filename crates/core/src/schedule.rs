//! When what an end sends by itself is sent: once, again at an interval, or only after an answer.
//!
//! A pure machine: time is an argument, counted from the moment the conversation opened.

use std::time::Duration;

/// How a list of sends is repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repetition {
    /// So long from one round to the next; at once where none is given.
    pub every: Option<Duration>,
    /// So many rounds in all; without a number one, or with an interval as many as there is time for.
    pub times: Option<u64>,
    /// Whether each send waits until a message came after the one before it, and the last until one came after it.
    pub awaits: bool,
}

/// The sends of one conversation, and when each is due.
#[derive(Clone, Debug)]
pub struct Schedule {
    repetition: Repetition,
    sends: usize,
    next: usize,
    rounds: u64,
    /// When this round was due.
    began: Duration,
    awaiting: bool,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send the one with this index, from 0.
    Send(usize),
    /// Nothing until then.
    At(Duration),
    /// Nothing until a message comes.
    Answer,
    /// Nothing any more.
    Done,
}

impl Schedule {
    /// So many sends, in their order.
    pub fn new(sends: usize, repetition: Repetition) -> Self {
        Self { repetition, sends, next: 0, rounds: 0, began: Duration::ZERO, awaiting: false }
    }

    /// A message came.
    pub fn message(&mut self) {
        self.awaiting = false;
    }

    /// Whether a message is waited for.
    pub fn is_awaiting(&self) -> bool {
        self.awaiting
    }

    /// What is to be done at this time; a send is given once.
    pub fn turn(&mut self, now: Duration) -> Turn {
        if self.awaiting {
            return Turn::Answer;
        }
        if self.sends == 0 {
            return Turn::Done;
        }
        if self.next == self.sends {
            if self.is_last_round() {
                return Turn::Done;
            }
            let due = self.began + self.repetition.every.unwrap_or_default();
            if now < due {
                return Turn::At(due);
            }
            self.begin_round(due, now);
        }
        let send = self.next;
        self.next += 1;
        self.awaiting = self.repetition.awaits;
        Turn::Send(send)
    }

    fn is_last_round(&self) -> bool {
        let rounds = self.rounds + 1;
        match (self.repetition.times, self.repetition.every) {
            (Some(times), _) => rounds >= times,
            (None, every) => every.is_none(),
        }
    }

    /// A round that is late by less than the interval keeps the beat; one that is later begins a new one, for what was
    /// missed is not made up for.
    fn begin_round(&mut self, due: Duration, now: Duration) {
        let keeps_the_beat = self.repetition.every.is_some_and(|every| now.saturating_sub(due) < every);
        self.began = if keeps_the_beat { due } else { now };
        self.rounds += 1;
        self.next = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Plays a schedule: `m` is a message, a number the time; gives what was done at each time.
    fn played(sends: usize, repetition: Repetition, script: &str) -> String {
        let mut schedule = Schedule::new(sends, repetition);
        let mut played = Vec::new();
        for word in script.split(' ') {
            if word == "m" {
                schedule.message();
                continue;
            }
            let now = ms(word.parse().unwrap());
            let mut turns = Vec::new();
            loop {
                let turn = schedule.turn(now);
                turns.push(match turn {
                    Turn::Send(index) => index.to_string(),
                    Turn::At(due) => format!("@{}", due.as_millis()),
                    Turn::Answer => "?".to_owned(),
                    Turn::Done => ".".to_owned(),
                });
                if !matches!(turn, Turn::Send(_)) {
                    break;
                }
            }
            played.push(turns.concat());
        }
        played.join(" ")
    }

    #[test]
    fn each_is_sent_when_it_is_due() {
        let once = Repetition::default();
        let thrice = Repetition { times: Some(3), ..once };
        let beat = Repetition { every: Some(ms(100)), ..once };
        let answered = Repetition { awaits: true, ..once };
        let rows: &[(&str, usize, Repetition, &str, &str)] = &[
            ("nothing", 0, once, "0 5", ". ."),
            ("once", 2, once, "0 5", "01. ."),
            ("three times at once", 2, thrice, "0", "010101."),
            (
                "zero times is once: the first round is under way",
                1,
                Repetition { times: Some(0), ..once },
                "0",
                "0.",
            ),
            ("for ever at an interval", 1, beat, "0 99 100 150 200", "0@100 @100 0@200 @200 0@300"),
            ("a little late keeps the beat", 1, beat, "0 130 200", "0@100 0@200 0@300"),
            ("very late is not made up for", 1, beat, "0 730 800 830", "0@100 0@830 @830 0@930"),
            (
                "three times at an interval",
                1,
                Repetition { times: Some(3), ..beat },
                "0 100 200 300",
                "0@100 0@200 0. .",
            ),
            ("each after an answer", 2, answered, "0 1 m 2 3 m 4", "0? ? 1? ? ."),
            ("an answer that was not waited for counts for nothing", 1, once, "m 0", "0."),
            (
                "answers and an interval",
                1,
                Repetition { times: Some(2), awaits: true, ..beat },
                "0 50 m 60 100 m 150",
                "0? ? @100 0? .",
            ),
            ("an answer that comes late", 1, Repetition { awaits: true, ..beat }, "0 150 m 160", "0? ? 0?"),
        ];
        for (row, sends, repetition, script, expected) in rows {
            assert_eq!(played(*sends, *repetition, script), *expected, "{row}");
        }
    }
}
