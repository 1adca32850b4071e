//! IPv4, IPv6 and both: which addresses a server takes, how they are shown, and which a client uses.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};

use crate::harness::{Run, Running, accept, dial, events, kept_port, peer, raccord, read_all, server};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

#[test]
fn a_port_alone_takes_every_address_and_shows_ipv4_as_ipv4() {
    for output in ["json", "text", "hex"] {
        let server = raccord(["listen", ":0", "--reply", "pong", "-o", output]).start();
        let port = server.address().port();
        server.stdout.wait_for_text(&format!("[::]:{port}"));
        for (address, shown) in [(V4, "127.0.0.1:"), (V6, "[::1]:")] {
            let client = converse(SocketAddr::new(address, port));
            let here = client.local_addr().unwrap().port();
            server.stdout.wait_for_text(&format!("{shown}{here}"));
        }
        assert!(!server.stdout.text().contains("::ffff"), "{}", server.stdout.text());
    }
}

#[test]
fn in_json_both_ends_of_a_dual_stack_connection_are_of_one_family() {
    let server = raccord(["listen", ":0", "--once", "--reply", "pong", "-o", "json"]).start();
    let port = server.address().port();
    let here = converse(SocketAddr::new(V4, port)).local_addr().unwrap();
    for event in server.ended().expect(0).events().iter().filter(|event| event["conn"] == 1) {
        assert_eq!(event["local"], format!("127.0.0.1:{port}"));
        assert_eq!(event["peer"], here.to_string());
    }
}

#[test]
fn one_family_leaves_the_other_alone() {
    for (option, takes, leaves) in [("-4", V4, V6), ("-6", V6, V4)] {
        let server = raccord(["listen", ":0", "--once", "--reply", "pong", option]).start();
        let port = server.address().port();
        TcpListener::bind((leaves, port)).expect("the other family's port is free");
        converse(SocketAddr::new(takes, port));
        server.ended().expect(0);
    }
}

#[test]
fn a_client_uses_the_family_that_it_is_told() {
    for (option, address, other) in [("-4", V4, V6), ("-6", V6, V4)] {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let here = listener.local_addr().unwrap();
        let client = raccord(["connect", option, &here.to_string(), "--send", "hello"]).start();
        assert_eq!(read_all(&accept(&listener)), b"hello");
        client.ended().expect(0);

        let there = SocketAddr::new(other, here.port());
        let refused = raccord(["connect", option, &there.to_string(), "--send", "hello"]).run().expect(1);
        let family = if option == "-4" { "no IPv4 address" } else { "no IPv6 address" };
        assert!(refused.err().contains(family), "{}", refused.err());
    }
}

#[test]
fn a_name_is_listened_on_at_all_its_addresses_with_one_port() {
    let expected = ("localhost", 0).to_socket_addrs().unwrap().map(|address| address.ip()).collect();
    listens_on(raccord(LISTEN_ON_LOCALHOST), expected);
}

#[test]
fn a_name_of_both_families_is_listened_on_at_both() {
    let hosts = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(hosts.path(), "127.0.0.1 localhost\n::1 localhost\n").unwrap();
    // a place of its own, where localhost has two addresses
    let place = format!("mount --bind {} /etc/hosts && exec \"$@\"", hosts.path().display());
    let words = ["-rm", "/bin/sh", "-c", &place, "sh", crate::harness::binary()];
    listens_on(peer("unshare", words).with_words(LISTEN_ON_LOCALHOST), vec![V4, V6]);
}

const LISTEN_ON_LOCALHOST: [&str; 6] = ["listen", "localhost:0", "--reply", "pong", "-o", "json"];

/// Asserts that it listens on exactly these addresses, each with an event, and that they share a port.
fn listens_on(run: Run, mut expected: Vec<IpAddr>) {
    expected.sort();
    expected.dedup();
    let server = run.start();
    let mut addresses = listening(&server, expected.len());
    addresses.sort();
    assert_eq!(addresses.iter().map(SocketAddr::ip).collect::<Vec<_>>(), expected);
    for address in &addresses {
        assert_eq!(address.port(), addresses[0].port());
        converse(*address);
    }
}

/// The addresses of its first `count` events, each of which must be `listening`.
fn listening(server: &Running, count: usize) -> Vec<SocketAddr> {
    let seen = server.stdout.wait_for(|seen| events(seen).len() >= count);
    let addresses = events(&seen).into_iter().map(|event| {
        assert_eq!(event["event"], "listening");
        event["local"].as_str().unwrap().parse().unwrap()
    });
    addresses.collect()
}

#[test]
fn a_client_comes_from_the_address_and_port_that_it_is_told() {
    let (listener, address) = server();
    let (_kept, port) = kept_port();
    let words =
        ["connect", &address.to_string(), "--send", "hello", "-p", &port.to_string()].map(str::to_owned);
    for (more, from) in [(&["-s", "127.0.0.2"][..], "127.0.0.2"), (&["--source", "127.0.0.1"], "127.0.0.1")] {
        let client = raccord(&words).with_words(more).start();
        let peer = accept(&listener);
        assert_eq!(peer.peer_addr().unwrap(), SocketAddr::new(from.parse().unwrap(), port));
        assert_eq!(read_all(&peer), b"hello");
        drop(peer);
        client.ended().expect(0);
    }
    let foreign = raccord(&words).with_words(["--source", "192.0.2.1"]).run().expect(1);
    assert!(foreign.err().contains("192.0.2.1") && foreign.err().contains("-s"), "{}", foreign.err());
}

#[test]
fn a_source_port_alone_is_used_too() {
    let (listener, address) = server();
    let (_kept, port) = kept_port();
    let client = raccord(["connect", &address.to_string(), "-d", "--source-port", &port.to_string()]).start();
    let peer = accept(&listener);
    assert_eq!(peer.peer_addr().unwrap().port(), port);
    drop(peer);
    client.ended().expect(0);
}

#[test]
fn without_lookup_only_addresses_are_taken() {
    let (listener, address) = server();
    let refused = raccord(["connect", "-n", &format!("localhost:{}", address.port()), "-d"]).run().expect(1);
    assert!(refused.err().contains("localhost is a name"), "{}", refused.err());
    raccord(["listen", "-n", "localhost:0", "-d"]).run().expect(1);

    let client = raccord(["connect", "-n", &address.to_string(), "-d"]).start();
    drop(accept(&listener));
    client.ended().expect(0);
}

/// Asks a server and gets its `pong`.
fn converse(address: SocketAddr) -> TcpStream {
    let mut client = dial(address);
    client.write_all(b"ping").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"pong");
    client
}

#[test]
fn a_full_backlog_on_this_machine_is_told_as_what_it_is() {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let _first = std::net::TcpStream::connect(address).unwrap();
    let ran = raccord(["connect", &address.to_string(), "-w", "1", "-d"]).run().expect(1);
    assert!(ran.err().contains("its backlog is full: 1 client waits"), "{}", ran.err());
    assert!(!ran.err().contains("firewall"), "{}", ran.err());
}

#[test]
fn who_holds_our_own_port_is_told() {
    let (listener, address) = crate::harness::server();
    let port = address.port().to_string();
    let words = ["connect", "127.0.0.1:1", "-s", "127.0.0.1", "-p", &port, "-d"];
    let ran = raccord(words).run().expect(1);
    assert!(ran.err().contains(&format!("pid {}", std::process::id())), "{}", ran.err());
    drop(listener);
}
