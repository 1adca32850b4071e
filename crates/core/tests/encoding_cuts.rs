//! Any cut of a stream gives the same result, for every encoding; and no byte is lost or doubled.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use raccord_core::encoding::{Decoded, Encoding, Piece, TranscodeError, Transcoder};

fn any_encoding() -> impl Strategy<Value = Encoding> {
    select(Encoding::all().collect::<Vec<_>>())
}

/// Characters that one encoding or another has.
fn any_text() -> impl Strategy<Value = Vec<char>> {
    let range = |from: char, to: char| proptest::char::range(from, to);
    let character = prop_oneof![
        range('\0', '\u{ff}'),
        range('\u{100}', '\u{5ff}'),
        range('\u{e00}', '\u{e5b}'),
        range('\u{2000}', '\u{33ff}'),
        range('\u{4e00}', '\u{9fff}'),
        range('\u{ac00}', '\u{d7a3}'),
        range('\u{e000}', '\u{f8ff}'),
        range('\u{ff00}', '\u{ffef}'),
        any::<char>(),
    ];
    vec(character, 0..24)
}

/// Bytes, and often those that start, continue or break a character or an escape sequence.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let telling = select(
        b"\x1b$B(BJI@\x24\x22\x8e\x8f\x81\x300\xa4\xa1\xfe\xff\x80\xd8\xdc\xe4\xbd\xf0\x9f\x98A\n".to_vec(),
    );
    vec(prop_oneof![telling, any::<u8>()], 0..24)
}

fn chunks<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.sort_unstable();
    let mut from = 0;
    let mut chunks: Vec<_> = ends.iter().map(|&end| &bytes[std::mem::replace(&mut from, end)..end]).collect();
    chunks.push(&bytes[from..]);
    chunks
}

fn decode(encoding: Encoding, chunks: &[&[u8]]) -> Decoded {
    let (mut decoder, mut out) = (encoding.decoder(), Decoded::default());
    for chunk in chunks {
        decoder.push(chunk, &mut out);
        assert!(decoder.pending().len() <= 3, "{encoding} holds back {:02x?}", decoder.pending());
    }
    decoder.finish(&mut out);
    out
}

fn transcode(encoding: Encoding, chunks: &[&[u8]]) -> (Vec<u8>, Result<(), TranscodeError>) {
    let (mut transcoder, mut out) = (Transcoder::new(encoding), Vec::new());
    for chunk in chunks {
        let _ = transcoder.push(chunk, &mut out);
    }
    let result = transcoder.finish(&mut out);
    (out, result)
}

/// Whether this character comes back as itself; `encoding_unicode.rs` has the list of those that do not.
fn returns(encoding: Encoding, character: char) -> bool {
    let text = character.to_string();
    encoding.encode(&text).is_ok_and(|bytes| encoding.decode(&bytes).text == text)
}

/// Whether two sequences of bytes mean this character to gbk or gb18030: 80 and a2 e3 are €, a3 a0 and a1 a1 are
/// U+3000, and the edition of 2022 gave two bytes to some characters that had four.
fn is_twice_in_gb18030(character: char) -> bool {
    matches!(character, '€' | '\u{3000}' | '\u{9fb4}'..='\u{9fbb}' | '\u{fe10}'..='\u{fe19}')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn text_comes_back_whatever_the_cuts(encoding in any_encoding(), text in any_text(), cuts: [Index; 4]) {
        let text: String = text.into_iter().filter(|character| returns(encoding, *character)).collect();
        let bytes = encoding.encode(&text).unwrap();
        let decoded = decode(encoding, &chunks(&bytes, &cuts));
        prop_assert_eq!(decoded, Decoded { text, invalid: vec![] });
    }

    #[test]
    fn messages_in_a_row_are_one_text(encoding in any_encoding(), first in any_text(), second in any_text()) {
        let text = |text: Vec<char>| text.into_iter().filter(|&c| returns(encoding, c)).collect::<String>();
        let (first, second) = (text(first), text(second));
        let bytes = [encoding.encode(&first).unwrap(), encoding.encode(&second).unwrap()].concat();
        prop_assert_eq!(encoding.decode(&bytes), Decoded { text: first + &second, invalid: vec![] });
    }

    #[test]
    fn arbitrary_bytes_decode_alike_whatever_the_cuts(
        encoding in any_encoding(), bytes in any_bytes(), cuts: [Index; 4],
    ) {
        let each: Vec<_> = bytes.chunks(1).collect();
        let whole = decode(encoding, &[&bytes]);
        prop_assert_eq!(&decode(encoding, &chunks(&bytes, &cuts)), &whole);
        prop_assert_eq!(&decode(encoding, &each), &whole);
    }

    /// In these a character has only one sequence of bytes, few excepted, so the pieces give back the very input.
    /// Received gbk is wider than what is sent: gb18030 has all of it.
    #[test]
    fn every_byte_is_accounted_for(bytes in any_bytes()) {
        let same =
            ["utf-8", "utf-16le", "utf-16be", "latin1", "ascii", "windows-1252", "koi8-r", "euc-kr", "gb18030"];
        for (received, sent) in same.map(|label| (label, label)).into_iter().chain([("gbk", "gb18030")]) {
            let [received, sent] = [received, sent].map(|label| Encoding::for_label(label).unwrap());
            let decoded = received.decode(&bytes);
            if sent.name() == "gb18030" && decoded.text.contains(is_twice_in_gb18030) {
                continue;
            }
            let pieces = decoded.pieces().map(|piece| match piece {
                Piece::Text(text) => sent.encode(text).unwrap(),
                Piece::Invalid(byte) => vec![byte],
            });
            prop_assert_eq!(&pieces.flatten().collect::<Vec<_>>(), &bytes, "{}", received);
        }
    }

    /// Of the other encodings this much can be said: no more bytes are invalid than came, and what is pending
    /// is the end of the input.
    #[test]
    fn invalid_bytes_are_bytes_of_the_input(encoding in any_encoding(), bytes in any_bytes()) {
        let decoded = encoding.decode(&bytes);
        let mut input = bytes.iter();
        prop_assert!(decoded.invalid.iter().all(|invalid| input.any(|byte| *byte == invalid.byte)));
        let mut decoder = encoding.decoder();
        decoder.push(&bytes, &mut Decoded::default());
        prop_assert!(bytes.ends_with(decoder.pending()));
    }

    #[test]
    fn transcoding_is_the_same_whatever_the_cuts(
        encoding in any_encoding(), text in any_text(), tail in any_bytes(), cuts: [Index; 4],
    ) {
        let bytes = [text.into_iter().collect::<String>().as_bytes(), &tail].concat();
        let each: Vec<_> = bytes.chunks(1).collect();
        let whole = transcode(encoding, &[&bytes]);
        prop_assert_eq!(&transcode(encoding, &chunks(&bytes, &cuts)), &whole);
        prop_assert_eq!(&transcode(encoding, &each), &whole);
    }

    #[test]
    fn transcoding_is_encoding(encoding in any_encoding(), text in any_text()) {
        let text: String = text.into_iter().filter(|c| encoding.encode(&c.to_string()).is_ok()).collect();
        let (bytes, result) = transcode(encoding, &[text.as_bytes()]);
        prop_assert_eq!(result, Ok(()));
        prop_assert_eq!(Ok(bytes), encoding.encode(&text));
    }

    #[test]
    fn transcoding_into_utf8_checks(bytes in any_bytes()) {
        let (out, result) = transcode(Encoding::UTF_8, &[&bytes]);
        match std::str::from_utf8(&bytes) {
            Ok(_) => prop_assert_eq!((out, result), (bytes, Ok(()))),
            Err(error) => {
                let (valid, invalid) = bytes.split_at(error.valid_up_to());
                let expected = TranscodeError::InvalidUtf8 { offset: valid.len() as u64, byte: invalid[0] };
                prop_assert_eq!((out, result), (valid.to_vec(), Err(expected)));
            }
        }
    }
}
