//! What is sent on connecting, and what is answered: in order, and as bytes.

use std::io::Write;
use std::net::Shutdown;

use crate::harness::{accept, raccord, read_all, read_exact, server};

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
