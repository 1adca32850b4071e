//! The encoding of the terminal, where the locale says that it is not UTF-8 (locale(7)).

use std::borrow::Cow;
use std::fmt::Write;

use raccord_core::encoding::Encoding;

use crate::locale::{locale, variable};

/// How text is written to a terminal, and what is typed there read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charset(Encoding);

/// Of this program's terminal.
pub(crate) fn charset() -> Charset {
    Charset::of_locale(variable)
}

/// Text as bytes for stdout or stderr, which may be a terminal that is not UTF-8: programs always read UTF-8.
pub(super) fn encoded(text: &str, to_a_terminal: bool) -> Cow<'_, [u8]> {
    let charset = Some(charset()).filter(|charset| to_a_terminal && !charset.is_utf8());
    charset.map_or_else(|| text.as_bytes().into(), |charset| charset.write(text).into())
}

impl Charset {
    /// The first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set decides. Where none is, or none names an encoding, the
    /// terminal is taken for one of today: UTF-8. The locales `C` and `POSIX` promise ASCII and no more.
    fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = locale("LC_CTYPE", variable).unwrap_or_default();
        Self(match (locale.as_str(), locale.split_once('.')) {
            ("C" | "POSIX", _) => ascii(),
            (_, Some((_, codeset))) => {
                let label = codeset.split('@').next().unwrap_or_default();
                Encoding::for_label(label).unwrap_or_else(|_| ascii())
            }
            _ => Encoding::UTF_8,
        })
    }

    /// Whether every character can be written.
    pub(crate) fn is_utf8(self) -> bool {
        self.0 == Encoding::UTF_8
    }

    pub(crate) fn name(self) -> &'static str {
        self.0.name()
    }

    /// What was typed; or the place of the first byte that is not text.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<String, usize> {
        let decoded = self.0.decode(bytes);
        match decoded.invalid.first() {
            None => Ok(decoded.text),
            // the text before it, in its encoding, is what stands before it
            Some(invalid) => Err(self.0.encode(&decoded.text[..invalid.at]).map_or(0, |before| before.len())),
        }
    }

    /// The text as the terminal takes it: what the encoding lacks is replaced by something like it, or by its number.
    pub(super) fn write(self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len());
        for character in text.chars() {
            match self.0.encode(character.encode_utf8(&mut [0; 4])) {
                Ok(encoded) => bytes.extend(encoded),
                Err(_) => bytes.extend(instead_of(character).bytes()),
            }
        }
        bytes
    }
}

fn ascii() -> Encoding {
    Encoding::for_label("ascii").unwrap_or(Encoding::UTF_8)
}

/// What raccord's own signs are in ASCII; of everything else its number, as TEXT takes it.
fn instead_of(character: char) -> String {
    let sign = match character {
        '↑' => "^",
        '↓' => "v",
        '·' | '─' => "-",
        '│' => "|",
        '…' => "...",
        '→' => "->",
        'µ' => "u",
        '’' | '‘' => "'",
        '“' | '”' | '«' | '»' => "\"",
        // no-break spaces
        '\u{a0}' | '\u{202f}' => " ",
        _ => {
            let mut number = String::new();
            let _ = write!(number, "\\u{{{:x}}}", u32::from(character));
            return number;
        }
    };
    sign.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Charset {
        Charset::of_locale(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_locale_names_the_encoding() {
        let rows: &[(&[(&str, &str)], &str)] = &[
            (&[], "utf-8"),
            (&[("LANG", "fr_FR.UTF-8")], "utf-8"),
            (&[("LANG", "zh_CN.GBK")], "gbk"),
            (&[("LANG", "zh_CN.GBK"), ("LC_ALL", "C.utf8")], "utf-8"),
            (&[("LANG", "de_DE.ISO-8859-15@euro")], "iso-8859-15"),
            (&[("LC_ALL", ""), ("LC_CTYPE", "C"), ("LANG", "fr_FR.UTF-8")], "ascii"),
            (&[("LC_ALL", "POSIX")], "ascii"),
            (&[("LANG", "fr_FR")], "utf-8"),
            (&[("LANG", "xx.KLINGON")], "ascii"),
        ];
        for (variables, name) in rows {
            assert_eq!(of(variables).name(), *name, "{variables:?}");
        }
    }

    #[test]
    fn what_the_terminal_lacks_is_written_otherwise() {
        let ascii = of(&[("LC_ALL", "C")]);
        assert_eq!(ascii.write("#1 ↓ 3 bytes  é你 · 2 µs…"), b"#1 v 3 bytes  \\u{e9}\\u{4f60} - 2 us...");
        assert_eq!(ascii.write("── «\u{a0}l’octet\u{202f}» │"), b"-- \" l'octet \" |");
        let gbk = of(&[("LANG", "zh_CN.GBK")]);
        assert_eq!(gbk.write("你"), [0xc4, 0xe3]);
    }

    #[test]
    fn what_is_typed_is_read_in_it() {
        let gbk = of(&[("LANG", "zh_CN.GBK")]);
        assert_eq!(gbk.read(&[0xc4, 0xe3]).as_deref(), Ok("你"));
        assert_eq!(of(&[("LC_ALL", "C")]).read(b"ab\xc3\xa9"), Err(2));
        assert_eq!(of(&[]).read("né\u{1}".as_bytes()).as_deref(), Ok("né\u{1}"));
        assert_eq!(of(&[]).read(b"n\xe9"), Err(1));
    }
}
