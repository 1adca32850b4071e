//! Both ends do their main job.

use std::io::Write;

use crate::harness::{accept, raccord, read_all, server};

#[test]
fn a_client_sends_and_shows_the_answer() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string()]).input("hello").start();
    let mut peer = accept(&listener);
    assert_eq!(read_all(&peer), b"hello");
    peer.write_all(b"world").unwrap();
    drop(peer);
    assert_eq!(client.ended().expect(0).stdout, b"world");
}

#[test]
fn a_server_answers_every_message() {
    let server = raccord(["listen", "127.0.0.1:0", "--reply", "pong", "--once"]).start();
    let mut peer = server.dial();
    peer.write_all(b"ping").unwrap();
    peer.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read_all(&peer), b"pong");
    assert_eq!(server.ended().expect(0).stdout, b"ping");
}

#[test]
fn encodings_are_found_by_any_of_their_names() {
    let found = raccord(["encodings", "sjis"]).run().expect(0).out();
    assert!(found.starts_with("shift_jis        cp932 sjis "), "{found}");
    let none = raccord(["encodings", "klingon"]).run().expect(1);
    assert!(none.err().contains("no encoding has \"klingon\" in its name"), "{}", none.err());
}

#[test]
fn it_knows_its_version() {
    for word in ["--version", "-V"] {
        assert_eq!(
            raccord([word]).run().expect(0).out(),
            concat!("raccord ", env!("CARGO_PKG_VERSION"), "\n")
        );
    }
}
