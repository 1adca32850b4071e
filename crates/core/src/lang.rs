//! The languages in which raccord explains.

use std::fmt;
use std::str::FromStr;

/// A language that explanations are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// `en`, and what is spoken where no other language is asked for.
    #[default]
    English,
    /// `fr`.
    French,
    /// `zh`: Chinese, in simplified characters.
    Chinese,
}

impl Lang {
    /// Every language, in the order in which a list offers them.
    pub const ALL: [Self; 3] = [Self::English, Self::French, Self::Chinese];

    /// Its code in ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::Chinese => "zh",
        }
    }

    /// The language of a POSIX locale (`LANG`, `LC_MESSAGES`): what stands before `_`, `.` or `@`; none for the locale
    /// `C` and for a language that raccord does not speak.
    ///
    /// ```
    /// use raccord_core::lang::Lang;
    /// assert_eq!(Lang::from_locale("fr_FR.UTF-8"), Some(Lang::French));
    /// assert_eq!(Lang::from_locale("C.UTF-8"), None);
    /// ```
    pub fn from_locale(locale: &str) -> Option<Self> {
        let code = locale.split(['_', '-', '.', '@']).next()?;
        code.to_ascii_lowercase().parse().ok()
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// A code that names none of the languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the languages are en, fr and zh")]
pub struct UnknownLang;

impl FromStr for Lang {
    type Err = UnknownLang;

    /// By its code, in lower case.
    fn from_str(code: &str) -> Result<Self, UnknownLang> {
        Self::ALL.into_iter().find(|lang| lang.code() == code).ok_or(UnknownLang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_its_language() {
        for lang in Lang::ALL {
            assert_eq!(lang.to_string().parse(), Ok(lang));
        }
        for unknown in ["", "EN", "de", "en ", "english"] {
            assert_eq!(unknown.parse::<Lang>(), Err(UnknownLang), "{unknown:?}");
        }
    }

    #[test]
    fn a_locale_names_its_language() {
        let rows = [
            ("fr_FR.UTF-8", Some(Lang::French)),
            ("fr", Some(Lang::French)),
            ("zh_CN.GB18030", Some(Lang::Chinese)),
            ("zh-Hant", Some(Lang::Chinese)),
            ("EN_US", Some(Lang::English)),
            ("fr@euro", Some(Lang::French)),
            ("C", None),
            ("POSIX", None),
            ("de_DE.UTF-8", None),
            ("frr_DE", None),
            ("", None),
        ];
        for (locale, lang) in rows {
            assert_eq!(Lang::from_locale(locale), lang, "{locale:?}");
        }
    }
}
