//! What each output looks like: snapshots, with times, ports and durations replaced.

use std::io::Write;
use std::net::Shutdown;

use crate::harness::{Ran, accept, peer, raccord, read_all, read_exact, server};

/// What the peer says in turn, in GBK: two lines of text; bytes that are none beside a backslash and a control
/// sequence; text that ends within a character.
const SAID: [&[u8]; 3] = [
    b"Bonjour \xc4\xe3\xba\xc3\r\n\xb5\xda\xb6\xfe\xd0\xd0\n",
    b"caf\xa8\xa6 \xff \\ \x1b[31mred",
    b"\xd4\xd9\xbc\xfb\xc4",
];

/// What raccord answers each time.
const ANSWER: &str = "ok,  Le problème est en cours ...";

/// A GBK server that is told [`SAID`], one message after the other, with these options.
fn conversation(options: &[&str]) -> Ran {
    let words = ["listen", "127.0.0.1:0", "--once", "-E", "gbk", "--reply", ANSWER];
    let server = raccord(words.iter().chain(options)).start();
    let mut peer = server.dial();
    for said in SAID {
        peer.write_all(said).unwrap();
        read_exact(&peer, ANSWER.chars().count() + 1); // è is two bytes, the rest is ASCII
    }
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&peer), b"", "nothing but the answers");
    server.ended().expect(0)
}

#[test]
fn text() {
    insta::assert_snapshot!(settled(&conversation(&["-o", "text"]).out()));
}

#[test]
fn hex() {
    let dash_x = settled(&conversation(&["-x"]).out());
    assert_eq!(dash_x, settled(&conversation(&["-o", "hex"]).out()));
    insta::assert_snapshot!(dash_x);
}

#[test]
fn json() {
    let both = settled(&conversation(&["-o", "json"]).out());
    assert_eq!(both, settled(&conversation(&["-o", "json", "--json-data", "both"]).out()));
    insta::assert_snapshot!(both);
}

#[test]
fn json_carries_the_data_that_was_asked_for() {
    for data in ["hex", "text", "none"] {
        let json = settled(&conversation(&["-o", "json", "--json-data", data]).out());
        insta::assert_snapshot!(format!("json_data_{data}"), json);
    }
}

#[test]
fn json_tells_a_start_that_fails_on_both_outputs() {
    let (listener, address) = server();
    drop(listener);
    let ran = raccord(["connect", &address.to_string(), "-o", "json"]).run().expect(1);
    insta::assert_snapshot!(settled(&format!("{}---\n{}", ran.out(), ran.err())));
}

#[test]
fn a_message_over_64_kib_comes_in_parts() {
    const LENGTH: usize = 80_001;
    // 啊, two bytes in GBK, stands across byte 65,536
    let answer = format!("x{}", "啊".repeat(LENGTH / 2));
    let server =
        raccord(["listen", "127.0.0.1:0", "--once", "-o", "json", "-E", "gbk", "--reply", &answer]).start();
    let mut peer = server.dial();
    peer.write_all(b"?").unwrap();
    read_exact(&peer, LENGTH);
    drop(peer);
    let sent: Vec<_> =
        server.ended().expect(0).events().into_iter().filter(|event| event["event"] == "sent").collect();

    let fields = |name: &str| sent.iter().map(|event| event[name].clone()).collect::<Vec<_>>();
    assert_eq!(fields("part"), [0, 1]);
    assert_eq!(fields("last"), [false, true]);
    assert_eq!(fields("offset"), [0, 65_536]);
    assert_eq!(fields("bytes"), [65_536, LENGTH - 65_536]);
    let texts: Vec<_> = sent.iter().map(|event| event["text"].as_str().unwrap()).collect();
    assert_eq!(texts.concat(), answer);
    assert!(texts[1].starts_with("啊"), "a character belongs to the part in which its last byte is");
}

#[test]
fn stdout_has_the_bytes_and_stderr_the_rest() {
    let said = SAID.concat();
    let raw = conversation(&["-o", "raw"]);
    assert_eq!(raw.stdout, said);
    insta::assert_snapshot!("stderr_of_raw", settled(&raw.err()));

    let verbose = conversation(&["-o", "raw", "-v"]);
    assert_eq!(verbose.stdout, said);
    insta::assert_snapshot!("stderr_of_raw_verbose", settled(&verbose.err()));

    let quiet = conversation(&["-q"]);
    assert_eq!((quiet.out(), quiet.err()), (String::new(), String::new()));
}

#[test]
fn converted_output_is_the_text_and_a_warning_about_what_was_none() {
    let server = raccord(["listen", "127.0.0.1:0", "--once", "-E", "gbk", "--discard"]).start();
    let mut peer = server.dial();
    peer.write_all(&SAID.concat()).unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    read_all(&peer);
    let ran = server.ended().expect(1);
    assert_eq!(ran.out(), "Bonjour 你好\r\n第二行\ncafé \\xff \\ \u{1b}[31mred再见\\xc4");
    insta::assert_snapshot!(settled(&ran.err()));
}

#[test]
fn explain_tells_each_call_of_a_server() {
    insta::assert_snapshot!(explained(&conversation(&["--explain", "-o", "raw"]).err()));
}

#[test]
fn explain_tells_each_call_of_a_client() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "--explain", "--send", "hello"]).start();
    let mut peer = accept(&listener);
    assert_eq!(read_all(&peer), b"hello");
    peer.write_all(b"world").unwrap();
    client.stdout.wait_for_text("world");
    drop(peer);
    insta::assert_snapshot!(explained(&client.ended().expect(0).err()));
}

#[test]
fn color_always() {
    insta::assert_snapshot!(settled(&conversation(&["-o", "text", "--color", "always"]).out()));
}

#[test]
fn colour_is_where_it_is_wanted() {
    let piped = |options: &[&str]| conversation(&[&["-o", "text"], options].concat()).out();
    assert!(!piped(&[]).contains(COLOUR), "auto, no terminal");
    assert!(!piped(&["--color", "never"]).contains(COLOUR), "never");

    for (option, variable, colours) in [
        ("auto", ("TERM", "xterm"), true),
        ("auto", ("NO_COLOR", ""), true),
        ("auto", ("NO_COLOR", "1"), false),
        ("auto", ("TERM", "dumb"), false),
        ("never", ("TERM", "xterm"), false),
        ("always", ("NO_COLOR", "1"), true),
        ("always", ("TERM", "dumb"), true),
    ] {
        let shown = on_a_terminal(option, variable);
        assert!(shown.contains("hello"), "{shown}");
        assert_eq!(shown.contains(COLOUR), colours, "{option} with {variable:?}: {shown}");
    }
}

const COLOUR: &str = "\u{1b}[";

/// What a client shows of the word `hello` on a terminal, which `script` provides.
fn on_a_terminal(color: &str, (name, value): (&str, &str)) -> String {
    let (listener, address) = server();
    let command = format!("{} connect {address} --no-stdin --color {color}", crate::harness::binary());
    let terminal =
        peer("script", ["-qec", &command, "/dev/null"]).env("TERM", "xterm").env(name, value).start();
    accept(&listener).write_all(b"hello").unwrap();
    terminal.ended().expect(0).out()
}

#[test]
fn help_fits_80_columns() {
    let commands = ["connect", "listen", "port", "tour", "encodings", "completions", "man"].map(Some);
    for command in commands.into_iter().chain([None]) {
        for option in ["-h", "--help"] {
            let words = command.into_iter().chain([option]);
            let help = raccord(words).env("COLUMNS", "80").run().expect(0).out();
            let widest = help.lines().max_by_key(|line| line.chars().count()).unwrap();
            assert!(widest.chars().count() <= 80, "{widest}");
            // the prompt takes the last line of a screen
            assert!(option == "--help" || help.lines().count() <= 23, "{help}");
            let name = ["help", command.unwrap_or("raccord"), option.trim_start_matches('-')].join("_");
            insta::assert_snapshot!(name, help);
        }
    }
}

/// The same without what differs from run to run: ports (numbered as they come), times, durations, descriptors.
fn settled(text: &str) -> String {
    let text = replace_after(text, "127.0.0.1:", |c| c.is_ascii_digit(), numbering("PORT"));
    let text = replace_after(&text, "\"time\":\"", |c| c != '"', |_| "TIME".into());
    let text = replace_after(&text, "\"duration_ms\":", |c| !",}".contains(c), |_| "DURATION".into());
    let text = replace_after(&text, "SOCK_STREAM) = ", |c| c.is_ascii_digit(), |_| "FD".into());
    text.lines().map(|line| without_duration(line) + "\n").collect()
}

/// The narration of `--explain` without what differs: sockets; states, for the peer goes on meanwhile (`explain.rs` tests
/// them), and with them what is left after `close`; and reads that came too early.
fn explained(text: &str) -> String {
    let text = replace_after(&settled(text), "(", |c| c.is_ascii_digit(), |number| fd(number).into());
    let text = replace_after(&text, "accept(FD) = ", |c| c.is_ascii_digit(), |_| "FD".into());
    let mut skips = false;
    let mut kept = String::new();
    for line in text.lines() {
        let is_call = line.contains(") = ");
        if is_call {
            skips = line.contains("EAGAIN");
        }
        let pieces: Vec<_> = line.split(" · ").filter(|piece| !are_states(piece)).collect();
        if !skips && !pieces.is_empty() {
            kept += &(pieces.join(" · ") + "\n");
        }
        skips |= is_call && line.contains("#1 close(");
    }
    kept
}

fn fd(number: &str) -> &str {
    if number.is_empty() { "" } else { "FD" }
}

fn are_states(piece: &str) -> bool {
    ["both ends ", "here ", "there "].iter().any(|start| piece.trim_start().starts_with(start))
}

/// Each different word as a number, in the order in which they come.
fn numbering(name: &str) -> impl FnMut(&str) -> String {
    let mut seen = Vec::new();
    move |word| {
        if word == "0" {
            return word.to_owned(); // any free port, before the system chose one
        }
        let known = seen.iter().position(|other| other == word);
        let number = known.unwrap_or_else(|| {
            seen.push(word.to_owned());
            seen.len() - 1
        });
        format!("{name}{}", number + 1)
    }
}

/// Replaces what follows each `mark` for as long as its characters are of one sort.
fn replace_after(
    text: &str,
    mark: &str,
    sort: impl Fn(char) -> bool,
    mut by: impl FnMut(&str) -> String,
) -> String {
    let mut pieces = text.split(mark);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |settled, piece| {
        let end = piece.find(|c| !sort(c)).unwrap_or(piece.len());
        settled + mark + &by(&piece[..end]) + &piece[end..]
    })
}

/// `1.2 ms` between two dots, or after the last, is `DURATION`.
fn without_duration(line: &str) -> String {
    let is_duration = |piece: &str| {
        let (number, unit) = piece.trim_start().split_once(' ').unwrap_or_default();
        number.parse::<f64>().is_ok() && ["µs", "ms", "s"].contains(&unit)
    };
    let pieces = line.split(" · ").map(|piece| if is_duration(piece) { "DURATION" } else { piece });
    pieces.collect::<Vec<_>>().join(" · ")
}
