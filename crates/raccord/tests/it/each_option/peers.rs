//! What is looked at where the peer waits, goes, or comes in a way of its own.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::Asked;
use super::looks::{hear, reason_of, visible};
use crate::harness::{
    Running, accept, accept_unless_over, dial, kept_port, read_all, read_exact, server, until,
};

/// Far longer than the options that end something wait, for nothing but time tells that nothing happens.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the client comes from.
pub fn from(asked: &Asked) -> String {
    let (_client, peer) = asked.met();
    let from = peer.peer_addr().unwrap();
    let port = if from.port() == asked.place.port { "that port" } else { "any port" };
    format!("{}, {port}", from.ip())
}

/// A server that takes the connection and says nothing for a while, then closes: the failure of the client.
pub fn failure_beside_silence(asked: &Asked) -> String {
    let (mut client, peer) = asked.met();
    waits_for_end(&mut client);
    hear(&peer, b"");
    let err = client.ended().expect(1).err();
    ["in time", "closed"].into_iter().find(|said| err.contains(said)).map_or(err.clone(), str::to_owned)
}

/// A server that listens only when the client waits for it, or has given up.
pub fn server_comes_late(asked: &Asked) -> String {
    let (_kept, port) = kept_port();
    let endpoint = format!("127.0.0.1:{port}");
    let mut client = asked.raccord(&endpoint).start();
    until("it tries again or has ended", || {
        (client.stderr.text().contains("trying again") || !client.is_running()).then_some(())
    });
    if !client.is_running() {
        return format!("exit {}", client.ended().code());
    }
    drop(accept(&TcpListener::bind(endpoint).unwrap()));
    format!("connected, exit {}", client.ended().code())
}

/// Whether a server on `::1` is reached.
pub fn reaches_ipv6(asked: &Asked) -> String {
    reaches(asked, SocketAddr::from((Ipv6Addr::LOCALHOST, 0)), None)
}

/// Whether a server on 127.0.0.1 is reached.
pub fn reaches_ipv4(asked: &Asked) -> String {
    reaches(asked, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None)
}

/// Whether it is reached by its name.
pub fn reaches_localhost(asked: &Asked) -> String {
    reaches(asked, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Some("localhost"))
}

fn reaches(asked: &Asked, at: SocketAddr, name: Option<&str>) -> String {
    let listener = TcpListener::bind(at).unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = name.map_or(address.to_string(), |name| format!("{name}:{}", address.port()));
    let mut client = asked.raccord(&endpoint).start();
    match accept_unless_over(&listener, &mut client) {
        Some(_) => "connected".to_owned(),
        None => format!("exit {}", client.ended().code()),
    }
}

/// Over which families one reaches a server of every address.
pub fn families(asked: &Asked) -> String {
    let server = asked.raccord(":0").start();
    let port = server.address().port();
    let hosts = [("IPv4", "127.0.0.1"), ("IPv6", "::1")];
    let reached = hosts.into_iter().filter(|(_, host)| TcpStream::connect((*host, port)).is_ok());
    reached.map(|(family, _)| family).collect::<Vec<_>>().join(" ")
}

/// The permissions of a Unix socket.
pub fn mode_of_the_file(asked: &Asked) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let _server = asked.raccord(&format!("unix:{}", path.display())).start();
    until("it listens", || UnixStream::connect(&path).ok());
    format!("{:o}", path.metadata().unwrap().permissions().mode() & 0o777)
}

/// Whether one can listen on a name.
pub fn listens_on_localhost(asked: &Asked) -> String {
    let mut server = asked.raccord("localhost:0").start();
    match server.address_unless_over() {
        Some(_) => "listens".to_owned(),
        None => format!("exit {}", server.ended().code()),
    }
}

/// What a server answers that serves any number of clients.
pub fn answer(asked: &Asked) -> String {
    let server = asked.raccord("127.0.0.1:0").start();
    visible(&hear(&server.dial(), b"ping").0)
}

/// What comes until three bytes are there, or the end; and whether that took two intervals.
pub fn first_three(asked: &Asked) -> String {
    let start = Instant::now();
    let (_running, peer) = asked.met();
    let mut bytes = Vec::new();
    peer.take(3).read_to_end(&mut bytes).unwrap();
    let time =
        if bytes.len() == 3 && start.elapsed() >= Duration::from_millis(200) { ", 200 ms" } else { "" };
    visible(&bytes) + time
}

/// What comes to a peer that reads once and then ends its half without an answer.
pub fn wire_to_who_is_silent(asked: &Asked) -> String {
    let (_running, mut peer) = asked.met();
    let mut first = [0; 1];
    peer.read_exact(&mut first).unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    visible(&[&first[..], &read_all(&peer)].concat())
}

/// What a client shows of a server that answers, and says more when the client has ended its half.
pub fn what_comes_after_an_answer(asked: &Asked) -> String {
    let (client, mut peer) = asked.met();
    read_exact(&peer, 2);
    peer.write_all(b"pong").unwrap();
    read_all(&peer);
    let _ = peer.write_all(b" and more");
    drop(peer);
    client.ended().expect(0).out()
}

/// What a server answers to two messages, of which the second comes after the first answer.
pub fn answers_to_two(asked: &Asked) -> String {
    let (_server, mut peer) = asked.met();
    peer.write_all(b"one").unwrap();
    let first = read_exact(&peer, 2);
    visible(&[first, hear(&peer, b"two").0].concat())
}

/// A peer that says nothing for a while, then ends: why the connection ended.
pub fn reason_beside_silence(asked: &Asked) -> String {
    let (mut running, peer) = asked.met();
    waits_for_end(&mut running);
    hear(&peer, b"");
    reason_of(&running.ended())
}

/// Waits until raccord has said that the connection is over, or until nobody would wait longer.
fn waits_for_end(running: &mut Running) {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end && running.is_running() && !running.stdout.text().contains("closed") {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What is sent, and whether the end of that half comes by itself.
pub fn half(asked: &Asked) -> String {
    let (_running, mut peer) = asked.met();
    let mut heard = visible(&read_exact(&peer, 2));
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    if peer.read(&mut [0]).is_ok_and(|count| count == 0) {
        heard += ", and its end";
    }
    heard
}

/// How many connections a client makes, of two at most.
pub fn connections(asked: &Asked) -> String {
    let (listener, address) = server();
    let mut client = asked.raccord(&address.to_string()).start();
    let made = (0..2).map_while(|_| accept_unless_over(&listener, &mut client));
    made.count().to_string()
}

/// What a server does when its first client has gone.
pub fn after_a_client(asked: &Asked) -> String {
    let server = asked.raccord("127.0.0.1:0").start();
    let address = server.address();
    hear(&dial(address), b"");
    match TcpStream::connect(address) {
        Ok(_) => "serves the next".to_owned(),
        Err(_) => "listens no more".to_owned(),
    }
}

/// When a second client is served.
pub fn second_client(asked: &Asked) -> String {
    let server = asked.raccord("127.0.0.1:0").start();
    let mut clients = [server.dial(), server.dial()];
    for client in &mut clients {
        client.write_all(b"x").unwrap();
    }
    let [first, mut second] = clients;
    read_exact(&first, 1);
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    if second.read(&mut [0]).is_ok() {
        return "served beside the first".to_owned();
    }
    drop(first);
    second.set_read_timeout(None).unwrap();
    second.read_exact(&mut [0]).unwrap();
    "served after the first".to_owned()
}
