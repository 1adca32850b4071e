//! What an encoding sends it reads back as the same character, but for those that its note tells of.

use raccord_core::encoding::Encoding;

/// Characters that are sent as the bytes of another one.
fn one_way(encoding: Encoding) -> Vec<char> {
    match encoding.name() {
        "shift_jis" | "euc-jp" => vec!['¥', '‾', '−'],
        // − and the half-width katakana.
        "iso-2022-jp" => std::iter::once('−').chain('\u{ff61}'..='\u{ff9f}').collect(),
        // The private-use characters that the edition of 2022 replaced.
        "gb18030" | "cp936" => ('\u{e78d}'..='\u{e796}')
            .chain([
                '\u{e81e}', '\u{e826}', '\u{e82b}', '\u{e82c}', '\u{e832}', '\u{e843}', '\u{e854}',
                '\u{e864}',
            ])
            .collect(),
        _ => vec![],
    }
}

#[test]
fn what_is_sent_is_read_back_the_same() {
    for encoding in Encoding::all() {
        let mut different = vec![];
        // Of the other planes only the encodings of all Unicode have anything, and those by a formula.
        for character in ('\0'..='\u{ffff}').chain('\u{20000}'..='\u{2ffff}') {
            let text = character.encode_utf8(&mut [0; 4]).to_owned();
            let Ok(bytes) = encoding.encode(&text) else { continue };
            let decoded = encoding.decode(&bytes);
            assert!(decoded.invalid.is_empty(), "{encoding} {text:?}");
            if decoded.text != text {
                different.push(character);
            }
        }
        assert_eq!(different, one_way(encoding), "{encoding}");
        assert!(different.is_empty() || encoding.note().is_some(), "{encoding} says so in its note");
    }
}
