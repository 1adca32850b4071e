//! `raccord connect`: be the client.

use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, ValueHint};
use raccord_core::endpoint::{Endpoint, Host, Role};
use raccord_core::event::End;
use raccord_core::quantity;
use raccord_net::Connect;
use raccord_net::program::Reach;

use super::drive::{Kind, drive};
use super::headings::{ADDRESSES, ENDING, after_options};
use super::options::Options;
use super::{Wrong, netcat, tls, unix};
use crate::exit::Exit;

#[derive(Args, Debug)]
#[command(after_help = after_options(EXAMPLES))]
pub(crate) struct Typed {
    #[command(flatten)]
    behind: netcat::Behind,
    /// Where to: `host:port`, `[::1]:port`, `tls://host:port`, `unix:path`, `unix:@name`, two words (host port), or a port
    /// alone (localhost)
    #[arg(required = true, num_args = 1.., value_name = "ENDPOINT", value_hint = ValueHint::Hostname)]
    endpoint: Vec<String>,
    /// Address of our end
    #[arg(hide_short_help = true, short, long, value_name = "ADDR", help_heading = ADDRESSES)]
    source: Option<IpAddr>,
    /// Port of our end
    #[arg(hide_short_help = true, short = 'p', long, value_name = "PORT", help_heading = ADDRESSES)]
    source_port: Option<u16>,
    /// Give up connecting after this
    #[arg(short = 'w', long, value_name = "DUR", default_value = "10s", value_parser = quantity::duration, help_heading = ADDRESSES)]
    connect_timeout: Duration,
    /// Keep trying to connect for so long (not at all)
    #[arg(long, value_name = "DUR", value_parser = quantity::duration, help_heading = ADDRESSES)]
    retry: Option<Duration>,
    #[command(flatten)]
    shared: Options,
    #[command(flatten)]
    tls: tls::OfClient,
    /// Connect, say so, end; nothing is sent or shown
    ///
    /// Exit code 0 where a connection could be had, 1 where not. Stdin is not read. With --retry it waits until a
    /// server is there.
    #[arg(
        short = 'z',
        long,
        help_heading = ENDING,
        conflicts_with_all = ["send", "send-hex", "send-file", "replies", "no_shutdown", "stdin"]
    )]
    check: bool,
    /// Connect again after the end, waiting so long
    ///
    /// At least 100 ms. Each is a connection of its own, with the same --send, --replies and --timeout; a stdin that
    /// is no terminal is read once. A first connection that fails is an error as ever (see --retry); after that it is
    /// tried again without limit, until Ctrl-D or a signal, or until the program of --run fails. The exit code is
    /// that of the last connection.
    #[arg(long, value_name = "DUR", value_parser = quantity::duration, conflicts_with = "check", help_heading = ENDING)]
    reconnect: Option<Duration>,
}

const EXAMPLES: &str = "\
Examples:
  raccord connect localhost:8989             type lines; Ctrl-D ends our half
  raccord connect localhost:8989 --send 'hello\\r\\n' --replies 1
                                             one answer, and out
  raccord connect 8989 -E gbk --send '你好'  text in GBK
  raccord connect 8989 --send-hex '01 03 00 0a' -x
                                             bytes there and back, in hex
  raccord connect db:5432 --retry 30s < /dev/null
                                             wait for a server
  raccord connect tls://example.org:443 -C   TLS, checked as a browser does
  raccord connect unix:/run/my.sock          a Unix socket; unix:@name: abstract";

/// How long a client waits for the server that `--run` has just started.
const RETRY_FOR_PROGRAM: Duration = Duration::from_secs(10);

pub(crate) fn run(typed: Typed) -> Result<Exit, Wrong> {
    let endpoint = netcat::endpoint(&typed.endpoint, &typed.behind, Role::Connect)?;
    let (to, reach) = match &endpoint {
        Endpoint::Inet { tls, host, port } => {
            let to = Connect { tls: typed.tls.mean(*tls)?, ..Connect::to(host.clone(), *port) };
            (to, Reach { host: address_of(host), port: Some(*port) })
        }
        Endpoint::Unix(name) => {
            typed.refuse_what_unix_lacks(&endpoint)?;
            (Connect::to_unix(name.clone()), Reach { host: endpoint.to_string(), port: None })
        }
    };
    let mut meaning = typed.shared.mean(End::Client, None)?;
    if typed.check {
        meaning.only_checks();
    }
    if typed.reconnect.is_some()
        && let Some(output) = &mut meaning.output
    {
        // more connections come
        output.closes_with = None;
    }
    let retry = typed.retry.or_else(|| meaning.run.as_ref().map(|_| RETRY_FOR_PROGRAM));
    let spec = Connect {
        source: typed.source,
        source_port: typed.source_port,
        timeout: typed.connect_timeout,
        retry,
        reconnect: typed.reconnect,
        lookup: meaning.lookup,
        terms: std::mem::take(&mut meaning.terms),
        ..to
    };
    Ok(drive(meaning, Kind::Client { reach }, |feed| raccord_net::connect(spec, feed)))
}

impl Typed {
    /// Fails where an option was given that is no Unix socket's.
    fn refuse_what_unix_lacks(&self, endpoint: &Endpoint) -> Result<(), Wrong> {
        let own = [
            ("--source", self.source.is_some(), "gives our end an IP address"),
            ("--source-port", self.source_port.is_some(), "gives our end a port"),
        ];
        unix::refuse(endpoint, &[&self.shared.not_of_unix(), &own, &self.tls.given()])
    }
}

/// The host as a program takes it: an IPv6 address without the brackets of an endpoint.
fn address_of(host: &Host) -> String {
    let written = host.to_string();
    written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map_or(written.clone(), str::to_owned)
}
