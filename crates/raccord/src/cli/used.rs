//! Every option is used: a test walks the definitions and looks for each in the tests of the program. What those of
//! `connect` and `listen` do is tested one by one in `tests/it/each_option.rs`.

use std::collections::BTreeSet;
use std::path::Path;

use clap::{Arg, Command, CommandFactory};

use super::Cli;

#[test]
fn every_option_of_every_command_is_used_by_a_test() {
    let quoted = quoted_words();
    let mut cli = Cli::command();
    // this gives each command its --help
    cli.build();
    let unused = options(&cli).into_iter().filter(|(_, forms)| forms.is_disjoint(&quoted));
    let unused: Vec<_> = unused.map(|(name, _)| name).collect();
    assert!(unused.is_empty(), "no test in crates/raccord/tests/it uses these options: {unused:#?}");
}

/// Each option of a command and of those under it: whose it is, and its forms.
fn options(command: &Command) -> Vec<(String, BTreeSet<String>)> {
    let name = command.get_bin_name().unwrap_or_default();
    let own = command.get_arguments().filter(|argument| !argument.is_positional());
    let own = own.map(|option| (format!("{name} {option}"), forms(option)));
    own.chain(command.get_subcommands().flat_map(options)).collect()
}

/// Its long and its short form, and their aliases.
fn forms(option: &Arg) -> BTreeSet<String> {
    let long = option.get_long_and_visible_aliases().unwrap_or_default();
    let short = option.get_short_and_visible_aliases().unwrap_or_default();
    let long = long.into_iter().map(|word| format!("--{word}"));
    long.chain(short.into_iter().map(|letter| format!("-{letter}"))).collect()
}

/// The options among the tests' string literals: those that a test gives to the program.
fn quoted_words() -> BTreeSet<String> {
    let folders =
        ["tests/it", "tests/it/each_option"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
    let files = folders.iter().flat_map(|folder| folder.read_dir().unwrap()).map(|file| file.unwrap().path());
    let programs = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let texts: Vec<_> = programs.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    texts
        .iter()
        .flat_map(|text| text.split('"'))
        // a value may stand behind it
        .filter_map(|literal| literal.split(' ').next())
        .filter(|word| word.starts_with('-'))
        .map(str::to_owned)
        .collect()
}
