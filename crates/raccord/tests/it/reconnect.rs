//! `--reconnect`: one connection after the other.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::harness::{Running, accept, binary, kept_port, peer, raccord, read_all, reset, server};

/// A client of a listener that connects again after a tenth of a second.
fn client(options: &[&str]) -> (Running, TcpListener) {
    let (listener, address) = server();
    let words = ["connect", &address.to_string(), "--reconnect", "100ms"].map(str::to_owned);
    (raccord(&words).with_words(options).start(), listener)
}

#[test]
fn each_connection_is_a_new_one_with_the_same_terms() {
    let (client, listener) = client(&["--send", "hello", "-o", "json"]);
    for _ in 0..3 {
        assert_eq!(read_all(&accept(&listener)), b"hello");
    }
    client.stdout.wait_for(|out| crate::harness::events(out).iter().any(|event| event["conn"] == 3));
    client.signal("INT");
    let events = client.ended().expect(130).events();
    let opened: Vec<_> =
        events.iter().filter(|event| event["event"] == "opened").map(|event| event["conn"].clone()).collect();
    assert_eq!(opened[..3], [1, 2, 3]);
}

#[test]
fn whatever_ended_it_and_raw_output_is_one_stream() {
    let (client, listener) = client(&["-o", "raw", "-d"]);
    let mut first = accept(&listener);
    first.write_all(b"one ").unwrap();
    client.stdout.wait_for_text("one ");
    reset(first);
    let mut second = accept(&listener);
    second.write_all(b"two ").unwrap();
    drop(second);
    let mut third = accept(&listener);
    third.write_all(b"three").unwrap();
    client.stdout.wait_for_text("three");
    client.signal("TERM");
    // a client that was not done has failed
    assert_eq!(client.ended().expect(1).out(), "one two three");
}

#[test]
fn an_outage_is_told_once_and_so_is_its_end() {
    let (_kept, port) = kept_port();
    let endpoint = format!("127.0.0.1:{port}");
    let listener = TcpListener::bind(&endpoint).unwrap();
    let client =
        raccord(["connect", &endpoint, "--reconnect", "0", "--send", "x", "--explain", "-o", "json"]).start();
    assert_eq!(read_all(&accept(&listener)), b"x");
    drop(listener);
    // beside the one that was answered, several tries
    client.stdout.wait_for(|out| {
        crate::harness::events(out).iter().filter(|event| event["call"] == "connect").count() > 4
    });
    let listener = TcpListener::bind(&endpoint).unwrap();
    assert_eq!(read_all(&accept(&listener)), b"x");
    client.stderr.wait_for_text(&format!("connected to {endpoint} again after "));
    client.signal("TERM");
    let said = client.ended().expect(1).err();
    let outage = format!("cannot connect to {endpoint}: Connection refused; trying again every 0.1 s");
    assert_eq!(said.matches(&outage).count(), 1, "{said}");
    assert_eq!(said.matches("warning").count(), 2, "{said}");
}

#[test]
fn there_is_a_pause_between_two_connections() {
    let (client, listener) = client(&["-q", "-d"]);
    let start = Instant::now();
    for _ in 0..4 {
        drop(accept(&listener));
    }
    assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
    client.signal("TERM");
    client.ended().expect(1);
}

#[test]
fn a_first_connection_that_fails_is_a_failure() {
    let (listener, address) = server();
    drop(listener);
    raccord(["connect", &address.to_string(), "--reconnect", "1s"]).run().expect(1);
}

#[test]
fn bytes_are_sent_once_and_each_connection_is_judged_alone() {
    let (listener, address) = server();
    let client =
        raccord(["connect", &address.to_string(), "--reconnect", "1ms", "--replies", "1", "-o", "json"])
            .input("once")
            .start();
    let mut first = accept(&listener);
    assert_eq!(crate::harness::read_exact(&first, 4), b"once");
    first.write_all(b"reply").unwrap();
    assert_eq!(read_all(&first), b"");
    drop(first);
    let second = accept(&listener);
    drop(second);
    let mut third = accept(&listener);
    third.write_all(b"reply").unwrap();
    assert_eq!(read_all(&third), b"", "the input had ended");
    drop(third);
    client.stdout.wait_for(|out| {
        let events = crate::harness::events(out);
        events.iter().any(|event| event["event"] == "closed" && event["conn"] == 3)
    });
    client.signal("TERM");
    let events = client.ended().expect(1).events();
    let closed = events.iter().filter(|event| event["event"] == "closed");
    let reasons: Vec<_> = closed.map(|event| event["reason"].as_str().unwrap()).take(3).collect();
    assert_eq!(reasons, ["done", "error", "done"]);
}

#[test]
fn ctrl_d_ends_it_within_a_connection_and_between_two() {
    for connected in [true, false] {
        let (listener, address) = server();
        let command = format!("{} connect {address} --reconnect 100ms", binary());
        let mut terminal = peer("script", ["-qec", &command, "/dev/null"]).open_stdin().start();
        drop(accept(&listener));
        let again = accept(&listener);
        if connected {
            terminal.stdout.wait_for_text("#2 ");
            terminal.stdin.take().unwrap().write_all(b"\x04").unwrap();
            assert_eq!(read_all(&again), b"");
            drop(again);
        } else {
            drop((listener, again));
            terminal.stdout.wait_for_text("trying again");
            terminal.stdin.take().unwrap().write_all(b"\x04").unwrap();
        }
        terminal.ended().expect(0);
    }
}

#[test]
fn a_program_that_fails_ends_it() {
    let (_kept, port) = kept_port();
    let endpoint = format!("127.0.0.1:{port}");
    let serve = "for i in 1 2; do nc -N -l 127.0.0.1 {port} </dev/null; done; exit 3";
    let client =
        raccord(["connect", &endpoint, "--reconnect", "10ms", "--send", "x", "-o", "text", "--run", serve]);
    let shown = client.run().expect(3).out();
    assert_eq!(shown.matches("↑ 1 byte  x").count(), 2, "{shown}");
}

#[test]
fn it_is_no_check() {
    raccord(["connect", "1", "--reconnect", "1s", "--check"]).run().expect(2);
}
