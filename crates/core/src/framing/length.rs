//! A length that stands in the message itself.

use std::fmt;

use super::WrapError;
use crate::byte_order::ByteOrder;

/// Where a message says its length, and what it means: the whole has as many bytes as the field's value and some more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    field: Field,
    /// As typed: how many bytes come before the field.
    offset: Option<u32>,
    /// As typed: how many bytes the value does not count.
    more: Option<u32>,
}

/// The type of a length field: an unsigned number of so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    size: u8,
    order: ByteOrder,
}

const fn field(name: &'static str, size: u8, order: ByteOrder) -> Field {
    Field { name, size, order }
}

impl Field {
    pub(super) const ALL: [Self; 7] = [
        field("u8", 1, ByteOrder::Big),
        field("u16be", 2, ByteOrder::Big),
        field("u16le", 2, ByteOrder::Little),
        field("u32be", 4, ByteOrder::Big),
        field("u32le", 4, ByteOrder::Little),
        field("u64be", 8, ByteOrder::Big),
        field("u64le", 8, ByteOrder::Little),
    ];

    /// The greatest value it can have.
    pub(super) fn most(self) -> u64 {
        u64::MAX >> (64 - 8 * u32::from(self.size))
    }
}

impl Length {
    /// A field behind `offset` bytes of what is sent, or one that is put before it. Without `more`, the value counts
    /// what comes behind the field.
    pub(super) fn new(field: Field, offset: Option<u32>, more: Option<u32>) -> Self {
        Self { field, offset, more }
    }

    /// Whether what is sent holds its length already: `@OFFSET` says where.
    pub fn is_within(self) -> bool {
        self.offset.is_some()
    }

    /// How many bytes come before the field.
    fn before(self) -> usize {
        self.offset.unwrap_or_default() as usize
    }

    /// How many bytes there are up to the end of the field.
    pub(super) fn header(self) -> usize {
        self.before() + usize::from(self.field.size)
    }

    /// The field's value, where `held` and then `chunk` have come so far; none where the field has not come whole.
    pub(super) fn read(self, held: &[u8], chunk: &[u8]) -> Option<u64> {
        let came = held.iter().chain(chunk).skip(self.before());
        let (mut bytes, mut count) = ([0; 8], 0);
        for (place, byte) in bytes[..usize::from(self.field.size)].iter_mut().zip(came) {
            *place = *byte;
            count += 1;
        }
        (count == self.field.size).then(|| self.field.order.read(&bytes[..usize::from(count)]))
    }

    /// How many bytes of the message the value does not count.
    fn more(self) -> u64 {
        self.more.map_or(self.header() as u64, u64::from)
    }

    /// How many bytes the whole message has when this is the field's value, or as many as can be counted.
    pub(super) fn whole(self, value: u64) -> u64 {
        value.saturating_add(self.more())
    }

    /// The field of a message that has `bytes` behind it; refused where no value says so many.
    pub(super) fn write(self, bytes: usize) -> Result<Vec<u8>, WrapError> {
        let (whole, more, most) = (self.header() as u64 + bytes as u64, self.more(), self.field.most());
        let value = whole.checked_sub(more).ok_or(WrapError::TooShort { whole, more })?;
        if value > most {
            return Err(WrapError::TooLong { bytes, value, field: self.field.name, most });
        }
        let mut out = Vec::new();
        self.field.order.write(value, self.field.size.into(), &mut out);
        Ok(out)
    }
}

/// As it stands behind `len:`.
impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field.name)?;
        if let Some(offset) = self.offset {
            write!(f, "@{offset}")?;
        }
        self.more.map_or(Ok(()), |more| write!(f, "+{more}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(name: &str, offset: Option<u32>, more: Option<u32>) -> Length {
        let field = Field::ALL.into_iter().find(|field| field.name == name).unwrap();
        Length::new(field, offset, more)
    }

    #[test]
    fn the_field_is_read_where_it_lies_however_it_is_cut() {
        let modbus = length("u16be", Some(4), None);
        let message = [0, 1, 0, 0, 0x12, 0x34, 9];
        for cut in 0..=message.len() {
            let (held, chunk) = message.split_at(cut);
            assert_eq!(modbus.read(held, chunk), Some(0x1234), "{cut}");
            assert_eq!(modbus.read(held, &[]).is_some(), cut >= 6, "{cut}");
        }
        assert_eq!(length("u16le", Some(4), None).read(&message, &[]), Some(0x3412));
        assert_eq!(length("u64be", None, None).read(&message, &[0xff]), Some(0x0001_0000_1234_09ff));
    }

    #[test]
    fn what_the_value_does_not_count_is_the_header_unless_it_is_said() {
        assert_eq!(length("u16be", Some(4), None).whole(6), 12);
        assert_eq!(length("u32le", None, None).whole(6), 10);
        assert_eq!(length("u32le", None, Some(0)).whole(6), 6);
        assert_eq!(length("u64be", None, None).whole(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_length_is_written_if_it_has_a_value() {
        assert_eq!(length("u8", None, None).write(255), Ok(vec![255]));
        assert_eq!(length("u16le", None, Some(0)).write(3), Ok(vec![5, 0]));
        let error = WrapError::TooLong { bytes: 256, value: 256, field: "u8", most: 255 };
        assert_eq!(length("u8", None, None).write(256), Err(error));
        let error = WrapError::TooShort { whole: 4, more: 10 };
        assert_eq!(length("u8", None, Some(10)).write(3), Err(error));
    }

    #[test]
    fn a_field_says_as_much_as_its_bytes_can() {
        let most = Field::ALL.map(Field::most);
        assert_eq!(most[..4], [0xff, 0xffff, 0xffff, 0xffff_ffff]);
        assert_eq!(most[6], u64::MAX);
    }
}
