//! Bytes to text: any cut gives the same, every byte is accounted for; and any word is an encoding or is not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raccord_core::encoding::{Decoded, Encoding, Piece};
use raccord_fuzz::{Stream, assert_harmless};

fuzz_target!(|input: &[u8]| {
    let Some(stream) = Stream::of(input) else { return };
    let Stream { encoding, whole, pieces } = stream;
    let decoded = encoding.decode(whole);
    assert_eq!(decode(encoding, pieces), decoded, "{encoding} cut");
    assert_eq!(decode(encoding, whole.chunks(1)), decoded, "{encoding} byte by byte");
    account(encoding, whole, &decoded);
    label(whole);
});

fn decode<'a>(encoding: Encoding, pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let (mut decoder, mut decoded) = (encoding.decoder(), Decoded::default());
    for piece in pieces {
        decoder.push(piece, &mut decoded);
        assert!(decoder.pending().len() <= 3, "{encoding} holds back {:02x?}", decoder.pending());
    }
    decoder.finish(&mut decoded);
    decoded
}

/// Where a character has one sequence of bytes only, text and invalid bytes give back the very input; elsewhere at
/// least the invalid bytes are bytes of it, in their order.
fn account(encoding: Encoding, whole: &[u8], decoded: &Decoded) {
    let one_to_one = ["utf-8", "utf-16le", "utf-16be", "latin1", "ascii", "windows-1252", "koi8-r", "euc-kr"];
    if one_to_one.contains(&encoding.name()) {
        let bytes = decoded.pieces().flat_map(|piece| match piece {
            Piece::Text(text) => encoding.encode(text).expect("it was decoded from this encoding"),
            Piece::Invalid(byte) => vec![byte],
        });
        assert_eq!(bytes.collect::<Vec<_>>(), whole, "{encoding}");
    } else {
        let mut input = whole.iter();
        assert!(decoded.invalid.iter().all(|invalid| input.any(|byte| *byte == invalid.byte)), "{encoding}");
    }
}

fn label(word: &[u8]) {
    let Ok(word) = std::str::from_utf8(word) else { return };
    match Encoding::for_label(word) {
        Ok(encoding) => assert_eq!(Encoding::for_label(encoding.name()), Ok(encoding)),
        Err(error) => assert_harmless(&error.to_string()),
    }
}
