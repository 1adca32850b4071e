//! Which address of a name is tried when: Happy Eyeballs, RFC 8305 sections 4 and 5.
//!
//! A pure machine: time is an argument, counted from any moment. Each attempt gets a head start; when it fails, or the head
//! start is over, the next begins beside it, and the first that succeeds wins.

use std::net::SocketAddr;
use std::time::Duration;

/// How long an attempt has before the next begins (section 8: the recommended delay).
pub const HEAD_START: Duration = Duration::from_millis(250);

/// The addresses in the order in which they are tried: as they came, but with the families taking turns, the family of
/// the first one first.
///
/// ```
/// use raccord_core::race::in_turns;
/// let of = |texts: [&str; 4]| texts.map(|text| text.parse().unwrap());
/// let turns = in_turns(&of(["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1"]));
/// assert_eq!(turns, of(["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1"]));
/// ```
pub fn in_turns(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_of_the_first =
        |address: &&SocketAddr| addresses.first().is_some_and(|first| first.is_ipv4() == address.is_ipv4());
    let mut one = addresses.iter().filter(is_of_the_first);
    let mut other = addresses.iter().filter(|address| !is_of_the_first(address));
    let mut turns = Vec::with_capacity(addresses.len());
    loop {
        let before = turns.len();
        turns.extend(one.next());
        turns.extend(other.next());
        if turns.len() == before {
            return turns;
        }
    }
}

/// A race between attempts, each known by its number from 0.
#[derive(Clone, Debug)]
pub struct Race {
    attempts: usize,
    begun: usize,
    /// Begun and not failed.
    running: usize,
    /// When the head start of the last one that began is over.
    head_start_ends: Duration,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Begin this attempt.
    Begin(usize),
    /// Wait for one that runs to succeed or fail, until then.
    Until(Duration),
    /// Wait for one that runs to succeed or fail: there is nobody left to begin.
    Wait,
    /// All have failed.
    Lost,
}

impl Race {
    /// A race of so many attempts.
    pub fn new(attempts: usize) -> Self {
        Self { attempts, begun: 0, running: 0, head_start_ends: Duration::ZERO }
    }

    /// What is to be done at this time; an attempt is given once.
    pub fn turn(&mut self, now: Duration) -> Turn {
        let is_waiting = self.running > 0 && now < self.head_start_ends;
        match self.begun < self.attempts {
            true if is_waiting => Turn::Until(self.head_start_ends),
            true => {
                self.begun += 1;
                self.running += 1;
                self.head_start_ends = now + HEAD_START;
                Turn::Begin(self.begun - 1)
            }
            false if self.running > 0 => Turn::Wait,
            false => Turn::Lost,
        }
    }

    /// One that ran has failed: the next begins at once.
    pub fn failed(&mut self, now: Duration) {
        self.running = self.running.saturating_sub(1);
        self.head_start_ends = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a race: `x` is a failure, a number the time; gives what was to be done at each time.
    fn played(attempts: usize, script: &str) -> String {
        let mut race = Race::new(attempts);
        let mut now = Duration::ZERO;
        let mut played = Vec::new();
        for word in script.split(' ') {
            if word == "x" {
                race.failed(now);
            } else {
                now = Duration::from_millis(word.parse().unwrap());
            }
            played.push(match race.turn(now) {
                Turn::Begin(attempt) => format!("begin{attempt}"),
                Turn::Until(until) => format!("until{}", until.as_millis()),
                Turn::Wait => "wait".to_owned(),
                Turn::Lost => "lost".to_owned(),
            });
        }
        played.join(" ")
    }

    #[test]
    fn each_has_its_head_start() {
        let rows = [
            ("nobody", 0, "0", "lost"),
            ("one alone", 1, "0 1 300 x", "begin0 wait wait lost"),
            ("the second after the head start", 2, "0 1 249 250 251", "begin0 until250 until250 begin1 wait"),
            ("the second at once when the first fails", 2, "0 10 x x", "begin0 until250 begin1 lost"),
            (
                "the head start counts from the last beginning",
                3,
                "0 300 400 550",
                "begin0 begin1 until550 begin2",
            ),
            ("both fail late", 2, "0 250 300 x x", "begin0 begin1 wait wait lost"),
            (
                "an early failure hurries the next, whoever failed",
                3,
                "0 250 260 x",
                "begin0 begin1 until500 begin2",
            ),
        ];
        for (row, attempts, script, expected) in rows {
            assert_eq!(played(attempts, script), expected, "{row}");
        }
    }

    #[test]
    fn families_take_turns() {
        let of = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<SocketAddr>>();
        assert_eq!(in_turns(&[]), []);
        let only = of(&["1.1.1.1:1", "2.2.2.2:1"]);
        assert_eq!(in_turns(&only), only);
        let mixed = of(&["1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1", "[::1]:1"]);
        assert_eq!(in_turns(&mixed), of(&["1.1.1.1:1", "[::1]:1", "2.2.2.2:1", "3.3.3.3:1"]));
    }
}
