//! Durations and sizes as people write them: `50ms`, `10s`, `64KiB`.

use std::time::Duration;

/// A duration or a size that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Nothing that starts with a number.
    #[error("{0:?} does not start with a number, such as {1}")]
    NoNumber(String, &'static str),
    /// A unit that is not known.
    #[error("{unit:?} in {text:?} (column {column}) is no unit: use {known}")]
    Unit {
        /// What was read.
        text: String,
        /// What stands where the unit should.
        unit: String,
        /// Where it stands, from 1.
        column: usize,
        /// The units that are known.
        known: &'static str,
    },
    /// More than can be counted.
    #[error("{0:?} is more than can be counted")]
    TooLarge(String),
    /// More than [`LONGEST`].
    #[error("{0:?} is longer than 100 years, which is the longest that one can wait for")]
    TooLong(String),
}

/// The longest duration that is read: 100 years of 365 days. Further ahead, the clocks of systems overflow.
pub const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// Reads a duration of at most 100 years ([`LONGEST`]), so that any clock can count it from now: `ms`, `s`, `m`, `h`, a
/// bare number is seconds; fractions are fine.
///
/// ```
/// use raccord_core::quantity::duration;
/// assert_eq!(duration("1.5s")?.as_millis(), 1500);
/// # Ok::<(), raccord_core::quantity::QuantityError>(())
/// ```
pub fn duration(text: &str) -> Result<Duration, QuantityError> {
    let (number, unit) = split(text, "10s")?;
    let seconds = match unit {
        "" | "s" => number,
        "ms" => number / 1_000.0,
        "m" => number * 60.0,
        "h" => number * 3_600.0,
        _ => return Err(unknown(text, unit, "ms, s, m or h; a bare number is seconds")),
    };
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|duration| *duration <= LONGEST);
    duration.ok_or_else(|| QuantityError::TooLong(text.to_owned()))
}

/// The text of a duration that [`duration`] has read, which it reads as the same.
///
/// ```
/// use raccord_core::quantity::{duration, duration_text};
/// assert_eq!(duration_text(duration("1500ms")?), "1.5s");
/// # Ok::<(), raccord_core::quantity::QuantityError>(())
/// ```
pub fn duration_text(duration: Duration) -> String {
    let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
    if seconds == 0 && nanoseconds != 0 && nanoseconds % 1_000_000 == 0 {
        return format!("{}ms", nanoseconds / 1_000_000);
    }
    let text = format!("{seconds}.{nanoseconds:09}");
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Reads a size in bytes: bare, or with `KiB`, `MiB`, `GiB` (powers of 1024).
///
/// ```
/// use raccord_core::quantity::bytes;
/// assert_eq!(bytes("256KiB")?, 262_144);
/// # Ok::<(), raccord_core::quantity::QuantityError>(())
/// ```
pub fn bytes(text: &str) -> Result<u64, QuantityError> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return Err(QuantityError::NoNumber(text.to_owned(), "64KiB"));
    }
    let shift = match unit {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return Err(unknown(text, unit, "KiB, MiB or GiB; a bare number is bytes")),
    };
    let size = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    size.ok_or_else(|| QuantityError::TooLarge(text.to_owned()))
}

/// The text of a size that [`bytes()`] reads as the same, in the largest unit that says it whole.
///
/// ```
/// use raccord_core::quantity::bytes_text;
/// assert_eq!([bytes_text(262_144), bytes_text(1500)], ["256KiB", "1500"]);
/// ```
pub fn bytes_text(size: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.into_iter().find(|(shift, _)| size != 0 && size.is_multiple_of(1 << shift));
    let (shift, unit) = unit.unwrap_or((0, ""));
    format!("{}{unit}", size >> shift)
}

fn split<'a>(text: &'a str, example: &'static str) -> Result<(f64, &'a str), QuantityError> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number = number.parse().map_err(|_| QuantityError::NoNumber(text.to_owned(), example))?;
    Ok((number, unit))
}

fn unknown(text: &str, unit: &str, known: &'static str) -> QuantityError {
    let column = text.chars().count() - unit.chars().count() + 1;
    QuantityError::Unit { text: text.to_owned(), unit: unit.to_owned(), column, known }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations() {
        for (text, millis) in
            [("10", 10_000), ("50ms", 50), ("0", 0), ("2m", 120_000), ("1h", 3_600_000), ("0.25", 250)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1", "5 s", "5sec", "1e9", ".."] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_lasts_longer_than_a_hundred_years() {
        for text in ["876000h", "3153600000", "3153600000000ms"] {
            assert_eq!(duration(text), Ok(LONGEST), "{text}");
        }
        let beyond_any_number = "9".repeat(400);
        for text in
            ["876001h", "3153600001", "10000000000000000000", "99999999999999999999h", &beyond_any_number]
        {
            assert_eq!(duration(text), Err(QuantityError::TooLong(text.to_owned())));
        }
    }

    #[test]
    fn sizes() {
        for (text, size) in [("1024", 1024), ("1KiB", 1024), ("16MiB", 16 << 20), ("2GiB", 2 << 30)] {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for text in ["", "KiB", "1kb", "1.5MiB", "-1", "99999999999999GiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_error_points_at_the_unit() {
        let said = duration("5sec").unwrap_err().to_string();
        assert_eq!(
            said,
            r#""sec" in "5sec" (column 2) is no unit: use ms, s, m or h; a bare number is seconds"#
        );
    }

    #[test]
    fn a_duration_is_written_shortly() {
        for (read, written) in [
            ("0", "0s"),
            ("50ms", "50ms"),
            ("0.25", "250ms"),
            ("2m", "120s"),
            ("0.5ms", "0.0005s"),
            ("100", "100s"),
        ] {
            assert_eq!(duration_text(duration(read).unwrap()), written, "{read}");
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the clock that the durations are for")]
    fn now() -> std::time::Instant {
        std::time::Instant::now()
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = duration(&text);
            let _ = bytes(&text);
        }

        #[test]
        fn a_duration_that_was_read_can_be_waited_for(text in "[0-9]{1,30}([.][0-9]{1,12})?(ms|s|m|h|)") {
            if let Ok(read) = duration(&text) {
                // a clock that has run for as long already
                prop_assert!(now().checked_add(LONGEST).and_then(|later| later.checked_add(read)).is_some());
            }
        }

        #[test]
        fn a_size_is_written_and_read_as_the_same(size: u64, shift in 0..64) {
            let size = size >> shift << (shift / 2);
            prop_assert_eq!(bytes(&bytes_text(size)), Ok(size));
        }

        #[test]
        fn a_duration_that_was_read_is_written_and_read_as_the_same(text in "[0-9]{1,20}([.][0-9]{1,12})?(ms|s|m|h|)") {
            if let Ok(read) = duration(&text) {
                prop_assert_eq!(duration(&duration_text(read)), Ok(read));
            }
        }
    }
}
