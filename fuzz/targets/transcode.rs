//! UTF-8 to the bytes of another encoding: any cut gives the same bytes and the same error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raccord_core::encoding::{Encoding, TranscodeError, Transcoder};
use raccord_fuzz::{Stream, assert_harmless};

fuzz_target!(|input: &[u8]| {
    let Some(stream) = Stream::of(input) else { return };
    let Stream { encoding, whole, pieces } = stream;
    let (bytes, result) = transcode(encoding, [whole]);
    assert_eq!(transcode(encoding, pieces), (bytes.clone(), result), "{encoding} cut");
    assert_eq!(transcode(encoding, whole.chunks(1)), (bytes.clone(), result), "{encoding} byte by byte");
    match result {
        Err(error) => assert_harmless(&error.to_string()),
        Ok(()) => {
            let text = std::str::from_utf8(whole).expect("anything else is an error");
            assert_eq!(encoding.encode(text), Ok(bytes));
        }
    }
});

fn transcode<'a>(
    encoding: Encoding,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<u8>, Result<(), TranscodeError>) {
    let (mut transcoder, mut bytes) = (Transcoder::new(encoding), Vec::new());
    for piece in pieces {
        // an error stays, and comes back from finish
        let _ = transcoder.push(piece, &mut bytes);
    }
    let result = transcoder.finish(&mut bytes);
    (bytes, result)
}
