//! The text that goes over the wire: from what was typed to bytes.

use bytes::Bytes;
use clap::ValueEnum;
use raccord_core::checksum::Checksum;
use raccord_core::encoding::{Encoding, Unencodable};
use raccord_core::framing::{Framing, WrapError};
use raccord_core::notation::{escape, hex};

use super::Wrong;

/// The text that goes over the wire: its encoding, the line ending of what is typed or given, and what makes it a message.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) encoding: Encoding,
    /// As typed: `-E` was given, so that bytes of stdin are text.
    pub(crate) explicit: bool,
    pub(super) eol: Option<Eol>,
    /// What stands behind each message, before its line ending.
    pub(super) checksum: Option<Checksum>,
    /// What is sent is framed so.
    pub(super) framing: Framing,
}

/// Why a text cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsendable {
    #[error(transparent)]
    Unencodable(#[from] Unencodable),
    #[error(transparent)]
    Unframeable(#[from] WrapError),
}

impl Wire {
    /// The bytes of a TEXT argument with its escapes, and the line ending if one was asked for.
    pub(crate) fn text(&self, typed: &str) -> Result<Bytes, Wrong> {
        Ok(self.message(escape::Text::parse(typed)?.encode(self.encoding)?, self.eol)?)
    }

    /// The bytes of a HEX argument, and the line ending if one was asked for.
    pub(crate) fn hex(&self, typed: &str) -> Result<Bytes, Wrong> {
        Ok(self.message(hex::parse(typed)?, self.eol)?)
    }

    /// A line that a person typed, as it goes over the wire.
    pub(crate) fn line(&self, typed: &str) -> Result<Bytes, Unsendable> {
        self.message(self.encoding.encode(typed)?, Some(self.eol.unwrap_or(Eol::Lf)))
    }

    /// Bytes that a person typed, exactly these, with the checksum and what makes them a message.
    pub(crate) fn bytes(&self, bytes: Vec<u8>) -> Result<Bytes, Unsendable> {
        self.message(bytes, None)
    }

    /// The checksum covers the text, the line ending stands behind both, and the framing is around all of it.
    fn message(&self, mut bytes: Vec<u8>, eol: Option<Eol>) -> Result<Bytes, Unsendable> {
        self.checksum.iter().for_each(|checksum| checksum.append(&mut bytes));
        let eol = eol.map(|eol| self.encoding.encode(eol.text())).transpose()?;
        Ok(self.framing.wrap(bytes.into(), eol.as_deref())?)
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
