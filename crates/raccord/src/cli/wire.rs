//! The text that goes over the wire: from what was typed to bytes.

use bytes::Bytes;
use clap::ValueEnum;
use raccord_core::encoding::Encoding;
use raccord_core::notation::{escape, hex};

use super::Wrong;

/// The text that goes over the wire: its encoding, and the line ending of what is typed or given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    pub(crate) encoding: Encoding,
    /// As typed: `-E` was given, so that bytes of stdin are text.
    pub(crate) explicit: bool,
    pub(super) eol: Option<Eol>,
}

impl Wire {
    /// The bytes of a TEXT argument with its escapes, and the line ending if one was asked for.
    pub(crate) fn text(self, typed: &str) -> Result<Bytes, Wrong> {
        let mut bytes = escape::Text::parse(typed)?.encode(self.encoding)?;
        if let Some(eol) = self.eol {
            bytes.extend(self.encoding.encode(eol.text())?);
        }
        Ok(bytes.into())
    }

    /// The bytes of a HEX argument, and the line ending if one was asked for.
    pub(crate) fn hex(self, typed: &str) -> Result<Bytes, Wrong> {
        let mut bytes = hex::parse(typed)?;
        if let Some(eol) = self.eol {
            bytes.extend(self.encoding.encode(eol.text())?);
        }
        Ok(bytes.into())
    }

    /// What ends a line that a person types.
    pub(crate) fn line_ending(self) -> &'static str {
        self.eol.unwrap_or(Eol::Lf).text()
    }
}

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Eol {
    None,
    Lf,
    Crlf,
    Cr,
}

impl Eol {
    fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Lf => "\n",
            Self::Crlf => "\r\n",
            Self::Cr => "\r",
        }
    }
}
