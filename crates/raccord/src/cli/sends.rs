//! `--send`, `--send-hex` and `--send-file`: sent on connecting, in the order in which they were given.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};
use raccord_core::failure::said;
use raccord_core::notation::visible::harmless;
use raccord_net::Send;

use super::Wrong;
use super::headings::SENDING;
use super::wire::Wire;

/// The sends as typed, in their order. clap's derive forgets the order between options, so this asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sends(Vec<Typed>);

#[derive(Clone, Debug)]
enum Typed {
    Text(String),
    Hex(String),
    File(PathBuf),
}

impl Sends {
    /// What they mean. A file must be readable now; it is read when it is sent.
    pub(crate) fn mean(&self, wire: &Wire) -> Result<Vec<Send>, Wrong> {
        self.0.iter().map(|typed| typed.mean(wire)).collect()
    }
}

impl Typed {
    fn mean(&self, wire: &Wire) -> Result<Send, Wrong> {
        Ok(match self {
            Self::Text(text) => Send::Bytes(wire.text(text).map_err(|wrong| wrong.of("--send", text))?),
            Self::Hex(hex) => Send::Bytes(wire.hex(hex).map_err(|wrong| wrong.of("--send-hex", hex))?),
            // a pipe is not opened before its time: that would end whoever writes to it
            Self::File(path) => match std::fs::metadata(path).and_then(|file| match file.is_file() {
                true => std::fs::File::open(path).map(drop),
                false if file.is_dir() => Err(std::io::ErrorKind::IsADirectory.into()),
                false => Ok(()),
            }) {
                Ok(()) => Send::File(path.clone()),
                Err(error) => {
                    let path = harmless(path.as_os_str().as_encoded_bytes());
                    return Err(Wrong(format!("cannot read {path}: {}", said(&error))));
                }
            },
        })
    }
}

impl FromArgMatches for Sends {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut sends = placed(matches, "send", |text: &String| Typed::Text(text.clone()));
        sends.extend(placed(matches, "send-hex", |hex: &String| Typed::Hex(hex.clone())));
        sends.extend(placed(matches, "send-file", |path: &PathBuf| Typed::File(path.clone())));
        sends.sort_by_key(|(place, _)| *place);
        Ok(Self(sends.into_iter().map(|(_, typed)| typed).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn placed<T: Clone + std::marker::Send + Sync + 'static>(
    matches: &ArgMatches,
    id: &str,
    typed: impl Fn(&T) -> Typed,
) -> Vec<(usize, Typed)> {
    let (Some(places), Some(values)) = (matches.indices_of(id), matches.get_many::<T>(id)) else {
        return Vec::new();
    };
    places.zip(values.map(typed)).collect()
}

impl Args for Sends {
    fn augment_args(command: Command) -> Command {
        let option = |name: &'static str, value: &'static str, help: &'static str| {
            Arg::new(name)
                .long(name)
                .value_name(value)
                .action(ArgAction::Append)
                .allow_hyphen_values(true)
                .help_heading(SENDING)
                .help(help)
        };
        command.args([
            option("send", "TEXT", "Send TEXT on connecting (\\r \\n \\xHH …)")
                .long_help("Send TEXT on connecting; escapes: \\n \\r \\t \\0 \\\\ \\\" \\xHH \\u{…}"),
            option("send-hex", "HEX", "Send bytes on connecting: '01 03 00 0a'"),
            option("send-file", "PATH", "Send a file's bytes on connecting")
                .hide_short_help(true)
                .value_parser(value_parser!(PathBuf)),
        ])
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
