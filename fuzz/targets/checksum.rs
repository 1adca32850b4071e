//! A checksum's name and a message: read or refused; what is appended has its size, and tells of a byte that changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use raccord_core::checksum::Checksum;
use raccord_fuzz::{assert_harmless, assert_within, split_line};

fuzz_target!(|input: &[u8]| {
    let (text, message) = split_line(input);
    match text.parse::<Checksum>() {
        Ok(checksum) => {
            assert_eq!(checksum.to_string().parse(), Ok(checksum));
            append(checksum, message);
        }
        Err(error) => {
            assert_harmless(&error.to_string());
            assert_within(error.column, text);
        }
    }
});

fn append(checksum: Checksum, message: &[u8]) {
    let appended = with_checksum(checksum, message.to_vec());
    assert_eq!(appended.len(), message.len() + checksum.size());
    assert!(appended.starts_with(message));
    let mut changed = message.to_vec();
    if let Some(byte) = changed.last_mut() {
        *byte ^= 0x10;
        let changed = with_checksum(checksum, changed);
        assert_ne!(changed[message.len()..], appended[message.len()..], "{checksum}");
    }
}

fn with_checksum(checksum: Checksum, mut message: Vec<u8>) -> Vec<u8> {
    checksum.append(&mut message);
    message
}
