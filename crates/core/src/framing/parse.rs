//! A framing as people write it.

use std::num::NonZeroU32;
use std::str::FromStr;

use thiserror::Error;

use super::length::Field;
use super::{Delimiter, Framing, Length};
use crate::notation::hex::{self, HexProblem};
use crate::notation::visible::foreign;
use crate::quantity;

/// Why a text is no framing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column}: {problem}")]
pub struct FramingError {
    /// The place in the text, in characters, from 1; one past its end where something is missing.
    pub column: usize,
    /// What is wrong there.
    pub problem: FramingProblem,
}

/// What can be wrong with a framing. The texts in it are fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FramingProblem {
    /// No framing begins so.
    #[error("`{0}` is no framing; write read, line, delim:HEX, fixed:N, len:TYPE or idle:DUR")]
    Unknown(String),
    /// A framing that says nothing more about itself, and more is said.
    #[error("`{name}` takes nothing behind it; write `{name}`")]
    Behind {
        /// The framing's name.
        name: &'static str,
    },
    /// A framing that needs to say more, and nothing is said.
    #[error("`{name}` says too little; write `{form}`, such as `{example}`")]
    Missing {
        /// The framing's name.
        name: &'static str,
        /// How it is written.
        form: &'static str,
        /// One that is right.
        example: &'static str,
    },
    /// Digits that are no bytes.
    #[error("{0}")]
    Hex(HexProblem),
    /// No bytes.
    #[error("a delimiter has at least one byte; write `delim:HEX`, such as `delim:0d0a`")]
    NoBytes,
    /// Something else than a number of bytes.
    #[error("`{0}` is no number; write how many bytes, in digits, such as `{1}`")]
    Number(String, &'static str),
    /// More than a message can have.
    #[error("{0} is too much; bytes are counted up to 4294967295 here")]
    TooLarge(String),
    /// Messages without bytes.
    #[error("a message has at least one byte; write `fixed:N`, such as `fixed:16`")]
    NoSize,
    /// A type of number that there is not, or none.
    #[error("`{0}` is no type of length field; write {types}", types = types())]
    Type(String),
    /// A number of several bytes in no order.
    #[error("`{0}` has no byte order; write `{0}be` for the highest byte first, or `{0}le`")]
    NoOrder(String),
    /// Something behind the type that is neither an offset nor a number to add, or comes after it.
    #[error("`{0}` cannot stand there; write `len:TYPE@OFFSET+N` in this order, such as `len:u16be@4+6`")]
    BehindType(String),
    /// Something else than a duration.
    #[error("`{0}` is no duration; write a number and ms, s, m or h, such as `idle:50ms`")]
    Duration(String),
    /// Silence of no length.
    #[error("a silence lasts longer than 0; write `read` where each chunk is a message")]
    NoSilence,
}

fn types() -> String {
    let names = Field::ALL.map(|field| field.name);
    names.join(", ")
}

/// A problem and the tail of the text at whose beginning it is.
type At<'a> = (&'a str, FramingProblem);

impl FromStr for Framing {
    type Err = FramingError;

    fn from_str(text: &str) -> Result<Self, FramingError> {
        parse(text).map_err(|(tail, problem)| FramingError {
            column: 1 + text.chars().count() - tail.chars().count(),
            problem,
        })
    }
}

fn parse(text: &str) -> Result<Framing, At<'_>> {
    let (name, rest) = text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest)));
    let missing = |name, form, example| {
        let end = &text[text.len()..];
        rest.filter(|rest| !rest.is_empty()).ok_or((end, FramingProblem::Missing { name, form, example }))
    };
    let alone = |name: &'static str, framing| match rest {
        None => Ok(framing),
        Some(_) => Err((&text[name.len()..], FramingProblem::Behind { name })),
    };
    match name {
        "read" => alone("read", Framing::Read),
        "line" => alone("line", Framing::Line),
        "delim" => delimiter(missing("delim", "delim:HEX", "delim:0d0a")?),
        "fixed" => fixed(missing("fixed", "fixed:N", "fixed:16")?),
        "len" => length(missing("len", "len:TYPE", "len:u16be")?).map(Framing::Len),
        "idle" => idle(missing("idle", "idle:DUR", "idle:50ms")?),
        _ => Err((text, FramingProblem::Unknown(foreign(name)))),
    }
}

fn delimiter(digits: &str) -> Result<Framing, At<'_>> {
    let bytes = hex::parse(digits).map_err(|error| {
        let tail = digits.char_indices().nth(error.column - 1).map_or("", |(at, _)| &digits[at..]);
        (tail, FramingProblem::Hex(error.problem))
    })?;
    Delimiter::new(&bytes).map(Framing::Delim).ok_or((digits, FramingProblem::NoBytes))
}

fn fixed(digits: &str) -> Result<Framing, At<'_>> {
    let size = NonZeroU32::new(number(digits, "fixed:16").map_err(|problem| (digits, problem))?);
    size.map(Framing::Fixed).ok_or((digits, FramingProblem::NoSize))
}

/// `TYPE[@OFFSET][+N]`.
fn length(text: &str) -> Result<Length, At<'_>> {
    let (name, rest) = split_before(text, |c| !c.is_alphanumeric());
    let field = Field::ALL.into_iter().find(|field| field.name == name).ok_or_else(|| {
        let has_orders = Field::ALL.iter().any(|field| field.name.strip_suffix("be") == Some(name));
        let problem = if has_orders { FramingProblem::NoOrder } else { FramingProblem::Type };
        (text, problem(foreign(name)))
    })?;
    let (offset, rest) = counted(rest, '@', "len:u16be@4")?;
    let (more, rest) = counted(rest, '+', "len:u16be@4+6")?;
    if !rest.is_empty() {
        return Err((rest, FramingProblem::BehindType(foreign(rest))));
    }
    Ok(Length::new(field, offset, more))
}

/// The number behind `sign` if the text begins with that, and what comes after it.
fn counted<'a>(text: &'a str, sign: char, example: &'static str) -> Result<(Option<u32>, &'a str), At<'a>> {
    let Some(rest) = text.strip_prefix(sign) else { return Ok((None, text)) };
    let (digits, rest) = split_before(rest, |c| matches!(c, '@' | '+'));
    let number = number(digits, example).map_err(|problem| (&text[sign.len_utf8()..], problem))?;
    Ok((Some(number), rest))
}

fn split_before(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(wanted).unwrap_or(text.len()))
}

fn number(digits: &str, example: &'static str) -> Result<u32, FramingProblem> {
    // `parse` alone would take a sign
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FramingProblem::Number(foreign(digits), example));
    }
    digits.parse().map_err(|_| FramingProblem::TooLarge(digits.to_owned()))
}

fn idle(text: &str) -> Result<Framing, At<'_>> {
    let silence = quantity::duration(text).map_err(|_| (text, FramingProblem::Duration(foreign(text))))?;
    if silence.is_zero() { Err((text, FramingProblem::NoSilence)) } else { Ok(Framing::Idle(silence)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_read_prints_shortly_and_is_read_as_the_same() {
        for (text, printed) in [
            ("read", "read"),
            ("line", "line"),
            ("delim:0D 0A", "delim:0d0a"),
            ("delim:0x00", "delim:00"),
            ("delim:0d:0a", "delim:0d0a"),
            ("fixed:016", "fixed:16"),
            ("len:u8", "len:u8"),
            ("len:u16be", "len:u16be"),
            ("len:u16le+02", "len:u16le+2"),
            ("len:u32be+0", "len:u32be+0"),
            ("len:u16be@4+6", "len:u16be@4+6"),
            ("len:u64le@4+8", "len:u64le@4+8"),
            ("len:u8@0", "len:u8@0"),
            ("idle:50ms", "idle:50ms"),
            ("idle:2m", "idle:120s"),
            ("idle:1.5", "idle:1.5s"),
        ] {
            let framing: Framing = text.parse().unwrap();
            assert_eq!(framing.to_string(), printed);
            assert_eq!(printed.parse(), Ok(framing));
        }
    }

    #[test]
    fn an_error_says_place_and_remedy() {
        for (text, error) in [
            ("", "column 1: `` is no framing; write read, line, delim:HEX, fixed:N, len:TYPE or idle:DUR"),
            ("lines", "column 1: `lines` is no framing; write read, line, "),
            ("Line", "column 1: `Line` is no framing; "),
            ("line:crlf", "column 5: `line` takes nothing behind it; write `line`"),
            ("read:", "column 5: `read` takes nothing behind it"),
            ("delim", "column 6: `delim` says too little; write `delim:HEX`, such as `delim:0d0a`"),
            ("delim:", "column 7: `delim` says too little; "),
            (
                "delim:0d0",
                "column 9: the digit `0` stands alone; a byte is two hexadecimal digits, such as `00`",
            ),
            ("delim:\\n", "column 7: `\\\\` is no hexadecimal digit; "),
            ("delim:0x", "column 9: `0x` is followed by nothing; "),
            ("delim: ", "column 7: a delimiter has at least one byte; "),
            ("fixed", "column 6: `fixed` says too little; write `fixed:N`, such as `fixed:16`"),
            ("fixed:0", "column 7: a message has at least one byte; "),
            ("fixed:-1", "column 7: `-1` is no number; write how many bytes, in digits, such as `fixed:16`"),
            ("fixed:4294967296", "column 7: 4294967296 is too much; bytes are counted up to 4294967295 here"),
            ("len:", "column 5: `len` says too little; write `len:TYPE`, such as `len:u16be`"),
            (
                "len:u16",
                "column 5: `u16` has no byte order; write `u16be` for the highest byte first, or `u16le`",
            ),
            (
                "len:u24be",
                "column 5: `u24be` is no type of length field; write u8, u16be, u16le, u32be, u32le, u64be, u64le",
            ),
            ("len:@4", "column 5: `` is no type of length field; "),
            (
                "len:u16be@",
                "column 11: `` is no number; write how many bytes, in digits, such as `len:u16be@4`",
            ),
            ("len:u16be@+6", "column 11: `` is no number; "),
            (
                "len:u16be@4+",
                "column 13: `` is no number; write how many bytes, in digits, such as `len:u16be@4+6`",
            ),
            (
                "len:u16be+6@4",
                "column 12: `@4` cannot stand there; write `len:TYPE@OFFSET+N` in this order, ",
            ),
            ("len:u16be-2", "column 10: `-2` cannot stand there; "),
            ("len:u16be@4x", "column 11: `4x` is no number; "),
            ("idle:", "column 6: `idle` says too little; write `idle:DUR`, such as `idle:50ms`"),
            (
                "idle:soon",
                "column 6: `soon` is no duration; write a number and ms, s, m or h, such as `idle:50ms`",
            ),
            (
                "idle:0ms",
                "column 6: a silence lasts longer than 0; write `read` where each chunk is a message",
            ),
        ] {
            let said = text.parse::<Framing>().unwrap_err().to_string();
            assert!(said.starts_with(error), "{text}: {said}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_within_it(
            text in "(read|line|delim:([0-9a-f]{2}){0,3}|fixed:[0-9]{1,11}|len:u(8|16|32|64)(be|le)?(@[0-9]{0,9})?([+][0-9]{0,9})?|idle:[0-9.]{1,5}(ms|s|h)?|.{0,4})(\\PC{0,2})",
        ) {
            match text.parse::<Framing>() {
                Ok(framing) => {
                    prop_assert!(framing.shortest() >= 1);
                    prop_assert_eq!(framing.to_string().parse(), Ok(framing));
                }
                Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
            }
        }
    }
}
