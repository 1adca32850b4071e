//! Any cut of a stream into chunks gives the same messages; no byte is lost, and what is sent comes back.

use std::time::Duration;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use raccord_core::event::Time;
use raccord_core::framing::{CutError, Cutter, Framing, MAX_MESSAGE, Message};

#[expect(clippy::unwrap_used, reason = "only framings are written here")]
fn framing(text: &str) -> Framing {
    text.parse().unwrap()
}

/// Framings that find the ends of their messages in the bytes.
fn any_by_bytes() -> impl Strategy<Value = Framing> {
    let texts = [
        "line",
        "delim:00",
        "delim:0d0a",
        "delim:0a0a",
        "delim:0a0a0a",
        "delim:610a61",
        "fixed:1",
        "fixed:3",
        "len:u8",
        "len:u8+0",
        "len:u8+3",
        "len:u16be",
        "len:u16le",
        "len:u32be@1",
        "len:u16be@4+6",
        "len:u64le@2+0",
        "len:u8@3+1",
    ];
    select(texts.to_vec()).prop_map(framing)
}

fn any_framing() -> impl Strategy<Value = Framing> {
    prop_oneof![4 => any_by_bytes(), 1 => Just(Framing::Read), 1 => Just(Framing::Idle(Duration::from_nanos(10)))]
}

/// Bytes of which many end a message, or are a small length.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![8 => select(b"\x00\x01\x02\x03\x05\r\n\na".to_vec()), 1 => any::<u8>()], 0..64)
}

fn chunks(bytes: &[u8], cuts: &[Index]) -> Vec<Bytes> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.sort_unstable();
    ends.push(bytes.len());
    let starts = [0].into_iter().chain(ends.clone());
    starts.zip(ends).map(|(start, end)| Bytes::copy_from_slice(&bytes[start..end])).collect()
}

/// The messages of chunks that come at these times, and of the end behind them.
fn cut(
    framing: &Framing,
    max_message: usize,
    chunks: impl IntoIterator<Item = (Time, Bytes)>,
) -> (Vec<Message>, Result<(), CutError>) {
    let mut cutter = Cutter::new(framing.clone(), max_message);
    let mut messages = Vec::new();
    let run = || {
        for (now, mut chunk) in chunks {
            while let Some(message) = cutter.cut(now, &mut chunk)? {
                messages.push(message);
            }
            assert!(chunk.is_empty());
        }
        messages.extend(cutter.finish()?);
        Ok(())
    };
    let result = run();
    (messages, result)
}

fn at_once(chunks: Vec<Bytes>) -> impl Iterator<Item = (Time, Bytes)> {
    chunks.into_iter().map(|chunk| (Time(0), chunk))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_cut_gives_the_same_messages_and_the_same_error(
        framing in any_by_bytes(), max_message in 1_usize..40, bytes in any_bytes(), cuts in vec(any::<Index>(), 0..8),
    ) {
        let whole = cut(&framing, max_message, at_once(vec![Bytes::from(bytes.clone())]));
        prop_assert_eq!(&cut(&framing, max_message, at_once(chunks(&bytes, &cuts))), &whole);
        let each = bytes.iter().map(|byte| Bytes::copy_from_slice(&[*byte])).collect();
        prop_assert_eq!(&cut(&framing, max_message, at_once(each)), &whole);
    }

    #[test]
    fn no_byte_is_lost_or_doubled(
        framing in any_framing(), max_message in 1_usize..40, bytes in any_bytes(), cuts in vec(any::<Index>(), 0..8),
    ) {
        let mut cutter = Cutter::new(framing.clone(), max_message);
        let (mut messages, mut fed) = (Vec::new(), 0);
        let result = chunks(&bytes, &cuts).into_iter().try_for_each(|mut chunk| {
            fed += chunk.len();
            std::iter::from_fn(|| cutter.cut(Time(0), &mut chunk).transpose())
                .try_for_each(|message| message.map(|message| messages.push(message)))
        });
        let result = result.and_then(|()| cutter.finish().map(|last| messages.extend(last)));
        for message in &messages {
            prop_assert!(message.payload.end <= message.bytes.len());
            prop_assert!(message.bytes.len() <= max_message || framing == Framing::Read);
        }
        let rest = cutter.rest();
        prop_assert_eq!(rest.is_some(), result.is_err());
        messages.extend(rest);
        let mut offset = 0;
        for message in &messages {
            prop_assert_eq!(message.offset, offset as u64);
            prop_assert_eq!(&message.bytes, &bytes[offset..offset + message.bytes.len()]);
            prop_assert!(!message.bytes.is_empty());
            offset += message.bytes.len();
        }
        prop_assert_eq!(offset, fed);
    }

    #[test]
    fn each_chunk_is_a_message_of_read(bytes in any_bytes(), cuts in vec(any::<Index>(), 0..8)) {
        let mut chunks = chunks(&bytes, &cuts);
        let (messages, result) = cut(&Framing::Read, 1, at_once(chunks.clone()));
        chunks.retain(|chunk| !chunk.is_empty());
        prop_assert_eq!(messages.into_iter().map(|message| message.bytes).collect::<Vec<_>>(), chunks);
        prop_assert_eq!(result, Ok(()));
    }

    /// Of `idle` this holds: pieces that come at one time are one chunk, and whether somebody ticks makes no difference.
    #[test]
    fn silence_ends_the_same_messages_however_they_come(
        pieces in vec((0_u64..25, vec(any::<u8>(), 1..4), any::<Index>()), 0..12),
    ) {
        let framing = Framing::Idle(Duration::from_nanos(10));
        let mut now = 0;
        let pieces: Vec<_> = pieces.into_iter().map(|(after, bytes, at)| {
            now += after;
            (Time(now), bytes, at)
        }).collect();
        let mut expected: Vec<Vec<u8>> = Vec::new();
        let mut latest = None;
        for (now, bytes, _) in &pieces {
            match expected.last_mut() {
                Some(last) if latest.is_some_and(|latest: Time| now.0 < latest.0 + 10) => last.extend(bytes),
                _ => expected.push(bytes.clone()),
            }
            latest = Some(*now);
        }
        let split = pieces.iter().flat_map(|(now, bytes, at)| {
            chunks(bytes, &[*at]).into_iter().map(|chunk| (*now, chunk)).collect::<Vec<_>>()
        });
        let (messages, _) = cut(&framing, MAX_MESSAGE, split);
        prop_assert_eq!(messages.iter().map(|message| message.bytes.to_vec()).collect::<Vec<_>>(), &expected[..]);

        let mut cutter = Cutter::new(framing, MAX_MESSAGE);
        let mut ticked = Vec::new();
        for (now, bytes, _) in pieces {
            while let Some(deadline) = cutter.deadline().filter(|deadline| *deadline <= now) {
                ticked.extend(cutter.tick(deadline));
            }
            prop_assert_eq!(cutter.cut(now, &mut bytes.into()), Ok(None));
        }
        ticked.extend(cutter.finish().unwrap());
        prop_assert_eq!(ticked, messages);
    }

    #[test]
    fn what_is_sent_comes_back(
        framing in select(vec!["line", "delim:00", "delim:0d0a00", "len:u8", "len:u8+0", "len:u16le", "len:u32be", "len:u64be+8"]),
        texts in vec(vec(1_u8..=255, 0..20), 0..6),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        let framing = self::framing(framing);
        let texts: Vec<Vec<u8>> = texts.into_iter().map(|mut text| {
            // a line cannot hold its ending, nor take a CR before it for its own
            text.retain(|byte| !b"\r\n".contains(byte));
            text
        }).collect();
        let wire: Vec<u8> = texts.iter().flat_map(|text| framing.wrap(text.clone().into(), None).unwrap()).collect();
        let (messages, result) = cut(&framing, MAX_MESSAGE, at_once(chunks(&wire, &cuts)));
        prop_assert_eq!(result, Ok(()));
        prop_assert_eq!(messages.iter().map(|message| message.payload().to_vec()).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn what_holds_its_length_is_sent_as_it_is_and_comes_back_whole(behind in vec(any::<u8>(), 0..20), id: u32) {
        let framing = framing("len:u16be@4+6");
        let length = u16::try_from(behind.len()).unwrap();
        let message = [&id.to_be_bytes()[..], &length.to_be_bytes(), &behind].concat();
        let wire = framing.wrap(message.clone().into(), None).unwrap();
        prop_assert_eq!(&wire, &message);
        let (messages, result) = cut(&framing, MAX_MESSAGE, at_once(vec![wire]));
        prop_assert_eq!(result, Ok(()));
        prop_assert_eq!(messages.len(), 1);
        prop_assert_eq!(messages[0].payload(), behind);
    }
}
