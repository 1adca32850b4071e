//! The bytes that end a message, and where they end it.

use std::sync::Arc;

use memchr::memmem::Finder;

/// The bytes that end a message; at least one. Cloning shares what makes the search fast.
#[derive(Clone, Debug)]
pub struct Delimiter(Arc<Finder<'static>>);

impl Delimiter {
    /// A delimiter of these bytes; none if there are none.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty()).then(|| Self(Arc::new(Finder::new(bytes).into_owned())))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.needle()
    }

    /// After how many bytes of `chunk` the first delimiter ends; `held`, which holds none, came before.
    pub(super) fn find(&self, held: &[u8], chunk: &[u8]) -> Option<usize> {
        // one that began before the chunk comes before all that lie within it
        self.cut_before(held, chunk).or_else(|| Some(self.0.find(chunk)? + self.as_bytes().len()))
    }

    /// The same for a delimiter that is cut between the two.
    fn cut_before(&self, held: &[u8], chunk: &[u8]) -> Option<usize> {
        let delimiter = self.as_bytes();
        let (most, least) = (delimiter.len() - 1, delimiter.len().saturating_sub(chunk.len()).max(1));
        let begun = (least..=most.min(held.len())).rev();
        let splits = begun.map(|begun| delimiter.split_at(begun));
        let mut found = splits.filter(|(begun, rest)| held.ends_with(begun) && chunk.starts_with(rest));
        found.next().map(|(_, rest)| rest.len())
    }
}

impl PartialEq for Delimiter {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Delimiter {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_delimiter_ends_the_message_wherever_it_is_cut() {
        for (delimiter, held, chunk, end) in [
            ("|", "", "a|b|", Some(2)),
            ("|", "a", "|", Some(1)),
            ("|", "a", "b", None),
            ("--", "", "a-", None),
            ("--", "a-", "-b", Some(1)),
            ("--", "a-", "b--", Some(3)),
            ("abab", "xab", "abab", Some(2)),
            ("aab", "aa", "ab", Some(2)),
            ("aab", "aaa", "b", Some(1)),
            ("aaa", "xaa", "aaa", Some(1)),
            ("abc", "ab", "", None),
            ("abc", "a", "b", None),
            ("abc", "ab", "c", Some(1)),
            ("abc", "bc", "abc", Some(3)),
        ] {
            let found = Delimiter::new(delimiter.as_bytes()).unwrap().find(held.as_bytes(), chunk.as_bytes());
            assert_eq!(found, end, "{delimiter} in {held}·{chunk}");
        }
    }

    #[test]
    fn it_has_bytes_and_they_alone_make_it_the_same() {
        assert_eq!(Delimiter::new(b""), None);
        assert_eq!(Delimiter::new(b"\r\n"), Delimiter::new(b"\r\n"));
        assert_ne!(Delimiter::new(b"\r\n"), Delimiter::new(b"\n"));
    }
}
