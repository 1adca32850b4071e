//! From the words of the command line to an endpoint.

use crate::notation::visible::foreign;

use super::host::{host, ipv6, is_number};
use super::span::Span;
use super::{Endpoint, EndpointError, EndpointProblem as Problem, Host, Role, UnixName, url};

pub(super) fn words(words: &[&str], role: Role) -> Result<Endpoint, EndpointError> {
    let spans: Vec<Span> = Span::of_words(words).collect();
    match spans[..] {
        [] => Err(Span::EMPTY.error(Problem::Missing)),
        [word] => one_word(word, role),
        [first, second] => two_words(first, second, role),
        [_, _, third, ..] => Err(third.error(Problem::TooManyWords(foreign(third.text)))),
    }
}

fn one_word(word: Span<'_>, role: Role) -> Result<Endpoint, EndpointError> {
    if let Some(name) = word.strip_prefix("unix:") {
        return unix(name).map(Endpoint::Unix);
    }
    not_a_path(word)?;
    without_blanks(word)?;
    let (tls, rest) = transport(word, None)?;
    let (host, port) = split(tls, rest)?;
    Inet { tls, host, port }.read(role)
}

fn two_words(first: Span<'_>, second: Span<'_>, role: Role) -> Result<Endpoint, EndpointError> {
    let is_endpoint = |word| one_word(word, Role::Listen).is_ok();
    if is_endpoint(first) && is_endpoint(second) && !is_number(second.text) {
        return Err(second.error(Problem::SecondEndpoint(foreign(second.text))));
    }
    if first.strip_prefix("unix:").is_some() {
        return Err(second.error(Problem::UnixWords(foreign(second.text))));
    }
    not_a_path(first)?;
    without_blanks(first)?;
    without_blanks(second)?;
    let (tls, host) = transport(first, Some(second))?;
    let has_port = host.text.contains(':') && ipv6(host).is_none() && is_endpoint(first);
    if has_port {
        return Err(second.error(Problem::SecondPort(first.text.into())));
    }
    Inet { tls, host: Some(host), port: second }.read(role)
}

/// Fails where a word has the form of a Unix socket's name, and only `unix:` is missing: `/tmp/socket`, `@name`. What
/// stands behind a port or a scheme is a URL's.
fn not_a_path(word: Span<'_>) -> Result<(), EndpointError> {
    let before_slash = word.text.split_once('/').map(|(before, _)| before);
    let is_path = before_slash.is_some_and(|before| !before.contains([':', '[']));
    if !(is_path || word.text.starts_with('@')) || unix(word).is_err() {
        return Ok(());
    }
    let word_shown = foreign(word.text);
    Err(word.error(Problem::UnixScheme { offer: format!("unix:{word_shown}"), word: word_shown }))
}

fn without_blanks(word: Span<'_>) -> Result<(), EndpointError> {
    match word.find(|character| character.is_whitespace() || character.is_control()) {
        Some(blank) => Err(blank.error(Problem::Blank(foreign(blank.first())))),
        None => Ok(()),
    }
}

/// Whether it is to be TLS, and what follows the scheme. `port` is the second word, for an offer.
fn transport<'a>(word: Span<'a>, port: Option<Span<'_>>) -> Result<(bool, Span<'a>), EndpointError> {
    let tls = word.strip_prefix("tls://");
    let Some(rest) = tls.or_else(|| word.strip_prefix("tcp://")) else {
        return match word.text.split_once("://") {
            Some((scheme, rest)) => Err(word.error(url::problem(scheme, rest, port.map(|port| port.text)))),
            None => Ok((false, word)),
        };
    };
    match rest.strip_prefix("unix:") {
        Some(name) if !is_number(name.text) => Err(word.error(Problem::UnixTls(foreign(rest.text)))),
        _ => Ok((tls.is_some(), rest)),
    }
}

/// The host and the port of one word; no host where the word is a port alone.
fn split(tls: bool, word: Span<'_>) -> Result<(Option<Span<'_>>, Span<'_>), EndpointError> {
    if word.text.is_empty() || word.text == ":" {
        return Err(word.error(Problem::Missing));
    }
    if word.text.starts_with('[') {
        return split_behind_bracket(tls, word);
    }
    match word.text.matches(':').count() {
        0 if is_number(word.text) => Ok((None, word)),
        0 => Err(no_port(tls, word.end(), &host(word)?)),
        1 => Ok(word.rsplit_once(':').map_or((None, word), |(host, port)| (Some(host), port))),
        _ => Err(several_colons(tls, word)),
    }
}

fn split_behind_bracket(tls: bool, word: Span<'_>) -> Result<(Option<Span<'_>>, Span<'_>), EndpointError> {
    let Some(close) = word.text.find(']') else { return Err(word.error(Problem::BracketOpen)) };
    let (address, behind) = word.split_at(close + 1);
    match behind.strip_prefix(":") {
        Some(port) => Ok((Some(address), port)),
        None if behind.text.is_empty() => Err(no_port(tls, behind, &host(address)?)),
        None => Err(behind.error(Problem::BehindBracket(foreign(behind.text)))),
    }
}

/// Why a word with several colons and no brackets is no endpoint.
fn several_colons(tls: bool, word: Span<'_>) -> EndpointError {
    let endpoint = word.rsplit_once(':').and_then(|(address, port)| {
        let (host, port) = (ipv6(address)?.ok()?, port.text.parse().ok()?);
        Some(Endpoint::Inet { tls, host, port }.to_string())
    });
    match (ipv6(word), endpoint) {
        (Some(Ok(address)), Some(with_port)) => word.error(Problem::TwoReadings {
            word: word.text.into(),
            with_port,
            address: format!("{}{address}", scheme(tls)),
        }),
        (Some(Ok(address)), None) => no_port(tls, word.end(), &address),
        (_, Some(endpoint)) => word.error(Problem::NoBrackets(endpoint)),
        (Some(Err(error)), None) => error,
        (None, None) => word.error(Problem::Colons(foreign(word.text))),
    }
}

fn no_port(tls: bool, place: Span<'_>, host: &Host) -> EndpointError {
    place.error(Problem::NoPort { host: format!("{}{host}", scheme(tls)), example: url::example_port(tls) })
}

fn scheme(tls: bool) -> &'static str {
    if tls { "tls://" } else { "" }
}

/// An endpoint cut into its pieces, which are still to be read.
struct Inet<'a> {
    tls: bool,
    /// Nothing where a port stands alone, and an empty one before `:port`.
    host: Option<Span<'a>>,
    port: Span<'a>,
}

impl Inet<'_> {
    fn read(&self, role: Role) -> Result<Endpoint, EndpointError> {
        let (digits, path) = self.port.split_before(|character| matches!(character, '/' | '?' | '#'));
        let port = self.read_port(digits, role)?;
        let host = self.read_host(port, role)?;
        let endpoint = Endpoint::Inet { tls: self.tls, host, port };
        if path.text.is_empty() {
            return Ok(endpoint);
        }
        Err(path.error(Problem::UrlPath { rest: foreign(path.text), offer: endpoint.to_string() }))
    }

    fn read_port(&self, port: Span<'_>, role: Role) -> Result<u16, EndpointError> {
        if let (true, Some(name)) = (port.text.is_empty(), self.host) {
            return Err(no_port(self.tls, port, &host(name)?));
        }
        if !is_number(port.text) {
            let example = url::port_of(port.text).unwrap_or(url::example_port(self.tls));
            return Err(port.error(Problem::PortNotNumber { port: foreign(port.text), example }));
        }
        // digits that are too many for the type are too large a number
        match (port.text.parse(), role) {
            (Err(_), _) => Err(port.error(Problem::PortTooLarge(port.text.into()))),
            (Ok(0), Role::Connect) => Err(port.error(Problem::PortZero)),
            (Ok(number), _) => Ok(number),
        }
    }

    fn read_host(&self, port: u16, role: Role) -> Result<Host, EndpointError> {
        let default = match role {
            Role::Connect => Host::Name("localhost".into()),
            Role::Listen => Host::Any,
        };
        let Some(typed) = self.host else { return Ok(default) };
        let offer = || Endpoint::Inet { tls: self.tls, host: default, port }.to_string();
        match (typed.text, role) {
            ("", Role::Listen) => Ok(Host::Any),
            ("", Role::Connect) => Err(typed.error(Problem::NoHostToConnect(offer()))),
            ("*", _) => Err(typed.error(Problem::Star(offer()))),
            _ => host(typed),
        }
    }
}

/// The name of a Unix socket, from what follows `unix:`.
fn unix(name: Span<'_>) -> Result<UnixName, EndpointError> {
    if let Some(nul) = name.find(|character| character == '\0') {
        return Err(nul.error(Problem::UnixNul));
    }
    match name.text {
        "" | "@" | "//" => Err(name.end().error(Problem::UnixEmpty)),
        // POSIX leaves the meaning of just two slashes open; three and more mean one
        text if text.starts_with("//") && !text.starts_with("///") => {
            Err(name.error(Problem::UnixSlashes(format!("unix:{}", foreign(&text[2..])))))
        }
        text => Ok(match text.strip_prefix('@') {
            Some(name) => UnixName::Abstract(name.into()),
            None => UnixName::Path(text.into()),
        }),
    }
}
