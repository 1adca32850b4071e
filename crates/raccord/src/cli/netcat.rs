//! What users of netcat, ncat and socat type: told in one sentence what raccord's word for it is.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, parser::ValueSource};
use raccord_core::encoding::Encoding;
use raccord_core::endpoint::{Endpoint, Role};
use raccord_core::notation::visible::harmless;

use super::Wrong;
use super::mistake::for_a_shell;

/// The word, if there is one, that stands where netcat's `-q` and `-x` have their value.
///
/// In a command it must be declared before the endpoint and the letters, for clap takes what it gives away.
#[derive(Clone, Debug, Default)]
pub(super) struct Behind(Option<(char, String)>);

impl FromArgMatches for Behind {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let places = matches.indices_of("endpoint").into_iter().flatten();
        let words = matches.get_many::<String>("endpoint").into_iter().flatten();
        let words: Vec<_> = places.zip(words).collect();
        if words.len() < 2 {
            return Ok(Self(None));
        }
        let behind = |id: &str| {
            let typed = matches.value_source(id) == Some(ValueSource::CommandLine);
            let place = matches.index_of(id).filter(|_| typed)?;
            words.iter().find(|(at, _)| *at == place + 1).map(|(_, word)| (*word).clone())
        };
        let letters = [('q', "quiet"), ('x', "hex")];
        Ok(Self(letters.into_iter().find_map(|(letter, id)| Some((letter, behind(id)?)))))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Behind {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

/// Reads an endpoint, unless the words are netcat's or socat's.
pub(super) fn endpoint(words: &[String], behind: &Behind, role: Role) -> Result<Endpoint, Wrong> {
    if let Some(sentence) = socat(words) {
        return Err(Wrong(sentence));
    }
    if let Some((letter, word)) = &behind.0 {
        return Err(Wrong(value_behind(*letter, word)));
    }
    Ok(Endpoint::parse(words, role)?)
}

fn value_behind(letter: char, word: &str) -> String {
    let shown = harmless(word);
    match letter {
        'q' if word.parse::<f64>().is_ok() => format!(
            "`-q {shown}` is netcat's: raccord reads on until the peer ends, or for `--half-close-timeout {shown}` \
             (its own -q, which shows nothing but errors, stands behind the endpoint)"
        ),
        'q' => "`-q` takes no value (it shows nothing but errors): write it behind the endpoint".to_owned(),
        _ => format!(
            "`-x` takes no value (it shows the bytes in hex): write it behind the endpoint, and `-x > {shown}` \
             for netcat's `-x {shown}`, a dump in a file"
        ),
    }
}

/// `-o FILE`, where raccord has a format.
pub(super) fn output(value: &str, formats: &[&str]) -> String {
    format!(
        "`-o {value}`: there is no such format, one of {}; netcat's `-o FILE` will be `--record FILE`, which this \
         version does not have yet: write `-o raw > {value}`, or `-x > {value}` for a dump",
        formats.join(", ")
    )
}

/// An option of netcat, ncat or socat that raccord has under another name, or not.
pub(super) fn option(command: &str, typed: &str, words: &[String]) -> Option<String> {
    if !matches!(command, "connect" | "listen") {
        return None;
    }
    let value = value_of(typed, words).unwrap_or_default();
    let shown = harmless(value);
    Some(match typed {
        "-e" if Encoding::for_label(value).is_ok() => format!("did you mean `-E {shown}`, the encoding?"),
        "-c" if value.is_empty() || value.starts_with('-') => {
            "did you mean `-C`, which ends typed lines with CR LF?".to_owned()
        }
        "--sh-exec" | "--lua-exec" if command == "listen" => {
            "a program for each connection is `-e CMD`, or `-c CMD` by /bin/sh".to_owned()
        }
        "-e" | "-c" | "--exec" | "--sh-exec" | "--shell" | "--lua-exec" => {
            "only a server hands its connections to a program: `raccord listen PORT -e CMD`".to_owned()
        }
        "-p" | "--source-port" if command == "listen" => {
            let port = if value.parse::<u16>().is_ok() { value } else { "PORT" };
            format!("the port to listen on is the endpoint: write `raccord listen :{port}`")
        }
        "-l" | "--listen" => match first_port(words) {
            Some(port) => format!("to be the server, write `raccord listen {port}`"),
            None => "to be the server, write `raccord listen PORT`".to_owned(),
        },
        "-k" | "--keep-open" if command == "connect" => {
            "a server that serves one client after the other is `raccord listen PORT`, and a client that connects \
             again is `--reconnect DUR`"
                .to_owned()
        }
        "--keep-open" => "`raccord listen` serves one client after the other, unless `--once` is given".to_owned(),
        "-u" | "--udp" | "--sctp" => "raccord speaks over streams only: TCP and Unix sockets".to_owned(),
        "-U" | "--unixsock" => {
            let path = words.iter().find(|word| !word.starts_with('-'));
            let path = path.map_or_else(|| "PATH".to_owned(), harmless);
            format!("a Unix socket is an endpoint: write `raccord {command} unix:{path}`")
        }
        "--proxy" | "--proxy-type" => "raccord knows no proxies".to_owned(),
        "--send-only" => "write `-o raw > /dev/null` if what comes is of no interest".to_owned(),
        "--recv-only" => "write `--no-stdin`".to_owned(),
        "--crlf" => "write `-C`, the same as `--eol crlf`".to_owned(),
        "--nodns" => "write `-n`".to_owned(),
        "--wait" => "write `--connect-timeout DUR`".to_owned(),
        "--hex-dump" => "write `-x > FILE`".to_owned(),
        _ if typed.starts_with("--ssl") => ssl(typed, command).to_owned(),
        _ if is_q_seconds(typed, words) => {
            "`-q SECONDS` is netcat's: raccord reads on until the peer ends, or for `--half-close-timeout SECONDS`"
                .to_owned()
        }
        _ => return None,
    })
}

/// ncat's options of TLS.
fn ssl(typed: &str, command: &str) -> &'static str {
    match typed {
        "--ssl-cert" => "write `--tls-cert FILE`",
        "--ssl-key" => "write `--tls-key FILE`",
        "--ssl-alpn" => "write `--tls-alpn LIST`",
        "--ssl-trustfile" if command == "listen" => "write `--tls-client-ca FILE`",
        "--ssl-trustfile" => "write `--tls-ca FILE`",
        "--ssl-servername" => "write `--tls-name NAME`",
        "--ssl-verify" => "`--tls` checks the server, unless `--tls-insecure` is given",
        "--ssl-ciphers" => "raccord takes every safe cipher suite of TLS 1.2 and 1.3",
        _ => "write `--tls`",
    }
}

/// `-q1` or `-q -1`: clap stops at the number.
fn is_q_seconds(typed: &str, words: &[String]) -> bool {
    let is_number = typed.starts_with('-') && typed[1..].starts_with(|c: char| c.is_ascii_digit());
    is_number
        && words.iter().any(|word| !word.starts_with("--") && word.starts_with('-') && word.contains('q'))
}

/// What stands behind an option that raccord does not have: in its word, or in the next one.
fn value_of<'a>(typed: &str, words: &'a [String]) -> Option<&'a str> {
    let (at, within) = words.iter().enumerate().find_map(|(at, word)| {
        let within = match typed.strip_prefix("--") {
            Some(_) => word.strip_prefix(typed)?.trim_start_matches('='),
            None if word.starts_with("--") => return None,
            None => word.strip_prefix('-')?.split_once(&typed[1..])?.1,
        };
        Some((at, within))
    })?;
    if within.is_empty() { words.get(at + 1).map(String::as_str) } else { Some(within) }
}

fn first_port(words: &[String]) -> Option<String> {
    let port = words.iter().find(|word| word.trim_start_matches(':').parse::<u16>().is_ok());
    port.map(harmless)
}

/// Words that begin as netcat's do, without a command.
pub(super) fn without_command(words: &[String]) -> Option<String> {
    if let Some(sentence) = socat(words) {
        return Some(sentence);
    }
    let options: Vec<&str> = words.iter().filter(|word| word.starts_with('-')).map(String::as_str).collect();
    let listens =
        options.iter().any(|word| *word == "--listen" || (!word.starts_with("--") && word.contains('l')));
    if listens {
        let port = first_port(words).unwrap_or_else(|| "PORT".to_owned());
        return Some(format!("to be the server, write `raccord listen {port}`"));
    }
    let at = words.iter().position(|word| !word.starts_with('-'))?;
    let shown = harmless(words[at..].join(" "));
    let (first, second) = (words[at].as_str(), words.get(at + 1));
    let is_port = |word: &String| word.parse::<u16>().is_ok();
    if first.starts_with(':') && Endpoint::parse_word(first, Role::Listen).is_ok() {
        return Some(format!("to be the server, write `raccord listen {shown}`"));
    }
    if at == 0 && words.len() == 1 && is_port(&words[0]) {
        return Some(format!(
            "write `raccord listen {shown}` to be the server, or `raccord connect {shown}`"
        ));
    }
    let names_a_host = second.is_some_and(is_port) || Endpoint::parse_word(first, Role::Connect).is_ok();
    let given = options.is_empty() || first.contains(':') || second.is_some_and(is_port);
    (names_a_host && given)
        .then(|| format!("to be the client, write `raccord connect {}`", harmless(words.join(" "))))
}

/// The words of socat as raccord's.
fn socat(words: &[String]) -> Option<String> {
    let program = words.iter().find_map(|word| program(word, words));
    program.or_else(|| words.iter().find_map(|word| address(word)))
}

/// `EXEC:cat`, beside the address that it answers on.
fn program(word: &str, words: &[String]) -> Option<String> {
    let (kind, rest) = word.split_once(':')?;
    let option = match kind.to_ascii_uppercase().as_str() {
        "EXEC" => "-e",
        "SYSTEM" | "SHELL" => "-c",
        _ => return None,
    };
    // options stand behind a comma; a number is a port, of a host that is called so
    let command = rest.split(',').next().filter(|command| command.parse::<u16>().is_err())?;
    let mut addresses = words.iter().filter_map(|word| word.split_once(':'));
    let port = addresses.find(|(kind, _)| kind.to_ascii_uppercase().contains("-L"));
    let port = port.map_or("PORT", |(_, rest)| rest.split(',').next().unwrap_or_default());
    Some(format!(
        "`{}` is socat's: write `raccord listen {} {option} {}`",
        harmless(word),
        harmless(port),
        for_a_shell(command)
    ))
}

/// An address of socat as raccord's words.
fn address(word: &str) -> Option<String> {
    let (kind, rest) = word.split_once(':')?;
    let kind = kind.to_ascii_uppercase();
    let mut options = rest.split(',');
    let address = harmless(options.next()?);
    let has = |option: &str| rest.split(',').any(|word| word == option);
    let raccord = match kind.as_str() {
        "TCP" | "TCP-CONNECT" if address.contains(':') => format!("raccord connect {address}"),
        "TCP4" | "TCP4-CONNECT" if address.contains(':') => format!("raccord connect -4 {address}"),
        "TCP6" | "TCP6-CONNECT" if address.contains(':') => format!("raccord connect -6 {address}"),
        "TCP-LISTEN" | "TCP-L" | "TCP4-LISTEN" | "TCP4-L" | "TCP6-LISTEN" | "TCP6-L" => {
            let family = if kind.contains('4') {
                "-4 "
            } else if kind.contains('6') {
                "-6 "
            } else {
                ""
            };
            let bind = options.find_map(|option| option.strip_prefix("bind="));
            let bind = bind.map_or_else(String::new, |bind| harmless(bind) + ":");
            let once = if has("fork") { "" } else { " --once" };
            format!("raccord listen {family}{bind}{address}{once}")
        }
        "OPENSSL" | "SSL" | "OPENSSL-CONNECT" if address.contains(':') => {
            format!("raccord connect tls://{address}")
        }
        "OPENSSL-LISTEN" | "SSL-L" => {
            let once = if has("fork") { "" } else { " --once" };
            format!("raccord listen --tls {address}{once}")
        }
        // socat's `UNIX:path` is raccord's own endpoint
        "UNIX-CONNECT" | "UNIX-CLIENT" => format!("raccord connect unix:{address}"),
        "ABSTRACT" | "ABSTRACT-CONNECT" | "ABSTRACT-CLIENT" => format!("raccord connect unix:@{address}"),
        "UNIX-LISTEN" | "UNIX-L" | "ABSTRACT-LISTEN" => {
            let once = if has("fork") { "" } else { " --once" };
            let abstracts = if kind.starts_with('A') { "@" } else { "" };
            format!("raccord listen unix:{abstracts}{address}{once}")
        }
        "UDP" | "UDP4" | "UDP6" | "UDP-LISTEN" | "UDP-CONNECT"
            if address.contains(':') || kind.contains('-') =>
        {
            return Some(format!(
                "`{}` is socat's: raccord speaks over streams only: TCP and Unix sockets",
                harmless(word)
            ));
        }
        _ => return None,
    };
    Some(format!("`{}` is socat's: write `{raccord}`", harmless(word)))
}
