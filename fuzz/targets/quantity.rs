//! Durations and sizes: read or refused in words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raccord_core::quantity;
use raccord_fuzz::assert_harmless;

fuzz_target!(|text: &str| {
    if let Err(error) = quantity::duration(text) {
        assert_harmless(&error.to_string());
    }
    match quantity::bytes(text) {
        Ok(size) => assert_eq!(quantity::bytes(&size.to_string()), Ok(size)),
        Err(error) => assert_harmless(&error.to_string()),
    }
});
