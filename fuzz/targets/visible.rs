//! Foreign bytes as lines, as a name and as a dump: nothing disturbs a terminal, and nothing is lost.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raccord_core::encoding::Encoding;
use raccord_core::notation::dump::Dump;
use raccord_core::notation::visible::{self, Ending};
use raccord_core::notation::{escape, hex};
use raccord_fuzz::{Stream, assert_harmless};

fuzz_target!(|input: &[u8]| {
    let Some(stream) = Stream::of(input) else { return };
    lines(&stream);
    dump(&stream);
    assert_harmless(&visible::harmless(stream.whole));
    assert_eq!(read_back(&visible::foreign(stream.whole)), stream.whole);
});

fn lines(stream: &Stream) {
    for line in visible::lines(&stream.encoding.decode(stream.whole)) {
        assert_harmless(&line.to_string());
    }
    let mut bytes = Vec::new();
    for line in visible::lines(&Encoding::UTF_8.decode(stream.whole)) {
        bytes.extend(read_back(&line.to_string()));
        bytes.extend_from_slice(match line.ending() {
            Ending::Lf => b"\n",
            Ending::CrLf => b"\r\n",
            Ending::None => b"",
        });
    }
    assert_eq!(bytes, stream.whole);
}

/// The bytes that a visible text stands for.
fn read_back(shown: &str) -> Vec<u8> {
    assert_harmless(shown);
    let text = escape::Text::parse(shown).expect("only escapes that exist");
    text.encode(Encoding::UTF_8).expect("UTF-8 has every character")
}

fn dump(stream: &Stream) {
    let (mut dump, mut rows) = (Dump::new(stream.encoding), String::new());
    let mut offset = 0;
    for piece in stream.pieces {
        dump.push(offset, piece, &mut rows);
        offset += piece.len() as u64;
    }
    rows.lines().for_each(assert_harmless);
    let columns: String = rows.lines().map(|row| &row[10..60]).collect();
    assert_eq!(hex::parse(&columns).as_deref(), Ok(stream.whole));
}
