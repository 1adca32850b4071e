//! Everything that raccord writes to stdout and stderr: one file an output.

mod hex;
mod json;
mod paint;
mod port;
mod printer;
mod raw;
mod stderr;
mod text;

pub(crate) use port::{holders, holders_as_json, listeners};
pub(crate) use printer::{Format, Output, Printer, Trouble, to_a_terminal};
pub(crate) use stderr::{error, failed, usage, wrong_usage};
