//! When our half ends, and when the conversation is over: the rows of the table, for the client and for the server.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::harness::{
    Run, Running, accept, noise, peer, raccord, read_all, read_exact, server, stays_open, terminal, until,
};

/// raccord as the client of a peer.
fn client(options: &[&str]) -> (Run, TcpListener) {
    let (listener, address) = server();
    (raccord([&["connect", &address.to_string()], options].concat()), listener)
}

/// raccord as the server of one client.
fn once(options: &[&str]) -> Run {
    raccord([&["listen", "127.0.0.1:0", "--once"], options].concat())
}

/// raccord at each end in turn, with the same options and stdin left open, and the peer's connection.
fn each_end(options: &'static [&'static str]) -> impl Iterator<Item = (Running, TcpStream)> {
    let connects = move || {
        let (run, listener) = client(options);
        let running = run.open_stdin().start();
        let stream = accept(&listener);
        (running, stream)
    };
    let listens = move || {
        let running = once(options).open_stdin().start();
        let stream = running.dial();
        (running, stream)
    };
    let ends: [Box<dyn Fn() -> (Running, TcpStream)>; 2] = [Box::new(connects), Box::new(listens)];
    ends.into_iter().map(|end| end())
}

fn end_half(stream: &TcpStream) {
    stream.shutdown(Shutdown::Write).unwrap();
}

#[test]
fn bytes_end_our_half_at_the_end_of_stdin_and_the_late_answer_arrives() {
    for (mut raccord, mut stream) in each_end(&["-o", "raw"]) {
        raccord.stdin.take().unwrap().write_all(b"question").unwrap();
        assert_eq!(read_all(&stream), b"question");
        for part in ["an ", "answer ", "in parts"] {
            // longer than a program waits that closes "a little" after the end of its input
            std::thread::sleep(Duration::from_millis(200));
            stream.write_all(part.as_bytes()).unwrap();
        }
        drop(stream);
        assert_eq!(raccord.ended().expect(0).out(), "an answer in parts");
    }
}

#[test]
fn bytes_go_on_after_the_peers_half_has_ended() {
    for (mut raccord, stream) in each_end(&["-o", "json", "--json-data", "none"]) {
        end_half(&stream);
        raccord.stdout.wait_for_text("\"shutdown\"");
        let mut stdin = raccord.stdin.take().unwrap();
        let bulk = noise(1 << 20, 1);
        stdin.write_all(&bulk).unwrap();
        read_exact(&stream, bulk.len());
        stays_open(&stream);
        drop(stdin);
        assert_eq!(read_all(&stream), b"");
        assert_eq!(raccord.ended().expect(0).reason(), "peer");
    }
}

#[test]
fn sends_end_our_half_after_the_last() {
    for (raccord, mut stream) in each_end(&["--send", "one", "--send-hex", "0a", "-o", "raw"]) {
        assert_eq!(read_all(&stream), b"one\n");
        stream.write_all(b"late").unwrap();
        drop(stream);
        assert_eq!(raccord.ended().expect(0).out(), "late");
    }
}

#[test]
fn with_nothing_to_send_our_half_ends_with_the_peers() {
    for (raccord, stream) in each_end(&["--no-stdin", "-o", "json"]) {
        stays_open(&stream);
        end_half(&stream);
        assert_eq!(read_all(&stream), b"");
        assert_eq!(raccord.ended().expect(0).reason(), "peer");
    }
}

#[test]
fn a_responder_writes_its_last_answer_before_it_ends_our_half() {
    let bulk = noise(3 << 20, 2);
    let raccord = once(&["--echo", "-q"]).start();
    let stream = raccord.dial();
    let (mut writer, sent) = (stream.try_clone().unwrap(), bulk.clone());
    let writing = std::thread::spawn(move || {
        writer.write_all(&sent).unwrap();
        end_half(&writer);
    });
    assert_eq!(read_all(&stream), bulk);
    writing.join().unwrap();
    raccord.ended().expect(0);
}

#[test]
fn a_responder_leaves_a_silent_client_alone() {
    let raccord = once(&["--reply", "ok", "-q"]).start();
    let mut stream = raccord.dial();
    stream.write_all(b"?").unwrap();
    assert_eq!(read_exact(&stream, 2), b"ok");
    stays_open(&stream);
    end_half(&stream);
    assert_eq!(read_all(&stream), b"");
    raccord.ended().expect(0);
}

#[test]
fn a_reply_is_waited_for_and_then_raccord_closes() {
    for (mut raccord, mut stream) in each_end(&["--replies", "1", "-o", "json"]) {
        raccord.stdin.take().unwrap().write_all(b"?").unwrap();
        read_exact(&stream, 1);
        stays_open(&stream);
        stream.write_all(b"!").unwrap();
        // the peer's half is still open: it is raccord that closes
        assert_eq!(read_all(&stream), b"");
        drop(stream);
        assert_eq!(raccord.ended().expect(0).reason(), "done");
    }
}

#[test]
fn a_server_closes_after_the_message_was_answered() {
    let raccord = once(&["--reply", "pong", "--replies", "1", "-o", "json"]).start();
    let mut stream = raccord.dial();
    stays_open(&stream);
    stream.write_all(b"ping").unwrap();
    assert_eq!(read_all(&stream), b"pong");
    drop(stream);
    assert_eq!(raccord.ended().expect(0).reason(), "done");
}

#[test]
fn a_reply_ends_the_conversation_although_stdin_goes_on() {
    let endless = File::open("/dev/zero").unwrap();
    let (run, listener) = client(&["--replies", "1", "-o", "raw"]);
    let raccord = run.with(move |command| _ = command.stdin(endless)).start();
    let mut stream = accept(&listener);
    read_exact(&stream, 8 << 20);
    stream.write_all(b"enough").unwrap();
    // slower than stdin is, so that there is always more to send
    let mut piece = vec![0; 64 * 1024];
    while stream.read(&mut piece).expect("the end in order") > 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(stream);
    assert_eq!(raccord.ended().expect(0).out(), "enough");
}

#[test]
fn a_reply_ends_the_conversation_although_the_peer_reads_nothing() {
    let endless = File::open("/dev/zero").unwrap();
    let (run, listener) = client(&["--replies", "1", "-o", "json", "--json-data", "none"]);
    let raccord = run.with(move |command| _ = command.stdin(endless)).start();
    let mut stream = accept(&listener);
    raccord.stdout.wait_for_text("\"sent\"");
    stream.write_all(b"enough").unwrap();
    assert_eq!(raccord.ended().expect(0).reason(), "done");
}

#[test]
fn a_peer_that_ends_without_its_reply_is_told() {
    for (raccord, stream) in each_end(&["--replies", "1", "-o", "json"]) {
        drop(stream);
        let ran = raccord.ended().expect(1);
        assert_eq!(ran.reason(), "error");
        assert!(ran.err().contains("0 of 1 replies"), "{}", ran.err());
    }
}

#[test]
fn no_shutdown_never_ends_our_half_first() {
    for options in [&["--no-shutdown", "-q"][..], &["--no-shutdown", "-q", "--send", "?"]] {
        for (mut raccord, stream) in each_end(options) {
            drop(raccord.stdin.take());
            if options.len() > 2 {
                read_exact(&stream, 1);
            }
            stays_open(&stream);
            end_half(&stream);
            assert_eq!(read_all(&stream), b"");
            raccord.ended().expect(0);
        }
    }
}

#[test]
fn a_half_closed_conversation_may_be_limited_whichever_half_ended() {
    for ours_first in [true, false] {
        for (mut raccord, stream) in each_end(&["--half-close-timeout", "100ms", "-o", "json"]) {
            if ours_first {
                drop(raccord.stdin.take());
            } else {
                end_half(&stream);
            }
            assert_eq!(read_all(&stream), b"");
            assert_eq!(raccord.wait().code(), Some(1));
            assert_eq!(raccord.ended().reason(), "timeout");
        }
    }
}

#[test]
fn a_half_closed_conversation_that_moves_is_not_limited() {
    for (mut raccord, mut stream) in each_end(&["--half-close-timeout", "400ms", "-o", "raw"]) {
        drop(raccord.stdin.take());
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(700) {
            stream.write_all(b".").unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(stream);
        raccord.ended().expect(0);
    }
}

#[test]
fn silence_in_both_directions_closes_and_is_no_failure() {
    for (raccord, mut stream) in each_end(&["-i", "300ms", "-o", "json"]) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(500) {
            stream.write_all(b".").unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        let _open = raccord.stdin.as_ref();
        assert_eq!(read_all(&stream), b"");
        drop(stream);
        let ran = raccord.ended().expect(0);
        assert_eq!(ran.reason(), "idle");
        assert!(ran.events().last().unwrap()["bytes_in"].as_u64().unwrap() > 10);
    }
}

#[test]
fn limits_of_a_hundred_years_limit_nothing() {
    let years = &["--timeout", "876000h", "-i", "876000h", "--half-close-timeout", "876000h", "-o", "raw"];
    for (mut raccord, mut stream) in each_end(years) {
        drop(raccord.stdin.take());
        assert_eq!(read_all(&stream), b"");
        stream.write_all(b"late").unwrap();
        drop(stream);
        assert_eq!(raccord.ended().expect(0).out(), "late");
    }
    let (client, listener) =
        client(&["-w", "876000h", "--retry", "876000h", "--reconnect", "876000h", "-o", "text", "-d"]);
    let client = client.start();
    drop(accept(&listener));
    client.stdout.wait_for_text("closed by peer");
    client.signal("TERM");
    client.ended().expect(1);
}

#[test]
fn no_idle_timer_holds_a_conversation_that_has_ended() {
    for (mut raccord, stream) in each_end(&["-i", "20s", "-o", "json"]) {
        let start = Instant::now();
        drop(raccord.stdin.take());
        end_half(&stream);
        let ran = raccord.ended().expect(0);
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
        assert!(ran.reason() != "idle");
    }
}

#[test]
fn one_reply_is_as_much_as_one_read_takes() {
    for size in [5_000, 30_000, 60_000] {
        let (run, listener) = client(&["--send", "?", "--replies", "1", "-o", "raw"]);
        let client = run.start();
        let mut stream = accept(&listener);
        read_exact(&stream, 1);
        // all of it is there before it is read
        client.signal("STOP");
        stream.write_all(&noise(size, 1)).unwrap();
        until("it has arrived", || (raccord_sys::tcp::queued_out(&stream).unwrap() == 0).then_some(()));
        client.signal("CONT");
        assert_eq!(client.ended().expect(0).stdout, noise(size, 1), "{size}");
    }
}

#[test]
fn without_replies_the_peers_end_must_come_in_time() {
    for (raccord, mut stream) in each_end(&["--timeout", "200ms", "-o", "json"]) {
        stream.write_all(b"something, and no end").unwrap();
        let _open = raccord.stdin.as_ref();
        assert_eq!(read_all(&stream), b"");
        drop(stream);
        let ran = raccord.ended().expect(1);
        assert_eq!(ran.reason(), "timeout");
        assert!(ran.out().contains("and no end"));
    }
}

#[test]
fn with_replies_they_must_come_in_time() {
    for (raccord, stream) in each_end(&["--timeout", "200ms", "--replies", "1", "-o", "json"]) {
        assert_eq!(read_all(&stream), b"");
        drop(stream);
        let ran = raccord.ended().expect(1);
        assert_eq!(ran.reason(), "timeout");
        assert!(ran.err().contains("0 of 1 replies"), "{}", ran.err());
    }
}

#[test]
fn what_comes_in_time_does_not_wait_for_the_timeout() {
    for (mut raccord, mut stream) in each_end(&["--timeout", "1h", "--replies", "1", "-q"]) {
        stream.write_all(b"!").unwrap();
        assert_eq!(read_all(&stream), b"");
        drop(stream);
        assert_eq!(raccord.wait().code(), Some(0));
    }
}

/// raccord with a terminal as its stdin, and the person in front of it.
fn typed(run: Run) -> (Running, File) {
    let (person, program) = terminal();
    let running = run.with(move |command| _ = command.stdin(program)).start();
    (running, person)
}

#[test]
fn a_typed_line_gets_the_line_ending_that_was_asked_for() {
    let rows: [(&[&str], &[u8]); 6] = [
        (&[], b"hello\n"),
        (&["--eol", "lf"], b"hello\n"),
        (&["--eol", "crlf"], b"hello\r\n"),
        (&["-C"], b"hello\r\n"),
        (&["--eol", "cr"], b"hello\r"),
        (&["--eol", "none"], b"hello"),
    ];
    for (options, wire) in rows {
        let (run, listener) = client(options);
        let (raccord, mut person) = typed(run);
        let stream = accept(&listener);
        person.write_all(b"hello\n\x04").unwrap();
        assert_eq!(read_all(&stream), wire, "{options:?}");
        drop(stream);
        raccord.ended().expect(0);
    }
}

#[test]
fn ctrl_d_on_an_empty_line_ends_our_half_and_the_answer_is_still_shown() {
    let (run, listener) = client(&["-o", "raw"]);
    let (raccord, mut person) = typed(run);
    let mut stream = accept(&listener);
    stays_open(&stream);
    person.write_all(b"\x04").unwrap();
    assert_eq!(read_all(&stream), b"");
    stream.write_all(b"answer").unwrap();
    drop(stream);
    assert_eq!(raccord.ended().expect(0).out(), "answer");
}

#[test]
fn at_the_keyboard_the_peers_end_is_said_and_ends_it() {
    let (run, listener) = client(&["-o", "text"]);
    let (raccord, _person) = typed(run);
    let stream = accept(&listener);
    end_half(&stream);
    assert_eq!(read_all(&stream), b"");
    let ran = raccord.ended().expect(0);
    assert!(ran.out().contains("closed by peer"), "{}", ran.out());
}

#[test]
fn at_a_servers_keyboard_the_peers_end_is_said_and_ends_its_connection() {
    let (raccord, mut person) = typed(once(&["-o", "text"]));
    let stream = raccord.dial();
    person.write_all(b"hello\n").unwrap();
    read_exact(&stream, 6);
    stays_open(&stream);
    end_half(&stream);
    assert_eq!(read_all(&stream), b"");
    let ran = raccord.ended().expect(0);
    assert!(ran.out().contains("closed by peer"), "{}", ran.out());
}

/// What each known program does with the end of its input, raccord's own ending understands.
#[test]
fn the_netcats_as_clients_end_in_order() {
    let rows: [(&str, &[&str]); 3] = [
        ("nc", &["-N", "127.0.0.1", "PORT"]),
        ("ncat", &["127.0.0.1", "PORT"]),
        ("socat", &["-", "TCP:127.0.0.1:PORT"]),
    ];
    for (program, words) in rows {
        let raccord = once(&["--echo", "-o", "json"]).start();
        let port = raccord.address().port().to_string();
        let words: Vec<_> = words.iter().map(|word| word.replace("PORT", &port)).collect();
        let netcat = peer(program, words).input("through and back").run();
        assert_eq!(netcat.expect(0).out(), "through and back", "{program}");
        assert_eq!(raccord.ended().expect(0).reason(), "peer", "{program}");
    }
}
