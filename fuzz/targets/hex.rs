//! Pairs of hexadecimal digits: read or refused at a place; what is read is written and read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raccord_core::notation::hex;
use raccord_fuzz::{assert_harmless, assert_within};

fuzz_target!(|text: &str| {
    match hex::parse(text) {
        Ok(bytes) => {
            let mut written = String::new();
            hex::write_lower(&bytes, &mut written);
            assert_eq!(hex::parse(&written), Ok(bytes));
        }
        Err(error) => {
            assert_harmless(&error.to_string());
            assert_within(error.column, text);
        }
    }
});
