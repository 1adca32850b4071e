//! A piece of the endpoint's text that knows its column, so that each error does.

use super::{EndpointError, EndpointProblem};

/// A piece of the words that were typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'a> {
    pub(super) text: &'a str,
    /// The column of its first character, from 1, when the words are joined by one blank.
    pub(super) column: usize,
}

impl<'a> Span<'a> {
    /// Where the words would begin if there were any.
    pub(super) const EMPTY: Self = Self { text: "", column: 1 };

    /// The words, each with its column.
    pub(super) fn of_words<'w>(words: &'w [&'a str]) -> impl Iterator<Item = Self> + 'w {
        words.iter().scan(1, |next, &text| {
            let column = *next;
            *next += text.chars().count() + 1;
            Some(Self { text, column })
        })
    }

    /// What comes before byte `at`, which must be the start of a character, and the rest.
    pub(super) fn split_at(self, at: usize) -> (Self, Self) {
        let (before, after) = self.text.split_at(at);
        let column = self.column + before.chars().count();
        (Self { text: before, ..self }, Self { text: after, column })
    }

    /// What comes after `prefix`, if it begins so in upper or lower case.
    pub(super) fn strip_prefix(self, prefix: &str) -> Option<Self> {
        let start = self.text.get(..prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then(|| self.split_at(prefix.len()).1)
    }

    /// The parts before and after the last `separator`.
    pub(super) fn rsplit_once(self, separator: char) -> Option<(Self, Self)> {
        let (before, after) = self.split_at(self.text.rfind(separator)?);
        Some((before, after.split_at(separator.len_utf8()).1))
    }

    /// What comes before the first character that is `wanted`, and the rest, which may be empty.
    pub(super) fn split_before(self, wanted: impl Fn(char) -> bool) -> (Self, Self) {
        self.split_at(self.text.find(wanted).unwrap_or(self.text.len()))
    }

    /// From the first character that is `wanted`.
    pub(super) fn find(self, wanted: impl Fn(char) -> bool) -> Option<Self> {
        Some(self.split_before(wanted).1).filter(|found| !found.text.is_empty())
    }

    /// Its first character, or nothing.
    pub(super) fn first(self) -> &'a str {
        self.text.chars().next().map_or("", |first| &self.text[..first.len_utf8()])
    }

    /// The place behind its last character.
    pub(super) fn end(self) -> Self {
        self.split_at(self.text.len()).1
    }

    /// `problem`, at the first character of this piece.
    pub(super) fn error(self, problem: EndpointProblem) -> EndpointError {
        EndpointError { column: self.column, problem }
    }
}
