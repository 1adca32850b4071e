//! Everything that raccord writes to stdout and stderr: one file an output.

mod encodings;
mod hex;
mod json;
mod lines;
mod output;
mod paint;
mod port;
mod printer;
mod raw;
mod stderr;
mod stdout;
mod text;

pub(crate) use encodings::encodings;
pub(crate) use output::{Format, Output, Trouble};
pub(crate) use port::{holders, holders_as_json, listeners};
pub(crate) use printer::{Printer, to_a_terminal};
pub(crate) use stderr::{error, failed, usage, warning, wrong_usage};
pub(crate) use stdout::bytes;
