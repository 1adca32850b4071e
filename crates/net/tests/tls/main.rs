//! TLS with peers that are not raccord, and with itself: what is agreed on, what is refused and in which words, how
//! bytes travel, and how halves end.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]
#![allow(unreachable_pub, reason = "the peers are a module of a test binary, written like a library")]

mod agreement;
mod certificates;
mod clients;
mod flow;
mod peers;
mod sessions;
mod strangers;
