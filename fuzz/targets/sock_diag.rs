//! The kernel's answer about sockets: any bytes are read or refused, and it ends.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// The parser is no part of the library's interface, so its file is compiled into this target.
#[cfg(target_os = "linux")]
#[path = "../../crates/sys/src/linux/sock_diag.rs"]
#[expect(dead_code, reason = "only the answer is read here, not asked for")]
mod sock_diag;

/// What the parser knows as `crate::sockets`.
#[cfg(target_os = "linux")]
mod sockets {
    pub(crate) use raccord_sys::sockets::{Opener, Queue, TcpSocket, TcpState};
}

fuzz_target!(|answer: &[u8]| {
    #[cfg(target_os = "linux")]
    assert!(sock_diag::messages(answer).count() <= answer.len() / 16 + 1, "a message has 16 bytes at least");
});
