//! `raccord listen`: be the server.

use clap::{Args, ValueHint};
use raccord_core::access::{Access, Net};
use raccord_core::endpoint::{Endpoint, Role};
use raccord_core::event::End;
use raccord_net::{Exec, Listen, Responder};

use super::drive::{Kind, drive};
use super::headings::{ADDRESSES, ANSWERING, ENDING, SOCKET, after_options};
use super::options::Options;
use super::wire::Wire;
use super::{Wrong, exec, netcat, tls, unix};
use crate::exit::Exit;

#[derive(Args, Debug)]
#[command(after_help = after_options(EXAMPLES))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Typed {
    #[command(flatten)]
    behind: netcat::Behind,
    /// Where: `port` or `:port` (every address of this machine), `host:port`, `unix:path`, `unix:@name`; port 0 lets the
    /// system choose
    #[arg(required = true, num_args = 1.., value_name = "ENDPOINT")]
    endpoint: Vec<String>,
    #[command(flatten)]
    answer: Answer,
    #[command(flatten)]
    shared: Options,
    #[command(flatten)]
    tls: tls::OfServer,
    /// Serve one connection, then end
    #[arg(long, help_heading = ENDING)]
    once: bool,
    /// Serve at most N connections at a time; others wait in the backlog (no limit)
    #[arg(short = 'm', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), hide_short_help = true, help_heading = SOCKET)]
    max_conns: Option<u32>,
    /// Let only these networks connect: 10.0.0.0/8 …; may be repeated
    #[arg(long, value_name = "NET", hide_short_help = true, help_heading = ADDRESSES)]
    allow: Vec<Net>,
    /// Turn these networks away, whatever --allow says; may be repeated
    #[arg(long, value_name = "NET", hide_short_help = true, help_heading = ADDRESSES)]
    deny: Vec<Net>,
    /// Share the port with other servers that do the same (SO_REUSEPORT)
    #[arg(long, hide_short_help = true, help_heading = SOCKET)]
    reuse_port: bool,
    /// Clients that may wait to be accepted
    #[arg(hide_short_help = true, long, value_name = "N", default_value = "128", help_heading = SOCKET)]
    backlog: u32,
    /// Permissions of the file of a Unix socket (0600)
    ///
    /// In octal, whatever the umask is. Who may write to the file may connect.
    #[arg(hide_short_help = true, long, value_name = "MODE", value_parser = unix::mode, help_heading = SOCKET)]
    unix_mode: Option<u32>,
    /// Do not set SO_REUSEADDR before bind
    #[arg(hide_short_help = true, long, help_heading = SOCKET)]
    no_reuse_address: bool,
    /// What `-l` of netcat says, listen says already
    #[arg(short = 'l', hide = true)]
    listens: bool,
    /// What `-k` of netcat asks for is so without `--once`
    #[arg(short = 'k', hide = true, conflicts_with = "once")]
    keeps_listening: bool,
}

/// How a server answers each message: one responder at most.
#[derive(Args, Debug)]
#[group(id = "responder", multiple = false)]
struct Answer {
    /// Answer each message with itself
    #[arg(long, help_heading = ANSWERING)]
    echo: bool,
    /// Take everything, answer nothing
    #[arg(hide_short_help = true, long, help_heading = ANSWERING)]
    discard: bool,
    /// Answer each message with TEXT (\r \n \xHH …)
    ///
    /// The escapes are \n \r \t \0 \\ \" \xHH \u{…}
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = ANSWERING)]
    reply: Option<String>,
    /// Answer each message with bytes: '01 03 00 0a'
    #[arg(long, value_name = "HEX", allow_hyphen_values = true, hide_short_help = true, help_heading = ANSWERING)]
    reply_hex: Option<String>,
    /// Hand each connection to a program: 'wc -c'
    ///
    /// One runs for each connection: it reads from its stdin what the peer sends, and what it writes to its stdout is
    /// sent, as they are, whatever -E says; its stderr is raccord's. Its stdin ends when the peer ends its half, and ours
    /// ends with its stdout. CMD is split into words as a shell does, and nothing in it is expanded. RACCORD_PEER,
    /// RACCORD_LOCAL and RACCORD_CONN say whom it serves. When its connection is lost it gets SIGHUP, and 2 seconds
    /// later SIGKILL.
    #[arg(short, long, value_name = "CMD", value_hint = ValueHint::CommandString, allow_hyphen_values = true,
        help_heading = ANSWERING)]
    exec: Option<String>,
    /// The same by /bin/sh -c: 'read a; echo $a'
    #[arg(short = 'c', long, value_name = "CMD", value_hint = ValueHint::CommandString, allow_hyphen_values = true,
        hide_short_help = true, help_heading = ANSWERING)]
    shell: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  raccord listen 8989                        type, and every client reads it
  raccord listen 8989 --echo                 an echo server
  raccord listen 8989 -E gbk --reply 'ok'    answer every message in GBK
  raccord listen 8989 -e 'wc -c'             a program for each connection
  raccord listen :0 --once > file            one connection's bytes into a file
  raccord listen 127.0.0.1:0 --reply pong --run './client {host} {port}'
                                             a server for the test of a client
  raccord listen 8443 --tls --echo           TLS, with a self-made certificate
  raccord listen unix:/tmp/my.sock --echo    a Unix socket; unix:@name: abstract";

pub(crate) fn run(typed: Typed) -> Result<Exit, Wrong> {
    let endpoint = netcat::endpoint(&typed.endpoint, &typed.behind, Role::Listen)?;
    unix::refuse_mode(&endpoint, typed.unix_mode)?;
    let on = match &endpoint {
        Endpoint::Inet { tls, host, port } => {
            Listen { tls: typed.tls.mean(*tls)?, ..Listen::on(host.clone(), *port) }
        }
        Endpoint::Unix(name) => {
            typed.refuse_what_unix_lacks(&endpoint)?;
            let on = Listen::on_unix(name.clone());
            Listen { unix_mode: typed.unix_mode.unwrap_or(on.unix_mode), ..on }
        }
    };
    let responder = typed.answer.mean(&typed.shared.wire()?)?;
    let mut meaning = typed.shared.mean(End::Server, responder)?;
    if !typed.once
        && let Some(output) = &mut meaning.output
    {
        // more clients may come
        output.closes_with = None;
    }
    let spec = Listen {
        backlog: typed.backlog,
        reuse_address: !typed.no_reuse_address,
        reuse_port: typed.reuse_port,
        once: typed.once,
        max_conns: typed.max_conns.map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        access: Access { allow: typed.allow, deny: typed.deny },
        lookup: meaning.lookup,
        terms: std::mem::take(&mut meaning.terms),
        ..on
    };
    Ok(drive(meaning, Kind::Server, |feed| raccord_net::listen(spec, feed)))
}

impl Typed {
    /// Fails where an option was given that is no Unix socket's.
    fn refuse_what_unix_lacks(&self, endpoint: &Endpoint) -> Result<(), Wrong> {
        let door = "is about IP networks (`--unix-mode` says who may connect)";
        let own = [
            ("--no-reuse-address", self.no_reuse_address, "is about ports"),
            ("--reuse-port", self.reuse_port, "is about ports"),
            ("--allow", !self.allow.is_empty(), door),
            ("--deny", !self.deny.is_empty(), door),
        ];
        unix::refuse(endpoint, &[&self.shared.not_of_unix(), &own, &self.tls.given()])
    }
}

impl Answer {
    fn mean(&self, wire: &Wire) -> Result<Option<Responder>, Wrong> {
        Ok(match self {
            Self { echo: true, .. } => Some(Responder::Echo),
            Self { discard: true, .. } => Some(Responder::Discard),
            Self { reply: Some(text), .. } => {
                Some(Responder::Reply(wire.text(text).map_err(|wrong| wrong.of("--reply", text))?))
            }
            Self { reply_hex: Some(hex), .. } => {
                Some(Responder::Reply(wire.hex(hex).map_err(|wrong| wrong.of("--reply-hex", hex))?))
            }
            Self { exec: Some(command), .. } => {
                Some(Responder::Program(exec::words(command).map_err(|wrong| wrong.of("-e", command))?))
            }
            Self { shell: Some(command), .. } => Some(Responder::Program(Exec::shell(command))),
            _ => None,
        })
    }
}
