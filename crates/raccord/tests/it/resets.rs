//! A reset is seen from either direction and told as what it is, after what had arrived before; raccord itself resets
//! nothing by accident.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::harness::{
    Collected, Ran, Running, accept, is_connected, is_held_back, noise, raccord, read_all, read_exact, reset,
    server, until,
};

const MIB: usize = 1 << 20;

/// raccord at each end in turn, and the peer's connection.
fn each_end(options: &'static [&'static str]) -> impl Iterator<Item = (Running, TcpStream)> {
    [true, false].into_iter().map(move |connects| {
        if connects {
            let (listener, address) = server();
            let client = raccord([&["connect", &address.to_string()], options].concat());
            let client = client.open_stdin().start();
            let peer = accept(&listener);
            (client, peer)
        } else {
            let server =
                raccord([&["listen", "127.0.0.1:0", "--once"], options].concat()).open_stdin().start();
            let peer = server.dial();
            (server, peer)
        }
    })
}

/// Ended by a reset: exit code 1, and a reason that says so.
#[track_caller]
fn was_reset(raccord: Running) -> Ran {
    let ran = raccord.ended().expect(1);
    let reason = ran.reason();
    assert!(["reset", "broken-pipe"].contains(&reason.as_str()), "{reason}");
    assert!(!ran.stderr.is_empty(), "nothing was said of it");
    ran
}

fn received(ran: &Ran) -> u64 {
    let closed = ran.events().into_iter().rfind(|event| event["event"] == "closed").unwrap();
    closed["bytes_in"].as_u64().unwrap()
}

#[test]
fn while_it_reads_what_had_arrived_is_printed_first() {
    for (mut raccord, mut peer) in each_end(&["-o", "json", "--json-data", "none"]) {
        peer.write_all(&noise(MIB, 1)).unwrap();
        peer.write_all(b"the last words").unwrap();
        // a reset throws away what the peer's own system has not sent yet
        until("everything is sent", || (queued(&peer) == 0).then_some(()));
        reset(peer);
        raccord.wait();
        assert_eq!(received(&was_reset(raccord)), MIB as u64 + 14);
    }
}

fn queued(peer: &TcpStream) -> u32 {
    raccord_sys::tcp::queued_out(peer).unwrap()
}

#[test]
fn a_reader_of_stdout_that_pauses_loses_nothing_to_a_reset() {
    let (listener, address) = server();
    let (pipe, stdout) = std::io::pipe().unwrap();
    let client = raccord(["connect", &address.to_string(), "--no-stdin", "-o", "raw"]);
    let mut client = client.with(move |command| _ = command.stdout(stdout)).start();
    let mut peer = accept(&listener);
    let (here, there) = (peer.peer_addr().unwrap(), peer.local_addr().unwrap());
    peer.set_nonblocking(true).unwrap();
    // until every buffer between the peer and the pipe is full: the last bytes wait in raccord's socket
    let piece = vec![b'x'; 65536];
    let mut sent = 0;
    until("nothing is taken any more", || {
        while let Ok(count) = peer.write(&piece) {
            sent += count;
        }
        (is_held_back(there, here) && client.rests()).then_some(())
    });
    let arrived = sent - queued(&peer) as usize;
    reset(peer);
    let knows = || (!is_connected(here, there) && client.rests()).then_some(());
    until("it knows of the reset", knows);
    // longer than raccord waits for a peer that is still there; then it does what it would do
    std::thread::sleep(Duration::from_millis(1200));
    until("it waits", knows);
    assert_eq!(Collected::from_reader(pipe).all().len(), arrived);
    assert_eq!(client.wait().code(), Some(1));
}

#[test]
fn while_it_writes_what_had_arrived_is_printed_first() {
    for (mut raccord, mut peer) in each_end(&["-o", "json"]) {
        let mut stdin = raccord.stdin.take().unwrap();
        let writing = std::thread::spawn(move || while stdin.write_all(&vec![b'x'; 65536]).is_ok() {});
        read_exact(&peer, MIB);
        peer.write_all(b"I leave").unwrap();
        until("it is sent", || (queued(&peer) == 0).then_some(()));
        reset(peer);
        raccord.wait();
        let ran = was_reset(raccord);
        assert_eq!(received(&ran), 7);
        assert!(ran.out().contains("I leave"));
        writing.join().unwrap();
    }
}

#[test]
fn a_peer_that_closes_with_unread_bytes_is_a_reset_too() {
    for (mut raccord, mut peer) in each_end(&["-o", "json"]) {
        raccord.stdin.as_mut().unwrap().write_all(b"never read").unwrap();
        until("it is there", || (peer.peek(&mut [0; 16]).unwrap() == 10).then_some(()));
        peer.write_all(b"bye").unwrap();
        drop(peer);
        raccord.wait();
        assert_eq!(received(&was_reset(raccord)), 3);
    }
}

#[test]
fn while_it_waits_for_stdin() {
    for (mut raccord, peer) in each_end(&["-o", "json"]) {
        raccord.stdout.wait_for_text("opened");
        reset(peer);
        // stdin stays open: nothing but the reset can end it
        assert_eq!(raccord.wait().code(), Some(1));
        assert_eq!(raccord.ended().reason(), "reset");
    }
}

#[test]
fn after_the_peers_half_has_ended() {
    for (mut raccord, mut peer) in each_end(&["-o", "json"]) {
        peer.write_all(b"first").unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        raccord.stdout.wait_for_text("\"shutdown\"");
        reset(peer);
        assert_eq!(raccord.wait().code(), Some(1));
        assert_eq!(received(&was_reset(raccord)), 5);
    }
}

#[test]
fn after_our_half_has_ended() {
    for (mut raccord, mut peer) in each_end(&["-o", "json"]) {
        drop(raccord.stdin.take());
        assert_eq!(read_all(&peer), b"");
        peer.write_all(b"an ans").unwrap();
        until("it is sent", || (queued(&peer) == 0).then_some(()));
        reset(peer);
        assert_eq!(received(&was_reset(raccord)), 6);
    }
}

#[test]
fn right_after_it_was_accepted() {
    for greeting in [&b""[..], b"go away"] {
        for connects in [true, false].repeat(5) {
            let (raccord, mut peer) = if connects {
                let (listener, address) = server();
                let client = raccord(["connect", &address.to_string(), "--no-stdin", "-o", "json"]).start();
                let peer = accept(&listener);
                (client, peer)
            } else {
                let server = raccord(["listen", "127.0.0.1:0", "--once", "--no-stdin", "-o", "json"]).start();
                let peer = server.dial();
                (server, peer)
            };
            peer.write_all(greeting).unwrap();
            reset(peer);
            let ran = raccord.ended().expect(1);
            let events = ran.events();
            let last = events.last().unwrap();
            if greeting.is_empty() && last["event"] == "failed" {
                // gone before raccord could look at it, and nothing lost
                continue;
            }
            assert_eq!((ran.reason().as_str(), received(&ran)), ("reset", greeting.len() as u64));
        }
    }
}

#[test]
fn a_server_goes_on_after_one_client_was_reset() {
    let server = raccord(["listen", "127.0.0.1:0", "--echo", "-o", "json"]).start();
    reset(server.dial());
    server.stdout.wait_for_text("\"reason\":\"reset\"");
    let mut peer = server.dial();
    peer.write_all(b"still there?").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&peer), b"still there?");
    server.signal("TERM");
    server.ended().expect(0);
}

#[test]
fn a_reply_that_was_enough_ends_in_order_although_more_was_on_its_way() {
    for (raccord, mut peer) in each_end(&["--replies", "1", "-q"]) {
        peer.write_all(b"reply").unwrap();
        // raccord has ended its half: these bytes find nobody who wants them
        assert_eq!(peer.read(&mut [0; 16]).unwrap(), 0);
        peer.write_all(&noise(MIB / 2, 3)).unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        raccord.ended().expect(0);
        ended_without_a_reset(&peer);
    }
}

#[test]
fn a_timeout_ends_in_order_although_more_was_on_its_way() {
    for (raccord, mut peer) in each_end(&["--timeout", "100ms", "-q"]) {
        assert_eq!(peer.read(&mut [0; 16]).unwrap(), 0);
        peer.write_all(&noise(MIB / 2, 4)).unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        raccord.ended().expect(1);
        ended_without_a_reset(&peer);
    }
}

/// Nothing but FIN came from raccord, until its process was gone.
#[track_caller]
fn ended_without_a_reset(peer: &TcpStream) {
    assert!(peer.take_error().unwrap().is_none(), "a reset came");
    assert_eq!(read_all(peer), b"");
}

#[test]
fn a_peer_that_never_stops_sending_does_not_hold_it() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "--no-stdin", "--replies", "1", "-q"]).start();
    let mut peer = accept(&listener);
    // the only case in which raccord resets: more than it can be asked to throw away
    let sending = std::thread::spawn(move || while peer.write_all(&vec![b'x'; 65536]).is_ok() {});
    client.ended().expect(0);
    sending.join().unwrap();
}
