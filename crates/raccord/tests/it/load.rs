//! Slow, stuck and many: what one peer does must neither cost much memory nor hurt the others.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;
use socket2::{Domain, SockRef, Socket, Type};

use crate::harness::{
    Running, accept, binary, dial, events, noise, peer, raccord, read_all, read_exact, server, until,
};

const MIB: usize = 1024 * 1024;
/// What one stuck client may cost, and what all of it may.
const FOR_ONE: u64 = 16 * MIB as u64;
const IN_ALL: u64 = 96 * MIB as u64;

/// A client whose kernel receives little ahead, so that it is soon stuck.
fn narrow(address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&address.into()).unwrap();
    socket.into()
}

/// Sends until nothing goes through any more, and reads nothing.
fn stuff(mut client: &TcpStream) {
    client.set_nonblocking(true).unwrap();
    let piece = vec![b'x'; 64 * 1024];
    let mut moved = Instant::now();
    while moved.elapsed() < Duration::from_millis(100) {
        match client.write(&piece) {
            Ok(count) => {
                assert_ne!(count, 0);
                moved = Instant::now();
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// A client that is stuck for good.
fn stuck(address: SocketAddr) -> TcpStream {
    let client = narrow(address);
    stuff(&client);
    client
}

/// Stuck clients cost little, and another one is served as if they were not there.
#[track_caller]
fn stuck_clients_cost_little(server: &Running, answers: impl Fn()) {
    let address = server.address();
    answers();
    let before = server.rss();
    let first = stuck(address);
    let grown = server.rss().saturating_sub(before);
    assert!(grown <= FOR_ONE, "one stuck client costs {grown} bytes");
    let others: Vec<_> = (0..19).map(|_| std::thread::spawn(move || stuck(address))).collect();
    let others: Vec<_> = others.into_iter().map(|client| client.join().unwrap()).collect();
    assert!(server.rss() <= IN_ALL, "{} stuck clients: {} bytes", 1 + others.len(), server.rss());
    answers();
    drop((first, others));
}

#[test]
fn clients_that_never_read_their_echo() {
    let server = raccord(["listen", "127.0.0.1:0", "--echo", "-q"]).start();
    let message = noise(MIB, 1);
    stuck_clients_cost_little(&server, || {
        let client = server.dial();
        let (mut sends, sent) = (client.try_clone().unwrap(), message.clone());
        let sending = std::thread::spawn(move || sends.write_all(&sent).unwrap());
        assert!(read_exact(&client, MIB) == message);
        sending.join().unwrap();
    });
}

#[test]
fn clients_that_never_read_their_reply() {
    let reply = "reply ".repeat(15_000);
    let server = raccord(["listen", "127.0.0.1:0", "--reply", &reply, "-q"]).start();
    stuck_clients_cost_little(&server, || {
        let mut client = server.dial();
        client.write_all(b"?").unwrap();
        assert!(read_exact(&client, reply.len()) == reply.as_bytes());
    });
}

#[test]
fn a_stuck_client_misses_whole_pieces_of_the_input_and_the_other_none() {
    const INPUT: usize = 16 * MIB;
    let mut server =
        raccord(["listen", "127.0.0.1:0", "-o", "json", "--json-data", "none"]).open_stdin().start();
    let address = server.address();
    let (stuck, reading) = (narrow(address), dial(address));
    server.stdout.wait_for(|out| count(&events(out), "opened") == 2);
    let before = server.rss();
    let (input, mut stdin) = (noise(INPUT, 2), server.stdin.take().unwrap());
    let typed = input.clone();
    let typing = std::thread::spawn(move || stdin.write_all(&typed).unwrap());
    assert!(read_all(&reading) == input, "the client that reads gets everything");
    typing.join().unwrap();
    let grown = server.rss().saturating_sub(before);
    assert!(grown <= FOR_ONE, "a stuck client costs {grown} bytes");
    let received = read_all(&stuck).len();
    let out = server
        .stdout
        .wait_for(|out| count(&events(out), "closed") == 0 && count(&events(out), "shutdown") == 2);
    let missed: Vec<_> = events(&out).into_iter().filter(|event| event["event"] == "missed").collect();
    let gaps: u64 = missed.iter().map(|event| event["bytes"].as_u64().unwrap()).sum();
    assert!(gaps > 0 && missed.iter().all(|event| event["conn"] == missed[0]["conn"]));
    assert_eq!(received as u64 + gaps, INPUT as u64, "what it did not get was told");
}

fn count(events: &[Value], kind: &str) -> usize {
    events.iter().filter(|event| event["event"] == kind).count()
}

#[test]
fn small_pieces_of_input_that_wait_for_a_stuck_client_cost_little() {
    const PIECE: usize = 1000;
    let mut server =
        raccord(["listen", "127.0.0.1:0", "-o", "json", "--json-data", "none"]).open_stdin().start();
    let (stuck, reading) = (narrow(server.address()), server.dial());
    server.stdout.wait_for(|out| count(&events(out), "opened") == 2);
    let mut stdin = server.stdin.take().unwrap();
    let mut types = || {
        stdin.write_all(&[b'x'; PIECE]).unwrap();
        read_exact(&reading, PIECE);
    };
    types();
    let before = server.rss();
    (0..5000).for_each(|_| types());
    let grown = server.rss().saturating_sub(before);
    assert!(grown <= FOR_ONE, "a stuck client costs {grown} bytes");
    drop(stuck);
}

#[test]
fn input_waits_unread_until_a_client_is_there_and_then_goes_to_it() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"from a file").unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let server = raccord(["listen", "127.0.0.1:0"])
        .with(|command| {
            command.stdin(file);
        })
        .start();
    let address = server.address();
    let place = std::fs::read_to_string(format!("/proc/{}/fdinfo/0", server.pid())).unwrap();
    assert!(place.starts_with("pos:\t0\n"), "{place}");
    let first = dial(address);
    assert_eq!(read_all(&first), b"from a file");
    assert_eq!(read_all(&dial(address)), b"", "the input is over, and so is our half");
    assert_eq!(read_all(&dial(address)), b"");
    drop(first);
}

#[test]
fn stdin_beside_a_responder() {
    let mut server = raccord(["listen", "127.0.0.1:0", "--echo", "--stdin"]).open_stdin().start();
    let mut client = server.dial();
    client.write_all(b"echoed").unwrap();
    assert_eq!(read_exact(&client, 6), b"echoed");
    let mut stdin = server.stdin.take().unwrap();
    stdin.write_all(b"typed").unwrap();
    assert_eq!(read_exact(&client, 5), b"typed");
    client.write_all(b"again").unwrap();
    assert_eq!(read_exact(&client, 5), b"again");
    drop(stdin);
    assert_eq!(read_all(&client), b"", "our half ends with stdin");
}

#[test]
fn raw_output_of_several_clients_warns_once() {
    let server = raccord(["listen", "127.0.0.1:0", "--discard", "-v"]).start();
    let clients = [server.dial(), server.dial(), server.dial()];
    server.stderr.wait_for_text("#3");
    drop(clients);
    server.stderr.wait_for(|err| String::from_utf8_lossy(err).matches(" closed by peer ").count() == 3);
    let said = server.stderr.text();
    assert_eq!(said.matches("use --once or -o json").count(), 1, "{said}");
}

#[test]
fn every_byte_of_a_slow_peer_shows_as_it_comes() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "-d", "-o", "json"]).start();
    let mut peer = accept(&listener);
    for number in 0..30 {
        peer.write_all(b"x").unwrap();
        let out = client.stdout.wait_for(|out| count(&events(out), "received") == number + 1);
        assert_eq!(events(&out).last().unwrap()["offset"], number);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_client_that_resets_in_mid_write_ends_nothing_but_itself() {
    let reply = "reply ".repeat(15_000);
    let server =
        raccord(["listen", "127.0.0.1:0", "--reply", &reply, "-o", "json", "--json-data", "none"]).start();
    let resets = stuck(server.address());
    SockRef::from(&resets).set_linger(Some(Duration::ZERO)).unwrap();
    drop(resets);
    let out = server.stdout.wait_for(|out| count(&events(out), "closed") == 1);
    let closed = events(&out).into_iter().find(|event| event["event"] == "closed").unwrap();
    assert_eq!(closed["reason"], "reset");
    let mut other = server.dial();
    other.write_all(b"?").unwrap();
    assert!(read_exact(&other, reply.len()) == reply.as_bytes());
}

#[test]
fn a_thousand_clients_at_once_each_get_their_own_and_then_hold_no_buffer() {
    const CLIENTS: usize = 1000;
    const EACH: usize = 64 * 1024;
    raccord_sys::limits::raise_open_files().unwrap();
    let server = raccord(["listen", "127.0.0.1:0", "--echo", "-q", "--backlog", "1024"]).start();
    let address = server.address();
    let (descriptors, before) = (server.descriptors(), server.rss());
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| dial(address)).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.write_all(&noise(EACH, number as u64)).unwrap();
    }
    for (number, client) in clients.iter().enumerate() {
        assert!(read_exact(client, EACH) == noise(EACH, number as u64), "client {number}");
    }
    let each = server.rss().saturating_sub(before) / CLIENTS as u64;
    assert!(each <= 16 * 1024, "an idle connection holds {each} bytes");
    drop(clients);
    until("every descriptor is closed", || (server.descriptors() == descriptors).then_some(()));
}

#[test]
fn out_of_descriptors_accepting_pauses_and_resumes() {
    let limited = r#"ulimit -n 32 && exec "$0" listen 127.0.0.1:0 --echo"#;
    let server = peer("sh", ["-c", limited, binary()]).start();
    let mut clients: Vec<_> = (0..40).map(|_| server.dial()).collect();
    server.stderr.wait_for_text("accepting pauses");
    let (start, before, slept) = (Instant::now(), server.cpu(), server.sleeps());
    until("it has tried and rested five times", || (server.sleeps() >= slept + 5).then_some(()));
    let (elapsed, used) = (start.elapsed(), server.cpu().saturating_sub(before));
    assert!(used < elapsed / 5, "{used:?} of {elapsed:?} while there is nothing to do");
    assert_eq!(server.stderr.text().matches("accepting pauses").count(), 1, "{}", server.stderr.text());
    let mut last = clients.pop().unwrap();
    last.write_all(b"served at last").unwrap();
    drop(clients);
    assert_eq!(read_exact(&last, 14), b"served at last");
}

/// Starts a client whose stdout nobody reads yet, and sends it so much; gives the other end of its stdout.
fn stalled(format: &[&str], bytes: Vec<u8>) -> (Running, std::io::PipeReader, mpsc::Receiver<()>) {
    let (listener, address) = server();
    let (reader, writer) = std::io::pipe().unwrap();
    let address = address.to_string();
    let words = ["connect", &address, "-d"].into_iter().chain(format.iter().copied());
    let client = raccord(words)
        .with(|command| {
            command.stdout(writer);
        })
        .start();
    let mut peer = accept(&listener);
    let (tell, sent) = mpsc::channel();
    std::thread::spawn(move || {
        peer.write_all(&bytes).unwrap();
        // the test may be over
        let _ = tell.send(());
    });
    (client, reader, sent)
}

/// Waits until raccord does nothing any more, and gives its resident memory.
fn stands_still(client: &Running) -> u64 {
    let mut last = (client.cpu(), client.rss());
    let mut since = Instant::now();
    until("it stands still", || {
        let now = (client.cpu(), client.rss());
        if now != last {
            (last, since) = (now, Instant::now());
        }
        (since.elapsed() > Duration::from_millis(200)).then_some(now.1)
    })
}

#[test]
fn a_stdout_that_stalls_holds_the_peer_back_and_loses_nothing() {
    let bytes = noise(64 * MIB, 3);
    let (client, mut stdout, sent) = stalled(&[], bytes.clone());
    let resident = stands_still(&client);
    assert!(resident <= IN_ALL / 2, "{resident} bytes");
    assert!(sent.try_recv().is_err(), "the peer is held back");
    let mut shown = Vec::new();
    stdout.read_to_end(&mut shown).unwrap();
    assert!(shown == bytes);
    client.ended().expect(0);
}

#[test]
fn a_stalled_stdout_costs_no_more_where_every_byte_becomes_many() {
    let (client, mut stdout, sent) = stalled(&["-o", "json"], vec![7; 64 * MIB]);
    stands_still(&client);
    // now that the feed is full, everything in it is there to be shown at once
    let mut shown = vec![0; MIB];
    stdout.read_exact(&mut shown).unwrap();
    assert!(!events(&shown).is_empty());
    let resident = stands_still(&client);
    assert!(resident <= IN_ALL / 2, "{resident} bytes");
    assert!(sent.try_recv().is_err(), "the peer is held back");
}
