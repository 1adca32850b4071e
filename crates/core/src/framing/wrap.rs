//! What is sent becomes a message: with what its framing puts before it or after it.

use bytes::Bytes;

use super::Framing;

impl Framing {
    /// The message that goes over the wire: `text` with its line ending `eol`, and what this framing adds.
    ///
    /// `line` ends with LF (the byte 0a) where no line ending is given. `len` puts the length before it, unless the
    /// message holds it by itself (`@OFFSET`), and refuses what its field cannot say. `read`, `fixed` and `idle` add
    /// nothing, and a message to which nothing is added is not copied.
    ///
    /// ```
    /// use raccord_core::framing::Framing;
    /// let framing: Framing = "len:u16be".parse()?;
    /// assert_eq!(framing.wrap("hello".into(), None)?, b"\x00\x05hello"[..]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wrap(&self, text: Bytes, eol: Option<&[u8]>) -> Result<Bytes, WrapError> {
        let (mut before, mut after) = (Vec::new(), eol.unwrap_or_default());
        let mut last: &[u8] = &[];
        match self {
            Self::Line => after = eol.unwrap_or(b"\n"),
            Self::Delim(delimiter) => last = delimiter.as_bytes(),
            Self::Len(length) if !length.is_within() => before = length.write(text.len() + after.len())?,
            Self::Len(_) | Self::Read | Self::Fixed(_) | Self::Idle(_) => {}
        }
        if before.len() + after.len() + last.len() == 0 {
            return Ok(text);
        }
        Ok([&before, &text[..], after, last].concat().into())
    }
}

/// Why what is to be sent does not make a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// Its length is more than the length field can say.
    #[error(
        "a message of {bytes} bytes does not go into the framing: its length {value} is more than {most}, the most that \
         {field} can say; send less at once, or use a larger type if the peer does"
    )]
    TooLong {
        /// How many bytes were to be sent.
        bytes: usize,
        /// What the field should say.
        value: u64,
        /// The field's type.
        field: &'static str,
        /// The most it can say.
        most: u64,
    },
    /// Its length field does not count more than it has.
    #[error(
        "a message of {whole} bytes does not go into the framing: its length field leaves out {more} bytes by the +N of \
         --frame; write the N that the peer uses"
    )]
    TooShort {
        /// How many bytes the message has.
        whole: u64,
        /// How many its field does not count.
        more: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_framing_adds_what_its_messages_have() {
        let table: [(&str, &str, Option<&str>, &[u8]); 17] = [
            ("read", "hi", None, b"hi"),
            ("read", "hi", Some("\r\n"), b"hi\r\n"),
            ("line", "hi", None, b"hi\n"),
            ("line", "hi", Some("\r\n"), b"hi\r\n"),
            ("line", "hi", Some(""), b"hi"),
            ("line", "", None, b"\n"),
            ("delim:0d0a2e0d0a", "hi", None, b"hi\r\n.\r\n"),
            ("delim:00", "hi", Some("\n"), b"hi\n\0"),
            ("fixed:5", "hi", None, b"hi"),
            ("idle:1", "hi", None, b"hi"),
            ("len:u8", "hi", None, b"\x02hi"),
            ("len:u8", "", None, b"\0"),
            ("len:u16be", "hi", Some("\n"), b"\0\x03hi\n"),
            ("len:u32le", "hi", None, b"\x02\0\0\0hi"),
            ("len:u32le+0", "hi", None, b"\x06\0\0\0hi"),
            ("len:u16be+0", "hi", None, b"\0\x04hi"),
            ("len:u16be@2", "ab\0\x02hi", None, b"ab\0\x02hi"),
        ];
        for (framing, text, eol, wire) in table {
            let framing: Framing = framing.parse().unwrap();
            let wrapped = framing.wrap(text.into(), eol.map(str::as_bytes)).unwrap();
            assert_eq!(wrapped, wire, "{framing} {text:?} {eol:?}");
        }
    }

    #[test]
    fn what_its_length_field_cannot_say_is_refused() {
        let wrap = |framing: &str, bytes: usize| {
            framing
                .parse::<Framing>()
                .unwrap()
                .wrap(vec![b'x'; bytes].into(), None)
                .map_err(|error| error.to_string())
        };
        assert!(wrap("len:u8", 255).is_ok());
        let error = wrap("len:u8", 256).unwrap_err();
        assert!(error.contains("its length 256 is more than 255, the most that u8 can say"), "{error}");
        assert!(wrap("len:u8+0", 254).is_ok());
        assert!(wrap("len:u8+0", 255).is_err());
        assert!(wrap("len:u16be", 65_536).is_err());
        assert!(wrap("len:u8+5", 4).is_ok());
        assert!(wrap("len:u8+5", 3).unwrap_err().contains("leaves out 5 bytes"));
    }

    #[test]
    fn a_message_to_which_nothing_is_added_is_not_copied() {
        let text = Bytes::from(vec![b'x'; 100]);
        let wrapped = Framing::Read.wrap(text.clone(), None).unwrap();
        assert_eq!(wrapped.as_ptr(), text.as_ptr());
    }
}
