//! Everything that raccord writes to stdout and stderr: one file an output.

mod charset;
mod encodings;
mod hex;
mod json;
mod latest;
mod lines;
mod output;
mod paint;
mod port;
mod printer;
mod raw;
pub(crate) mod screen;
mod stderr;
mod stdout;
mod steps;
mod text;
mod tour;

pub(crate) use charset::{Charset, charset};
pub(crate) use encodings::encodings;
pub(crate) use output::{Aside, Format, Output, Trouble};
pub(crate) use paint::Paint;
pub(crate) use port::{holders, holders_as_json, listeners};
pub(crate) use printer::{Printer, carries_an_editor, to_a_terminal};
pub(crate) use stderr::{aside, error, failed, warning, wrong_usage};
pub(crate) use stdout::{help, write};
pub(crate) use tour::{CHAPTERS, Tour, ask};
