//! Text with escapes: read or refused at a place in it; and what makes bytes visible is read back to them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raccord_core::encoding::Encoding;
use raccord_core::notation::{escape, visible};
use raccord_fuzz::{assert_harmless, assert_within};

fuzz_target!(|typed: &str| {
    match escape::Text::parse(typed) {
        Ok(text) => encode(typed, &text),
        Err(error) => {
            assert_harmless(&error.to_string());
            assert_within(error.column, typed);
        }
    }
});

fn encode(typed: &str, text: &escape::Text) {
    for encoding in Encoding::all() {
        if let Err(error) = text.encode(encoding) {
            assert_harmless(&error.to_string());
            assert_within(error.column, typed);
        }
    }
    let bytes = text.encode(Encoding::UTF_8).expect("UTF-8 has every character");
    let again = escape::Text::parse(&visible::foreign(&bytes)).expect("only escapes that exist");
    assert_eq!(again.encode(Encoding::UTF_8).as_deref(), Ok(bytes.as_slice()));
}
