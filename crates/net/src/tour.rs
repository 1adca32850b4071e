//! The tour: the course's conversation, and four experiments about what TCP does around it.
//!
//! Everything here is made for real, on loopback, at ports that the system chooses, and within a few seconds. What
//! comes back is a finding: what was called, what the system said, and which states its own table of sockets showed.
//! Another system, or a sandbox, may say and show something else: then that is the finding. An experiment fails only
//! where it could not be made at all.
//!
//! The experiments wait on their sockets: within a runtime, call them where blocking is allowed.

mod backlog;
mod conversation;
mod half_close;
mod loopback;
mod reuse_address;
mod time_wait;

pub use backlog::{Backlog, NextClient, backlog};
pub use conversation::{ANSWER, Moment, QUESTION, conversation, converse, encoding};
pub use half_close::{HalfClose, WholeClose, half_close};
pub use loopback::{Broken, Ends, Look};
pub use reuse_address::{ReuseAddress, Try, reuse_address};
pub use time_wait::{Closing, TimeWait, time_wait};
