//! What `gbk` does not send: characters that the standard puts into GBK and GBK 1.0 does not have.
//!
//! The standard's GBK is the two-byte part of GB18030, with `€` as the byte 80. A peer that knows GBK 1.0
//! (GB13000 annex, code page 936 before the euro; Python's codec is one) cannot read the bytes of these
//! characters.

use std::ops::RangeInclusive;

/// Ranges of Unicode of which GBK 1.0 has nothing; they hold 2,166 characters that the standard's GBK
/// encodes.
const REFUSED: [RangeInclusive<char>; 10] = [
    // ǹ, which GB18030 put at a8 bf,
    '\u{1f9}'..='\u{1f9}',
    // and ḿ at a8 bc.
    '\u{1e3f}'..='\u{1e3f}',
    // € as the byte 80.
    '\u{20ac}'..='\u{20ac}',
    // CJK radicals, among fe 50 to fe a0.
    '\u{2e80}'..='\u{2eff}',
    // Ideographic description characters, a9 8a to a9 95, and the variation indicator before them, a9 89.
    '\u{2ff0}'..='\u{2fff}',
    '\u{303e}'..='\u{303e}',
    // CJK extension A, among fe 50 to fe a0, and the eight characters that GB18030-2022 moved there from
    // private use.
    '\u{3400}'..='\u{4dbf}',
    '\u{9fb4}'..='\u{9fbb}',
    // Private use: the user-defined areas aa a1 to af fe, f8 a1 to fe fe, a1 40 to a7 a0, and the holes
    // between.
    '\u{e000}'..='\u{f8ff}',
    // Vertical forms, a6 d9 to a6 f3.
    '\u{fe10}'..='\u{fe19}',
];

/// Index, in bytes, of the first character of `text` that `gbk` does not send.
pub(super) fn first_refused(text: &str) -> Option<usize> {
    text.find(|character: char| {
        !character.is_ascii() && REFUSED.iter().any(|range| range.contains(&character))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Encoding;
    use super::*;

    #[test]
    fn no_more_and_no_less_than_2166_characters() {
        let standard = Encoding::for_label("cp936").unwrap();
        let refused = ('\0'..=char::MAX).map(String::from).filter(|text| first_refused(text).is_some());
        assert_eq!(refused.filter(|text| standard.encode(text).is_ok()).count(), 2_166);
    }

    #[test]
    fn the_place_is_in_bytes() {
        assert_eq!(first_refused("é中€"), Some(5));
        assert_eq!(first_refused("ok, Le problème 你好"), None);
    }
}
