//! What went wrong, in the three parts that every error has: what was tried, what was said, what to do.

use std::{fmt, io};

use crate::notation::visible::harmless;

/// What the system said, without the number that only programmers want, and harmless for a terminal.
///
/// ```
/// use raccord_core::failure::said;
/// assert_eq!(said(&std::io::Error::from_raw_os_error(2)), "No such file or directory");
/// ```
pub fn said(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((sentence, _)) => harmless(sentence),
        None => harmless(text),
    }
}

/// An error for people: what was tried, what the system (or the peer) said and why, and what can be done about it.
///
/// Its text is one sentence, then one line for each remedy, harmless for a terminal whatever its parts hold:
///
/// ```
/// use raccord_core::failure::Failure;
/// let failure = Failure::new("cannot connect to 127.0.0.1:9", "connection refused")
///     .remedy("nothing listens there: start the server first, or wait for it with --retry 10s");
/// assert!(failure.to_string().starts_with("cannot connect to 127.0.0.1:9: connection refused\n"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was tried, with the address: "cannot connect to 127.0.0.1:9".
    pub tried: String,
    /// What the system said: "connection refused". May be empty where nobody said anything.
    pub said: String,
    /// What stands in the way, as far as it was found out; each a sentence. May be empty.
    pub reasons: Vec<String>,
    /// What to do, the safest first; each a sentence or two. May be empty.
    pub remedies: Vec<String>,
}

impl Failure {
    /// A failure without a remedy yet.
    pub fn new(tried: impl Into<String>, said: impl fmt::Display) -> Self {
        Self { tried: tried.into(), said: said.to_string(), reasons: Vec::new(), remedies: Vec::new() }
    }

    /// The same with one more remedy.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }

    /// What was tried and what was said, without the remedies: one line.
    pub fn sentence(&self) -> String {
        let tried = harmless(&self.tried);
        if self.said.is_empty() { tried } else { format!("{tried}: {}", harmless(&self.said)) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())?;
        let lines = self.reasons.iter().chain(&self.remedies).flat_map(|part| part.lines());
        lines.into_iter().try_for_each(|line| write!(f, "\n  {}", harmless(line)))
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_moves_the_cursor() {
        let failure = Failure::new("cannot read a\nb", "\u{1b}[2Jno")
            .remedy("write \\x1b\u{202e}, which is visible already\nand go on");
        let text = r"cannot read a\nb: \x1b[2Jno
  write \x1b\u{202e}, which is visible already
  and go on";
        assert_eq!(failure.to_string(), text);
        assert_eq!(said(&io::Error::other("\u{7}ring")), r"\x07ring");
    }
}
