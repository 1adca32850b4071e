//! `raccord completions`: the command line for a shell to complete.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap_complete::Shell;
use raccord_core::encoding::Encoding;

use super::Cli;
use crate::exit::Exit;
use crate::print;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Typed {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  raccord completions bash > ~/.local/share/bash-completion/completions/raccord
  raccord completions fish > ~/.config/fish/completions/raccord.fish
  raccord completions zsh > ~/.zfunc/_raccord      (a folder of $fpath)";

pub(crate) fn run(typed: &Typed) -> Exit {
    let mut raccord = completed();
    let mut script = Vec::new();
    clap_complete::generate(typed.shell, &mut raccord, "raccord", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if typed.shell == Shell::Fish {
        script.push_str(&fish_words(&raccord));
    }
    print::write(&script)
}

/// What `clap_complete` leaves out for fish: the values of words that have no option.
fn fish_words(raccord: &clap::Command) -> String {
    let words = raccord.get_subcommands().flat_map(|command| {
        command.get_positionals().map(move |word| (command.get_name(), word.get_possible_values()))
    });
    let line = |(command, values): (&str, Vec<PossibleValue>)| {
        let names: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
        let condition = format!("__fish_raccord_using_subcommand {command}");
        format!("complete -c raccord -n \"{condition}\" -f -a \"{}\"\n", names.join(" "))
    };
    words.filter(|(_, values)| !values.is_empty()).map(line).collect()
}

/// The definition, with the names of encodings and commands as values: `-E` itself takes every alias as well.
fn completed() -> clap::Command {
    let raccord = Cli::built();
    let encodings: Vec<&str> = Encoding::all().map(Encoding::name).collect();
    let commands: Vec<_> = raccord.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    raccord.mut_subcommands(|command| {
        command.mut_args(|arg| match arg.get_id().as_str() {
            "encoding" => arg.value_parser(PossibleValuesParser::new(encodings.clone())),
            "command" => arg.value_parser(PossibleValuesParser::new(commands.clone())),
            _ => arg,
        })
    })
}
