//! From what people write to an encoding, and what to say when nobody knows the word.

use super::Encoding;
use crate::spelling::nearest_by;

/// A label that names no encoding of raccord.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownEncoding {
    /// Nothing is known by this label.
    #[error("{label:?} is no known encoding{}: `raccord encodings` lists them", did_you_mean(*nearest))]
    Unknown {
        /// What was asked for.
        label: String,
        /// The label that differs least, where one is near enough to be meant.
        nearest: Option<&'static str>,
    },
    /// A label of the standard's *replacement* encoding, which exists so that nothing is decoded.
    #[error(
        "{label:?} is refused: it stands for the WHATWG standard's \"replacement\" encoding, which turns \
         every text into one U+FFFD; agree on another encoding with the peer, such as utf-8"
    )]
    Replacement {
        /// What was asked for.
        label: String,
    },
}

/// The labels of the *replacement* encoding, folded.
const REPLACEMENT: [&str; 6] =
    ["replacement", "csiso2022kr", "hzgb2312", "iso2022cn", "iso2022cnext", "iso2022kr"];

pub(super) fn find(label: &str) -> Result<Encoding, UnknownEncoding> {
    let wanted = fold(label);
    let known = Encoding::all().find(|encoding| labels(*encoding).any(|label| fold(label) == wanted));
    known.ok_or_else(|| {
        let label = label.to_owned();
        if REPLACEMENT.contains(&wanted.as_str()) {
            return UnknownEncoding::Replacement { label };
        }
        UnknownEncoding::Unknown { label, nearest: nearest(&wanted) }
    })
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|label| format!(" (did you mean {label}?)")).unwrap_or_default()
}

fn labels(encoding: Encoding) -> impl Iterator<Item = &'static str> {
    std::iter::once(encoding.name()).chain(encoding.aliases())
}

/// What makes no difference between labels is left out: ASCII blanks around them, case, dashes, underscores.
fn fold(label: &str) -> String {
    let label = label.trim_matches(|c: char| c.is_ascii_whitespace());
    label.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect()
}

/// The label with the fewest slips from `wanted`, if they are no more than one in three characters.
fn nearest(wanted: &str) -> Option<&'static str> {
    nearest_by(wanted, Encoding::all().flat_map(labels), fold)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_people_write() {
        let table = [
            ("UTF-8", "utf-8"),
            (" utf8\n", "utf-8"),
            ("cp65001", "utf-8"),
            ("utf-16", "utf-16le"),
            ("utf16", "utf-16le"),
            ("UTF-16BE", "utf-16be"),
            ("latin-1", "latin1"),
            ("ISO_8859-1", "latin1"),
            ("iso8859-1", "latin1"),
            ("us-ascii", "ascii"),
            ("ANSI_X3.4-1968", "ascii"),
            ("cp1252", "windows-1252"),
            ("windows1252", "windows-1252"),
            ("gb2312", "gbk"),
            ("CP936", "cp936"),
            ("cp932", "shift_jis"),
            ("sjis", "shift_jis"),
            ("shift-jis", "shift_jis"),
            ("cp949", "euc-kr"),
            ("cp950", "big5"),
            ("euc_jp", "euc-jp"),
            ("cp1258", "windows-1258"),
            ("cp866", "ibm866"),
            ("latin2", "iso-8859-2"),
        ];
        for (label, name) in table {
            assert_eq!(find(label).map(Encoding::name), Ok(name), "{label}");
        }
    }

    #[test]
    fn no_two_encodings_share_a_label_and_no_alias_is_listed_twice() {
        let mut seen = BTreeMap::new();
        for encoding in Encoding::all() {
            assert_eq!(encoding.name(), encoding.name().to_lowercase());
            for label in labels(encoding) {
                assert_eq!(seen.insert(fold(label), label), None, "{label}");
                assert_eq!(find(label), Ok(encoding), "{label}");
            }
        }
    }

    #[test]
    fn errors_offer_the_nearest_label() {
        let table = [
            ("gkb", "\"gkb\" is no known encoding (did you mean gbk?): `raccord encodings` lists them"),
            ("cp437", "\"cp437\" is no known encoding: `raccord encodings` lists them"),
            ("", "\"\" is no known encoding: `raccord encodings` lists them"),
        ];
        for (label, message) in table {
            assert_eq!(find(label).unwrap_err().to_string(), message);
        }
        for (wanted, near) in [("windws-1252", "windows-1252"), ("utf-88", "utf-8"), ("shiftjs", "shift_jis")]
        {
            assert_eq!(nearest(&fold(wanted)), Some(near), "{wanted}");
        }
        for far in ["ebcdic", "utf-7", "utf-32", "klingon"] {
            assert!(find(far).is_err(), "{far}");
        }
    }

    #[test]
    fn the_replacement_encoding_is_refused_by_name() {
        for label in
            ["replacement", "HZ-GB-2312", "iso-2022-kr", "ISO-2022-CN-EXT", "iso-2022-cn", "csISO2022KR"]
        {
            let error = find(label).unwrap_err();
            assert_eq!(error, UnknownEncoding::Replacement { label: label.to_owned() });
            assert!(error.to_string().starts_with(&format!("{label:?} is refused")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(label in ".*") {
            let _ = find(&label);
        }
    }
}
