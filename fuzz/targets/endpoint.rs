//! The words of an endpoint: what is read prints to a text that is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raccord_core::endpoint::{Endpoint, Role};
use raccord_fuzz::{assert_harmless, assert_within};

fuzz_target!(|text: &str| {
    let words: Vec<&str> = text.split('\n').collect();
    for role in [Role::Connect, Role::Listen] {
        match Endpoint::parse(&words, role) {
            Ok(endpoint) => {
                assert_eq!(Endpoint::parse_word(&endpoint.to_string(), role), Ok(endpoint));
            }
            Err(error) => {
                assert_harmless(&error.to_string());
                assert_within(error.column, text);
            }
        }
    }
});
