//! Why a text is no endpoint: the place, what is wrong there, and how to write it.

use thiserror::Error;

/// Why a text is no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("column {column}: {problem}")]
pub struct EndpointError {
    /// The place in the words joined by one blank, in characters, from 1; one past the end where something is
    /// missing.
    pub column: usize,
    /// What is wrong there, and the remedy.
    pub problem: EndpointProblem,
}

/// What can be wrong with an endpoint. The texts in it are fit for a terminal, and each offer parses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EndpointProblem {
    /// No words, or an empty one.
    #[error("there is no endpoint; write `host:port`, such as `localhost:80`")]
    Missing,
    /// A third word.
    #[error("`{0}` is one word too many; an endpoint is `host:port`, or the two words `host port`")]
    TooManyWords(String),
    /// A blank or a control character inside a word.
    #[error("`{0}` cannot stand in an endpoint; write `host:port` without blanks")]
    Blank(String),
    /// A host without a port.
    #[error("`{host}` has no port; write `{host}:PORT`, such as `{host}:{example}`")]
    NoPort {
        /// The host as it would stand before the colon.
        host: String,
        /// A port to show how it is written.
        example: u16,
    },
    /// A service name, or anything else that is no number, in the place of the port.
    #[error("the port `{port}` is not a number; write its number, such as `{example}`")]
    PortNotNumber {
        /// What stands there.
        port: String,
        /// The port of that service, if it is a known one.
        example: u16,
    },
    /// A port that TCP does not have.
    #[error("the port {0} is too large; ports go up to 65535")]
    PortTooLarge(String),
    /// Port 0, to connect to.
    #[error("port 0 cannot be connected to; write the port that the server listens on, 1 to 65535")]
    PortZero,
    /// A port behind a word that has one.
    #[error("`{0}` has a port already; leave out the second one")]
    SecondPort(String),
    /// A second word that is an endpoint itself.
    #[error("`{0}` is a second endpoint, and one is enough; leave one of them out")]
    SecondEndpoint(String),
    /// Something behind the port that only a URL has.
    #[error(
        "`{rest}` is not part of an endpoint, for raccord speaks TCP, not what runs over it; write `{offer}`"
    )]
    UrlPath {
        /// What stands behind the port.
        rest: String,
        /// The endpoint without it.
        offer: String,
    },
    /// The scheme of a protocol above TCP.
    #[error("raccord speaks TCP and TLS, not `{scheme}`; write `{offer}`")]
    UrlScheme {
        /// The scheme, with `://`.
        scheme: String,
        /// Host and port of the URL, as an endpoint.
        offer: String,
    },
    /// Every address of the machine, to connect to.
    #[error("there is no host to connect to; write `{0}` for this machine")]
    NoHostToConnect(String),
    /// `*` for every address.
    #[error("`*` is no host; write `{0}`")]
    Star(String),
    /// `[` without `]`.
    #[error("the bracket is not closed; write an IPv6 address and its port as in `[::1]:80`")]
    BracketOpen,
    /// Something other than a port behind `]`.
    #[error("`{0}` stands behind the bracket; write a colon and a port there, as in `[::1]:80`")]
    BehindBracket(String),
    /// Something other than an IPv6 address in brackets.
    #[error("`{0}` is no IPv6 address; write only those in brackets, as in `[::1]:80`")]
    NotIpv6(String),
    /// A zone that no interface can have, or one on an IPv4 address.
    #[error(
        "`%{0}` is no zone; write the name of an interface behind an IPv6 address, as in `[fe80::1%eth0]:80`"
    )]
    NotZone(String),
    /// `::1:80`: an address with a port, or a longer address.
    #[error(
        "`{word}` can be read in two ways; write `{with_port}` for the address and its port, or `{address}:PORT` if it is all address"
    )]
    TwoReadings {
        /// What was typed.
        word: String,
        /// The endpoint if what follows the last colon is the port.
        with_port: String,
        /// The address in brackets, if there is no port in it.
        address: String,
    },
    /// An IPv6 address and its port without brackets, which can be read in one way only.
    #[error("an IPv6 address with a port needs brackets; write `{0}`")]
    NoBrackets(String),
    /// Several colons, and no IPv6 address.
    #[error("`{0}` has too many colons, and is no IPv6 address; write `host:port`, or `[::1]:80` for IPv6")]
    Colons(String),
    /// Four numbers that are no IPv4 address.
    #[error(
        "`{0}` is no IPv4 address; write four numbers from 0 to 255 without leading zeros, such as `127.0.0.1`"
    )]
    NotIpv4(String),
    /// A number as a host.
    #[error("the host `{0}` is only a number; write a name or an address, such as `127.0.0.1`")]
    NumberAsHost(String),
    /// Two dots in a row, or one at the start.
    #[error(
        "a part of the name `{0}` is empty; write at least one letter or digit between dots, such as `a.example`"
    )]
    EmptyLabel(String),
    /// A character that no host name has.
    #[error("`{0}` cannot stand in a host name; write letters, digits, `-`, `_` and `.`")]
    NameCharacter(String),
    /// `unix:` and nothing, or `unix:@` and nothing.
    #[error(
        "the name of the Unix socket is missing; write a path, as in `unix:/tmp/socket`, or `unix:@name`"
    )]
    UnixEmpty,
    /// NUL in the name of a Unix socket.
    #[error("a NUL cannot stand in the name of a Unix socket; leave it out")]
    UnixNul,
    /// `unix://name`, which says a host in URLs and a path nowhere.
    #[error("`unix://` says nothing about the path; write `{0}`")]
    UnixSlashes(String),
    /// A second word behind a Unix socket.
    #[error("a Unix socket is one word and has no port; leave out `{0}`, or quote a path with blanks")]
    UnixWords(String),
    /// A path, or a name that begins with `@`, without `unix:`.
    #[error("`{word}` has no port, and is no host; write `{offer}` for the Unix socket of this name")]
    UnixScheme {
        /// What stands there.
        word: String,
        /// It as the endpoint of a Unix socket.
        offer: String,
    },
    /// TLS over a Unix socket.
    #[error("TLS over a Unix socket is not possible; write `{0}`")]
    UnixTls(String),
}
