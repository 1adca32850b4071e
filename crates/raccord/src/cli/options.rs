//! The options that `connect` and `listen` share: as typed, and what they mean.

use std::io::IsTerminal;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum, ValueHint};
use raccord_core::checksum::Checksum;
use raccord_core::encoding::Encoding;
use raccord_core::ending::Input;
use raccord_core::event::End;
use raccord_core::framing::Framing;
use raccord_core::json::JsonData;
use raccord_core::messages::Messages;
use raccord_core::quantity;
use raccord_core::schedule::Repetition;
use raccord_net::{Family, Lookup, Responder, Terms, Tuning};

use super::Wrong;
use super::frames;
use super::headings::{ADDRESSES, ENDING, INPUT, OUTPUT, SENDING, SOCKET, TEXT};
use super::input::Source;
use super::sends::Sends;
use super::unix::Given;
use super::wire::{Eol, Wire};
use crate::print::{self, Aside, Format, Output};
use crate::prompt::Person;

/// Options of both ends, as typed.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    /// IPv4 only
    #[arg(hide_short_help = true, short = '4', conflicts_with = "ipv6", help_heading = ADDRESSES)]
    ipv4: bool,
    /// IPv6 only
    #[arg(hide_short_help = true, short = '6', help_heading = ADDRESSES)]
    ipv6: bool,
    /// Addresses only, no name lookup
    #[arg(hide_short_help = true, short = 'n', help_heading = ADDRESSES)]
    numeric: bool,

    /// Encoding of the text on the wire (utf-8)
    ///
    /// Any that `raccord encodings` lists: gbk, gb18030, big5, euc-jp, utf-16le,
    /// latin1, … Typed lines, --send and --reply are converted; so are the bytes of stdin, and of a stdout that is
    /// no terminal, which without -E pass as they are.
    #[arg(short = 'E', long, value_name = "LABEL", help_heading = TEXT)]
    encoding: Option<String>,
    /// Ending of a typed line: lf (default), crlf, cr, none
    ///
    /// --send and --reply append a line ending only if this is given.
    #[arg(hide_short_help = true, long, value_name = "EOL", hide_possible_values = true, help_heading = TEXT)]
    eol: Option<Eol>,
    /// The same as --eol crlf
    #[arg(short = 'C', conflicts_with = "eol", help_heading = TEXT)]
    crlf: bool,

    #[command(flatten)]
    sends: Sends,
    #[command(flatten)]
    frames: frames::Framed,
    /// Append a checksum to each message sent: crc16-modbus, crc32, sum8 …
    ///
    /// sum8, xor8, lrc, crc8, crc16-modbus, crc16-ccitt-false, crc16-xmodem, crc32, crc32c, adler32. It covers the text, and
    /// the line ending stands behind it. More than one byte goes out big endian, crc16-modbus little endian; :be or :le
    /// behind the name says otherwise. Files and the bytes of stdin go as they are.
    #[arg(long, value_name = "NAME", hide_short_help = true, help_heading = SENDING)]
    checksum: Option<Checksum>,
    /// Send again at this interval, until stopped
    #[arg(long, value_name = "DUR", value_parser = quantity::duration, hide_short_help = true, help_heading = SENDING)]
    every: Option<Duration>,
    /// Send N times in all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), hide_short_help = true, help_heading = SENDING)]
    repeat: Option<u64>,
    /// Wait for one message after each send
    #[arg(long, hide_short_help = true, help_heading = SENDING)]
    r#await: bool,

    /// End after N messages came, or were answered
    ///
    /// A client closes after N messages; until then its half stays open, so that no server drops an answer for it:
    /// --timeout bounds the wait. A server ends its half of a connection after N messages were answered. Without --frame a message is what one read gives, and only N = 1 is exact. Fewer is an error: exit code 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = ENDING)]
    replies: Option<u64>,
    /// How long a conversation may take
    ///
    /// Counted from the moment it is open. The replies of --replies, or else the peer's end, must come in time.
    #[arg(long, value_name = "DUR", value_parser = quantity::duration, help_heading = ENDING)]
    timeout: Option<Duration>,
    /// How long a half-closed one may stay silent
    ///
    /// One half has ended, and the other sends nothing for so long: exit code 1. There is no limit unless this is
    /// given.
    #[arg(hide_short_help = true, long, value_name = "DUR", value_parser = quantity::duration, help_heading = ENDING)]
    half_close_timeout: Option<Duration>,
    /// Close after so long a silence (never)
    ///
    /// In both directions. The conversation has not failed then: the exit code is 0.
    #[arg(short = 'i', long, value_name = "DUR", value_parser = quantity::duration, help_heading = ENDING)]
    idle_timeout: Option<Duration>,
    /// Never end our half first
    ///
    /// Some servers drop their answer when the client ends its half (sends FIN) before the answer is out.
    #[arg(long, help_heading = ENDING)]
    no_shutdown: bool,
    /// What `-N` of netcat asks for is so without `--no-shutdown`
    #[arg(short = 'N', hide = true, conflicts_with = "no_shutdown")]
    ends_half: bool,

    /// Read stdin even beside --send, --reply or --run
    ///
    /// Stdin is read unless it is no terminal and something else says what to send: --send, an answer, --run.
    #[arg(hide_short_help = true, long, conflicts_with = "no_stdin", help_heading = INPUT)]
    stdin: bool,
    /// Do not read stdin
    #[arg(short = 'd', long, help_heading = INPUT)]
    no_stdin: bool,
    /// Run CMD at the other end: {host}, {port}
    ///
    /// CMD is run by /bin/sh: beside listen once it listens, beside connect before it connects, for as long as
    /// --retry says (10s). {host} and {port}, and the variables RACCORD_HOST and RACCORD_PORT, are an address that
    /// can be connected to; {endpoint} and RACCORD_ENDPOINT are both in one word, as `raccord connect` takes it. Of a
    /// Unix socket, host and endpoint are unix:PATH, and there is no port. A name that the shell would read otherwise is
    /// put in so that it stays one word. raccord ends when CMD and its connections have ended, with CMD's exit code if
    /// that is not 0.
    #[arg(long, value_name = "CMD", value_hint = ValueHint::CommandString, allow_hyphen_values = true, help_heading = INPUT)]
    run: Option<String>,

    /// How events are shown: auto, text, hex, raw, json
    ///
    /// auto is text on a terminal, and elsewhere raw: the bytes received and nothing else (with -E as UTF-8).
    #[arg(short = 'o', long, value_name = "FORMAT", default_value = "auto", hide_default_value = true,
        hide_possible_values = true, help_heading = OUTPUT)]
    output: FormatName,
    /// The same as -o hex
    #[arg(short = 'x', conflicts_with = "output", help_heading = OUTPUT)]
    hex: bool,
    /// Data in JSON: both (default), hex, text, none
    #[arg(hide_short_help = true, long, value_name = "WHAT", hide_possible_values = true, help_heading = OUTPUT)]
    json_data: Option<JsonDataName>,
    /// Tell each socket call on stderr
    ///
    /// Its arguments and result, how long it took, the stage of a client (of 5) or a server (of 7), the TCP states of
    /// both ends, and, once, what it means. The peer's state is known where the peer is on this machine.
    #[arg(long, help_heading = OUTPUT)]
    explain: bool,
    /// More on stderr while the output is raw
    ///
    /// The lines of connections (connected, ended, closed) beside the one that says where raccord listens.
    #[arg(hide_short_help = true, short = 'v', action = ArgAction::Count, help_heading = OUTPUT)]
    verbose: u8,
    /// Show nothing but errors
    #[arg(short = 'q', conflicts_with_all = ["output", "hex", "json_data"], help_heading = OUTPUT)]
    quiet: bool,
    /// Colour: auto (default), always, never
    ///
    /// auto is on a terminal, unless NO_COLOR is set or TERM is dumb.
    #[arg(hide_short_help = true, long, value_name = "WHEN", default_value = "auto", hide_default_value = true, hide_possible_values = true,
        help_heading = OUTPUT)]
    color: clap::ColorChoice,

    /// Most bytes taken by one read
    #[arg(hide_short_help = true, long, value_name = "BYTES", default_value = "256KiB", value_parser = read_size, help_heading = SOCKET)]
    read_size: usize,

    #[command(flatten)]
    tuning: Tuned,
}

/// How the sockets of connections are set, as typed.
#[derive(Args, Debug)]
struct Tuned {
    /// Ask after so long a silence whether the peer is still there (never)
    ///
    /// The system asks (SO_KEEPALIVE), and again as often; a peer that does not answer nine times is lost, and the
    /// conversation has failed. From 1s to 32767s, in whole seconds.
    #[arg(long, value_name = "DUR", value_parser = keepalive, hide_short_help = true, help_heading = SOCKET)]
    keepalive: Option<Duration>,
    /// Leave Nagle's algorithm on: do not set TCP_NODELAY
    #[arg(long, hide_short_help = true, help_heading = SOCKET)]
    nagle: bool,
    /// The system's buffer for sending (SO_SNDBUF)
    #[arg(long, value_name = "BYTES", value_parser = buffer_size, hide_short_help = true, help_heading = SOCKET)]
    send_buffer: Option<u32>,
    /// The system's buffer for receiving (SO_RCVBUF)
    #[arg(long, value_name = "BYTES", value_parser = buffer_size, hide_short_help = true, help_heading = SOCKET)]
    recv_buffer: Option<u32>,
    /// Have the last word with a reset (RST) instead of the end of our half (FIN)
    ///
    /// What is on its way to the peer may be lost by it, and no TIME-WAIT is left. Where the peer still has something to
    /// say, our half ends in order before.
    #[arg(long, hide_short_help = true, help_heading = SOCKET)]
    reset_on_close: bool,
}

impl Tuned {
    fn mean(&self) -> Tuning {
        let Self { keepalive, nagle, send_buffer, recv_buffer, reset_on_close } = *self;
        Tuning { keepalive, nagle, send_buffer, recv_buffer, reset_on_close }
    }
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

/// What the system can count: whole seconds, up to `MAX_TCP_KEEPIDLE`.
fn keepalive(text: &str) -> Result<Duration, String> {
    let silence = quantity::duration(text).map_err(|error| error.to_string())?;
    let fits = silence.subsec_nanos() == 0 && (1..=32_767).contains(&silence.as_secs());
    if fits { Ok(silence) } else { Err("from 1s to 32767s, in whole seconds".to_owned()) }
}

fn buffer_size(text: &str) -> Result<u32, String> {
    let size = quantity::bytes(text).map_err(|error| error.to_string())?;
    // the system counts in C ints, and doubles what it is asked for
    u32::try_from(size)
        .ok()
        .filter(|size| (1..=1 << 30).contains(size))
        .ok_or("from 1 byte to 1GiB".to_owned())
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
        let framing = self.frames.mean(encoding)?.sent;
        Ok(Wire { encoding, explicit: self.encoding.is_some(), eol, checksum: self.checksum, framing })
    }

    /// What says nothing about a Unix socket.
    pub(super) fn not_of_unix(&self) -> [Given; 7] {
        let Tuned { keepalive, nagle, recv_buffer, reset_on_close, send_buffer: _ } = &self.tuning;
        [
            ("-4", self.ipv4, "chooses among IP addresses"),
            ("-6", self.ipv6, "chooses among IP addresses"),
            ("-n", self.numeric, "keeps names of hosts from being looked up"),
            ("--keepalive", keepalive.is_some(), "sends probes of TCP"),
            ("--nagle", *nagle, "is about packets of TCP"),
            (
                "--recv-buffer",
                recv_buffer.is_some(),
                "is for TCP (elsewhere the sender's buffer counts: `--send-buffer`)",
            ),
            ("--reset-on-close", *reset_on_close, "sends RST, which only TCP has"),
        ]
    }

    /// What all of it means, for this end, which answers so.
    pub(crate) fn mean(self, end: End, responder: Option<Responder>) -> Result<Meaning, Wrong> {
        let wire = self.wire()?;
        if self.replies.is_some() && matches!(responder, Some(Responder::Program(_))) {
            return Err(Wrong(
                "--replies counts the messages that were answered, and what a program answers cannot be counted: leave \
                 it out, for our half ends with the program's stdout"
                    .to_owned(),
            ));
        }
        let frames = self.frames.mean(wire.encoding)?;
        let sends = self.sends.mean(&wire)?;
        let busy = !sends.is_empty() || responder.is_some() || self.run.is_some();
        let mut source = self.source(end, busy, &wire);
        if self.replies.is_some_and(|replies| replies > 1) && frames.received == Framing::Read && !self.quiet
        {
            print::warning(
                "each read counts as one message, however many were sent: only --replies 1 is exact without --frame",
            );
        }
        let repetition = Repetition { every: self.every, times: self.repeat, awaits: self.r#await };
        if sends.is_empty() && repetition != Repetition::default() {
            return Err(Wrong(
                "--every, --repeat and --await are for what is sent: --send, --send-hex or --send-file"
                    .to_owned(),
            ));
        }
        let terms = Terms {
            input: source.kind(),
            sends: sends.into(),
            repetition,
            framing: frames.received.clone(),
            max_message: frames.max_message,
            responder,
            replies: self.replies,
            timeout: self.timeout,
            half_close_timeout: self.half_close_timeout,
            idle_timeout: self.idle_timeout,
            waits_for_peer: self.no_shutdown,
            read_size: self.read_size,
            tuning: self.tuning.mean(),
        };
        let output = self.output(&wire, frames.messages(end), source.kind(), end);
        if let Source::Keyboard(person) = &mut source {
            person.editor = print::carries_an_editor(output.as_ref());
        }
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
    fn source(&self, end: End, busy: bool, wire: &Wire) -> Source {
        if self.no_stdin {
            Source::Nothing
        } else if std::io::stdin().is_terminal() {
            Source::Keyboard(Person { wire: wire.clone(), editor: false })
        } else if (busy && !self.stdin) || (end == End::Server && raccord_sys::stdio::stdin_is_nothing()) {
            Source::Nothing
        } else {
            Source::Bytes(wire.clone())
        }
    }

    fn output(&self, wire: &Wire, messages: Option<Messages>, input: Input, end: End) -> Option<Output> {
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
            messages,
            terminal,
            aside: if self.verbose > 0 { Aside::Verbose } else { Aside::Least },
            closes_with: (input == Input::Bytes).then(|| end.receives()),
        })
    }
}

impl Meaning {
    /// All that is wanted is to know whether there is a connection.
    pub(crate) fn only_checks(&mut self) {
        self.source = Source::Nothing;
        self.terms.input = Input::None;
        self.terms.replies = Some(0);
        if let Some(output) = &mut self.output {
            if output.aside == Aside::Least {
                output.aside = Aside::Connected;
            }
            output.closes_with = None;
        }
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
