//! Options of sockets, and who is let in: each as the kernel and the peer see it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::{Running, accept, dial, peer, raccord, read_all, read_exact, server, until};

/// What `ss` says of the sockets of this program, its timers and buffers included.
fn ss(running: &Running) -> String {
    let all = peer("ss", ["-tnaoempiH"]).run().expect(0).out();
    let pid = format!("pid={},", running.pid());
    // the second line of a socket has its memory and more
    let lines: Vec<_> = all.lines().collect();
    let ours = lines.iter().enumerate().filter(|(_, line)| line.contains(&pid));
    let whole = ours.map(|(index, line)| [line, *lines.get(index + 1).unwrap_or(&"")].join(" "));
    whole.collect::<Vec<_>>().join("\n")
}

#[test]
fn keepalive_asks_after_so_long() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "-d", "--keepalive", "90s", "-o", "json"]).start();
    let _peer = accept(&listener);
    client.stdout.wait_for_text("opened");
    let sockets = ss(&client);
    // the timer counts down from 90 s, in minutes and seconds
    assert!(sockets.contains("timer:(keepalive,1min2"), "{sockets}");
    let server = raccord(["listen", "127.0.0.1:0", "--echo", "--keepalive", "2000ms"]).start();
    let mut client = server.dial();
    client.write_all(b"x").unwrap();
    read_exact(&client, 1);
    let sockets = ss(&server);
    assert!(sockets.contains("timer:(keepalive,"), "{sockets}");
    let without = raccord(["listen", "127.0.0.1:0", "--echo"]).start();
    let mut client = without.dial();
    client.write_all(b"x").unwrap();
    read_exact(&client, 1);
    assert!(!ss(&without).contains("keepalive"), "{}", ss(&without));
}

#[test]
fn a_keepalive_that_the_system_cannot_count_is_wrong_usage() {
    for silence in ["0", "500ms", "1.5s", "32768", "10h"] {
        let said = raccord(["connect", "127.0.0.1:1", "--keepalive", silence]).run().expect(2).err();
        let expected = format!("`--keepalive {silence}`: from 1s to 32767s, in whole seconds");
        assert!(said.contains(&expected), "{said}");
    }
    for silence in ["1", "32767s"] {
        let (listener, address) = server();
        let client = raccord(["connect", &address.to_string(), "-d", "--explain", "--keepalive", silence]);
        let client = client.start();
        drop(accept(&listener));
        let told = client.ended().expect(0).err();
        let expected = format!("TCP_KEEPIDLE, {})", silence.trim_end_matches('s'));
        assert!(told.contains(&expected), "{told}");
    }
}

#[test]
fn nagle_stays_on_where_it_is_wanted() {
    let told = |words: &[&str]| {
        let (listener, address) = server();
        let address = address.to_string();
        let words = [&["connect", &address, "-d", "--explain"], words].concat();
        let client = raccord(words).start();
        drop(accept(&listener));
        client.ended().expect(0).err()
    };
    assert!(told(&[]).contains(", TCP_NODELAY, 1) = 0"));
    assert!(!told(&["--nagle"]).contains("TCP_NODELAY"));
}

#[test]
fn buffers_are_as_large_as_asked_for() {
    let words = ["listen", "127.0.0.1:0", "--discard", "--send-buffer", "32KiB", "--recv-buffer", "48KiB"];
    let server = raccord(words).start();
    let _client = server.dial();
    // the kernel doubles what it is asked for (socket(7)): tb and rb of skmem
    let sockets = until("the client is accepted", || Some(ss(&server)).filter(|all| all.contains("ESTAB")));
    let connection = sockets.lines().find(|line| line.contains("ESTAB")).unwrap();
    assert!(connection.contains("tb65536") && connection.contains("rb98304"), "{connection}");
    for (option, value) in [("--send-buffer", "0"), ("--recv-buffer", "2GiB"), ("--send-buffer", "much")] {
        let ran = raccord(["listen", "127.0.0.1:0", option, value]).run().expect(2);
        assert!(ran.err().contains(option), "{}", ran.err());
    }
}

#[test]
fn reset_on_close_has_the_last_word_and_loses_no_answer() {
    let server =
        raccord(["listen", "127.0.0.1:0", "--reply", "pong", "--reset-on-close", "-o", "json"]).start();
    let mut client = server.dial();
    client.write_all(b"ping").unwrap();
    assert_eq!(read_exact(&client, 4), b"pong");
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let error = client.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    server.stdout.wait_for_text(r#""reason":"peer""#);

    let (listener, address) = crate::harness::server();
    let words = ["connect", &address.to_string(), "--send", "ping", "--replies", "1", "--reset-on-close"];
    let client = raccord(words).start();
    let mut peer = accept(&listener);
    assert_eq!(read_exact(&peer, 4), b"ping");
    peer.write_all(b"pong").unwrap();
    assert_eq!(peer.read(&mut [0]).unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(client.ended().expect(0).out(), "pong");
}

#[test]
fn a_half_that_is_not_the_last_ends_in_order_all_the_same() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "--send", "question", "--reset-on-close"]).start();
    let mut peer = accept(&listener);
    assert_eq!(read_all(&peer), b"question");
    peer.write_all(b"answer").unwrap();
    drop(peer);
    assert_eq!(client.ended().expect(0).out(), "answer");
}

#[test]
fn a_port_is_shared_where_both_say_so() {
    let words = |port: &str| {
        vec!["listen".to_owned(), format!("127.0.0.1:{port}"), "--reuse-port".to_owned(), "-q".to_owned()]
    };
    let first = raccord(words("0")).start();
    let port = first.address().port().to_string();
    let second = raccord(words(&port)).start();
    assert_eq!(second.address().port().to_string(), port);
    let ran = raccord(["listen", &format!("127.0.0.1:{port}")]).run().expect(1);
    assert!(ran.err().contains("Address already in use"), "{}", ran.err());
}

#[test]
fn as_many_are_served_at_a_time_as_may_be() {
    let server = raccord(["listen", "127.0.0.1:0", "--echo", "-m", "2", "-o", "json"]).start();
    let address = server.address();
    let mut clients: Vec<_> = (0..3).map(|_| dial(address)).collect();
    for client in &mut clients {
        client.write_all(b"x").unwrap();
    }
    read_exact(&clients[0], 1);
    read_exact(&clients[1], 1);
    crate::harness::stays_open(&clients[2]);
    assert_eq!(server.stdout.text().matches(r#""event":"opened""#).count(), 2);
    drop(clients.remove(0));
    read_exact(&clients[1], 1);
    raccord(["listen", "127.0.0.1:0", "-m", "0"]).run().expect(2);
}

#[test]
fn each_client_that_leaves_makes_room_for_one_and_no_descriptor_is_lost() {
    let server = raccord(["listen", "127.0.0.1:0", "--echo", "-m", "2", "-q"]).start();
    let address = server.address();
    let before = server.descriptors();
    let mut inside: Vec<TcpStream> = Vec::new();
    for number in 0..40 {
        let mut next = dial(address);
        next.write_all(b"x").unwrap();
        if inside.len() == 2 {
            next.set_nonblocking(true).unwrap();
            until("the server has done all it has to", || server.rests().then_some(()));
            assert!(next.peek(&mut [0]).is_err(), "client {number} is served beside two others");
            next.set_nonblocking(false).unwrap();
            drop(inside.remove(0));
        }
        read_exact(&next, 1);
        inside.push(next);
    }
    drop(inside);
    until("every descriptor is given back", || (server.descriptors() == before).then_some(()));
}

#[test]
fn who_may_not_connect_is_turned_away_and_told() {
    let rows: &[(&[&str], &str, &str, bool)] = &[
        (&["--allow", "127.0.0.0/8"], ":0", "127.0.0.1", true),
        (&["--allow", "127.0.0.0/8"], ":0", "::1", false),
        (&["--deny", "127.0.0.1"], ":0", "127.0.0.1", false),
        (&["--deny", "127.0.0.1", "--allow", "127.0.0.0/8"], ":0", "127.0.0.1", false),
        (&["--deny", "::1/128"], ":0", "127.0.0.1", true),
    ];
    for (rules, endpoint, host, is_let_in) in rows {
        let words = [&["listen", endpoint, "--echo", "-o", "json"], *rules].concat();
        let server = raccord(words).start();
        let port = server.address().port();
        let mut client = TcpStream::connect((*host, port)).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut answer = Vec::new();
        // one that is turned away may meet a reset
        let _ = client.write_all(b"hi").and_then(|()| client.shutdown(std::net::Shutdown::Write));
        let _ = client.read_to_end(&mut answer);
        assert_eq!(answer == b"hi", *is_let_in, "{rules:?} {host}");
        if !is_let_in {
            server.stdout.wait_for_text(r#""event":"denied""#);
        }
    }
    let ran = raccord(["listen", "127.0.0.1:0", "--allow", "10.0.0.0/99"]).run().expect(2);
    assert!(ran.err().contains("from /0 to /32"), "{}", ran.err());
}

#[test]
fn the_denied_do_not_count_for_once_and_are_bounded() {
    let server = raccord(["listen", ":0", "--once", "--deny", "127.0.0.1", "--echo", "-o", "text"]).start();
    let port = server.address().port();
    let denied: Vec<_> = (0..1000).map(|_| dial(([127, 0, 0, 1], port).into())).collect();
    let descriptors = until("all were turned away", || {
        let away = server.stdout.text().matches("may not connect: turned away").count();
        (away == denied.len()).then(|| server.descriptors())
    });
    assert!(descriptors < 50, "{descriptors}");
    let mut client = dial((std::net::Ipv6Addr::LOCALHOST, port).into());
    client.write_all(b"let in").unwrap();
    drop(denied);
    assert_eq!(read_exact(&client, 6), b"let in");
    drop(client);
    server.ended().expect(0);
}
