//! `raccord encodings`: the encodings by name and alias, and what differs from what people expect.

use clap::Args;

use crate::exit::Exit;
use crate::print;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Typed {
    /// Only those whose name or alias contains this
    #[arg(value_name = "WORD")]
    word: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  raccord encodings                          all of them
  raccord encodings gb                       GBK and its relatives";

pub(crate) fn run(typed: &Typed) -> Exit {
    print::encodings(typed.word.as_deref())
}
