//! What the bytes of a peer look like: lines, what is no text, cut characters, and what would disturb a terminal.

use std::io::Write;
use std::net::TcpStream;

use crate::harness::{Ran, Running, accept, raccord, read_exact, server};

/// A client with these options, and its peer.
fn client(options: &[&str]) -> (Running, TcpStream) {
    let (listener, address) = server();
    let address = address.to_string();
    let words = ["connect", &address].into_iter().chain(options.iter().copied());
    let client = raccord(words).open_stdin().start();
    (client, accept(&listener))
}

/// What raccord makes of a peer that writes these pieces: each is one read.
fn shown(options: &[&str], pieces: &[&[u8]]) -> Ran {
    let (client, mut peer) = client(&[options, &["--no-stdin", "--explain"]].concat());
    for (number, piece) in pieces.iter().enumerate() {
        peer.write_all(piece).unwrap();
        client.stderr.wait_for(|err| reads(&String::from_utf8_lossy(err)) > number);
    }
    drop(peer);
    client.ended()
}

/// How many reads gave something, as the narration tells them.
fn reads(narration: &str) -> usize {
    narration.lines().filter(|line| line.contains("#1 recv(") && !line.contains("EAGAIN")).count()
}

/// The warnings and errors, without the narration.
fn complaints(ran: &Ran) -> String {
    ran.err().lines().filter(|line| line.starts_with("raccord: ")).collect::<Vec<_>>().join("\n")
}

/// Text output without what varies: addresses and durations.
fn steady(ran: &Ran) -> String {
    let out = ran.out();
    let lines = out.lines().map(|line| match line.split_once(" connected · ") {
        Some(_) => "#1 PEER connected · here OURS".to_owned(),
        None => match line.rsplit_once(" out · ") {
            Some((start, _)) => format!("{start} out · TIME"),
            None => line.to_owned(),
        },
    });
    lines.collect::<Vec<_>>().join("\n")
}

const NO_TEXT: &[u8] = b"ok \xff\xfe caf\xc3\xa9 \\xff\n";

#[test]
fn bytes_that_are_no_text_are_content_in_text_output() {
    let ran = shown(&["-o", "text"], &[NO_TEXT]).expect(0);
    assert!(ran.out().contains("#1 ↓ 17 bytes  ok \\xff\\xfe café \\\\xff\n"), "{}", ran.out());
    assert_eq!(complaints(&ran), "");
}

#[test]
fn bytes_that_are_no_text_are_dots_beside_their_hex() {
    let ran = shown(&["-x"], &[NO_TEXT]).expect(0);
    assert!(
        ran.out()
            .contains("00000000  6f 6b 20 ff fe 20 63 61  66 c3 a9 20 5c 78 66 66  |ok .. café \\xff|\n")
    );
    assert_eq!(complaints(&ran), "");
}

#[test]
fn bytes_that_are_no_text_are_null_in_json_beside_their_hex() {
    let ran = shown(&["-o", "json"], &[NO_TEXT, b"fine"]).expect(0);
    let received: Vec<_> = ran.events().into_iter().filter(|event| event["event"] == "received").collect();
    assert_eq!(received[0]["hex"], "6f6b20fffe20636166c3a9205c7866660a");
    assert!(received[0].as_object().unwrap()["text"].is_null());
    assert_eq!(received[1]["text"], "fine");
    assert_eq!(complaints(&ran), "");
}

#[test]
fn raw_output_is_exact_whatever_comes() {
    let ran = shown(&["-o", "raw"], &[NO_TEXT, b"\x1b[2J\r\x00"]).expect(0);
    assert_eq!(ran.stdout, [NO_TEXT, b"\x1b[2J\r\x00"].concat());
}

/// In converted output bytes that are no text are `\xHH`, and one warning says how many, and where the first stood:
/// wherever the reads cut them.
#[test]
fn converted_output_tells_the_count_and_the_first_place_of_what_is_no_text() {
    let table: &[(&str, &[&[u8]], &str, &str)] = &[
        ("utf-8", &[b"ok\xff"], r"ok\xff", "1 byte was not utf-8, the first at offset 2"),
        (
            "utf-8",
            &[b"ab\xe4", b"\xbd", b"x\xff"],
            r"ab\xe4\xbdx\xff",
            "3 bytes were not utf-8, the first at offset 2",
        ),
        ("utf-8", &[b"\xff", b"\xff"], r"\xff\xff", "2 bytes were not utf-8, the first at offset 0"),
        ("utf-8", &[b"abc\xe4\xbd"], r"abc\xe4\xbd", "2 bytes were not utf-8, the first at offset 3"),
        (
            "utf-8",
            &[b"ab\xf0", b"\x9f", b"\x98"],
            r"ab\xf0\x9f\x98",
            "3 bytes were not utf-8, the first at offset 2",
        ),
        ("gbk", &[b"ab\x81", b" c"], r"ab\x81 c", "1 byte was not gbk, the first at offset 2"),
        (
            "gb18030",
            &[b"a\x810", b"\x81", b"\n"],
            "a\\x810\\x81\n",
            "2 bytes were not gb18030, the first at offset 1",
        ),
        (
            "utf-16le",
            &[b"\x60\x4f\x00\xd8", b"\x41\x00"],
            r"你\x00\xd8A",
            "2 bytes were not utf-16le, the first at offset 2",
        ),
        ("shift_jis", &[b"\x82", b"\xa0\xff"], r"あ\xff", "1 byte was not shift_jis, the first at offset 2"),
    ];
    for (encoding, pieces, text, warning) in table {
        let ran = shown(&["-E", encoding], pieces).expect(1);
        assert_eq!(ran.out(), *text, "{encoding} {pieces:?}");
        assert_eq!(complaints(&ran), format!("raccord: warning: {warning}: shown as \\xHH"));
    }
}

#[test]
fn converted_output_changes_nothing_but_the_encoding() {
    let ran = shown(&["-E", "gbk"], &[b"C:\\\r\n\x1b[0m \xc4", b"\xe3\xba", b"\xc3"]).expect(0);
    assert_eq!(ran.out(), "C:\\\r\n\u{1b}[0m 你好");
    assert_eq!(complaints(&ran), "");
}

#[test]
fn a_character_belongs_to_the_read_in_which_its_last_byte_came() {
    let ran = shown(&["-o", "json", "-E", "gbk"], &[b"a\xc4", b"\xe3b"]).expect(0);
    let texts: Vec<_> = ran.events().into_iter().filter_map(|event| event.get("text").cloned()).collect();
    assert_eq!(texts, ["a", "你b"]);
    let ran = shown(&["-o", "text", "-E", "gbk"], &[b"a\xc4", b"\xe3b"]).expect(0);
    assert!(ran.out().contains("#1 ↓ 2 bytes  a\n#1 ↓ 2 bytes  你b\n"), "{}", ran.out());
}

#[test]
fn a_character_that_the_end_cuts_is_shown_with_the_end() {
    let ran = shown(&["-o", "json"], &[b"ok\xe4\xbd"]).expect(0);
    assert_eq!(ran.events().last().unwrap()["pending"], "e4bd");
    for format in ["text", "hex"] {
        let ran = shown(&["-o", format], &[b"ok\xe4\xbd"]).expect(0);
        assert!(ran.out().ends_with(" · ↓ cut within a character: \\xe4\\xbd\n"), "{}", ran.out());
    }
}

/// Says one line after the other: `>` lines are typed, `<` lines come from the peer.
fn dialogue(lines: &[(char, &str)]) -> String {
    let (mut client, mut peer) = client(&["-o", "text"]);
    for (number, (who, line)) in lines.iter().enumerate() {
        if *who == '<' {
            peer.write_all(line.as_bytes()).unwrap();
        } else {
            client.stdin.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
            assert_eq!(read_exact(&peer, line.len()), line.as_bytes());
        }
        let arrows = |out: &[u8]| String::from_utf8_lossy(out).matches(['↑', '↓']).count();
        client.stdout.wait_for(|out| arrows(out) > number);
    }
    drop(peer);
    client.stdout.wait_for_text("↓ ended");
    steady(&client.ended().expect(0))
}

#[test]
fn http_reads_well() {
    let said = dialogue(&[
        ('>', "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        (
            '<',
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 17\r\n\r\nDéjà vu,\nmonde",
        ),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn smtp_reads_well() {
    let said = dialogue(&[
        ('<', "220 mail.example ESMTP\r\n"),
        ('>', "EHLO client.example\r\n"),
        ('<', "250-mail.example\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n"),
        ('>', "QUIT\r\n"),
        ('<', "221 2.0.0 Bye\r\n"),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn redis_reads_well() {
    let said = dialogue(&[
        ('>', "*2\r\n$3\r\nGET\r\n$4\r\nname\r\n"),
        ('<', "$7\r\nraccord\r\n"),
        ('>', "PING\r\n"),
        ('<', "+PONG\r\n"),
        ('<', "$-1\r\n"),
    ]);
    insta::assert_snapshot!(said);
}

/// What a peer may send to clear a screen, to retitle a window, to hide or reorder text, or to write over a line.
const TRICKS: &[&str] = &[
    "\u{1b}[2J\u{1b}[31mred",
    "\u{1b}]0;title\u{7}",
    "\u{9b}31m\u{90}q\u{9c}",
    "right\rwrong",
    "a\u{8}b\u{7f}c\u{0}d\u{b}e\u{c}f\u{e}g",
    "\u{202e}gpj.exe\u{2066}x\u{2069}\u{200f}",
    "a\u{2028}b\u{feff}c\u{ad}d\u{e0041}e",
];

#[track_caller]
fn harmless(output: &[u8], what: &str) {
    let text = str::from_utf8(output).expect("UTF-8");
    let harmful = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..)
    };
    assert!(!text.contains(harmful), "{what}: {text:?}");
}

#[test]
fn no_terminal_control_of_a_peer_is_shown_raw() {
    let utf8: Vec<&[u8]> = TRICKS.iter().map(|trick| trick.as_bytes()).collect();
    let cut: &[&[u8]] = &[b"\x1b", b"[2J\xc2", b"\x9b31m\xe2\x80", b"\xae\r", b"\n\x9b31m\xff\x1b"];
    for format in ["text", "hex", "json"] {
        for encoding in ["utf-8", "latin1", "gbk"] {
            for pieces in [&utf8, cut] {
                let ran = shown(&["-o", format, "-E", encoding], pieces).expect(0);
                harmless(&ran.stdout, format);
                harmless(&ran.stderr, format);
            }
        }
    }
}

#[test]
fn json_says_the_same_in_escapes() {
    let pieces: Vec<&[u8]> = TRICKS.iter().map(|trick| trick.as_bytes()).collect();
    let ran = shown(&["-o", "json"], &pieces).expect(0);
    let texts: Vec<_> =
        ran.events().iter().filter_map(|event| Some(event["text"].as_str()?.to_owned())).collect();
    // how many reads they come in is the system's affair
    assert_eq!(texts.concat(), TRICKS.concat());
}

#[test]
fn what_a_program_prints_is_as_harmless() {
    for format in ["text", "hex", "json", "raw"] {
        let program = r"printf '\033[2J\302\2331mx\342\200\256\r\ny\n'; printf '\033]0;t\007' >&2";
        let ran = raccord(["listen", "127.0.0.1:0", "-o", format, "--run", program]).run().expect(0);
        harmless(&ran.stdout, format);
        harmless(&ran.stderr, format);
        let both = [ran.out(), ran.err()].concat();
        assert!(both.contains("[2J") && both.contains("]0;t"), "{format}: {both}");
    }
}
