//! Which connections a fault acts on, and when: what is written behind `@`.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use super::Share;
use super::chance::{Chance, Draws};
use super::parse::{FaultProblem, Wrong, duration};
use crate::notation::visible::foreign;
use crate::quantity::duration_text;
use crate::spelling::nearest;

/// One condition of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// `10%`: that share of the connections, by chance.
    Share(Share),
    /// `first=2`: the first so many connections of the session.
    First(NonZeroU64),
    /// `every=10`: the tenth connection, the twentieth, and so on.
    Every(NonZeroU64),
    /// `after=5s`: from so long after the connection was opened.
    After(Duration),
    /// `for=2s`: for so long, more than 0; with `after`, from then on.
    For(Duration),
}

/// The words in front of `=`.
const WORDS: [&str; 4] = ["first", "every", "after", "for"];

impl Which {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let (word, value) = text.split_once('=').map_or((text, None), |(word, value)| (word, Some(value)));
        if value.is_none() && text.ends_with('%') {
            return Share::parse(text).map(Self::Share);
        }
        let unknown = || Wrong {
            at: 0,
            problem: FaultProblem::Which { said: foreign(text), meant: nearest(word, WORDS) },
        };
        let read: fn(&str) -> Result<Self, Wrong> = match word {
            "first" => |value| count(value, "`@first=2`").map(Self::First),
            "every" => |value| count(value, "`@every=10`").map(Self::Every),
            "after" => |value| duration(value).map(Self::After),
            "for" => |value| match duration(value)? {
                Duration::ZERO => {
                    Err(Wrong::value(0, foreign(value), "is no time at all", "more, such as `@for=2s`"))
                }
                lasting => Ok(Self::For(lasting)),
            },
            _ => return Err(unknown()),
        };
        let value_at = (word.len() + 1).min(text.len());
        read(value.unwrap_or_default()).map_err(|wrong| wrong.behind(value_at))
    }

    /// Whether both say the same kind of thing.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// Whether it speaks of time, of which none has passed when a connection is accepted.
    pub(super) fn is_timed(&self) -> bool {
        matches!(self, Self::After(_) | Self::For(_))
    }

    pub(super) fn chooses(&self, position: u32, chance: Chance) -> bool {
        match self {
            Self::Share(share) => share.has(chance.of_fault(position).at(Draws::OF_CONNECTION)),
            Self::First(count) => chance.conn.0 <= count.get(),
            Self::Every(count) => chance.conn.0.is_multiple_of(count.get()),
            Self::After(_) | Self::For(_) => true,
        }
    }
}

fn count(text: &str, example: &'static str) -> Result<NonZeroU64, Wrong> {
    let wrong = |wrong| Wrong::value(0, foreign(text), wrong, example);
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("is no number of connections"));
    }
    let count: u64 = text.parse().map_err(|_| wrong("is more connections than can be counted"))?;
    NonZeroU64::new(count).ok_or_else(|| wrong("is no connection"))
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => share.fmt(f),
            Self::First(count) => write!(f, "first={count}"),
            Self::Every(count) => write!(f, "every={count}"),
            Self::After(after) => write!(f, "after={}", duration_text(*after)),
            Self::For(lasting) => write!(f, "for={}", duration_text(*lasting)),
        }
    }
}
