//! What the first bytes of a conversation say about what is spoken: TLS, HTTP, some other text, or none of these.

use crate::notation::visible::foreign;

/// How many first bytes are worth keeping to tell what is spoken, and to quote what was said.
pub const ENOUGH: usize = 512;
/// Longer first lines are quoted up to here.
const QUOTED: usize = 80;

/// What a conversation opens with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A TLS record that holds a `ClientHello` (RFC 8446 sections 4.1.2 and 5.1): a client that speaks TLS.
    ClientHello,
    /// A TLS alert that is not encrypted (RFC 8446 section 6): what a server that speaks TLS answers to anything else.
    Alert,
    /// Another record of TLS.
    Tls,
    /// The request line of HTTP/1 (RFC 9112 section 3), or the preface of HTTP/2 (RFC 9113 section 3.4).
    Http,
    /// Some other text.
    Text,
    /// Bytes that are neither text nor TLS.
    Binary,
}

impl Opening {
    /// Reads the first bytes; none where these are too few to tell TLS from the rest.
    ///
    /// ```
    /// use raccord_core::opening::Opening;
    /// assert_eq!(Opening::of(b"GET / HTTP/1.1\r\n"), Some(Opening::Http));
    /// assert_eq!(Opening::of(&[22, 3, 1, 2, 0, 1]), Some(Opening::ClientHello));
    /// assert_eq!(Opening::of(&[22, 3]), None);
    /// ```
    pub fn of(first: &[u8]) -> Option<Self> {
        match first {
            [] | [20..=24] | [22, 3] | [22, 3, 0..=4] | [22, 3, 0..=4, _] | [22, 3, 0..=4, _, _] => None,
            [22, 3, 0..=4, _, _, 1, ..] => Some(Self::ClientHello),
            [21, 3, 0..=4, 0, 2, 1..=2, _] => Some(Self::Alert),
            [20..=24, 3, ..] => Some(Self::Tls),
            _ if is_request(first) => Some(Self::Http),
            _ if is_text(first) => Some(Self::Text),
            _ => Some(Self::Binary),
        }
    }

    /// Whether it can belong to a TLS handshake.
    pub fn is_tls(self) -> bool {
        matches!(self, Self::ClientHello | Self::Alert | Self::Tls)
    }
}

/// The first line of what a peer said, made visible, without its ending; long ones are cut, marked by `…`.
///
/// ```
/// use raccord_core::opening::first_line;
/// assert_eq!(first_line(b"220 \x1b[2Jmail\r\nready"), r"220 \x1b[2Jmail");
/// ```
pub fn first_line(first: &[u8]) -> String {
    let line = first.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match line.get(..QUOTED) {
        Some(start) if line.len() > QUOTED => {
            // a character that the cut went through would show as bytes that nobody sent
            let whole = start.utf8_chunks().last().map_or(0, |last| {
                let cut = last.invalid();
                start.len() - if is_cut_character(cut) { cut.len() } else { 0 }
            });
            format!("{}…", foreign(&start[..whole]))
        }
        _ => foreign(line),
    }
}

/// Whether these invalid bytes may be the beginning of a character of UTF-8.
fn is_cut_character(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

fn is_request(first: &[u8]) -> bool {
    const METHODS: [&[u8]; 10] = [
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"PUT ",
        b"DELETE ",
        b"CONNECT ",
        b"OPTIONS ",
        b"TRACE ",
        b"PATCH ",
        b"PRI ",
    ];
    METHODS.iter().any(|method| first.starts_with(method))
}

/// Text in any encoding that extends ASCII: it begins with something that can be seen, and holds no NUL.
fn is_text(first: &[u8]) -> bool {
    let begins =
        first.first().is_some_and(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~' | 0x80..));
    let printable = first.iter().filter(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~')).count();
    let valid = match std::str::from_utf8(first) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    begins && !first.contains(&0) && (valid || printable * 2 > first.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn first_bytes() {
        let table: [(&[u8], Option<Opening>); 19] = [
            (b"", None),
            (b"\x16", None),
            (b"\x16\x03\x01\x00\xc8", None),
            (b"\x16\x03\x01\x00\xc8\x01", Some(Opening::ClientHello)),
            (b"\x16\x03\x03\x00\x7a\x02", Some(Opening::Tls)),
            (b"\x15\x03\x03\x00\x02\x02\x28", Some(Opening::Alert)),
            (b"\x15\x03\x03\x00\x1a\x00\x00", Some(Opening::Tls)),
            (b"\x16\x04", Some(Opening::Binary)),
            (b"\x80\x2e\x01\x00\x02", Some(Opening::Binary)),
            (b"G", Some(Opening::Text)),
            (b"GET / HTTP/1.1\r\n", Some(Opening::Http)),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Some(Opening::Http)),
            (b"GETTING STARTED", Some(Opening::Text)),
            (b"220 mail ready\r\n", Some(Opening::Text)),
            (b"220 \x1b[2J\x07", Some(Opening::Text)),
            ("ça va".as_bytes(), Some(Opening::Text)),
            (b"\xc4\xe3\xba\xc3 hello", Some(Opening::Text)),
            (b"\x00\x01\x02", Some(Opening::Binary)),
            (b"ab\x00", Some(Opening::Binary)),
        ];
        for (bytes, opening) in table {
            assert_eq!(Opening::of(bytes), opening, "{}", foreign(bytes));
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = format!("{}é tail", "x".repeat(79));
        assert_eq!(first_line(line.as_bytes()), format!("{}…", "x".repeat(79)));
        assert_eq!(first_line(&[b'y'; 80]), "y".repeat(80));
    }

    proptest! {
        #[test]
        fn more_bytes_never_turn_tls_into_something_else(bytes in prop::collection::vec(any::<u8>(), 0..64), more in any::<u8>()) {
            let before = Opening::of(&bytes).map(Opening::is_tls);
            let after = Opening::of(&[&bytes[..], &[more]].concat()).map(Opening::is_tls);
            prop_assert!(before.is_none() || before == after);
            let line = first_line(&bytes);
            prop_assert!(!line.contains(char::is_control), "{:?}", line);
        }
    }
}
