//! `-h` of a command with many options: the commonest ones, on one screen of 80 columns and 24 lines.
//!
//! What is hidden from the short help in an option's definition is left to `--help`.

use std::fmt::Write;

use clap::{Arg, ArgAction, Command};

/// How many of the examples of `--help` are shown.
const EXAMPLES: usize = 2;

/// The short help of a command; none where clap's own fits the screen.
pub(super) fn short(command: &Command) -> Option<String> {
    if !command.get_arguments().any(Arg::is_hide_short_help_set) {
        return None;
    }
    let name = command.get_name();
    let mut help =
        format!("Usage: raccord {name} [OPTIONS] ENDPOINT    (all of it: raccord {name} --help)\n");
    let commonest = command.get_arguments().filter(|arg| {
        !arg.is_positional() && !arg.is_hide_set() && !arg.is_hide_short_help_set() && !is_help(arg)
    });
    let rows: Vec<_> = commonest.map(|arg| (forms(arg), arg)).collect();
    let width = rows.iter().map(|(forms, _)| forms.chars().count()).max().unwrap_or_default();
    for (forms, arg) in &rows {
        let what = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(help, "  {forms:width$}  {what}");
    }
    help.push('\n');
    examples(command).into_iter().take(EXAMPLES).for_each(|example| help.push_str(&(example + "\n")));
    Some(help)
}

fn is_help(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong)
}

/// `-E, --encoding LABEL`
fn forms(arg: &Arg) -> String {
    let short = arg.get_short().map_or_else(String::new, |short| format!("-{short}"));
    let long = arg.get_long().map_or_else(String::new, |long| format!("--{long}"));
    let comma = if short.is_empty() || long.is_empty() { "" } else { ", " };
    let pad = if short.is_empty() { "    " } else { "" };
    let takes_value = arg.get_action().takes_values();
    let value = arg.get_value_names().filter(|_| takes_value).and_then(<[_]>::first);
    let value = value.map_or_else(String::new, |value| format!(" {value}"));
    format!("{pad}{short}{comma}{long}{value}")
}

/// The examples of a command's help, each a line.
pub(super) fn examples(command: &Command) -> Vec<String> {
    let after = command.get_after_long_help().or(command.get_after_help());
    let after = after.map(ToString::to_string).unwrap_or_default();
    let lines = after.lines().skip_while(|line| *line != "Examples:").skip(1);
    lines.take_while(|line| !line.is_empty()).map(str::to_owned).collect()
}
