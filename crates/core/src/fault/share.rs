//! A share of many things: `0.1%`.

use std::fmt;

use super::parse::Wrong;
use crate::notation::visible::foreign;

/// A share from 0 % to 100 %, exact to a hundred millionth of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many of [`Share::ALL`].
    parts: u64,
}

impl Share {
    const DECIMALS: usize = 8;
    const PERCENT: u64 = 10_u64.pow(8);
    const ALL: u64 = 100 * Self::PERCENT;

    /// Reads digits, with a fraction or not, and `%`.
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = |wrong, instead| Wrong::value(0, foreign(text), wrong, instead);
        let is_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.strip_suffix('%').unwrap_or_default();
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(wrong("is no share", "a number and %, such as `0.1%`"));
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > Self::DECIMALS {
            return Err(wrong("is finer than shares are counted", "at most eight digits behind the point"));
        }
        let fraction: u64 = format!("{fraction:0<width$}", width = Self::DECIMALS).parse().unwrap_or(0);
        let whole = whole.parse().ok().filter(|percent: &u64| *percent <= 100);
        let parts = whole.map(|percent| percent * Self::PERCENT + fraction);
        let parts = parts.filter(|parts| *parts <= Self::ALL);
        parts.map(|parts| Self { parts }).ok_or_else(|| wrong("is more than all", "at most `100%`"))
    }

    /// Whether a number that was drawn from all of 64 bits is of this share.
    pub(super) fn has(self, drawn: u64) -> bool {
        self.last().is_some_and(|last| drawn <= last)
    }

    /// The greatest number that is of this share; none has 0 %.
    pub(super) fn last(self) -> Option<u64> {
        let count = (u128::from(self.parts) << 64) / u128::from(Self::ALL);
        // all of them are one more than the greatest number
        count.checked_sub(1).map(|last| u64::try_from(last).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.parts / Self::PERCENT, self.parts % Self::PERCENT);
        let text = format!("{whole}.{fraction:08}");
        write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::super::FaultProblem;
    use super::*;

    #[test]
    fn a_share_is_exact_and_has_its_ends() {
        for (text, printed) in [
            ("0%", "0%"),
            ("0.0%", "0%"),
            ("100%", "100%"),
            ("100.0%", "100%"),
            ("0.1%", "0.1%"),
            ("05.50%", "5.5%"),
            ("0.00000001%", "0.00000001%"),
        ] {
            assert_eq!(Share::parse(text).unwrap().to_string(), printed);
        }
        let has = |text, drawn| Share::parse(text).unwrap().has(drawn);
        assert!(!has("0%", 0) && has("100%", u64::MAX));
        assert!(has("50%", (1 << 63) - 1) && !has("50%", 1 << 63));
        assert!(has("0.00000001%", 0));
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in ["", "%", "10", "-1%", "1.%", ".1%", "1e1%", "101%", "100.1%", "0.000000001%", "1.1.1%"] {
            assert!(
                matches!(Share::parse(text), Err(Wrong { problem: FaultProblem::Value { .. }, .. })),
                "{text}"
            );
        }
    }
}
