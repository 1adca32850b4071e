//! Bytes as pairs of hexadecimal digits: read leniently about what stands between pairs, never about the pairs.

use thiserror::Error;

use super::visible::foreign;

/// Reads pairs of hexadecimal digits in either case, as `--send-hex` takes them.
///
/// Between pairs there may be nothing, whitespace, commas, colons and dashes; `0x` may stand before a pair.
/// A text without digits is no bytes. A digit that stands alone is an error, never joined to another one over
/// a gap.
///
/// ```
/// use raccord_core::notation::hex;
/// assert_eq!(hex::parse("01 0203, 0x0A"), Ok(vec![1, 2, 3, 10]));
/// assert!(hex::parse("0 1 2 3").is_err());
/// ```
pub fn parse(text: &str) -> Result<Vec<u8>, HexError> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut rest = text.trim_start_matches(is_separator);
    while !rest.is_empty() {
        let digits = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")).unwrap_or(rest);
        let Some((byte, after)) = pair(digits) else { return Err(explain(text, digits)) };
        bytes.push(byte);
        rest = after.trim_start_matches(is_separator);
    }
    Ok(bytes)
}

/// Appends two lower-case digits for each byte, with nothing between them.
pub fn write_lower(bytes: &[u8], out: &mut String) {
    // by way of a buffer: one push of many digits, which are ASCII, is twice as fast as a push for each
    let mut digits = [0; 2 * 64];
    for chunk in bytes.chunks(64) {
        for (pair, byte) in digits.chunks_exact_mut(2).zip(chunk) {
            pair.copy_from_slice(&lower(*byte));
        }
        out.push_str(str::from_utf8(&digits[..2 * chunk.len()]).unwrap_or_default());
    }
}

/// The two lower-case digits of a byte, in ASCII.
pub(super) fn lower(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

/// Why a text is not bytes in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column}: {problem}")]
pub struct HexError {
    /// The place in the text, in characters, from 1; one past its end where something is missing.
    pub column: usize,
    /// What is wrong there.
    pub problem: HexProblem,
}

/// What can be wrong with bytes in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HexProblem {
    /// One digit without a second one.
    #[error("the digit `{0}` stands alone; a byte is two hexadecimal digits, such as `0{0}`")]
    Alone(char),
    /// A character that is neither a digit nor a separator.
    #[error("`{}` is no hexadecimal digit; write bytes as pairs of 0-9 and a-f, such as `01 0a ff`", foreign(.0.to_string()))]
    NotDigit(char),
    /// `0x` and then the end.
    #[error("`0x` is followed by nothing; write a pair of digits after it, such as `0x0a`")]
    NothingAfterPrefix,
}

fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | ':' | '-')
}

/// The byte that the first two characters say, and what comes after them.
fn pair(text: &str) -> Option<(u8, &str)> {
    let (pair, after) = text.split_at_checked(2)?;
    // `from_str_radix` alone would take a sign
    let digits = pair.bytes().all(|byte| byte.is_ascii_hexdigit());
    let byte = u8::from_str_radix(pair, 16).ok().filter(|_| digits)?;
    Some((byte, after))
}

/// Why `digits`, a tail of `text`, does not begin with a pair.
fn explain(text: &str, digits: &str) -> HexError {
    let column = 1 + text.chars().count() - digits.chars().count();
    let mut ahead = digits.chars();
    let (column, problem) = match (ahead.next(), ahead.next()) {
        (None, _) => (column, HexProblem::NothingAfterPrefix),
        (Some(first), _) if !first.is_ascii_hexdigit() => (column, HexProblem::NotDigit(first)),
        (Some(_), Some(second)) if !is_separator(second) => (column + 1, HexProblem::NotDigit(second)),
        (Some(first), _) => (column, HexProblem::Alone(first)),
    };
    HexError { column, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pairs_are_read_whatever_stands_between_them() {
        for text in
            ["01020aFF", "01 02 0a ff", "01  02\t0a\nFF ", "01,02,0A,ff", "01:02:0a:ff", "01-02-0a-ff"]
        {
            assert_eq!(parse(text), Ok(vec![1, 2, 10, 255]), "{text}");
        }
        for text in
            ["0x01 0x02 0X0a 0xff", "0x01,0x02,0x0a,0xff", "0x010x020x0a0xff", "0x01020aff", "\u{a0}01020aff"]
        {
            assert_eq!(parse(text), Ok(vec![1, 2, 10, 255]), "{text}");
        }
        for text in ["", " ", " ,\n"] {
            assert_eq!(parse(text), Ok(vec![]), "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_refused_at_its_column() {
        use HexProblem::{Alone, NotDigit, NothingAfterPrefix};
        for (text, column, problem) in [
            ("0 1 2 3", 1, Alone('0')),
            ("012", 3, Alone('2')),
            ("01 2", 4, Alone('2')),
            ("1 23", 1, Alone('1')),
            ("0x1", 3, Alone('1')),
            ("01-a,", 4, Alone('a')),
            ("01 2g", 5, NotDigit('g')),
            ("0x", 3, NothingAfterPrefix),
            ("0x 01", 3, NotDigit(' ')),
            ("0x0x01", 4, NotDigit('x')),
            ("+1", 1, NotDigit('+')),
            ("你", 1, NotDigit('你')),
            ("1你", 2, NotDigit('你')),
            (r"\x01", 1, NotDigit('\\')),
        ] {
            assert_eq!(parse(text), Err(HexError { column, problem }), "{text}");
        }
    }

    #[test]
    fn an_error_says_place_and_remedy() {
        let error = parse("01 2").unwrap_err().to_string();
        assert_eq!(
            error,
            "column 4: the digit `2` stands alone; a byte is two hexadecimal digits, such as `02`"
        );
        let error = parse("01\u{1b}").unwrap_err().to_string();
        assert!(error.starts_with(r"column 3: `\x1b` is no hexadecimal digit"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(bytes: Vec<u8>) {
            let mut text = String::new();
            write_lower(&bytes, &mut text);
            prop_assert_eq!(text.len(), 2 * bytes.len());
            prop_assert_eq!(parse(&text), Ok(bytes));
        }

        #[test]
        fn any_separators_give_the_same_bytes(
            pairs in prop::collection::vec((any::<u8>(), "[ \t\n,:-]{0,3}(0x|0X)?", any::<bool>()), 0..20),
        ) {
            let text: String = pairs
                .iter()
                .map(|(byte, before, upper)| {
                    if *upper { format!("{before}{byte:02X}") } else { format!("{before}{byte:02x}") }
                })
                .collect();
            let bytes: Vec<u8> = pairs.iter().map(|(byte, ..)| *byte).collect();
            prop_assert_eq!(parse(&text), Ok(bytes));
        }

        #[test]
        fn no_text_panics_and_columns_are_inside(text in "([0-9a-fA-Fx ,:-]|\\PC){0,12}") {
            if let Err(error) = parse(&text) {
                prop_assert!((1..=text.chars().count() + 1).contains(&error.column));
            }
        }
    }
}
