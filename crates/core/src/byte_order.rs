//! The order in which the bytes of a number go over the wire.

use std::fmt;
use std::str::FromStr;

/// Big endian, as most protocols have it, or little endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// `be`: the highest byte goes first (RFC 1700's network order).
    #[default]
    Big,
    /// `le`: the lowest byte goes first.
    Little,
}

impl ByteOrder {
    /// `be` or `le`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Big => "be",
            Self::Little => "le",
        }
    }

    /// Appends the lowest `size` bytes of `number`; `size` is 8 at most.
    pub fn write(self, number: u64, size: usize, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend(number.to_be_bytes().iter().skip(8_usize.saturating_sub(size)));
        if self == Self::Little {
            out[start..].reverse();
        }
    }

    /// The number that `bytes` are, of which there are 8 at most.
    pub fn read(self, bytes: &[u8]) -> u64 {
        let append = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match self {
            Self::Big => bytes.iter().fold(0, append),
            Self::Little => bytes.iter().rev().fold(0, append),
        }
    }
}

impl fmt::Display for ByteOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that is no byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a byte order is be (big endian) or le (little endian)")]
pub struct UnknownByteOrder;

impl FromStr for ByteOrder {
    type Err = UnknownByteOrder;

    /// By its name, in lower case.
    fn from_str(name: &str) -> Result<Self, UnknownByteOrder> {
        [Self::Big, Self::Little].into_iter().find(|order| order.name() == name).ok_or(UnknownByteOrder)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_written_highest_or_lowest_byte_first() {
        for (order, size, written) in [
            (ByteOrder::Big, 1, &[0x0d][..]),
            (ByteOrder::Big, 2, &[0x0c, 0x0d]),
            (ByteOrder::Little, 2, &[0x0d, 0x0c]),
            (ByteOrder::Big, 4, &[0x0a, 0x0b, 0x0c, 0x0d]),
            (ByteOrder::Little, 4, &[0x0d, 0x0c, 0x0b, 0x0a]),
            (ByteOrder::Little, 8, &[0x0d, 0x0c, 0x0b, 0x0a, 0, 0, 0, 0]),
        ] {
            let mut out = vec![0xff];
            order.write(0x0a0b_0c0d, size, &mut out);
            assert_eq!(out[1..], *written, "{order} {size}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(number: u64, little: bool) {
            let order = if little { ByteOrder::Little } else { ByteOrder::Big };
            let mut out = Vec::new();
            order.write(number, 8, &mut out);
            prop_assert_eq!(order.read(&out), number);
            prop_assert_eq!(order.name().parse(), Ok(order));
        }
    }
}
