//! `raccord completions`: the command line for a shell to complete.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

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
    let mut script = Vec::new();
    clap_complete::generate(typed.shell, &mut Cli::command(), "raccord", &mut script);
    print::bytes(&script)
}
