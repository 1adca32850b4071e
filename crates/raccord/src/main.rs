//! raccord, the workbench for TCP applications: be either end of a conversation, and see it.

mod cli;
mod exit;
mod locale;
mod print;
mod prompt;

fn main() {
    let exit = cli::Cli::parse_words().map_or_else(|exit| exit, cli::Cli::run);
    exit.leave()
}
