//! Every command of raccord's that the documents and the help show is one that the command line takes.

use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::Cli;

#[test]
fn every_command_in_a_document_is_taken() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = root.join("docs").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.chain([root.join("README.md")]);
    let mut count = 0;
    for page in pages.filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(&page).unwrap();
        count += text_is_taken(&page, &text);
    }
    assert!(count > 100, "only {count} commands were found");
}

#[test]
fn every_command_in_the_help_is_taken() {
    let cli = Cli::command();
    let helps = cli.get_subcommands().chain([&cli]).filter_map(|command| command.get_after_help());
    let mut count = 0;
    for help in helps {
        // the columns of an example: the command, then what it does
        let commands = help
            .to_string()
            .lines()
            .map(|line| {
                let command = line.trim_start();
                format!("    {}", command.split("   ").next().unwrap_or_default())
            })
            .collect::<Vec<_>>();
        count += text_is_taken(&PathBuf::from("help"), &commands.join("\n"));
    }
    assert!(count > 10, "only {count} commands were found");
}

/// Tries each command of a text; how many there were. One without an endpoint is spoken of, and not to be typed.
fn text_is_taken(page: &Path, text: &str) -> usize {
    let commands = commands(text);
    for words in &commands {
        if let Err(error) = Cli::try_parse_from(words)
            && error.use_stderr()
            && error.kind() != ErrorKind::MissingRequiredArgument
        {
            panic!("{}: {words:?}: {error}", page.display());
        }
    }
    commands.len()
}

/// The words of each command of raccord's: in indented blocks, and in code within a line.
fn commands(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let blocks = text.lines().filter_map(|line| line.strip_prefix("    ")).map(str::to_owned);
    let inline = text.lines().filter(|line| !line.starts_with("    ")).flat_map(|line| {
        line.split('`').skip(1).step_by(2).map(|code| code.replace("\\|", "|")).collect::<Vec<_>>()
    });
    blocks.chain(inline).flat_map(|code| commands_of(&code)).collect()
}

/// The same of one line of a shell, unless a word of it stands for others.
fn commands_of(line: &str) -> Vec<Vec<String>> {
    let words = shlex::split(line).unwrap_or_default();
    let parts = words.split(|word| matches!(word.as_str(), "|" | "&&" | "||" | ";" | "&"));
    let is_command = |part: &&[String]| part[0] == "raccord" && !part[1].starts_with('-');
    let ours = parts.filter(|part| part.len() > 1).filter(is_command);
    let without_files = ours.map(|part| part.split(|word| matches!(word.as_str(), ">" | "<" | "2>")).next());
    let whole =
        without_files.flatten().filter(|part| !part.iter().any(|word| word == "COMMAND" || word == "…"));
    whole.map(<[String]>::to_vec).collect()
}
