//! `raccord port`: who holds a port, in which state, and what to do about it.

use clap::Args;
use raccord_core::failure::said;
use raccord_net::port::{holders, listeners};

use crate::exit::Exit;
use crate::print;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Typed {
    /// The port; without one, every listening socket of this machine
    #[arg(value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Sentences (text, the default), or one object a holder (json)
    #[arg(
        short = 'o',
        long,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true
    )]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[value(alias = "auto")]
    Text,
    Json,
}

const EXAMPLES: &str = "\
Examples:
  raccord port 8989                          who holds it, and what to do
  raccord port                               everything that listens
  raccord port 8989 -o json                  one object a holder";

pub(crate) fn run(typed: &Typed) -> Exit {
    let seen = match typed.port {
        Some(port) => holders(port),
        None => listeners(),
    };
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => return print::failed(&format!("cannot see who holds a port: {}", said(&error))),
    };
    match (typed.output, typed.port) {
        (Format::Json, _) => print::holders_as_json(&seen),
        (Format::Text, Some(port)) => print::holders(port, &seen),
        (Format::Text, None) => print::listeners(&seen),
    }
}
