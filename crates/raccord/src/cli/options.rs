//! The options that `connect` and `listen` share: as typed, and what they mean.

use std::io::IsTerminal;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use raccord_core::encoding::Encoding;
use raccord_core::ending::Input;
use raccord_core::event::End;
use raccord_core::json::JsonData;
use raccord_core::quantity;
use raccord_net::{Family, Lookup, Responder, Terms};

use super::Wrong;
use super::headings::{ADDRESSES, ENDING, INPUT, OUTPUT, SOCKET, TEXT};
use super::input::Source;
use super::sends::Sends;
use super::wire::{Eol, Wire};
use crate::print::{self, Format, Output};

/// Options of both ends, as typed.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    /// IPv4 only
    #[arg(short = '4', conflicts_with = "ipv6", help_heading = ADDRESSES)]
    ipv4: bool,
    /// IPv6 only
    #[arg(short = '6', help_heading = ADDRESSES)]
    ipv6: bool,
    /// No name lookup: addresses only
    #[arg(short = 'n', help_heading = ADDRESSES)]
    numeric: bool,

    /// Encoding of the text on the wire
    #[arg(short = 'E', long, value_name = "LABEL", help_heading = TEXT)]
    encoding: Option<String>,
    /// Line ending appended to a typed line (lf); to --send and --reply only if given
    #[arg(long, value_name = "EOL", help_heading = TEXT)]
    eol: Option<Eol>,
    /// The same as --eol crlf
    #[arg(short = 'C', conflicts_with = "eol", help_heading = TEXT)]
    crlf: bool,

    #[command(flatten)]
    sends: Sends,

    /// connect: end after N messages; listen: end our half after N messages were answered
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = ENDING)]
    replies: Option<u64>,
    /// How long a conversation may take; without --replies the peer's end must come in time
    #[arg(long, value_name = "DUR", value_parser = quantity::duration, help_heading = ENDING)]
    timeout: Option<Duration>,
    /// Once one half has ended, how long the other may stay silent (no limit)
    #[arg(long, value_name = "DUR", value_parser = quantity::duration, help_heading = ENDING)]
    half_close_timeout: Option<Duration>,
    /// Never end our half first
    #[arg(long, help_heading = ENDING)]
    no_shutdown: bool,

    /// Read standard input even beside --send, an answer or --run
    #[arg(long, conflicts_with = "no_stdin", help_heading = INPUT)]
    stdin: bool,
    /// Do not read standard input
    #[arg(short = 'd', long, help_heading = INPUT)]
    no_stdin: bool,
    /// Once ready, run CMD by /bin/sh with {host} and {port}; end when it and its connections have ended
    #[arg(long, value_name = "CMD", allow_hyphen_values = true, help_heading = INPUT)]
    run: Option<String>,

    /// How events are shown
    #[arg(short = 'o', long, value_name = "FORMAT", default_value = "auto", help_heading = OUTPUT)]
    output: FormatName,
    /// The same as -o hex
    #[arg(short = 'x', conflicts_with = "output", help_heading = OUTPUT)]
    hex: bool,
    /// What data events carry in JSON
    #[arg(long, value_name = "WHAT", help_heading = OUTPUT)]
    json_data: Option<JsonDataName>,
    /// Narrate each socket call: arguments, result, duration
    #[arg(long, help_heading = OUTPUT)]
    explain: bool,
    /// More: life-cycle lines on stderr where the output is raw
    #[arg(short = 'v', action = ArgAction::Count, help_heading = OUTPUT)]
    verbose: u8,
    /// No output at all, only errors on stderr
    #[arg(short = 'q', conflicts_with_all = ["output", "hex", "json_data"], help_heading = OUTPUT)]
    quiet: bool,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    color: clap::ColorChoice,

    /// Most bytes taken by one read
    #[arg(long, value_name = "BYTES", default_value = "256KiB", value_parser = read_size, help_heading = SOCKET)]
    read_size: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatName {
    Auto,
    Text,
    Hex,
    Raw,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum JsonDataName {
    Hex,
    Text,
    Both,
    None,
}

fn read_size(text: &str) -> Result<usize, String> {
    let size = quantity::bytes(text).map_err(|error| error.to_string())?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if (1..=MOST_READ_SIZE).contains(&size) { Ok(size) } else { Err("from 1 byte to 64MiB".to_owned()) }
}

const MOST_READ_SIZE: usize = 64 * 1024 * 1024;

/// What the shared options mean.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) lookup: Lookup,
    pub(crate) terms: Terms,
    pub(crate) source: Source,
    /// How it is shown; nothing under `-q`.
    pub(crate) output: Option<Output>,
    pub(crate) explain: bool,
    pub(crate) color: clap::ColorChoice,
    pub(crate) run: Option<String>,
}

impl Options {
    /// The wire, which the answers of a server need as well.
    pub(crate) fn wire(&self) -> Result<Wire, Wrong> {
        let encoding = match &self.encoding {
            Some(label) => Encoding::for_label(label)?,
            None => Encoding::UTF_8,
        };
        let eol = if self.crlf { Some(Eol::Crlf) } else { self.eol };
        Ok(Wire { encoding, explicit: self.encoding.is_some(), eol })
    }

    /// What all of it means, for an end that listens or connects and answers so.
    pub(crate) fn mean(self, listens: bool, responder: Option<Responder>) -> Result<Meaning, Wrong> {
        let wire = self.wire()?;
        let sends = self.sends.mean(wire)?;
        let busy = !sends.is_empty() || responder.is_some() || self.run.is_some();
        let source = self.source(listens, busy, wire);
        if self.replies.is_some_and(|replies| replies > 1) {
            print::warning(
                "each read counts as one message, however many were sent: only --replies 1 is exact",
            );
        }
        let terms = Terms {
            input: source.kind(),
            sends,
            responder,
            replies: self.replies,
            timeout: self.timeout,
            half_close_timeout: self.half_close_timeout,
            waits_for_peer: self.no_shutdown,
            read_size: self.read_size,
        };
        let output = self.output(wire, source.kind(), listens);
        Ok(Meaning {
            lookup: self.lookup(),
            terms,
            source,
            output,
            explain: self.explain,
            color: self.color,
            run: self.run,
        })
    }

    fn lookup(&self) -> Lookup {
        let family = match (self.ipv4, self.ipv6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            _ => Family::Any,
        };
        Lookup { family, names: !self.numeric }
    }

    /// The keyboard where stdin is a terminal, the bytes of stdin otherwise, nothing where raccord has other things
    /// to say and was not told to read.
    fn source(&self, listens: bool, busy: bool, wire: Wire) -> Source {
        if self.no_stdin {
            Source::Nothing
        } else if std::io::stdin().is_terminal() {
            Source::Keyboard(wire)
        } else if (busy && !self.stdin) || (listens && raccord_sys::stdio::stdin_is_nothing()) {
            Source::Nothing
        } else {
            Source::Bytes(wire)
        }
    }

    fn output(&self, wire: Wire, input: Input, listens: bool) -> Option<Output> {
        let terminal = print::to_a_terminal();
        let format = match self.output {
            _ if self.quiet => return None,
            _ if self.hex => Format::Hex,
            FormatName::Hex => Format::Hex,
            FormatName::Text => Format::Text,
            FormatName::Json => {
                Format::Json(self.json_data.map_or_else(JsonData::default, JsonDataName::data))
            }
            FormatName::Auto if terminal => Format::Text,
            FormatName::Auto if wire.explicit => Format::Converted,
            FormatName::Raw | FormatName::Auto => Format::Raw,
        };
        Some(Output {
            format,
            encoding: wire.encoding,
            terminal,
            verbose: self.verbose > 0,
            closes_with: (input == Input::Bytes && !listens).then(|| End::Client.receives()),
        })
    }
}

impl JsonDataName {
    fn data(self) -> JsonData {
        match self {
            Self::Hex => JsonData::Hex,
            Self::Text => JsonData::Text,
            Self::Both => JsonData::Both,
            Self::None => JsonData::None,
        }
    }
}
