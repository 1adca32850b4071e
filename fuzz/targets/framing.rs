//! A framing and a stream: any cut gives the same messages and the same error, no byte is lost, and what is wrapped is
//! cut out again.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use raccord_core::event::Time;
use raccord_core::framing::{CutError, Cutter, Framing, MAX_MESSAGE, Message};
use raccord_fuzz::{assert_harmless, assert_within, pieces, split_line};

fuzz_target!(|input: &[u8]| {
    let (text, rest) = split_line(input);
    match text.parse::<Framing>() {
        Ok(framing) => {
            assert_eq!(framing.to_string().parse().as_ref(), Ok(&framing));
            if let Some((&[longest, ref cuts @ ..], stream)) = rest.split_first_chunk::<5>() {
                stream_of(&framing, longest.into(), *cuts, stream);
                wrapped(&framing, stream);
            }
        }
        Err(error) => {
            assert_harmless(&error.to_string());
            assert_within(error.column, text);
        }
    }
});

fn stream_of(framing: &Framing, longest: usize, cuts: [u8; 4], stream: &[u8]) {
    let whole = cut(framing, longest, [stream]);
    account(framing, longest, stream, &whole);
    let pieces = cut(framing, longest, pieces(stream, cuts));
    if *framing == Framing::Read {
        account(framing, longest, stream, &pieces);
    } else {
        assert_eq!(pieces, whole, "{framing} cut");
        assert_eq!(cut(framing, longest, stream.chunks(1)), whole, "{framing} byte by byte");
    }
}

type Outcome = (Vec<Message>, Result<(), CutError>);

fn cut<'a>(framing: &Framing, longest: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut cutter = Cutter::new(framing.clone(), longest);
    let mut messages = Vec::new();
    let result = cut_into(&mut cutter, pieces, &mut messages);
    assert_eq!(cutter.rest().is_some(), result.is_err(), "{framing}");
    (messages, result)
}

fn cut_into<'a>(
    cutter: &mut Cutter,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    messages: &mut Vec<Message>,
) -> Result<(), CutError> {
    for piece in pieces {
        let mut chunk = Bytes::copy_from_slice(piece);
        while let Some(message) = cutter.cut(Time(0), &mut chunk)? {
            messages.push(message);
        }
        assert!(chunk.is_empty());
    }
    messages.extend(cutter.finish()?);
    Ok(())
}

/// The messages are the stream, one after the other; only behind an error may something be left.
fn account(framing: &Framing, longest: usize, stream: &[u8], (messages, result): &Outcome) {
    let mut offset = 0;
    for message in messages {
        let end = offset + message.bytes.len();
        assert_eq!((message.offset, &message.bytes[..]), (offset as u64, &stream[offset..end]), "{framing}");
        assert!(message.payload.start <= message.payload.end && message.payload.end <= message.bytes.len());
        assert!(message.bytes.len() <= longest || *framing == Framing::Read, "{framing} of {longest}");
        offset = end;
    }
    match result {
        Ok(()) => assert_eq!(offset, stream.len(), "{framing}"),
        Err(error) => assert_harmless(&format!("{error}; {}", error.remedy())),
    }
}

/// Where the payload says nothing that ends a message, it comes back as one.
fn wrapped(framing: &Framing, payload: &[u8]) {
    let ends_early = match framing {
        Framing::Read | Framing::Fixed(_) | Framing::Idle(_) => true,
        Framing::Line => payload.contains(&b'\n') || payload.ends_with(b"\r"),
        // it may end within the payload, or begin there
        Framing::Delim(delimiter) => payload.iter().any(|byte| delimiter.as_bytes().contains(byte)),
        Framing::Len(length) => length.is_within(),
    };
    let Ok(wire) = framing.wrap(Bytes::copy_from_slice(payload), None) else { return };
    if !ends_early {
        let (messages, result) = cut(framing, MAX_MESSAGE, [&wire[..]]);
        assert_eq!(result, Ok(()), "{framing}");
        let payloads: Vec<_> = messages.iter().map(Message::payload).collect();
        assert_eq!(payloads, [payload], "{framing}");
    }
}
