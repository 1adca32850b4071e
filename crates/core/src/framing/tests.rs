//! Where each framing ends a message, told as the chunks that come and the messages they make.

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::event::Time;

const SECOND: u64 = 1_000_000_000;

/// The messages of these chunks and of the end behind them, each with its payload; and the error that ended it.
fn cut(framing: &str, max_message: usize, chunks: &[&[u8]]) -> (Vec<Message>, Option<String>) {
    let mut cutter = Cutter::new(framing.parse().unwrap(), max_message);
    let mut messages = Vec::new();
    let mut run = || {
        for chunk in chunks {
            let mut chunk = Bytes::copy_from_slice(chunk);
            while let Some(message) = cutter.cut(Time(0), &mut chunk)? {
                messages.push(message);
            }
        }
        messages.extend(cutter.finish()?);
        Ok(())
    };
    let error = run().err().map(|error: CutError| error.to_string());
    (messages, error)
}

#[test]
fn each_framing_ends_its_messages() {
    use Cut::{Chunk, Crlf, Delimiter, Idle, Length, Lf, Unterminated};
    type Row = (&'static str, &'static [&'static [u8]], &'static [(&'static [u8], Cut)]);
    let rows: &[Row] = &[
        ("read", &[b"a\n", b"b"], &[(b"a\n", Chunk), (b"b", Chunk)]),
        ("read", &[b""], &[]),
        ("line", &[b"a\nb\r\nc"], &[(b"a", Lf), (b"b", Crlf), (b"c", Unterminated)]),
        ("line", &[b"\n\r\n\n"], &[(b"", Lf), (b"", Crlf), (b"", Lf)]),
        ("line", &[b"a\r", b"\n", b"b"], &[(b"a", Crlf), (b"b", Unterminated)]),
        ("line", &[b"a\rb\r\r\n"], &[(b"a\rb\r", Crlf)]),
        ("line", &[b"a\r"], &[(b"a\r", Unterminated)]),
        ("line", &[b"a\n", b""], &[(b"a", Lf)]),
        ("delim:0d0a", &[b"a\r", b"\nb\nc\r\n"], &[(b"a", Delimiter), (b"b\nc", Delimiter)]),
        ("delim:00", &[b"\0\0a"], &[(b"", Delimiter), (b"", Delimiter), (b"a", Unterminated)]),
        ("delim:616162", &[b"a", b"a", b"a", b"b", b"c"], &[(b"a", Delimiter), (b"c", Unterminated)]),
        ("delim:6162", &[b"a"], &[(b"a", Unterminated)]),
        ("fixed:2", &[b"a", b"bcde", b"f"], &[(b"ab", Length), (b"cd", Length), (b"ef", Length)]),
        ("len:u8", &[b"\x01a\0\x02b", b"c"], &[(b"a", Length), (b"", Length), (b"bc", Length)]),
        ("len:u16be", &[b"\0", b"\x01a"], &[(b"a", Length)]),
        ("len:u16le", &[b"\x01\0a"], &[(b"a", Length)]),
        ("len:u32be+0", &[b"\0\0\0\x05a\0\0\0\x04"], &[(b"a", Length), (b"", Length)]),
        ("len:u64le", &[b"\x01\0\0\0\0\0\0\0a"], &[(b"a", Length)]),
        (
            "len:u16be@4+6",
            &[b"\0\x01\0\0\0\x03\x11\x03\0", b"\0\x02\0\0\0\x01\x11"],
            &[(b"\x11\x03\0", Length), (b"\x11", Length)],
        ),
        ("idle:1", &[b"a", b"b"], &[(b"ab", Idle)]),
    ];
    for (framing, chunks, expected) in rows {
        let (messages, error) = cut(framing, MAX_MESSAGE, chunks);
        let seen: Vec<_> = messages.iter().map(|message| (message.payload(), message.cut)).collect();
        assert_eq!((seen, error), (expected.to_vec(), None), "{framing} {chunks:?}");
        let wholes = messages.iter().flat_map(|message| &message.bytes);
        assert!(wholes.eq(chunks.concat().iter()), "{framing} {chunks:?}: no byte is lost");
    }
}

#[test]
fn a_message_that_cannot_be_cut_is_an_error_that_says_why() {
    type Row = (&'static str, usize, &'static [&'static [u8]], usize, &'static str);
    let rows: &[Row] = &[
        ("line", 4, &[b"abc\nabcd\n"], 1, "the message at offset 4 is longer than 4 bytes"),
        ("line", 4, &[b"abc\nab", b"cde"], 1, "the message at offset 4 is longer than 4 bytes"),
        ("delim:00", 2, &[b"abc"], 0, "the message at offset 0 is longer than 2 bytes"),
        ("fixed:5", 4, &[b"a"], 0, "the message at offset 0 is longer than 4 bytes"),
        ("len:u32be", 3, &[b"\0"], 0, "the message at offset 0 is longer than 3 bytes"),
        (
            "len:u8",
            4,
            &[b"\x03abc\x04abcd"],
            1,
            "the message at offset 4 is longer than 4 bytes: its length field says 4",
        ),
        (
            "len:u64be",
            MAX_MESSAGE,
            &[&[0xff; 8]],
            0,
            "the message at offset 0 is longer than 16777216 bytes: its length field says 18446744073709551615",
        ),
        ("idle:1", 4, &[b"abc", b"de"], 0, "the message at offset 0 is longer than 4 bytes"),
        (
            "len:u16be+0",
            9,
            &[b"\0\x02\0\x01"],
            1,
            "the length field of the message at offset 2 says 1: a message of 1 bytes, where its header alone has 2",
        ),
        (
            "fixed:4",
            9,
            &[b"abcdef"],
            1,
            "the end came within the message at offset 4: 2 of the 4 bytes came, 2 missing",
        ),
        (
            "len:u8",
            9,
            &[b"\x03a"],
            0,
            "the end came within the message at offset 0: 2 of the 4 bytes came, 2 missing",
        ),
        (
            "len:u32be",
            9,
            &[b"\0"],
            0,
            "the end came within the message at offset 0: 1 of the 4 bytes of its header came, 3 missing",
        ),
    ];
    for (framing, max_message, chunks, before, expected) in rows {
        let (messages, error) = cut(framing, *max_message, chunks);
        assert_eq!((messages.len(), error.as_deref()), (*before, Some(*expected)), "{framing} {chunks:?}");
    }
}

#[test]
fn after_an_error_nothing_is_cut_any_more() {
    let mut cutter = Cutter::new(Framing::Line, 2);
    let error = cutter.cut(Time(0), &mut "abc\n".into()).unwrap_err();
    assert_eq!(cutter.cut(Time(0), &mut "a\n".into()), Err(error.clone()));
    assert_eq!((cutter.deadline(), cutter.tick(Time(u64::MAX))), (None, None));
    assert_eq!(cutter.finish(), Err(error));
}

#[test]
fn what_came_before_an_error_is_not_lost() {
    for (framing, chunks) in [
        ("line", ["ab", "cd"]),
        ("fixed:3", ["ab\ncd", "ef"]),
        ("len:u8", ["\u{2}", "a"]),
        ("idle:1", ["ab", "cd"]),
    ] {
        let mut cutter = Cutter::new(framing.parse().unwrap(), 3);
        let mut seen = Vec::new();
        for chunk in chunks {
            let mut chunk = chunk.into();
            while let Ok(Some(message)) = cutter.cut(Time(0), &mut chunk) {
                seen.push(message);
            }
        }
        assert!(cutter.finish().is_err(), "{framing}");
        let rest = cutter.rest().unwrap();
        assert_eq!((rest.payload(), rest.cut), (&rest.bytes[..], Cut::Unterminated), "{framing}");
        seen.push(rest);
        let wholes: Vec<_> = seen.iter().flat_map(|message| &message.bytes).copied().collect();
        assert_eq!(wholes, chunks.concat().as_bytes(), "{framing}");
        assert_eq!(cutter.rest(), None, "{framing}");
    }
}

#[test]
fn a_message_as_long_as_the_longest_is_none_too_many() {
    for (framing, bytes) in [
        ("line", "abc\n"),
        ("line", "abcd"),
        ("delim:2d2d", "ab--"),
        ("fixed:4", "abcd"),
        ("len:u8", "\u{3}abc"),
    ] {
        let (messages, error) = cut(framing, 4, &[bytes.as_bytes()]);
        assert_eq!((messages.len(), error), (1, None), "{framing}");
    }
}

#[test]
fn a_message_within_one_chunk_is_a_slice_of_it() {
    for framing in ["read", "line", "delim:0a", "fixed:4", "len:u8", "idle:1"] {
        let mut chunk = Bytes::from(b"\x03ab\n".to_vec());
        let start = chunk.as_ptr();
        let mut cutter = Cutter::new(framing.parse().unwrap(), MAX_MESSAGE);
        let message = cutter.cut(Time(0), &mut chunk).unwrap().or_else(|| cutter.tick(Time(SECOND)));
        assert_eq!(message.map(|message| message.bytes.as_ptr()), Some(start), "{framing}");
    }
}

#[test]
fn silence_ends_a_message_and_nothing_else_does() {
    let mut cutter = Cutter::new(Framing::Idle(Duration::from_secs(1)), MAX_MESSAGE);
    assert_eq!(cutter.deadline(), None);
    let mut cut = |at: u64, text: &'static str| {
        let mut chunk = Bytes::from_static(text.as_bytes());
        let mut seen = Vec::new();
        while let Some(message) = cutter.cut(Time(at), &mut chunk).unwrap() {
            seen.push((message.offset, message.bytes));
        }
        (seen, cutter.deadline())
    };
    assert_eq!(cut(0, "a"), (vec![], Some(Time(SECOND))));
    assert_eq!(cut(SECOND - 1, "b"), (vec![], Some(Time(2 * SECOND - 1))));
    // nobody ticked, and still there was silence
    assert_eq!(cut(3 * SECOND, "c"), (vec![(0, "ab".into())], Some(Time(4 * SECOND))));
    assert_eq!(cutter.tick(Time(4 * SECOND - 1)), None);
    let message = cutter.tick(Time(4 * SECOND)).unwrap();
    assert_eq!((message.offset, &message.bytes[..], message.cut), (2, &b"c"[..], Cut::Idle));
    assert_eq!((cutter.deadline(), cutter.finish()), (None, Ok(None)));
}

#[test]
fn the_longest_message_must_have_room_for_the_shortest() {
    for (framing, shortest) in
        [("read", 1), ("line", 1), ("delim:0d0a", 2), ("fixed:16", 16), ("len:u16be@4+0", 6), ("idle:1", 1)]
    {
        assert_eq!(framing.parse::<Framing>().unwrap().shortest(), shortest, "{framing}");
    }
}
