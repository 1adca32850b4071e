//! A fault as people write it.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::{Does, Fault, KINDS, Which};
use crate::event::Dir;
use crate::notation::visible::foreign;
use crate::quantity;
use crate::spelling::nearest;

/// Why a text is no fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column}: {problem}")]
pub struct FaultError {
    /// The place in the text, in characters, from 1; one past its end where something is missing.
    pub column: usize,
    /// What is wrong there.
    pub problem: FaultProblem,
}

/// What can be wrong with a fault. The texts in it are fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FaultProblem {
    /// Something else than a direction in front of `:`.
    #[error("`{said}` is no direction; {}write `up:` (client to server), `down:`, or neither for both", or(*meant))]
    Direction {
        /// What was written.
        said: String,
        /// What was meant, if that can be guessed.
        meant: Option<&'static str>,
    },
    /// No fault has this name.
    #[error("`{said}` is no fault; {}write {}", or(*meant), forms())]
    Unknown {
        /// What was written.
        said: String,
        /// What was meant, if that can be guessed.
        meant: Option<&'static str>,
    },
    /// A fault that needs a value, and none is written.
    #[error("`{name}` says too little; write `{form}`, such as `{example}`")]
    Missing {
        /// The fault's name.
        name: &'static str,
        /// How it is written.
        form: &'static str,
        /// One that is right.
        example: &'static str,
    },
    /// A fault that has no value, and one is written.
    #[error("`{0}` takes no value; write `{0}`")]
    Behind(&'static str),
    /// A value that cannot be.
    #[error("`{value}` {wrong}; write {instead}")]
    Value {
        /// What was written.
        value: String,
        /// What is wrong with it.
        wrong: &'static str,
        /// What can be written.
        instead: &'static str,
    },
    /// Something else behind `@` than which connections, or when.
    #[error(
        "`@{said}` says neither which connections nor when; {}write `@10%`, `@first=2`, `@every=10`, `@after=5s` or `@for=2s`",
        or(*meant)
    )]
    Which {
        /// What was written.
        said: String,
        /// What was meant, if that can be guessed.
        meant: Option<&'static str>,
    },
    /// The same is said twice.
    #[error("`@{0}` says again what an `@` before it said; write one of them")]
    Twice(String),
    /// A direction of a fault that acts before there are bytes.
    #[error("`{0}` acts when a connection is accepted, before there is a direction; write `{0}`")]
    NoDirection(&'static str),
    /// A time of a fault that acts before any time has passed.
    #[error(
        "`{0}` acts when a connection is accepted, and `@{1}` counts from then on; write `@10%`, `@first=2` or `@every=10`"
    )]
    NoTime(&'static str, String),
}

fn or(meant: Option<&str>) -> String {
    meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default()
}

fn forms() -> String {
    let [others @ .., last] = &KINDS.each_ref().map(|kind| kind.form);
    format!("{} or {last}", others.join(", "))
}

/// A problem, and how many bytes of the text stand before it.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) problem: FaultProblem,
}

impl Wrong {
    pub(super) fn value(at: usize, value: String, wrong: &'static str, instead: &'static str) -> Self {
        Self { at, problem: FaultProblem::Value { value, wrong, instead } }
    }

    /// The same in a text that has so many bytes more in front.
    pub(super) fn behind(self, bytes: usize) -> Self {
        Self { at: self.at + bytes, ..self }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        parse(text).map_err(|Wrong { at, problem }| FaultError {
            column: 1 + text.char_indices().take_while(|(start, _)| *start < at).count(),
            problem,
        })
    }
}

fn parse(text: &str) -> Result<Fault, Wrong> {
    let mut parts = text.split('@');
    let head = parts.next().unwrap_or_default();
    let fault = what(head)?;
    let (mut which, mut at) = (Vec::new(), head.len() + 1);
    for part in parts {
        let another = Which::parse(part).map_err(|wrong| wrong.behind(at))?;
        check(&fault, &which, another).map_err(|problem| Wrong { at: at - 1, problem })?;
        which.push(another);
        at += part.len() + 1;
    }
    Ok(Fault { which: which.into(), ..fault })
}

/// `[up:|down:]NAME[=VALUE]`.
fn what(head: &str) -> Result<Fault, Wrong> {
    let (dir, rest) = direction(head)?;
    let at = head.len() - rest.len();
    let (name, value) = rest.split_once('=').map_or((rest, None), |(name, value)| (name, Some(value)));
    let kind = KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| {
        let meant = nearest(name, KINDS.iter().map(|kind| kind.name));
        Wrong { at, problem: FaultProblem::Unknown { said: foreign(name), meant } }
    })?;
    let value_at = at + name.len() + usize::from(value.is_some());
    let harm = match kind.does {
        Does::Accept(_) if dir.is_some() => {
            return Err(Wrong { at: 0, problem: FaultProblem::NoDirection(kind.name) });
        }
        Does::Accept(_) if value.is_some() => {
            return Err(Wrong { at: value_at - 1, problem: FaultProblem::Behind(kind.name) });
        }
        Does::Accept(_) => None,
        Does::Bytes(read) => {
            let value = value.or(kind.alone).filter(|value| !value.is_empty()).ok_or_else(|| {
                let (name, form, example) = (kind.name, kind.form, kind.example);
                Wrong { at: value_at, problem: FaultProblem::Missing { name, form, example } }
            })?;
            Some(read(value).map_err(|wrong| wrong.behind(value_at))?)
        }
    };
    Ok(Fault { dir, kind, harm, which: Arc::default() })
}

/// The direction in front, if there is one, and what stands behind it.
fn direction(head: &str) -> Result<(Option<Dir>, &str), Wrong> {
    let before_value = head.find('=').unwrap_or(head.len());
    let Some(colon) = head[..before_value].find(':') else { return Ok((None, head)) };
    let (said, rest) = (&head[..colon], &head[colon + 1..]);
    let dirs = [Dir::Up, Dir::Down];
    let dir = dirs.into_iter().find(|dir| dir.name() == said).ok_or_else(|| {
        let meant = nearest(said, dirs.map(Dir::name));
        Wrong { at: 0, problem: FaultProblem::Direction { said: foreign(said), meant } }
    })?;
    Ok((Some(dir), rest))
}

fn check(fault: &Fault, before: &[Which], which: Which) -> Result<(), FaultProblem> {
    if fault.harm.is_none() && which.is_timed() {
        return Err(FaultProblem::NoTime(fault.kind.name, which.to_string()));
    }
    if before.iter().any(|other| other.is_like(&which)) {
        return Err(FaultProblem::Twice(which.to_string()));
    }
    Ok(())
}

/// A duration of at most 100 years.
pub(super) fn duration(text: &str) -> Result<Duration, Wrong> {
    quantity::duration(text).map_err(|_| {
        let instead = "a number and ms, s, m or h, such as `50ms`";
        Wrong::value(0, foreign(text), "is no duration", instead)
    })
}

/// A number of bytes.
pub(super) fn size(text: &str) -> Result<u64, Wrong> {
    quantity::bytes(text).map_err(|_| {
        let instead = "how many, bare or with KiB, MiB or GiB, such as `64KiB`";
        Wrong::value(0, foreign(text), "is no number of bytes", instead)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_read_prints_shortly_and_is_read_as_the_same() {
        for (text, printed) in [
            ("latency=50ms", "latency=50ms"),
            ("up:latency=50ms~10ms", "up:latency=50ms~10ms"),
            ("down:latency=2m~0", "down:latency=120s~0s"),
            ("bandwidth=64KiB/s", "bandwidth=64KiB/s"),
            ("bandwidth=65536/s", "bandwidth=64KiB/s"),
            ("slice=1..16", "slice=1..16"),
            ("slice=8..8", "slice=8"),
            ("slice=08", "slice=8"),
            ("stall=1KiB", "stall=1KiB"),
            ("close=1500", "close=1500"),
            ("reset=0", "reset"),
            ("reset@after=5s", "reset@after=5s"),
            ("corrupt=0.10%", "corrupt=0.1%"),
            ("corrupt=0%", "corrupt=0%"),
            ("refuse@every=10", "refuse@every=10"),
            ("blackhole@first=02@50%", "blackhole@first=2@50%"),
            ("close@10%@first=2@every=10@after=0@for=2s", "close@10%@first=2@every=10@after=0s@for=2s"),
            ("close@for=2s@after=5s", "close@for=2s@after=5s"),
        ] {
            let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(fault.to_string(), printed);
            assert_eq!(printed.parse(), Ok(fault));
        }
    }

    #[test]
    fn each_kind_has_an_example_that_is_right_and_names_it() {
        for kind in &KINDS {
            let fault: Fault = kind.example.parse().unwrap();
            assert_eq!(fault.to_string(), kind.example);
            assert!(kind.form.starts_with(kind.name) && fault.kind().name == kind.name);
        }
    }

    #[test]
    fn an_error_says_place_and_remedy() {
        for (text, error) in [
            (
                "",
                "column 1: `` is no fault; write latency=DUR[~DUR], bandwidth=BYTES/s, slice=BYTES[..BYTES], stall[=BYTES], close[=BYTES], reset[=BYTES], corrupt=SHARE%, refuse or blackhole",
            ),
            ("latncy=50ms", "column 1: `latncy` is no fault; did you mean `latency`? write latency="),
            ("up:rset", "column 4: `rset` is no fault; did you mean `reset`? write "),
            ("Close", "column 1: `Close` is no fault; did you mean `close`? "),
            ("\u{1b}[2J", "column 1: `\\x1b[2J` is no fault; write "),
            (
                "dwon:close",
                "column 1: `dwon` is no direction; did you mean `down`? write `up:` (client to server), ",
            ),
            ("both:close", "column 1: `both` is no direction; write `up:`"),
            (
                "latency",
                "column 8: `latency` says too little; write `latency=DUR[~DUR]`, such as `latency=50ms~10ms`",
            ),
            ("up:latency=@10%", "column 12: `latency` says too little; "),
            (
                "latency=soon",
                "column 9: `soon` is no duration; write a number and ms, s, m or h, such as `50ms`",
            ),
            ("latency=50ms~", "column 14: `` is no duration; "),
            (
                "latency=50ms~60ms",
                "column 14: `60ms` is more than the latency, and no byte comes before it was sent; ",
            ),
            (
                "bandwidth=64KiB",
                "column 11: `64KiB` is no number of bytes a second; write BYTES and /s, such as ",
            ),
            ("bandwidth=0/s", "column 11: `0/s` would let nothing pass; write `stall` to hold all bytes"),
            (
                "bandwidth=64kb/s",
                "column 11: `64kb` is no number of bytes; write how many, bare or with KiB, ",
            ),
            ("slice=0", "column 7: `0` is no write; write at least one byte, such as `slice=1..16`"),
            (
                "slice=16..1",
                "column 11: `1` is less than what stands before it; write the smaller size first, ",
            ),
            ("slice=1..x", "column 10: `x` is no number of bytes; "),
            ("close=", "column 7: `close` says too little; write `close[=BYTES]`, such as `close=1KiB`"),
            ("reset=-1", "column 7: `-1` is no number of bytes; "),
            ("corrupt=0.1", "column 9: `0.1` is no share; write a number and %, such as `0.1%`"),
            ("corrupt=101%", "column 9: `101%` is more than all; write at most `100%`"),
            ("refuse=1", "column 7: `refuse` takes no value; write `refuse`"),
            (
                "up:refuse",
                "column 1: `refuse` acts when a connection is accepted, before there is a direction; ",
            ),
            (
                "refuse@after=5s",
                "column 7: `refuse` acts when a connection is accepted, and `@after=5s` counts from then on; ",
            ),
            ("close@", "column 7: `@` says neither which connections nor when; write `@10%`, `@first=2`, "),
            ("close@10", "column 7: `@10` says neither "),
            (
                "close@evry=3",
                "column 7: `@evry=3` says neither which connections nor when; did you mean `every`? write ",
            ),
            ("close@first=0", "column 13: `0` is no connection; write `@first=2`"),
            ("close@first", "column 12: `` is no number of connections; write `@first=2`"),
            ("close@every=-1", "column 13: `-1` is no number of connections; write `@every=10`"),
            ("close@after=later", "column 13: `later` is no duration; "),
            ("close@for=0", "column 11: `0` is no time at all; write more, such as `@for=2s`"),
            ("close@10%@20%", "column 10: `@20%` says again what an `@` before it said; write one of them"),
            ("close@200%", "column 7: `200%` is more than all; write at most `100%`"),
        ] {
            let said = text.parse::<Fault>().unwrap_err().to_string();
            assert!(said.starts_with(error), "{text}: {said}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_within_it(
            text in "(up:|down:|)(latency=[0-9.]{1,4}(ms|s)?(~[0-9]{0,3}ms)?|bandwidth=[0-9]{1,20}(KiB)?/s|slice=[0-9]{1,3}([.]{2}[0-9]{0,3})?|(stall|close|reset)(=[0-9]{0,3})?|corrupt=[0-9.]{1,9}%|refuse|blackhole|.{0,4})(@[0-9.]{1,6}%|@(first|every)=[0-9]{0,3}|@(after|for)=[0-9]{0,3}s?|@\\PC{0,3}){0,3}",
        ) {
            match text.parse::<Fault>() {
                Ok(fault) => prop_assert_eq!(fault.to_string().parse(), Ok(fault)),
                Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
            }
        }
    }
}
