//! `raccord man`: the manual page, made from the same definitions as the help.

use std::io::{self, Write};

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Wrong};
use crate::exit::Exit;
use crate::print;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Typed {
    /// The page of one command, such as listen
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  raccord man > raccord.1 && man ./raccord.1
  raccord man listen > raccord-listen.1";

pub(crate) fn run(typed: &Typed) -> Result<Exit, Wrong> {
    let mut raccord = Cli::command();
    raccord.build();
    let command = match &typed.command {
        None => raccord,
        Some(name) => raccord
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| Wrong(format!("there is no command {name:?}: `raccord --help` lists them")))?,
    };
    let page = page(&command).map_err(|error| Wrong(error.to_string()))?;
    Ok(print::bytes(&page))
}

/// The sections in the order of man-pages(7). The examples are set as they stand, for their columns are code.
fn page(command: &Command) -> io::Result<Vec<u8>> {
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let man = Man::new(command.clone().after_help(None::<&str>));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    writeln!(page, ".SH EXAMPLES\n.nf\n{}\n.fi", as_it_stands(&examples))?;
    Ok(page)
}

/// A text for roff to show unchanged (`groff_char(7)`): no escapes, no hyphenation, no control lines.
fn as_it_stands(text: &str) -> String {
    let lines = text.lines().filter(|line| *line != "Examples:");
    let escaped = lines.map(|line| line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq"));
    escaped
        .map(|line| if line.starts_with('.') { format!("\\&{line}") } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}
