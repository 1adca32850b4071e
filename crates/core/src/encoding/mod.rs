//! How bytes become text and back, across the cuts between reads, never silently wrong.
//!
//! The tables are those of the WHATWG Encoding Standard (<https://encoding.spec.whatwg.org/>), with
//! corrections for a tool that must show and send exact bytes; what differs from what people expect is in
//! [`Encoding::note`].
//!
//! ```
//! use raccord_core::encoding::{Decoded, Encoding};
//! let gbk = Encoding::for_label("GBK")?;
//! assert_eq!(gbk.encode("problème")?, b"probl\xa8\xa8me");
//!
//! let (mut decoder, mut decoded) = (gbk.decoder(), Decoded::default());
//! decoder.push(b"probl\xa8", &mut decoded);
//! assert_eq!((decoded.text.as_str(), decoder.pending()), ("probl", &b"\xa8"[..]));
//! decoder.push(b"\xa8me\xff", &mut decoded);
//! assert_eq!(decoded.text, "problème");
//! assert_eq!((decoded.invalid[0].at, decoded.invalid[0].byte), (9, 0xff));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod catalogue;
mod decoded;
mod decoder;
mod encoder;
mod gbk;
mod label;
mod transcoder;

use std::fmt;
use std::str::FromStr;

use catalogue::{CATALOGUE, Entry};
use encoder::Encoder;

pub use decoded::{Decoded, Invalid, Piece};
pub use decoder::Decoder;
pub use encoder::Unencodable;
pub use label::UnknownEncoding;
pub use transcoder::{TranscodeError, Transcoder};

/// How bytes become text and back. A handle: cheap to copy, and equal when the encoding is the same.
#[derive(Clone, Copy)]
pub struct Encoding(&'static Entry);

impl Encoding {
    /// UTF-8 (RFC 3629).
    pub const UTF_8: Encoding = Encoding(&CATALOGUE[0]);

    /// The encoding that people mean by `label`: its name or an alias, whatever the case, with or without the
    /// dashes and underscores. Fails with the nearest label where nothing is known by that one, and for the
    /// labels of the standard's *replacement* encoding, which carries no text.
    pub fn for_label(label: &str) -> Result<Encoding, UnknownEncoding> {
        label::find(label)
    }

    /// Every encoding, those that most people look for first.
    pub fn all() -> impl Iterator<Item = Encoding> {
        CATALOGUE.iter().map(Encoding)
    }

    /// The name, in lower case; a label as well: `utf-8`, `latin1`, `cp936`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The other labels, without those that differ from each other only in case, dashes and underscores.
    pub fn aliases(self) -> impl Iterator<Item = &'static str> {
        self.0.aliases.split(' ').filter(|alias| !alias.is_empty())
    }

    /// What differs from what people expect of this name, in a sentence or two.
    pub fn note(self) -> Option<&'static str> {
        self.0.note
    }

    /// A decoder for one direction of one connection.
    pub fn decoder(self) -> Decoder {
        Decoder::new(self.0.codec)
    }

    /// Decodes `bytes` that are whole: an incomplete character at the end comes out as invalid bytes.
    pub fn decode(self, bytes: &[u8]) -> Decoded {
        let (mut decoder, mut out) = (self.decoder(), Decoded::default());
        decoder.push(bytes, &mut out);
        decoder.finish(&mut out);
        out
    }

    /// The bytes of `text`, without a byte order mark. Fails on the first character that the encoding cannot
    /// express, and never replaces one.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, Unencodable> {
        let (mut encoder, mut bytes) = (Encoder::new(self.0.codec), Vec::new());
        encoder.push(text, &mut bytes).map_err(|at| Unencodable::new(self, text, at))?;
        encoder.finish(&mut bytes);
        Ok(bytes)
    }

    /// Encodings that say more than this one and are near to it, the best first.
    fn wider(self) -> impl Iterator<Item = Encoding> {
        self.0.wider.iter().filter_map(|label| Encoding::for_label(label).ok())
    }
}

impl PartialEq for Encoding {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Encoding {}

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(label: &str) -> Result<Self, Self::Err> {
        Self::for_label(label)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoding({})", self.name())
    }
}
