//! Checksums by their names, as devices and protocols append them to what they send.

use std::fmt;
use std::str::FromStr;

use crc::{CRC_8_SMBUS, CRC_16_IBM_3740, CRC_16_MODBUS, CRC_16_XMODEM, CRC_32_ISCSI, CRC_32_ISO_HDLC, Crc};

use crate::byte_order::ByteOrder;
use crate::notation::visible::foreign;
use crate::spelling::slips;

/// A checksum and the order of its bytes, parsed from text and printed back the same: `crc16-modbus`, `crc32:le`.
///
/// ```
/// use raccord_core::checksum::Checksum;
/// let checksum: Checksum = "crc16-modbus".parse()?;
/// let mut message = vec![0x01, 0x04, 0x02, 0xff, 0xff];
/// checksum.append(&mut message);
/// assert_eq!(message[5..], [0xb8, 0x80]);
/// # Ok::<(), raccord_core::checksum::ChecksumError>(())
/// ```
#[derive(Clone, Copy)]
pub struct Checksum {
    entry: &'static Entry,
    order: ByteOrder,
}

/// What is known about a checksum.
struct Entry {
    name: &'static str,
    /// How many bytes it has.
    size: usize,
    /// The order in which they go out where none is asked for.
    order: ByteOrder,
    of: fn(&[u8]) -> u64,
}

const fn entry(name: &'static str, size: usize, of: fn(&[u8]) -> u64) -> Entry {
    Entry { name, size, order: ByteOrder::Big, of }
}

static CATALOGUE: [Entry; 10] = [
    entry("sum8", 1, |bytes| sum(bytes).into()),
    entry("xor8", 1, |bytes| bytes.iter().fold(0, |all, byte| all ^ byte).into()),
    // what makes the sum of all bytes 0, as Modbus ASCII and Intel HEX have it
    entry("lrc", 1, |bytes| sum(bytes).wrapping_neg().into()),
    entry("crc8", 1, |bytes| CRC8.checksum(bytes).into()),
    // Modbus is big endian everywhere but here ("MODBUS over Serial Line" 1.02, section 2.5.1.2)
    Entry { order: ByteOrder::Little, ..entry("crc16-modbus", 2, |bytes| MODBUS.checksum(bytes).into()) },
    entry("crc16-ccitt-false", 2, |bytes| CCITT_FALSE.checksum(bytes).into()),
    entry("crc16-xmodem", 2, |bytes| XMODEM.checksum(bytes).into()),
    entry("crc32", 4, |bytes| CRC32.checksum(bytes).into()),
    entry("crc32c", 4, |bytes| CRC32C.checksum(bytes).into()),
    entry("adler32", 4, |bytes| adler32(bytes).into()),
];

static CRC8: Crc<u8> = Crc::<u8>::new(&CRC_8_SMBUS);
static MODBUS: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);
static CCITT_FALSE: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);
static XMODEM: Crc<u16> = Crc::<u16>::new(&CRC_16_XMODEM);
static CRC32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
static CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

/// RFC 1950, section 8.2.
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    // so many bytes cannot make the sums overflow before the remainder is taken
    const STRIDE: usize = 5_552;
    let (mut low, mut high) = (1, 0);
    for bytes in bytes.chunks(STRIDE) {
        for byte in bytes {
            low += u32::from(*byte);
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
    }
    high << 16 | low
}

impl Checksum {
    /// The names, in the order in which a list has them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        CATALOGUE.iter().map(|entry| entry.name)
    }

    /// How many bytes it has: 1, 2 or 4.
    pub fn size(self) -> usize {
        self.entry.size
    }

    /// The checksum of `bytes` as a number.
    pub fn of(self, bytes: &[u8]) -> u64 {
        (self.entry.of)(bytes)
    }

    /// Appends the checksum of all that is in `message`.
    pub fn append(self, message: &mut Vec<u8>) {
        self.order.write(self.of(message), self.entry.size, message);
    }
}

impl PartialEq for Checksum {
    fn eq(&self, other: &Self) -> bool {
        (self.entry.name, self.order) == (other.entry.name, other.order)
    }
}

impl Eq for Checksum {}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.name)?;
        if self.order == self.entry.order { Ok(()) } else { write!(f, ":{}", self.order) }
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({self})")
    }
}

/// Why a text is no checksum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct ChecksumError {
    /// The place in the text, in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: ChecksumProblem,
}

/// What can be wrong with a checksum. The texts in it are fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumProblem {
    /// No checksum has this name.
    #[error("`{word}` is no checksum; write one of {names}")]
    Name {
        /// What stands there.
        word: String,
        /// All names, those that may be meant first.
        names: String,
    },
    /// Something else than a byte order behind the name.
    #[error("`{word}` is no byte order; write `{name}:be` for the highest byte first, or `{name}:le`")]
    Order {
        /// What stands there.
        word: String,
        /// The name before it.
        name: &'static str,
    },
}

impl FromStr for Checksum {
    type Err = ChecksumError;

    fn from_str(text: &str) -> Result<Self, ChecksumError> {
        let (name, order) = text.split_once(':').map_or((text, None), |(name, order)| (name, Some(order)));
        let Some(entry) = CATALOGUE.iter().find(|entry| entry.name == name) else {
            let problem = ChecksumProblem::Name { word: foreign(name), names: nearest_first(name) };
            return Err(ChecksumError { column: 1, problem });
        };
        let order = order.map_or(Ok(entry.order), |word| {
            let problem = || ChecksumProblem::Order { word: foreign(word), name: entry.name };
            word.parse().map_err(|_| ChecksumError { column: name.len() + 2, problem: problem() })
        })?;
        Ok(Self { entry, order })
    }
}

/// All names: first those that hold the word, for `crc16` or `modbus` says half of what is meant, then by their slips.
fn nearest_first(word: &str) -> String {
    let word = word.to_lowercase();
    let mut names: Vec<_> = Checksum::names().collect();
    names.sort_by_cached_key(|name| (!name.contains(&word), slips(&word, name, word.len() + name.len())));
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn appended(name: &str, message: &[u8]) -> Vec<u8> {
        let mut out = message.to_vec();
        name.parse::<Checksum>().unwrap().append(&mut out);
        assert!(out.starts_with(message), "{name}");
        out.split_off(message.len())
    }

    /// The check values that the catalogues of CRCs give for these nine digits.
    #[test]
    fn each_has_its_known_value() {
        let table: [(&str, &[u8]); 16] = [
            ("sum8", &[0xdd]),
            ("xor8", &[0x31]),
            ("lrc", &[0x23]),
            ("crc8", &[0xf4]),
            ("crc16-modbus", &[0x37, 0x4b]),
            ("crc16-modbus:le", &[0x37, 0x4b]),
            ("crc16-modbus:be", &[0x4b, 0x37]),
            ("crc16-ccitt-false", &[0x29, 0xb1]),
            ("crc16-ccitt-false:le", &[0xb1, 0x29]),
            ("crc16-xmodem", &[0x31, 0xc3]),
            ("crc32", &[0xcb, 0xf4, 0x39, 0x26]),
            ("crc32:le", &[0x26, 0x39, 0xf4, 0xcb]),
            ("crc32c", &[0xe3, 0x06, 0x92, 0x83]),
            ("adler32", &[0x09, 0x1e, 0x01, 0xde]),
            ("adler32:le", &[0xde, 0x01, 0x1e, 0x09]),
            ("sum8:le", &[0xdd]),
        ];
        for (name, expected) in table {
            assert_eq!(appended(name, b"123456789"), expected, "{name}");
        }
        for name in Checksum::names() {
            assert!(table.iter().any(|(tried, _)| *tried == name), "{name} has no known value here");
        }
    }

    #[test]
    fn of_nothing_there_is_a_checksum_too() {
        let table: [(&str, &[u8]); 5] = [
            ("lrc", &[0]),
            ("crc16-modbus", &[0xff, 0xff]),
            ("crc16-xmodem", &[0, 0]),
            ("crc32", &[0, 0, 0, 0]),
            ("adler32", &[0, 0, 0, 1]),
        ];
        for (name, expected) in table {
            assert_eq!(appended(name, b""), expected, "{name}");
        }
    }

    /// zlib's value for a megabyte of ff, which overflows sums that are reduced too late.
    #[test]
    fn adler32_does_not_overflow() {
        assert_eq!(adler32(&vec![0xff; 1 << 20]), 0x8e88_ef11);
    }

    #[test]
    fn it_prints_as_it_is_read() {
        for (text, printed) in [
            ("sum8", "sum8"),
            ("crc32:be", "crc32"),
            ("crc32:le", "crc32:le"),
            ("crc16-modbus:le", "crc16-modbus"),
            ("crc16-modbus:be", "crc16-modbus:be"),
        ] {
            let checksum: Checksum = text.parse().unwrap();
            assert_eq!(checksum.to_string(), printed);
            assert_eq!(printed.parse(), Ok(checksum));
        }
    }

    #[test]
    fn an_error_lists_the_names_those_that_may_be_meant_first() {
        for (text, begins) in [
            (
                "crc16",
                "column 1: `crc16` is no checksum; write one of crc16-modbus, crc16-xmodem, crc16-ccitt-false, ",
            ),
            ("modbus", "column 1: `modbus` is no checksum; write one of crc16-modbus, "),
            ("CRC32", "column 1: `CRC32` is no checksum; write one of crc32, crc32c, "),
            ("cr32", "column 1: `cr32` is no checksum; write one of crc32, "),
            ("", "column 1: `` is no checksum; write one of "),
            ("crc16:le", "column 1: `crc16` is no checksum; "),
            (
                "crc32:",
                "column 7: `` is no byte order; write `crc32:be` for the highest byte first, or `crc32:le`",
            ),
            ("crc32:LE", "column 7: `LE` is no byte order; "),
            ("lrc:le:le", "column 5: `le:le` is no byte order; "),
        ] {
            let error = text.parse::<Checksum>().unwrap_err().to_string();
            assert!(error.starts_with(begins), "{error}");
            assert!(
                begins.contains("order") || Checksum::names().all(|name| error.contains(name)),
                "{error}"
            );
        }
    }

    proptest! {
        #[test]
        fn lrc_makes_the_sum_zero_and_xor8_the_exclusive_or(bytes: Vec<u8>) {
            for (name, check) in [("lrc", "sum8"), ("xor8", "xor8")] {
                let mut message = bytes.clone();
                name.parse::<Checksum>().unwrap().append(&mut message);
                prop_assert_eq!(check.parse::<Checksum>().unwrap().of(&message), 0);
            }
        }

        #[test]
        fn any_text_is_read_or_refused_within_it(text in "(crc16-modbus|crc32|lrc|.{0,6})(:(be|le|.{0,3}))?") {
            match text.parse::<Checksum>() {
                Ok(checksum) => prop_assert_eq!(checksum.to_string().parse(), Ok(checksum)),
                Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
            }
        }
    }
}
