//! Text, with the places of the bytes that are not text.

/// What a decoder gave: text, and the bytes between it that are not text. A buffer to use again, see
/// [`clear`](Self::clear).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The characters, without anything in the place of invalid bytes.
    pub text: String,
    /// The bytes that are not text in the encoding, in the order in which they came.
    pub invalid: Vec<Invalid>,
}

/// A byte that is not text in the encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Index into [`Decoded::text`], in bytes, before which this byte stands.
    pub at: usize,
    /// The byte.
    pub byte: u8,
}

/// A part of [`Decoded`], see [`Decoded::pieces`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text without an invalid byte in it; never empty.
    Text(&'a str),
    /// One byte that is not text.
    Invalid(u8),
}

impl Decoded {
    /// Text and invalid bytes in the order in which they came.
    ///
    /// ```
    /// use raccord_core::encoding::{Encoding, Piece};
    /// let decoded = Encoding::UTF_8.decode(b"ab\xffc");
    /// let pieces: Vec<_> = decoded.pieces().collect();
    /// assert_eq!(pieces, [Piece::Text("ab"), Piece::Invalid(0xff), Piece::Text("c")]);
    /// ```
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut from = 0;
        let invalid = self.invalid.iter().map(|invalid| (invalid.at, Some(invalid.byte)));
        let ends = invalid.chain([(self.text.len(), None)]);
        ends.flat_map(move |(at, byte)| {
            let text = self.text.get(from..at).unwrap_or_default();
            from = at;
            let text = (!text.is_empty()).then_some(Piece::Text(text));
            [text, byte.map(Piece::Invalid)].into_iter().flatten()
        })
    }

    /// Whether there is neither text nor an invalid byte.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.invalid.is_empty()
    }

    /// Empties it and keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.invalid.clear();
    }

    pub(super) fn push_invalid(&mut self, bytes: &[u8]) {
        let at = self.text.len();
        self.invalid.extend(bytes.iter().map(|&byte| Invalid { at, byte }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_the_order() {
        let mut decoded = Decoded::default();
        assert!(decoded.is_empty() && decoded.pieces().next().is_none());
        decoded.push_invalid(&[0x80, 0x81]);
        decoded.text.push('é');
        decoded.push_invalid(&[0x82]);
        let pieces: Vec<_> = decoded.pieces().collect();
        let expected = [Piece::Invalid(0x80), Piece::Invalid(0x81), Piece::Text("é"), Piece::Invalid(0x82)];
        assert_eq!(pieces, expected);
        decoded.clear();
        assert!(decoded.is_empty());
    }
}
