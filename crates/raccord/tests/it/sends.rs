//! What is sent on connecting, and what is answered: in order, and as bytes.

use std::io::Write;
use std::net::Shutdown;

use crate::harness::{accept, raccord, read_all, read_exact, server, stays_open};

#[test]
fn sends_go_out_in_the_order_in_which_they_were_given() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"\xff\\n\x00").unwrap();
    let path = file.path().to_str().unwrap();
    for (words, bytes) in [
        (&["--send", "a\\n", "--send-file", path, "--send-hex", "01 0a"][..], &b"a\n\xff\\n\x00\x01\x0a"[..]),
        (
            &["--send-hex", "0x01,0x0A", "--send", "\\x80\\u{e9}", "--send-hex", "ff"],
            b"\x01\x0a\x80\xc3\xa9\xff",
        ),
        (&["--send", "-v", "--send-file", path, "--send", ""], b"-v\xff\\n\x00"),
    ] {
        assert_eq!(sent(words), bytes, "{words:?}");
    }
}

#[test]
fn a_line_ending_is_appended_only_where_one_is_asked_for() {
    for (words, bytes) in [
        (&[][..], &b"ab"[..]),
        (&["--eol", "none"], b"ab"),
        (&["--eol", "lf"], b"a\nb\n"),
        (&["--eol", "crlf"], b"a\r\nb\r\n"),
        (&["-C"], b"a\r\nb\r\n"),
        (&["--eol", "cr"], b"a\rb\r"),
        (&["-C", "-E", "utf-16le"], b"a\0\r\0\n\0b\r\0\n\0"),
    ] {
        // hex is bytes: only its line ending is text
        assert_eq!(sent(&[&["--send", "a", "--send-hex", "62"], words].concat()), bytes, "{words:?}");
    }
}

#[test]
fn a_reply_in_hex_is_those_bytes() {
    for (words, bytes) in [(&[][..], &b"\x00\xff"[..]), (&["--eol", "lf"], b"\x00\xff\n")] {
        let server = raccord(["listen", ":0", "--once", "--reply-hex", "00 ff"]).with_words(words).start();
        let mut peer = server.dial();
        peer.write_all(b"x").unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_all(&peer), bytes);
        drop(peer);
        server.ended().expect(0);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_wrong_usage() {
    let (listener, address) = server();
    listener.set_nonblocking(true).unwrap();
    let ran = raccord(["connect", &address.to_string(), "--send-file", "/no/such/file"]).run().expect(2);
    assert!(ran.err().contains("/no/such/file"), "{}", ran.err());
    assert!(listener.accept().is_err(), "it does not connect before");
}

/// What the peer of a client with these options gets.
fn sent(words: &[&str]) -> Vec<u8> {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string()]).with_words(words).start();
    let peer = accept(&listener);
    let sent = read_all(&peer);
    drop(peer);
    client.ended().expect(0);
    sent
}

#[test]
fn a_pipe_is_sent_as_it_comes_and_opened_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (listener, address) = server();
    let words = ["connect", &address.to_string(), "--send-file", pipe.to_str().unwrap()];
    let client = raccord(words).start();
    let peer = accept(&listener);
    let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    writer.write_all(b"one").unwrap();
    assert_eq!(read_exact(&peer, 3), b"one");
    writer.write_all(b"two").unwrap();
    drop(writer);
    assert_eq!(read_all(&peer), b"two");
    drop(peer);
    client.ended().expect(0);
}

#[test]
fn a_folder_cannot_be_sent() {
    let ran = raccord(["connect", "127.0.0.1:1", "--send-file", "/"]).run().expect(2);
    assert!(ran.err().starts_with("raccord: cannot read /: is a directory"), "{}", ran.err());
}

#[test]
fn a_checksum_stands_behind_each_message_before_its_line_ending() {
    let rows: &[(&[&str], &[u8])] = &[
        (&["--send", "AT", "--checksum", "sum8", "--eol", "crlf"], b"AT\x95\r\n"),
        (&["--send-hex", "010300000002", "--checksum", "crc16-modbus"], b"\x01\x03\0\0\0\x02\xc4\x0b"),
        (&["--send-hex", "010300000002", "--checksum", "crc16-modbus:be"], b"\x01\x03\0\0\0\x02\x0b\xc4"),
        (&["--send", "a", "--send", "b", "--checksum", "xor8"], b"aabb"),
    ];
    for (words, expected) in rows {
        let (listener, address) = server();
        let client = raccord([&["connect", &address.to_string()], *words].concat()).start();
        assert_eq!(read_all(&accept(&listener)), *expected, "{words:?}");
        client.ended().expect(0);
    }
    let ran =
        raccord(["connect", "localhost:1", "--send", "x", "--checksum", "crc16-modbos"]).run().expect(2);
    assert!(ran.err().contains("crc16-modbus"), "{}", ran.err());
}

#[test]
fn what_is_sent_again_is_sent_as_often_as_it_should_and_no_faster() {
    let (listener, address) = server();
    let address = address.to_string();
    let start = std::time::Instant::now();
    let words = ["connect", &address, "--send", "a", "--send", "b", "--every", "60ms", "--repeat", "3"];
    let client = raccord(words).start();
    assert_eq!(read_all(&accept(&listener)), b"ababab");
    assert!(start.elapsed() >= std::time::Duration::from_millis(120), "{:?}", start.elapsed());
    client.ended().expect(0);
    // without an interval at once, and without a number until it is stopped
    let client = raccord(["connect", &address, "--send", "x", "--repeat", "5"]).start();
    assert_eq!(read_all(&accept(&listener)), b"xxxxx");
    client.ended().expect(0);
    let client = raccord(["connect", &address, "--send", "x", "--every", "10ms"]).start();
    let peer = accept(&listener);
    assert_eq!(read_exact(&peer, 8), b"xxxxxxxx");
    client.signal("TERM");
    client.ended().expect(1);
    let ran = raccord(["connect", &address, "--every", "1s"]).run().expect(2);
    assert!(ran.err().contains("--send"), "{}", ran.err());
}

#[test]
fn each_send_awaits_an_answer() {
    let (listener, address) = server();
    let address = address.to_string();
    let client = raccord(["connect", &address, "--send", "ping", "--repeat", "2", "--await"]).start();
    let mut peer = accept(&listener);
    assert_eq!(read_exact(&peer, 4), b"ping");
    stays_open(&peer);
    peer.write_all(b"pong").unwrap();
    assert_eq!(read_exact(&peer, 4), b"ping");
    stays_open(&peer);
    peer.write_all(b"pong").unwrap();
    assert_eq!(read_all(&peer), b"");
    drop(peer);
    assert_eq!(client.ended().expect(0).out(), "pongpong");

    let client = raccord(["connect", &address, "--send", "ping", "--await"]).start();
    let peer = accept(&listener);
    assert_eq!(read_exact(&peer, 4), b"ping");
    drop(peer);
    let ran = client.ended().expect(1);
    assert!(ran.err().contains("the peer ended its half before it answered"), "{}", ran.err());
}
