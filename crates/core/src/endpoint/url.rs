//! What a URL or the name of a service would be as an endpoint, to offer it.

use crate::notation::visible::foreign;

use super::{Endpoint, EndpointProblem, Role, parse};

/// Services that people write by name: scheme, port, and whether it is TLS from the start.
const SERVICES: [(&str, u16, bool); 12] = [
    ("ftp", 21, false),
    ("ssh", 22, false),
    ("telnet", 23, false),
    ("smtp", 25, false),
    ("http", 80, false),
    ("ws", 80, false),
    ("https", 443, true),
    ("wss", 443, true),
    ("mqtt", 1883, false),
    ("redis", 6379, false),
    ("postgresql", 5432, false),
    ("mysql", 3306, false),
];

/// The port of a service by its name.
pub(super) fn port_of(service: &str) -> Option<u16> {
    find(service).map(|(port, _)| port)
}

/// A port to show how one is written.
pub(super) fn example_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

/// What is wrong with `scheme://rest`, and the endpoint in it. `port` is what was given as a second word.
pub(super) fn problem(scheme: &str, rest: &str, port: Option<&str>) -> EndpointProblem {
    let (default, tls) = find(scheme).unwrap_or((80, false));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = if tls { format!("tls://{host}") } else { host.to_owned() };
    let default = default.to_string();
    let read = |words: &[&str]| parse::words(words, Role::Connect).ok();
    let endpoint = read(&[&host]).or_else(|| read(&[&host, port.unwrap_or(&default)]));
    EndpointProblem::UrlScheme {
        scheme: foreign(format!("{scheme}://")),
        offer: endpoint.as_ref().map_or_else(|| "host:port".into(), Endpoint::to_string),
    }
}

fn find(service: &str) -> Option<(u16, bool)> {
    let known = SERVICES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(service));
    known.map(|&(_, port, tls)| (port, tls))
}
