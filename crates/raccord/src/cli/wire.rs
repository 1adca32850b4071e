//! The text that goes over the wire: from what was typed to bytes.

use bytes::Bytes;
use clap::ValueEnum;
use raccord_core::checksum::Checksum;
use raccord_core::encoding::{Encoding, Unencodable};
use raccord_core::notation::{escape, hex};

use super::Wrong;

/// The text that goes over the wire: its encoding, and the line ending of what is typed or given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire {
    pub(crate) encoding: Encoding,
    /// As typed: `-E` was given, so that bytes of stdin are text.
    pub(crate) explicit: bool,
    pub(super) eol: Option<Eol>,
    /// What stands behind each message, before its line ending.
    pub(super) checksum: Option<Checksum>,
}

impl Wire {
    /// The bytes of a TEXT argument with its escapes, and the line ending if one was asked for.
    pub(crate) fn text(self, typed: &str) -> Result<Bytes, Wrong> {
        self.whole(escape::Text::parse(typed)?.encode(self.encoding)?, self.eol)
    }

    /// The bytes of a HEX argument, and the line ending if one was asked for.
    pub(crate) fn hex(self, typed: &str) -> Result<Bytes, Wrong> {
        self.whole(hex::parse(typed)?, self.eol)
    }

    /// A line that a person typed, as it goes over the wire.
    pub(crate) fn line(self, typed: &str) -> Result<Bytes, Unencodable> {
        let bytes = self.encoding.encode(typed)?;
        self.with_ending(bytes, Some(self.eol.unwrap_or(Eol::Lf)))
    }

    /// Bytes that a person typed, exactly these, and the checksum.
    pub(crate) fn bytes(self, mut bytes: Vec<u8>) -> Bytes {
        self.checksum.iter().for_each(|checksum| checksum.append(&mut bytes));
        bytes.into()
    }

    fn whole(self, bytes: Vec<u8>, eol: Option<Eol>) -> Result<Bytes, Wrong> {
        Ok(self.with_ending(bytes, eol)?)
    }

    /// The checksum covers the text, and the line ending stands behind both.
    fn with_ending(self, mut bytes: Vec<u8>, eol: Option<Eol>) -> Result<Bytes, Unencodable> {
        self.checksum.iter().for_each(|checksum| checksum.append(&mut bytes));
        if let Some(eol) = eol {
            bytes.extend(self.encoding.encode(eol.text())?);
        }
        Ok(bytes.into())
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
