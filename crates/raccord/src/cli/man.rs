//! `raccord man`: the manual pages, made from the same definitions as the help.

use std::fmt::Write as _;
use std::io::{self, Write};

use clap::{Args, Command};
use clap_mangen::Man;
use raccord_core::notation::visible::harmless;

use super::help::examples;
use super::mistake::command_meant;
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

/// When the version that the pages describe came to be.
const DATE: &str = "2026-11-25";

/// The exit codes, in the order of `exit.rs`.
const EXIT_CODES: [(&str, &str); 5] = [
    ("0", "Everything went as it should."),
    (
        "1",
        "The conversation failed: refused, reset, timed out, a reply is missing; or its bytes did not decode.",
    ),
    ("2", "Wrong usage: an option, an endpoint, an escape, a character that the encoding lacks."),
    ("130", "Interrupted by the keyboard (SIGINT)."),
    ("other", "That of the program of --run, if it failed: 128 + N for signal N."),
];

/// What raccord reads of the environment, and what it adds to that of programs.
const ENVIRONMENT: [(&str, &str); 10] = [
    (
        "LC_ALL, LC_CTYPE, LANG",
        "The first that is set and not empty says in which encoding the terminal is; without one it is UTF-8.",
    ),
    (
        "LC_ALL, LC_MESSAGES, LANG",
        "The first that is set and not empty says in which language raccord tour speaks, unless --lang does.",
    ),
    (
        "XDG_STATE_HOME, HOME",
        "Where the lines typed on a terminal are kept: raccord/history in the former, .local/state/raccord/history in \
         the latter.",
    ),
    ("NO_COLOR", "If it is set and not empty, there is no colour, unless --color always is given."),
    ("TERM", "If it is dumb, there is no colour, unless --color always is given."),
    ("COLUMNS", "How wide the help is, at most 100, where stdout is no terminal."),
    (
        "SSLKEYLOGFILE",
        "A file to which the secrets of TLS are appended: who has it can decrypt what was captured.",
    ),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "The authorities that --tls believes, instead of the system's."),
    (
        "RACCORD_HOST, RACCORD_PORT, RACCORD_ENDPOINT",
        "Set for the program of --run: an address that it can connect to, in two words and in one.",
    ),
    (
        "RACCORD_PEER, RACCORD_LOCAL, RACCORD_CONN",
        "Set for the program of -e or -c: the addresses of the two ends of its connection, and the connection's number.",
    ),
];

pub(crate) fn run(typed: &Typed) -> Result<Exit, Wrong> {
    let raccord = Cli::built();
    let command = match &typed.command {
        None => &raccord,
        Some(name) => raccord.find_subcommand(name).ok_or_else(|| unknown(name, &raccord))?,
    };
    let page = page(command, &raccord).map_err(|error| Wrong(error.to_string()))?;
    // what clap_mangen writes before a list of values is an empty line with two breaks around it
    let page = ascii(&page).replace("\n.br\n\n.br\n", "\n\n");
    Ok(print::write(&folded(&page)))
}

fn unknown(name: &str, raccord: &Command) -> Wrong {
    let better = command_meant(raccord, name).map(|near| format!("did you mean `{near}`?"));
    let better = better.unwrap_or_else(|| "`raccord --help` lists them".to_owned());
    Wrong(format!("there is no command `{}`: {better}", harmless(name)))
}

/// The sections in the order of man-pages(7).
fn page(command: &Command, raccord: &Command) -> io::Result<Vec<u8>> {
    let whole = command.clone().after_help(None::<&str>).after_long_help(None::<&str>);
    // clap_mangen has no help for an option that the short help leaves out
    let man = Man::new(whole.mut_args(|arg| arg.hide_short_help(false)));
    let mut page = Vec::new();
    writeln!(page, "{}", title(command))?;
    man.render_name_section(&mut page)?;
    writeln!(page, ".SH SYNOPSIS\n{}", synopsis(command))?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    list(&mut page, "EXIT STATUS", &EXIT_CODES)?;
    list(&mut page, "ENVIRONMENT", &ENVIRONMENT)?;
    let notes = notes(command);
    if !notes.is_empty() {
        writeln!(page, ".SH NOTES\n{notes}")?;
    }
    // set as they stand, for their columns are code
    writeln!(page, ".SH EXAMPLES\n.nf\n{}\n.fi", as_it_stands(&examples(command)))?;
    writeln!(page, ".SH \"SEE ALSO\"\n{}", see_also(command, raccord))?;
    Ok(page)
}

/// The date is that of the version, so that the same version makes the same pages.
fn title(command: &Command) -> String {
    let name = if command.has_subcommands() { "" } else { command.get_name() };
    let dash = if name.is_empty() { "" } else { "-" };
    let name = format!("raccord{dash}{name}").to_uppercase();
    format!(".TH {name} 1 {DATE} \"raccord {}\" \"User Commands\"", env!("CARGO_PKG_VERSION"))
}

/// The usage in one line; the options have their own section.
fn synopsis(command: &Command) -> String {
    if command.has_subcommands() {
        return "\\fBraccord\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIENDPOINT\\fR]".to_owned();
    }
    let mut line = format!("\\fBraccord {}\\fR [\\fIOPTIONS\\fR]", command.get_name());
    for word in command.get_positionals() {
        let name = word.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str());
        let (open, close) = if word.is_required_set() { ("", "") } else { ("[", "]") };
        let _ = write!(line, " {open}\\fI{name}\\fR{close}");
    }
    line
}

fn list(page: &mut Vec<u8>, title: &str, entries: &[(&str, &str)]) -> io::Result<()> {
    writeln!(page, ".SH \"{title}\"")?;
    entries.iter().try_for_each(|(what, meaning)| {
        writeln!(page, ".TP\n\\fB{what}\\fR\n{}", meaning.replace('-', "\\-"))
    })
}

/// What the help says behind the options and before the examples.
fn notes(command: &Command) -> String {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let notes = after.split("Examples:").next().unwrap_or_default().trim();
    notes.replace('-', "\\-")
}

fn see_also(command: &Command, raccord: &Command) -> String {
    let page = |name: &str| format!("\\fBraccord\\-{name}\\fR(1)");
    if command.has_subcommands() {
        return raccord.get_subcommands().map(|one| page(one.get_name())).collect::<Vec<_>>().join(",\n");
    }
    let others = ["connect", "listen"].into_iter().filter(|name| *name != command.get_name()).map(page);
    std::iter::once("\\fBraccord\\fR(1)".to_owned()).chain(others).collect::<Vec<_>>().join(",\n")
}

/// Lines for roff to show unchanged (`groff_char(7)`): no escapes, no hyphenation, no control lines.
fn as_it_stands(lines: &[String]) -> String {
    let escaped =
        lines.iter().map(|line| line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq"));
    escaped
        .map(|line| if line.starts_with('.') { format!("\\&{line}") } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Characters beyond ASCII by their numbers (`groff_char(7)`), so that no reader of the page must guess its encoding.
fn ascii(page: &[u8]) -> String {
    let mut out = String::with_capacity(page.len());
    for character in String::from_utf8_lossy(page).chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let _ = write!(out, "\\[u{:04X}]", u32::from(character));
        }
    }
    out
}

/// No line is longer than 80 bytes, where roff fills lines anyway.
fn folded(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut fills = true;
    for line in page.lines() {
        match line {
            ".nf" => fills = false,
            ".fi" => fills = true,
            _ => {}
        }
        if !fills || line.starts_with('.') {
            out.push_str(line);
        } else {
            fold(line.trim_end(), &mut out);
        }
        out.push('\n');
    }
    out
}

fn fold(line: &str, out: &mut String) {
    let mut column = 0;
    for word in line.split(' ') {
        if column > 0 && column + 1 + word.len() > 78 {
            out.push('\n');
            column = 0;
            // at the start of a line it would be a command
            out.push_str(if word.starts_with(['.', '\'']) { "\\&" } else { "" });
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
}
