//! The command line: one file a command; what was typed is turned into what it means once, and fails there.

mod completions;
mod connect;
#[cfg(test)]
mod documented;
mod drive;
mod encodings;
mod exec;
mod frames;
mod headings;
mod help;
mod input;
mod listen;
mod man;
mod mistake;
mod netcat;
mod options;
mod port;
mod running;
mod sends;
mod tls;
mod tour;
mod unix;
#[cfg(test)]
mod used;
mod wire;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use raccord_core::notation::visible;

pub(crate) use self::wire::Wire;
use crate::exit::Exit;
use crate::print;

/// The workbench for TCP applications: be either end of a conversation, and see it.
#[derive(Debug, Parser)]
#[command(name = "raccord", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = IN_SHORT, after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Be the client
    Connect(connect::Typed),
    /// Be the server
    Listen(listen::Typed),
    /// Who holds a port, in which state, and what to do about it
    Port(port::Typed),
    /// A client and a server on loopback, each step explained
    Tour(tour::Typed),
    /// The encodings, by name and alias
    Encodings(encodings::Typed),
    /// Completions of the command line, for a shell to load
    Completions(completions::Typed),
    /// The manual page, for man to show
    Man(man::Typed),
}

const IN_SHORT: &str = "\
Examples:
  raccord listen 8989                        a server; type to answer
  raccord connect localhost:8989             its client
  raccord port 8989                          who holds this port?

`raccord COMMAND -h` lists a command's commonest options, `--help` all of them.";

const EXAMPLES: &str = "\
Examples:
  raccord listen 8989                        a server; type to answer
  raccord connect localhost:8989             its client
  raccord listen 8989 --echo -E gbk          answer what comes, shown as GBK
  printf 'PING\\r\\n' | raccord connect localhost:6379
  raccord port 8989                          who holds this port?
  raccord tour                               what TCP does, shown for real

`raccord COMMAND -h` lists a command's commonest options, `--help` explains all.

Exit codes: 0 done · 1 the conversation failed, or its bytes did not decode ·
2 wrong usage · 130 interrupted · that of the program of --run, if it failed";

impl Cli {
    /// What was typed; wrong usage and requests for help are told here.
    pub(crate) fn parse_words() -> Result<Self, Exit> {
        Self::try_parse().map_err(|error| {
            let words: Vec<_> =
                std::env::args_os().skip(1).map(|word| word.to_string_lossy().into()).collect();
            let raccord = Self::built();
            let typed = mistake::Typed::new(&words, &raccord);
            match error.kind() {
                ErrorKind::DisplayHelp if !words.iter().any(|word| word == "--help") => {
                    let short = typed.command().and_then(help::short);
                    short.map_or_else(|| print::help(&error), |help| print::write(&help))
                }
                ErrorKind::DisplayHelp
                | ErrorKind::DisplayVersion
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => print::help(&error),
                _ => print::wrong_usage(&typed.mistake(&error), typed.command().map(clap::Command::get_name)),
            }
        })
    }

    /// The definition, with what clap adds to it.
    fn built() -> clap::Command {
        let mut raccord = Self::command();
        raccord.build();
        raccord
    }

    /// Does it.
    pub(crate) fn run(self) -> Exit {
        let (name, done) = match self.command {
            Command::Connect(typed) => ("connect", connect::run(typed)),
            Command::Listen(typed) => ("listen", listen::run(typed)),
            Command::Port(typed) => ("port", Ok(port::run(&typed))),
            Command::Tour(typed) => ("tour", Ok(tour::run(&typed))),
            Command::Encodings(typed) => ("encodings", Ok(encodings::run(&typed))),
            Command::Completions(typed) => ("completions", Ok(completions::run(&typed))),
            Command::Man(typed) => ("man", man::run(&typed)),
        };
        done.unwrap_or_else(|wrong| print::wrong_usage(&wrong, Some(name)))
    }
}

/// Wrong usage: a sentence that says what is wrong and what would be right.
#[derive(Debug)]
pub(crate) struct Wrong(pub(crate) String);

impl<E: std::error::Error> From<E> for Wrong {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Wrong {
    /// The same, naming the option and the argument in which it is.
    pub(crate) fn of(self, option: &str, argument: &str) -> Self {
        // as it was typed, so that columns count what the reader sees
        Self(format!("{option} `{}`: {}", visible::harmless(argument), self.0))
    }
}
