//! Tables and properties of endpoints.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::Role::{Connect, Listen};
use super::*;

fn parse(text: &str, role: Role) -> Result<Endpoint, EndpointError> {
    Endpoint::parse(&text.split(' ').collect::<Vec<_>>(), role)
}

#[test]
fn every_form_is_read_and_printed_in_one() {
    for (role, text, printed) in [
        (Connect, "localhost:80", "localhost:80"),
        (Connect, "localhost 80", "localhost:80"),
        (Connect, "80", "localhost:80"),
        (Listen, "80", ":80"),
        (Listen, ":80", ":80"),
        (Listen, ":0", ":0"),
        (Listen, "0", ":0"),
        (Connect, "127.0.0.1:8080", "127.0.0.1:8080"),
        (Connect, "[::1]:80", "[::1]:80"),
        (Connect, "::1 80", "[::1]:80"),
        (Connect, "[::1] 80", "[::1]:80"),
        (Listen, "[::]:80", "[::]:80"),
        (Connect, "[FE80::1%eth0]:80", "[fe80::1%eth0]:80"),
        (Connect, "fe80::1%2 80", "[fe80::1%2]:80"),
        (Connect, "[::ffff:1.2.3.4]:80", "1.2.3.4:80"),
        (Connect, "::ffff:102:304 80", "1.2.3.4:80"),
        (Connect, "tls://example.org:443", "tls://example.org:443"),
        (Connect, "TLS://example.org 443", "tls://example.org:443"),
        (Connect, "tls://443", "tls://localhost:443"),
        (Listen, "tls://:443", "tls://:443"),
        (Listen, "tls://[::1]:443", "tls://[::1]:443"),
        (Connect, "tls://unix:443", "tls://unix:443"),
        (Connect, "tcp://example.org:80", "example.org:80"),
        (Connect, "unix 80", "tcp://unix:80"),
        (Connect, "my_host.example.:80", "my_host.example.:80"),
        (Connect, "münchen.example:80", "münchen.example:80"),
        (Connect, "例え.テスト:80", "例え.テスト:80"),
        (Connect, "127.1:080", "127.1:80"),
        (Connect, "unix:/run/my.sock", "unix:/run/my.sock"),
        (Connect, "unix:///run/my.sock", "unix:///run/my.sock"),
        (Listen, "unix:here/你:80", "unix:here/你:80"),
        (Listen, "UNIX:@name", "unix:@name"),
    ] {
        assert_eq!(parse(text, role).map(|endpoint| endpoint.to_string()).as_deref(), Ok(printed), "{text}");
    }
}

#[test]
fn values_are_what_they_say() {
    let inet = |host, port| Ok(Endpoint::Inet { tls: false, host, port });
    assert_eq!(parse("80", Connect), inet(Host::Name("localhost".into()), 80));
    assert_eq!(parse("80", Listen), inet(Host::Any, 80));
    assert_eq!(parse("::ffff:1.2.3.4 80", Connect), inet(Host::V4(Ipv4Addr::new(1, 2, 3, 4)), 80));
    let address = "fe80::1".parse().unwrap();
    assert_eq!(
        parse("[fe80::1%eth0]:80", Connect),
        inet(Host::V6 { address, zone: Some("eth0".into()) }, 80)
    );
    for role in [Connect, Listen] {
        let unix = |word| Endpoint::parse_word(word, role);
        assert_eq!(unix("unix:a b"), Ok(Endpoint::Unix(UnixName::Path("a b".into()))));
        assert_eq!(unix("unix:@a b"), Ok(Endpoint::Unix(UnixName::Abstract("a b".into()))));
    }
}

/// Each text with what is said of it: the place, what is wrong, and the way out.
fn refused(table: &[(Role, &str, &str)]) {
    for (role, text, message) in table {
        assert_eq!(parse(text, *role).unwrap_err().to_string(), *message, "{text:?}");
    }
}

#[test]
fn an_endpoint_has_a_host() {
    refused(&[
        (Connect, "", "column 1: there is no endpoint; write `host:port`, such as `localhost:80`"),
        (Connect, ":80", "column 1: there is no host to connect to; write `localhost:80` for this machine"),
        (
            Connect,
            "tls://:443",
            "column 7: there is no host to connect to; write `tls://localhost:443` for this machine",
        ),
        (Connect, " 80", "column 1: there is no host to connect to; write `localhost:80` for this machine"),
        (Listen, "*:80", "column 1: `*` is no host; write `:80`"),
        (Connect, "* 80", "column 1: `*` is no host; write `localhost:80`"),
        (
            Connect,
            "a 80 90",
            "column 6: `90` is one word too many; an endpoint is `host:port`, or the two words `host port`",
        ),
    ]);
    let none: [&str; 0] = [];
    assert_eq!(Endpoint::parse(&none, Connect), Endpoint::parse_word("", Connect));
}

#[test]
fn a_port_is_a_number() {
    refused(&[
        (
            Connect,
            "localhost",
            "column 10: `localhost` has no port; write `localhost:PORT`, such as `localhost:80`",
        ),
        (
            Connect,
            "localhost:",
            "column 11: `localhost` has no port; write `localhost:PORT`, such as `localhost:80`",
        ),
        (
            Connect,
            "tls://[::1]",
            "column 12: `tls://[::1]` has no port; write `tls://[::1]:PORT`, such as `tls://[::1]:443`",
        ),
        (
            Connect,
            "fe80::1",
            "column 8: `[fe80::1]` has no port; write `[fe80::1]:PORT`, such as `[fe80::1]:80`",
        ),
        (Listen, "host:http", "column 6: the port `http` is not a number; write its number, such as `80`"),
        (
            Connect,
            "host redis",
            "column 6: the port `redis` is not a number; write its number, such as `6379`",
        ),
        (Connect, "host:-1", "column 6: the port `-1` is not a number; write its number, such as `80`"),
        (Connect, "70000", "column 1: the port 70000 is too large; ports go up to 65535"),
        (Connect, "你:65536", "column 3: the port 65536 is too large; ports go up to 65535"),
        (
            Connect,
            "host 0",
            "column 6: port 0 cannot be connected to; write the port that the server listens on, 1 to 65535",
        ),
        (Connect, "host:80 90", "column 9: `host:80` has a port already; leave out the second one"),
    ]);
}

#[test]
fn a_url_is_told_its_endpoint() {
    refused(&[
        (
            Connect,
            "http://host:80/path",
            "column 1: raccord speaks TCP and TLS, not `http://`; write `host:80`",
        ),
        (
            Connect,
            "https://me:secret@host/?q",
            "column 1: raccord speaks TCP and TLS, not `https://`; write `tls://host:443`",
        ),
        (Connect, "ws://[::1] 81", "column 1: raccord speaks TCP and TLS, not `ws://`; write `[::1]:81`"),
        (Connect, "http://", "column 1: raccord speaks TCP and TLS, not `http://`; write `host:port`"),
        (
            Connect,
            "host:80/path",
            "column 8: `/path` is not part of an endpoint, for raccord speaks TCP, not what runs over it; write `host:80`",
        ),
    ]);
}

#[test]
fn ipv6_is_told_its_brackets() {
    refused(&[
        (
            Connect,
            "[::1",
            "column 1: the bracket is not closed; write an IPv6 address and its port as in `[::1]:80`",
        ),
        (
            Connect,
            "[::1]80",
            "column 6: `80` stands behind the bracket; write a colon and a port there, as in `[::1]:80`",
        ),
        (
            Connect,
            "[host]:80",
            "column 2: `host` is no IPv6 address; write only those in brackets, as in `[::1]:80`",
        ),
        (
            Connect,
            "[::1%]:80",
            "column 5: `%` is no zone; write the name of an interface behind an IPv6 address, as in `[fe80::1%eth0]:80`",
        ),
        (
            Connect,
            "::1:80",
            "column 1: `::1:80` can be read in two ways; write `[::1]:80` for the address and its port, or `[::1:80]:PORT` if it is all address",
        ),
        (
            Connect,
            "fe80::1%eth0:80",
            "column 1: an IPv6 address with a port needs brackets; write `[fe80::1%eth0]:80`",
        ),
        (
            Listen,
            "tls://:::443",
            "column 7: an IPv6 address with a port needs brackets; write `tls://[::]:443`",
        ),
        (
            Connect,
            "a:b:80",
            "column 1: `a:b:80` has too many colons, and is no IPv6 address; write `host:port`, or `[::1]:80` for IPv6",
        ),
    ]);
}

#[test]
fn a_name_is_one_a_resolver_could_know() {
    refused(&[
        (
            Connect,
            "80 90",
            "column 1: the host `80` is only a number; write a name or an address, such as `127.0.0.1`",
        ),
        (
            Connect,
            "1.2.3.256:80",
            "column 1: `1.2.3.256` is no IPv4 address; write four numbers from 0 to 255 without leading zeros, such as `127.0.0.1`",
        ),
        (
            Connect,
            "a..b:80",
            "column 1: a part of the name `a..b` is empty; write at least one letter or digit between dots, such as `a.example`",
        ),
        (
            Connect,
            "me@host:80",
            "column 3: `@` cannot stand in a host name; write letters, digits, `-`, `_` and `.`",
        ),
        (
            Connect,
            "ho\u{202e}st:80",
            r"column 3: `\u{202e}` cannot stand in a host name; write letters, digits, `-`, `_` and `.`",
        ),
        (
            Connect,
            "host:\t80",
            r"column 6: `\t` cannot stand in an endpoint; write `host:port` without blanks",
        ),
    ]);
}

#[test]
fn a_unix_socket_has_a_name() {
    refused(&[
        (
            Connect,
            "unix:",
            "column 6: the name of the Unix socket is missing; write a path, as in `unix:/tmp/socket`, or `unix:@name`",
        ),
        (
            Connect,
            "unix:@",
            "column 7: the name of the Unix socket is missing; write a path, as in `unix:/tmp/socket`, or `unix:@name`",
        ),
        (Connect, "unix:a\0b", "column 7: a NUL cannot stand in the name of a Unix socket; leave it out"),
        (Connect, "unix://a/b", "column 6: `unix://` says nothing about the path; write `unix:a/b`"),
        (
            Connect,
            "unix:a b",
            "column 8: a Unix socket is one word and has no port; leave out `b`, or quote a path with blanks",
        ),
        (Connect, "tls://unix:/a", "column 1: TLS over a Unix socket is not possible; write `unix:/a`"),
    ]);
}

#[test]
fn one_endpoint_is_enough() {
    for (words, second) in [
        ("unix:a unix:b", Some("unix:b")),
        ("unix:@a host:80", Some("host:80")),
        ("host:80 unix:b", Some("unix:b")),
        ("8080 unix:b", Some("unix:b")),
        ("8080 :8081", Some(":8081")),
        ("host:80 tls://host:443", Some("tls://host:443")),
        ("unix:a 80", None),
        ("unix:a b", None),
        ("host:80 90", None),
        ("80 90", None),
    ] {
        let said = Endpoint::parse(&words.split(' ').collect::<Vec<_>>(), Listen).unwrap_err().to_string();
        match second {
            Some(second) => assert!(said.contains(&format!("`{second}` is a second endpoint, ")), "{said}"),
            None => assert!(!said.contains("second endpoint"), "{said}"),
        }
    }
}

#[test]
fn a_name_without_unix_is_told_its_endpoint() {
    let offered = |word: &str, column: usize, offer: &str| {
        let said = Endpoint::parse(&word.split('|').collect::<Vec<_>>(), Listen).unwrap_err().to_string();
        let expected =
            format!("column {column}: `{}` has no port, and is no host; write `{offer}` ", &offer[5..]);
        assert!(said.starts_with(&expected), "{said}");
        assert!(Endpoint::parse_word(offer, Listen).is_ok(), "{offer}");
    };
    for (word, offer) in [
        ("/tmp/a.sock", "unix:/tmp/a.sock"),
        ("./a.sock", "unix:./a.sock"),
        ("a/b", "unix:a/b"),
        ("~/a:b", "unix:~/a:b"),
        ("/tmp/a b", "unix:/tmp/a b"),
        ("///a", "unix:///a"),
        ("@abs", "unix:@abs"),
        ("@a/b:1", "unix:@a/b:1"),
        ("/tmp/a.sock|80", "unix:/tmp/a.sock"),
    ] {
        offered(word, 1, offer);
    }
    for (word, problem) in [
        ("//a", "`/` cannot stand in a host name"),
        ("@", "`@` cannot stand in a host name"),
        ("a.sock", "`a.sock` has no port"),
        ("host:80/path", "`/path` is not part of an endpoint"),
        ("http://host/", "raccord speaks TCP and TLS, not `http://`"),
        ("tcp:///a", "`/` cannot stand in a host name"),
    ] {
        let said = Endpoint::parse_word(word, Connect).unwrap_err().to_string();
        assert!(said.contains(problem), "{said}");
    }
}

fn host() -> impl Strategy<Value = Host> {
    let zone = prop::option::of("[a-z0-9.-]{1,8}");
    prop_oneof![
        Just(Host::Any),
        prop_oneof!["[A-Za-z_][A-Za-z0-9_-]{0,8}([.][a-zé文0-9]{1,4}){0,3}[.]?", "(unix|tls|tcp)"]
            .prop_map(Host::Name),
        any::<u32>().prop_map(|bits| Host::V4(bits.into())),
        (any::<u128>(), 0..128_u32, zone)
            .prop_map(|(bits, shift, zone)| (Ipv6Addr::from(bits >> shift), zone))
            .prop_filter("mapped addresses are IPv4", |(address, _)| address.to_ipv4_mapped().is_none())
            .prop_map(|(address, zone)| Host::V6 { address, zone }),
    ]
}

fn endpoint() -> impl Strategy<Value = Endpoint> {
    prop_oneof![
        4 => (any::<bool>(), host(), any::<u16>()).prop_map(|(tls, host, port)| Endpoint::Inet { tls, host, port }),
        1 => "[^@/\0]\\PC{0,12}|/[^/\0]\\PC{0,12}".prop_map(|path| Endpoint::Unix(UnixName::Path(path))),
        1 => "\\PC{1,12}".prop_map(|name| Endpoint::Unix(UnixName::Abstract(name))),
    ]
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(endpoint in endpoint()) {
        prop_assert_eq!(Endpoint::parse_word(&endpoint.to_string(), Listen), Ok(endpoint.clone()));
        if !matches!(endpoint, Endpoint::Inet { host: Host::Any, .. } | Endpoint::Inet { port: 0, .. }) {
            prop_assert_eq!(Endpoint::parse_word(&endpoint.to_string(), Connect), Ok(endpoint));
        }
    }

    #[test]
    fn no_words_panic_and_columns_are_inside(
        words in prop::collection::vec(r"((tls|tcp|http|unix)(:|://))?([\[\]:%.*@/ 0-9a-f]|::|localhost|80|\PC){0,8}", 0..4),
    ) {
        for role in [Connect, Listen] {
            match Endpoint::parse(&words, role) {
                Ok(endpoint) => prop_assert_eq!(Endpoint::parse_word(&endpoint.to_string(), role), Ok(endpoint)),
                Err(error) => {
                    prop_assert!((1..=words.join(" ").chars().count() + 1).contains(&error.column), "{error}");
                    prop_assert!(!error.to_string().contains(char::is_control), "{error:?}");
                }
            }
        }
    }

    #[test]
    fn what_an_error_offers_is_an_endpoint(
        word in r"(tls://|http://|wss://)?(::1|fe80::1%eth0|\*|host|\[::2\]|a@b|@|@a|/|//|/a|)(:|:80|:http|:80/x|:70000)?",
    ) {
        for role in [Connect, Listen] {
            let Err(error) = Endpoint::parse_word(&word, role) else { continue };
            let message = error.to_string();
            let (_, remedy) = message.split_once("write `").unwrap_or_default();
            let offer = remedy.split('`').next().unwrap_or_default().replace("PORT", "1").replace("host:port", "host:1");
            if offer.contains(':') {
                prop_assert!(Endpoint::parse_word(&offer, role).is_ok(), "{message}");
            }
        }
    }
}
