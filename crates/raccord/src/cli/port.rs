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
    #[arg(value_name = "PORT", value_parser = port)]
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

/// `8989`, or `:8989` as where one listens.
fn port(typed: &str) -> Result<u16, String> {
    match typed.strip_prefix(':').unwrap_or(typed).parse() {
        Ok(0) => Err("no socket has port 0: they go from 1 to 65535".to_owned()),
        Ok(port) => Ok(port),
        Err(_) => Err(match typed.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()) {
            Some(port) => {
                format!("it looks at this machine's ports, on every address: write `raccord port {port}`")
            }
            None => "a port is a number from 1 to 65535: write `raccord port 8989`".to_owned(),
        }),
    }
}

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
