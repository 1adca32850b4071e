//! Messages: what is received is cut by `--frame`, shown, counted and answered; what is sent is made one.

use std::io::Write;
use std::net::Shutdown;

use crate::harness::{
    Running, accept, noise, peer, raccord, read_all, read_exact, server, stays_open, until,
};
use crate::tty::{Tty, leaves};

/// A server of one connection that tells what it receives in JSON.
fn listening(words: &[&str]) -> Running {
    raccord(["listen", "127.0.0.1:0", "--once", "-o", "json"]).with_words(words).start()
}

/// Each message that a server with these options received: its text, and whether it is unterminated.
#[track_caller]
fn received(words: &[&str], bytes: &[u8]) -> Vec<(String, bool)> {
    let server = listening(words);
    let mut client = server.dial();
    client.write_all(bytes).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    drop(read_all(&client));
    drop(client);
    let events = server.ended().expect(0).events();
    let received = events.iter().filter(|event| event["event"] == "received");
    let told = received.map(|event| {
        (event["text"].as_str().unwrap().to_owned(), event["unterminated"].as_bool().unwrap_or_default())
    });
    told.collect()
}

#[test]
fn each_framing_cuts_what_is_received_and_shows_its_payload() {
    for (framing, bytes, messages) in [
        ("line", &b"one\r\n\ntwo\nthree"[..], &["one", "", "two", "three"][..]),
        ("delim:0d0a2e", b"a\r\n.b\r\n.", &["a", "b"]),
        ("fixed:3", b"abcdef", &["abc", "def"]),
        ("len:u8", b"\x02hi\x00\x01x", &["hi", "", "x"]),
        ("len:u16be", b"\0\x02hi", &["hi"]),
        ("len:u32le", b"\x02\0\0\0hi", &["hi"]),
        ("len:u64be", b"\0\0\0\0\0\0\0\x02hi", &["hi"]),
        ("len:u16le+0", b"\x04\0hi", &["hi"]),
    ] {
        let texts: Vec<_> =
            received(&["--frame", framing], bytes).into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, messages, "{framing}");
    }
    let lines = received(&["--frame", "line"], b"one\ntwo");
    assert_eq!(lines, [("one".to_owned(), false), ("two".to_owned(), true)]);
}

#[test]
fn a_message_is_shown_whole_and_its_text_is_the_payload_in_its_encoding() {
    let server = listening(&["--frame", "len:u16be", "-E", "gbk"]);
    let mut client = server.dial();
    // a character that is cut by the length is no text, and disturbs no other message
    client.write_all(b"\0\x04\xc4\xe3\xba\xc3\0\x01\xc4\0\x02\xba\xc3").unwrap();
    drop(client);
    let events = server.ended().expect(0).events();
    let told: Vec<_> = events
        .iter()
        .filter(|event| event["event"] == "received")
        .map(|event| {
            [event["offset"].to_string(), event["hex"].to_string(), event["text"].to_string()].join(" ")
        })
        .collect();
    assert_eq!(told, [r#"0 "0004c4e3bac3" "你好""#, r#"6 "0001c4" null"#, r#"9 "0002bac3" "好""#]);
}

#[test]
fn people_see_messages() {
    let server =
        raccord(["listen", "127.0.0.1:0", "--once", "-o", "text", "--frame", "line", "--reply", "ok"])
            .start();
    let mut client = server.dial();
    client.write_all(b"one\r\ntwo\nthr").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"ok\nok\nok\n");
    drop(client);
    let out = server.ended().expect(0).out();
    let shown: Vec<_> =
        out.lines().filter(|line| line.starts_with("#1 ↑") || line.starts_with("#1 ↓")).collect();
    let up: Vec<_> = shown.iter().filter(|line| line.contains("↑ ")).copied().collect();
    let down: Vec<_> = shown.iter().filter(|line| line.contains("↓ ")).copied().collect();
    assert_eq!(
        up,
        ["#1 ↑ 5 bytes  one", "#1 ↑ 4 bytes  two", "#1 ↑ 3 bytes  thr (unterminated)", "#1 ↑ ended"]
    );
    assert_eq!(down, ["#1 ↓ 3 bytes  ok", "#1 ↓ 3 bytes  ok", "#1 ↓ 3 bytes  ok", "#1 ↓ ended"]);
}

#[test]
fn a_message_of_more_than_64_kib_comes_in_parts() {
    let mut bytes = vec![0, 1, 0x11, 0x70];
    bytes.extend_from_slice("é".repeat(35_000).as_bytes());
    let server = listening(&["--frame", "len:u32be", "--read-size", "1000"]);
    let mut client = server.dial();
    client.write_all(&bytes).unwrap();
    drop(client);
    let events = server.ended().expect(0).events();
    let parts: Vec<_> = events.iter().filter(|event| event["event"] == "received").collect();
    let told: Vec<_> = parts.iter().map(|part| (&part["bytes"], &part["part"], &part["last"])).collect();
    assert_eq!(
        format!("{told:?}"),
        "[(Number(65536), Number(0), Bool(false)), (Number(4468), Number(1), Bool(true))]"
    );
    let text: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
    assert_eq!(text, "é".repeat(35_000));
}

#[test]
fn what_is_sent_is_made_a_message() {
    for (words, bytes) in [
        (&["--frame", "line"][..], &b"a\nb\n"[..]),
        (&["--frame", "line", "-C"], b"a\r\nb\r\n"),
        (&["--frame", "line", "--eol", "none"], b"ab"),
        (&["--frame", "delim:0d0a03"], b"a\r\n\x03b\r\n\x03"),
        (&["--frame", "delim:00", "--eol", "lf"], b"a\n\0b\n\0"),
        (&["--frame", "fixed:1"], b"ab"),
        (&["--frame", "idle:1s"], b"ab"),
        (&["--frame", "len:u8"], b"\x01a\x01b"),
        (&["--frame", "len:u16be", "-C"], b"\0\x03a\r\n\0\x03b\r\n"),
        (&["--frame", "len:u16le", "--checksum", "sum8"], b"\x02\0aa\x02\0bb"),
        (&["--frame", "len:u16be@0"], b"ab"),
        (&["--frame", "len:u16be", "--frame-send", "none"], b"ab"),
        (&["--frame", "line", "--frame-send", "none", "-C"], b"a\r\nb\r\n"),
    ] {
        let (listener, address) = server();
        let words = [&["--send", "a", "--send-hex", "62"], words].concat();
        let client = raccord(["connect", &address.to_string()]).with_words(&words).start();
        let stream = accept(&listener);
        assert_eq!(read_all(&stream), bytes, "{words:?}");
        drop(stream);
        client.ended().expect(0);
    }
}

#[test]
fn bytes_of_stdin_go_as_they_are() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "--frame", "len:u8", "-o", "json"])
        .input("\u{1}a\u{2}bc")
        .start();
    let stream = accept(&listener);
    assert_eq!(read_all(&stream), b"\x01a\x02bc");
    drop(stream);
    let events = client.ended().expect(0).events();
    let sent: Vec<_> =
        events.iter().filter(|event| event["event"] == "sent").map(|event| &event["text"]).collect();
    assert_eq!(sent, ["a", "bc"], "and are shown in messages");
}

#[test]
fn an_echo_returns_each_message_as_it_came_and_a_reply_answers_each() {
    let bytes = b"\x02hi\x00\x01x";
    for (words, answers) in [
        (&["--echo"][..], &bytes[..]),
        (&["--reply", "ok"], b"\x02ok\x02ok\x02ok"),
        (&["--reply-hex", ""], b"\0\0\0"),
        (&["--reply", "ok", "--frame-send", "none"], b"okokok"),
        (&["--discard"], b""),
    ] {
        let server = listening(&[&["--frame", "len:u8"], words].concat());
        let mut client = server.dial();
        client.write_all(bytes).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_all(&client), answers, "{words:?}");
        drop(client);
        server.ended().expect(0);
    }
}

#[test]
fn many_small_answers_are_each_told_and_leave_in_order() {
    let lines: Vec<_> = (0..2000).map(|number| number.to_string()).collect();
    let text = lines.join("\n") + "\n";
    for tls in [&[][..], &["--tls"]] {
        let server = listening(&[&["--frame", "line", "--echo"], tls].concat());
        let address = server.address().to_string();
        let client = raccord(["connect", &address, "-o", "json", "--frame", "line"]).input(text.as_str());
        let client = if tls.is_empty() { client } else { client.with_words(["--tls", "--tls-insecure"]) };
        let texts = |events: &[serde_json::Value], kind: &str| -> Vec<String> {
            let of_kind = events.iter().filter(|event| event["event"] == kind);
            of_kind.map(|event| event["text"].as_str().unwrap().to_owned()).collect()
        };
        let (heard, said) = (client.run().expect(0).events(), server.ended().expect(0).events());
        assert_eq!(texts(&heard, "received"), lines);
        assert_eq!(texts(&said, "sent"), lines);
        let closed = said.last().unwrap();
        assert_eq!(closed["bytes_out"], text.len(), "{closed}");
    }
}

#[test]
fn replies_are_counted_to_the_message() {
    let (listener, address) = server();
    let words =
        ["connect", &address.to_string(), "--send", "x", "--frame", "line", "--replies", "2", "-o", "json"];
    let client = raccord(words).start();
    let mut stream = accept(&listener);
    assert_eq!(read_exact(&stream, 2), b"x\n");
    stream.write_all(b"one\n").unwrap();
    stays_open(&stream);
    stream.write_all(b"two\nthree\n").unwrap();
    assert_eq!(read_all(&stream), b"");
    drop(stream);
    let ran = client.ended().expect(0);
    assert_eq!(
        (ran.reason(), ran.err()),
        ("done".to_owned(), String::new()),
        "and there is nothing to warn of"
    );

    let server = listening(&["--frame", "line", "--echo", "--replies", "2"]);
    let mut client = server.dial();
    client.write_all(b"one\ntwo\nthree\n").unwrap();
    assert_eq!(read_all(&client), b"one\ntwo\n");
    drop(client);
    server.ended().expect(0);
}

#[test]
fn each_send_awaits_a_message_and_not_a_part_of_one() {
    let (listener, address) = server();
    let words =
        ["connect", &address.to_string(), "--frame", "fixed:4", "--send", "ping", "--repeat", "2", "--await"];
    let client = raccord(words).start();
    let mut stream = accept(&listener);
    assert_eq!(read_exact(&stream, 4), b"ping");
    stream.write_all(b"po").unwrap();
    stays_open(&stream);
    stream.write_all(b"ng").unwrap();
    assert_eq!(read_exact(&stream, 4), b"ping");
    stream.write_all(b"pong").unwrap();
    assert_eq!(read_all(&stream), b"");
    drop(stream);
    client.ended().expect(0);
}

#[test]
fn silence_ends_a_message() {
    let server =
        raccord(["listen", "127.0.0.1:0", "--once", "-o", "json", "--frame", "idle:150ms", "--reply", "ok"])
            .start();
    let mut client = server.dial();
    client.write_all(b"one ").unwrap();
    client.write_all(b"message").unwrap();
    assert_eq!(read_exact(&client, 2), b"ok");
    // it is shown when it has ended, not with the next one
    server.stdout.wait_for_text("one message");
    client.write_all(b"two").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"ok");
    drop(client);
    let events = server.ended().expect(0).events();
    let shown: Vec<_> =
        events.iter().filter(|event| event["event"] == "received").map(|event| &event["text"]).collect();
    assert_eq!(shown, ["one message", "two"]);
    let times: Vec<_> = events.iter().map(|event| event["time"].to_string()).collect();
    assert!(times.is_sorted(), "times never go back: {times:?}");
}

#[test]
fn a_message_that_is_too_long_ends_the_connection_and_what_came_is_kept() {
    for (framing, bytes, answers) in [
        ("line", &b"ok\n0123456789"[..], &b"!\n"[..]),
        ("delim:00", b"ok\x000123456789", b"!\0"),
        // the length is believed before its bytes come
        ("len:u32be", b"\0\0\0\x02ok\x7f\xff\xff\xff", b"\0\0\0\x01!"),
        // a peer that never pauses
        ("idle:10s", b"ok 0123456789", b""),
    ] {
        let server = listening(&["--frame", framing, "--max-message", "8", "--reply", "!"]);
        let mut client = server.dial();
        client.write_all(bytes).unwrap();
        assert_eq!(read_all(&client), answers, "{framing}");
        drop(client);
        let ran = server.ended().expect(1);
        assert_eq!(ran.reason(), "too-long", "{framing}");
        assert!(ran.err().contains("--max-message"), "{}", ran.err());
        let events = ran.events();
        let hex: String = events
            .iter()
            .filter(|event| event["event"] == "received")
            .filter_map(|event| event["hex"].as_str())
            .collect();
        let whole: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, whole.concat(), "{framing}");
    }
}

#[test]
fn one_connection_that_lies_does_not_end_the_server() {
    let server = raccord(["listen", "127.0.0.1:0", "--frame", "len:u16be+0", "--echo", "-q"]).start();
    let mut liar = server.dial();
    liar.write_all(b"\0\x04ok\0\0").unwrap();
    assert_eq!(read_all(&liar), b"\0\x04ok", "what came before the lie is answered");
    let mut honest = server.dial();
    honest.write_all(b"\0\x03x").unwrap();
    assert_eq!(read_exact(&honest, 3), b"\0\x03x");
}

#[test]
fn an_end_within_a_message_of_known_length_says_how_much_is_missing() {
    for (framing, bytes, said) in [
        ("fixed:4", &b"abcdef"[..], "2 of the 4 bytes came, 2 missing"),
        ("len:u8", b"\x05ab", "3 of the 6 bytes came, 3 missing"),
        ("len:u16be@4+6", b"\0\x01\0", "3 of the 6 bytes of its header came, 3 missing"),
    ] {
        let server = listening(&["--frame", framing, "--echo"]);
        let mut client = server.dial();
        client.write_all(bytes).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        drop(read_all(&client));
        drop(client);
        let ran = server.ended().expect(1);
        assert_eq!(ran.reason(), "error", "{framing}");
        assert!(ran.err().contains(said), "{framing}: {}", ran.err());
    }
}

#[test]
fn a_peer_that_never_ends_its_message_costs_no_more_than_one() {
    let server = raccord(["listen", "127.0.0.1:0", "--frame", "line", "--max-message", "1MiB", "-q"]).start();
    let before = server.rss();
    let piece = noise(64 * 1024, 1).into_iter().filter(|byte| *byte != b'\n').collect::<Vec<_>>();
    let mut clients: Vec<_> = (0..4).map(|_| server.dial()).collect();
    for client in &mut clients {
        // it is closed on the way
        while client.write_all(&piece).is_ok() {}
    }
    let more = server.rss().saturating_sub(before);
    assert!(more < 24 << 20, "{} MiB more", more >> 20);
}

#[test]
fn a_flood_of_tiny_messages_whose_answers_nobody_reads_is_held_up() {
    let reply = "x".repeat(16 * 1024);
    let server = raccord(["listen", "127.0.0.1:0", "--frame", "fixed:1", "--reply", &reply, "-q"]).start();
    let before = server.rss();
    let client = server.dial();
    client.set_nonblocking(true).unwrap();
    let mut sent = 0;
    let flood = vec![0; 64 * 1024];
    // all that both systems hold: 4 GiB of answers to it
    until("it takes no more", || match (&client).write(&flood) {
        Ok(count) => {
            sent += count;
            (sent >= 256 * 1024 && server.rests()).then_some(())
        }
        Err(_) => server.rests().then_some(()),
    });
    let more = server.rss().saturating_sub(before);
    assert!(more < 16 << 20, "{} MiB more", more >> 20);
}

#[test]
fn a_client_that_cuts_reads_on_while_its_own_bytes_wait() {
    let lines = "0123456789abcdef\n".repeat(1024 * 1024);
    let echo = peer("python3", ["-c", ECHO]).start();
    let port = String::from_utf8(echo.stdout.wait_for(|bytes| bytes.ends_with(b"\n"))).unwrap();
    let address = format!("127.0.0.1:{}", port.trim());
    // the peer reads no more before we read what it says
    let ran = raccord(["connect", &address, "--frame", "line"]).input(lines.as_str()).run().expect(0);
    assert!(ran.stdout == lines.as_bytes(), "{} bytes came", ran.stdout.len());
}

#[test]
fn a_silence_that_cannot_be_answered_is_waited_for_and_not_asked_for_again_and_again() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&vec![0; 32 << 20]).unwrap();
    let path = file.path().to_str().unwrap();
    let server = listening(&["--frame", "idle:20ms", "--echo", "--send-file", path]);
    let mut client = server.dial();
    client.write_all(b"hi").unwrap();
    // shown when it has ended; its echo is behind a file that nobody reads
    server.stdout.wait_for_text("6869");
    let rests = || std::iter::repeat_with(|| server.rests()).take(200).all(|rests| rests);
    until("it rests", || rests().then_some(()));
}

#[test]
fn of_messages_that_came_together_as_many_are_shown_as_were_asked_for() {
    for (words, shown) in [
        (&[][..], "a\nb\nc\n"),
        (&["-E", "gbk"], "a\nb\nc\n"),
        (&["-o", "text"], "#1 ↓ 2 bytes  a\n#1 ↓ 2 bytes  b\n#1 ↓ 2 bytes  c\n#1 ↑ ended\n"),
    ] {
        let (listener, address) = server();
        let client = raccord(["connect", &address.to_string(), "--frame", "line", "--replies", "3", "-d"]);
        let client = client.with_words(words).start();
        let mut stream = accept(&listener);
        stream.write_all(b"a\nb\nc\nd\n").unwrap();
        assert_eq!(read_all(&stream), b"");
        drop(stream);
        let out = client.ended().expect(0).out();
        assert!(out.contains(shown) && (!words.is_empty() || out == shown), "{words:?}: {out}");
    }
}

#[test]
fn only_payloads_are_converted_and_what_is_around_them_stays() {
    let server =
        raccord(["listen", "127.0.0.1:0", "--once", "-d", "--frame", "len:u16be", "-E", "gbk"]).start();
    let mut client = server.dial();
    // the length c4, taken for the beginning of a character, would swallow the first byte of the payload
    let long = "a".repeat(0xc4);
    client.write_all(&[b"\0\x02\xc4\xe3\0\xc4", long.as_bytes(), b"\0\x01\xc4"].concat()).unwrap();
    drop(client);
    let ran = server.ended().expect(1);
    let text = ["\u{0}\u{2}你".as_bytes(), b"\0\xc4", long.as_bytes(), b"\0\x01\\xc4"].concat();
    assert!(ran.stdout == text, "{:?}", String::from_utf8_lossy(&ran.stdout));
    assert!(ran.err().contains("1 byte was not gbk, the first at offset 204"), "{}", ran.err());
}

#[test]
fn a_typed_line_is_made_a_message_and_so_are_typed_bytes() {
    let (listener, address) = server();
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord(["connect", &address.to_string(), "--frame", "len:u8"]).start();
    let mut stream = accept(&listener);
    tty.line("hi");
    assert_eq!(read_exact(&stream, 4), b"\x03hi\n");
    tty.line("/hex 00 ff");
    assert_eq!(read_exact(&stream, 3), b"\x02\x00\xff");
    tty.line(&"x".repeat(255));
    tty.sees_text("not sent: a message of 256 bytes does not go into the framing");
    stream.write_all(b"\x02ok\x03and").unwrap();
    tty.sees_text("#1 ↓ 3 bytes  ok");
    tty.sees_text("#1 ↓ 4 bytes  and");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn what_makes_no_sense_is_wrong_usage_that_says_what_does() {
    for (words, said) in [
        (&["--frame", "line", "-E", "utf-16le"][..], "--frame delim:0a00"),
        (&["--frame", "line", "-E", "utf-16be"], "--frame delim:000a"),
        (&["--frame", "fixed:9", "--max-message", "8"], "--max-message allows 8"),
        (&["--frame", "len:u8", "--send", &"x".repeat(256)], "the most that u8 can say"),
        (&["--frame", "lines"], "`lines` is no framing; write read, line, delim:HEX"),
        (&["--frame", "delim:0"], "column 7: the digit `0` stands alone"),
        (&["--max-message", "0"], "from 1 byte to 1GiB"),
    ] {
        let ran = raccord(["connect", "127.0.0.1:1"]).with_words(words).run().expect(2);
        assert!(ran.err().contains(said), "{words:?}: {}", ran.err());
    }
}

#[test]
fn a_modbus_server_in_python_is_asked_by_hex() {
    let python = peer("python3", ["-c", MODBUS]).start();
    let port = String::from_utf8(python.stdout.wait_for(|bytes| bytes.ends_with(b"\n"))).unwrap();
    let ran = raccord(["connect", "127.0.0.1", port.trim(), "--frame", "len:u16be@4+6", "-o", "json"])
        .with_words(["--send-hex", "0001 0000 0006 01 03 0010 0002"])
        .with_words(["--send-hex", "0002 0000 0006 01 06 0010 abcd"])
        .with_words(["--send-hex", "0003 0000 0006 01 03 0010 0002", "--replies", "3", "--await"])
        .run()
        .expect(0);
    let events = ran.events();
    let answers: Vec<_> =
        events.iter().filter(|event| event["event"] == "received").map(|event| &event["hex"]).collect();
    assert_eq!(
        answers,
        ["000100000007010304000a000b", "00020000000601060010abcd", "000300000007010304abcd000b"]
    );
    python.ended().expect(0);
}

#[test]
fn the_modbus_device_of_the_documents_answers_with_each_requests_number() {
    let device = concat!("python3 ", env!("CARGO_MANIFEST_DIR"), "/../../examples/modbus.py");
    let server = listening(&["--frame", "len:u16be@4+6", "-e", device]);
    let address = server.address().to_string();
    let ran = raccord(["connect", &address, "--frame", "len:u16be@4+6", "-o", "json", "--await"])
        .with_words(["--send-hex", "0001 0000 0006 01 06 0010 abcd"])
        .with_words(["--send-hex", "0002 0000 0006 07 03 0010 0002"])
        .with_words([
            "--send-hex",
            "0003 0000 0006 01 03 0063 0002",
            "--send-hex",
            "0004 0000 0006 01 2b 0e01 0000",
        ])
        .run()
        .expect(0);
    let events = ran.events();
    let answers: Vec<_> =
        events.iter().filter(|event| event["event"] == "received").map(|event| &event["hex"]).collect();
    assert_eq!(
        answers,
        [
            "00010000000601060010abcd",
            "000200000007070304abcd0011",
            "000300000003018302",
            "00040000000301ab01"
        ]
    );
    server.ended().expect(0);
}

/// Says what it hears, and hears nothing while nobody takes what it says.
const ECHO: &str = r#"
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    client, _ = server.accept()
    with client:
        while piece := client.recv(65536):
            client.sendall(piece)
"#;

/// Holding registers 16 and 17: function 3 reads them, 6 writes one ("MODBUS Application Protocol" 1.1b3). Its answers come in
/// two pieces each.
const MODBUS: &str = r#"
import socket, struct
registers = {16: 10, 17: 11}
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    client, _ = server.accept()
    with client, client.makefile("rb") as requests:
        while header := requests.read(7):
            number, _, length, unit = struct.unpack(">HHHB", header)
            function, address, value = struct.unpack(">BHH", requests.read(length - 1))
            if function == 3:
                words = [registers[address + index] for index in range(value)]
                answer = struct.pack(">BB", function, 2 * value) + struct.pack(f">{value}H", *words)
            else:
                registers[address] = value
                answer = struct.pack(">BHH", function, address, value)
            whole = struct.pack(">HHHB", number, 0, len(answer) + 1, unit) + answer
            client.sendall(whole[:5])
            client.sendall(whole[5:])
"#;
