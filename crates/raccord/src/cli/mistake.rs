//! Wrong usage as one sentence: what is wrong, and what would be right. clap finds the mistake, this words it.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use raccord_core::notation::visible::harmless;
use raccord_core::spelling::{nearest, nearest_by};

use super::{Wrong, netcat};

/// What was typed, and what could have been.
pub(super) struct Typed<'a> {
    /// Without the program's own name.
    words: &'a [String],
    raccord: &'a Command,
}

impl<'a> Typed<'a> {
    pub(super) fn new(words: &'a [String], raccord: &'a Command) -> Self {
        Self { words, raccord }
    }

    /// The command, where the first word names one.
    pub(super) fn command(&self) -> Option<&'a Command> {
        self.raccord.find_subcommand(self.words.first()?)
    }

    /// Words what clap found.
    pub(super) fn mistake(&self, error: &clap::Error) -> Wrong {
        let sentence = match self.command() {
            None => self.without_command(),
            Some(command) => {
                let rest = &self.words[1..];
                Found { error, command, typed: self, rest }.sentence()
            }
        };
        Wrong(sentence)
    }

    fn without_command(&self) -> String {
        let first = self.words.first().map_or("", String::as_str);
        if first.starts_with('-') {
            let sentence = self.command_behind_options().or_else(|| self.own_option(first));
            if let Some(sentence) = sentence {
                return sentence;
            }
        }
        if let Some(name) = command_meant(self.raccord, first) {
            return format!("there is no command `{}`: did you mean `{name}`?", harmless(first));
        }
        if first == "help" {
            let of = self.words.get(1).filter(|name| self.raccord.find_subcommand(name).is_some());
            let of = of.map_or_else(String::new, |name| format!("{name} "));
            return format!("there is no command `help`: write `raccord {of}--help`");
        }
        netcat::without_command(self.words).unwrap_or_else(|| {
            let names = self.raccord.get_subcommands().map(Command::get_name).collect::<Vec<_>>().join(", ");
            let what = if first.starts_with('-') { "option" } else { "command" };
            format!("there is no {what} `{}`: the first word is a command, one of {names}", harmless(first))
        })
    }

    /// Options that stand before the command that they are for.
    fn command_behind_options(&self) -> Option<String> {
        let at = self.words.iter().position(|word| self.raccord.find_subcommand(word).is_some())?;
        let (before, after) = (&self.words[..at], &self.words[at + 1..]);
        let words: Vec<_> =
            [&self.words[at]].into_iter().chain(before).chain(after).map(|word| for_a_shell(word)).collect();
        Some(format!("the command comes first: `raccord {}`", words.join(" ")))
    }

    /// What is almost an option of raccord itself.
    fn own_option(&self, typed: &str) -> Option<String> {
        let near = nearest(&typed.strip_prefix("--")?.to_lowercase(), longs(self.raccord))?;
        Some(format!("there is no option `{}`: did you mean `--{near}`?", harmless(typed)))
    }
}

/// The command that was meant by a word that names none.
pub(super) fn command_meant<'a>(raccord: &'a Command, word: &str) -> Option<&'a str> {
    let names = raccord.get_subcommands().map(Command::get_name);
    let synonym = || SYNONYMS.iter().find(|(synonym, _)| *synonym == word).map(|(_, name)| *name);
    nearest_by(&word.to_lowercase(), names, str::to_owned).or_else(synonym)
}

/// Words for the commands that others use.
const SYNONYMS: [(&str, &str); 4] =
    [("client", "connect"), ("dial", "connect"), ("serve", "listen"), ("server", "listen")];

/// A word as it is typed at a shell: quoted where the shell would read it otherwise.
pub(super) fn for_a_shell(word: &str) -> String {
    let means_itself = |character: char| character.is_alphanumeric() || "-_./:=@%+,[]{}".contains(character);
    if !word.is_empty() && word.chars().all(means_itself) {
        word.to_owned()
    } else {
        format!("'{}'", harmless(word.replace('\'', r"'\''")))
    }
}

/// One of a command's options by what stands on the command line: `--long` or `-l`.
fn option<'a>(command: &'a Command, typed: &str) -> Option<&'a Arg> {
    let is_it = |arg: &&Arg| match typed.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => arg.get_short().is_some_and(|short| typed == format!("-{short}")),
    };
    command.get_arguments().find(is_it)
}

/// What clap found wrong with the words of one command.
struct Found<'a> {
    error: &'a clap::Error,
    command: &'a Command,
    typed: &'a Typed<'a>,
    /// The words behind the command's name.
    rest: &'a [String],
}

impl Found<'_> {
    fn sentence(&self) -> String {
        if let Some(sentence) = self.one_dash() {
            return sentence;
        }
        match self.error.kind() {
            ErrorKind::UnknownArgument => self.unknown(),
            ErrorKind::InvalidValue => self.invalid_value(),
            ErrorKind::ValueValidation => self.unfit_value(),
            ErrorKind::ArgumentConflict => self.conflict(),
            ErrorKind::MissingRequiredArgument => self.missing(),
            ErrorKind::TooManyValues => format!("`{}` takes no value", self.argument()),
            _ => clap_says(self.error),
        }
    }

    fn name(&self) -> &str {
        self.command.get_name()
    }

    /// A piece of what clap knows of the mistake.
    fn context(&self, kind: ContextKind) -> String {
        match self.error.get(kind) {
            Some(ContextValue::String(one)) => one.clone(),
            Some(ContextValue::Strings(several)) => several.first().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// The option in question, with the letter where only that was typed.
    fn argument(&self) -> String {
        self.as_typed(&self.context(ContextKind::InvalidArg))
    }

    /// `--output <FORMAT>` of clap, as the reader wrote it: `-o`.
    fn as_typed(&self, argument: &str) -> String {
        let long = argument.split([' ', '=', '[']).next().unwrap_or_default().trim_end_matches('.');
        let is_typed = self.rest.iter().any(|word| word.split('=').next() == Some(long));
        let short = option(self.command, long).and_then(Arg::get_short).filter(|_| !is_typed);
        short.map_or_else(|| harmless(long), |short| format!("-{short}"))
    }

    /// `-send`: the long options have two dashes. clap read it as letters, and stumbled over one of them or its value.
    fn one_dash(&self) -> Option<String> {
        let (letter, value) =
            (self.context(ContextKind::InvalidArg), self.context(ContextKind::InvalidValue));
        let stumbled = |word: &str| match self.error.kind() {
            ErrorKind::UnknownArgument => {
                !letter.starts_with("--") && word.contains(letter.trim_start_matches('-'))
            }
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                !value.is_empty() && word.ends_with(&value)
            }
            _ => false,
        };
        self.rest.iter().filter(|word| stumbled(word)).find_map(|word| {
            let typed = word.strip_prefix('-').filter(|typed| typed.len() > 1)?;
            let long = typed.split('=').next()?;
            option(self.command, &format!("--{long}"))
                .map(|_| format!("long options have two dashes: write `--{long}`, not `-{long}`"))
        })
    }

    fn unknown(&self) -> String {
        let typed = self.context(ContextKind::InvalidArg);
        let typed = typed.split('=').next().unwrap_or_default();
        if !typed.starts_with('-') {
            return format!("`{}` is one word too many for `raccord {}`", harmless(typed), self.name());
        }
        let better = netcat::option(self.name(), typed, self.rest)
            .or_else(|| is_negative(typed).then(|| "nothing here is negative".to_owned()))
            .or_else(|| self.other_case(typed).map(|letter| format!("did you mean `-{letter}`?")))
            .or_else(|| self.of_another_command(typed))
            .or_else(|| self.nearest_option(typed))
            .unwrap_or_else(|| "the help lists those that there are".to_owned());
        format!("`raccord {}` has no option `{}`: {better}", self.name(), harmless(typed))
    }

    /// A letter that exists as a capital, or not as one.
    fn other_case(&self, typed: &str) -> Option<char> {
        let letter = typed.strip_prefix('-')?.chars().next()?;
        let other =
            if letter.is_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() };
        option(self.command, &format!("-{other}")).filter(|arg| !arg.is_hide_set()).map(|_| other)
    }

    fn of_another_command(&self, typed: &str) -> Option<String> {
        let mut others = self.typed.raccord.get_subcommands();
        let other = others.find(|other| option(other, typed).is_some_and(|arg| !arg.is_hide_set()))?;
        Some(format!("it is an option of `raccord {}`", other.get_name()))
    }

    fn nearest_option(&self, typed: &str) -> Option<String> {
        let long = typed.strip_prefix("--")?.to_lowercase();
        if let Some(near) = nearest(&long, longs(self.command)) {
            return Some(format!("did you mean `--{near}`?"));
        }
        if let Some(letter) = self.letter_alone(&long) {
            return Some(format!("did you mean `-{letter}`?"));
        }
        self.typed.raccord.get_subcommands().find_map(|other| {
            let near = nearest(&long, longs(other))?;
            Some(format!("did you mean `--{near}` of `raccord {}`?", other.get_name()))
        })
    }

    /// What a letter without a long form would be called: `--quiet`, `--hex`.
    fn letter_alone(&self, long: &str) -> Option<char> {
        let alone = self.command.get_arguments().filter(|arg| arg.get_long().is_none() && !arg.is_hide_set());
        alone.filter(|arg| arg.get_id() == long).find_map(Arg::get_short)
    }

    /// A value that is none of those that there are, or none at all.
    fn invalid_value(&self) -> String {
        let (argument, value) = (self.argument(), self.context(ContextKind::InvalidValue));
        let values: Vec<&str> = match self.error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(values)) => values.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        if value.is_empty() {
            return format!("`{argument}` wants a value{}", one_of(&values));
        }
        let typed = with_value(&argument, &value);
        match nearest(&value.to_lowercase(), values.iter().copied()) {
            _ if values.len() == 1 => format!("`{typed}`: only `{}` is possible", values[0]),
            Some(near) => format!("`{typed}`: did you mean `{near}`?"),
            None if argument == "-o" => netcat::output(&harmless(&value), &values),
            None => format!("`{typed}`: there is no such value{}", one_of(&values)),
        }
    }

    /// A value that its own type refused, with the reason.
    fn unfit_value(&self) -> String {
        let (argument, value) = (self.argument(), self.context(ContextKind::InvalidValue));
        let why = self.error.source().map_or_else(|| "it does not fit".to_owned(), ToString::to_string);
        format!("`{}`: {}", with_value(&argument, &value), plain(&why))
    }

    fn conflict(&self) -> String {
        let (one, other) = (self.argument(), self.as_typed(&self.context(ContextKind::PriorArg)));
        if one == other || other.is_empty() {
            return format!("`{one}` is given twice: once is enough");
        }
        format!("`{one}` and `{other}` do not go together: leave one of them out")
    }

    fn missing(&self) -> String {
        let missing = self.context(ContextKind::InvalidArg);
        match (self.name(), missing.trim_start_matches('<').split('>').next()) {
            ("listen", Some("ENDPOINT")) => {
                "there is no endpoint: write a port, such as `raccord listen 8989`".to_owned()
            }
            (name, Some("ENDPOINT")) => {
                format!(
                    "there is no endpoint: write a host and a port, such as `raccord {name} localhost:8989`"
                )
            }
            (name, what) => format!("`raccord {name}` wants a {}", harmless(what.unwrap_or("word more"))),
        }
    }
}

/// An option with its value; a word that has no option stands alone.
fn with_value(option: &str, value: &str) -> String {
    let value = harmless(value);
    if option.starts_with('-') { format!("{option} {value}") } else { value }
}

fn is_negative(typed: &str) -> bool {
    typed.strip_prefix('-').is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()))
}

/// The long options that are for people.
fn longs(command: &Command) -> impl Iterator<Item = &str> {
    command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(Arg::get_long)
}

fn one_of(values: &[&str]) -> String {
    match values {
        [] => String::new(),
        [only] => format!(": `{only}`"),
        several => format!(", one of {}", several.join(", ")),
    }
}

/// Reasons of Rust's own types in words that users know.
fn plain(why: &str) -> String {
    match why {
        "invalid digit found in string" => "it is not a whole number".to_owned(),
        "invalid IP address syntax" => "it is not an IP address".to_owned(),
        "cannot parse integer from empty string" => "a number is missing".to_owned(),
        "number too large to fit in target type" => "the number is too large".to_owned(),
        _ => match why.split_once(" is not in 1..") {
            Some((value, most)) if most.trim_start_matches('=') == "65535" => {
                format!("{value} is no port: they go from 1 to 65535")
            }
            Some(_) => "it must be at least 1".to_owned(),
            None => why.to_owned(),
        },
    }
}

/// What clap says of a mistake that is none of the usual, without its decoration.
fn clap_says(error: &clap::Error) -> String {
    let said = error.to_string();
    let first = said.lines().next().unwrap_or_default();
    first.strip_prefix("error: ").unwrap_or(first).to_owned()
}
