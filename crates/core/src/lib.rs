//! The part of raccord that knows nothing of the world: no socket, no clock, no thread, no random source.
//!
//! Here live pure values and machines: an [`endpoint`] is parsed from text and printed back the same, an
//! [`encoding`] turns bytes into text and back across the cuts between reads, a [`framing`] cuts them into messages,
//! a [`fault`] does them harm on purpose, and [`notation`] is how people write bytes (escapes, hex, a dump). Time and
//! chance are arguments, so that every test is instant and repeatable.

pub mod access;
pub mod address;
pub mod byte_order;
pub mod checksum;
pub mod encoding;
pub mod ending;
pub mod endpoint;
pub mod event;
pub mod failure;
pub mod fault;
pub mod framing;
pub mod json;
pub mod lang;
pub mod messages;
pub mod narration;
pub mod notation;
pub mod opening;
pub mod quantity;
pub mod race;
pub mod schedule;
pub mod secured;
pub mod spelling;
pub mod step;
pub mod view;
