//! raccord at both ends: servers one after another on one port, volume, and the options of the sockets.

use std::io::{Read, Write, pipe};
use std::net::{Shutdown, SocketAddr};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::harness::{
    DEADLINE, Run, Running, accept, dial, kept_port, noise, raccord, read_all, server, until,
};

#[test]
fn ten_servers_that_close_first_take_the_same_port_without_waiting() {
    let mut address = "127.0.0.1:0".to_owned();
    for _ in 0..10 {
        let server = raccord(["listen", &address, "--once", "--send", "bye"]).start();
        let port = leave_time_wait(server);
        address = format!("127.0.0.1:{port}");
    }
}

#[test]
fn without_reuse_address_the_rest_of_the_last_server_stands_in_the_way() {
    let words = ["--once", "--send", "bye", "--no-reuse-address"];
    let port = leave_time_wait(raccord(["listen", "127.0.0.1:0"]).with_words(words).start());
    let again = ["listen", &format!("127.0.0.1:{port}"), "-o", "json"].map(str::to_owned);

    let refused = raccord(&again).with_words(words).run().expect(1);
    assert_eq!(refused.events()[0]["event"], "failed");
    assert!(refused.err().contains("TIME_WAIT"), "{}", refused.err());
    // the option helps only where the last server had it as well
    let refused = raccord(&again).with_words(["--once"]).run().expect(1);
    assert!(refused.err().contains("TIME_WAIT"), "{}", refused.err());
}

/// Lets a server that speaks first and closes first serve one client; gives its port, where `TIME_WAIT` is left.
pub fn leave_time_wait(server: Running) -> u16 {
    let client = server.dial();
    let (here, there) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
    assert_eq!(read_all(&client), b"bye");
    drop(client);
    server.ended().expect(0);
    until("the server's end is in TIME_WAIT", || is_in_time_wait(there, here).then_some(()));
    there.port()
}

fn is_in_time_wait(local: SocketAddr, remote: SocketAddr) -> bool {
    let (local, remote) = (in_proc(local), in_proc(remote));
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().any(|line| line.contains(&format!(" {local} {remote} 06 ")))
}

/// An IPv4 address as /proc/net/tcp writes it: the bytes in the machine's order, the port in ours.
fn in_proc(address: SocketAddr) -> String {
    let SocketAddr::V4(address) = address else { panic!("IPv6 stands in another table") };
    format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
}

#[test]
fn much_arrives_whole_each_way_between_two_raccords() {
    let (server, to_server, from_server) = piped(raccord(["listen", "127.0.0.1:0", "--once", "-o", "raw"]));
    let address = server.address().to_string();
    let (client, to_client, from_client) = piped(raccord(["connect", &address, "-o", "raw"]));
    let parts = Parts::start();
    parts.sends("client", to_client, 1).receives("server", from_server, 1);
    parts.sends("server", to_server, 2).receives("client", from_client, 2);
    parts.finish();
    client.ended().expect(0);
    server.ended().expect(0);
}

#[test]
fn much_arrives_whole_each_way_between_raccord_and_a_plain_peer() {
    let (listener, address) = server();
    let (client, to_client, from_client) = piped(raccord(["connect", &address.to_string(), "-o", "raw"]));
    let peer = accept(&listener);
    let parts = Parts::start();
    parts.sends("client", to_client, 1).receives("peer", peer.try_clone().unwrap(), 1);
    parts.sends("peer", Half(peer), 2).receives("client", from_client, 2);
    parts.finish();
    client.ended().expect(0);
}

/// How much goes each way.
const VOLUME: usize = 128 * MEBIBYTE;
const MEBIBYTE: usize = 1024 * 1024;

/// Sends and receptions that go on at the same time.
struct Parts {
    over: Sender<()>,
    all_over: Receiver<()>,
}

impl Parts {
    fn start() -> Self {
        let (over, all_over) = channel();
        Self { over, all_over }
    }

    fn sends(&self, who: &'static str, mut to: impl Write + Send + 'static, seed: u64) -> &Self {
        self.run(format!("{who} sends"), move || pieces(seed, |piece| to.write_all(piece).unwrap()))
    }

    fn receives(&self, who: &'static str, mut from: impl Read + Send + 'static, seed: u64) -> &Self {
        self.run(format!("{who} receives"), move || {
            let mut came = vec![0; MEBIBYTE];
            pieces(seed, |piece| {
                from.read_exact(&mut came).unwrap();
                assert!(came == piece, "noise came as other noise");
            });
            assert_eq!(from.read(&mut came).unwrap(), 0, "and then the end");
        })
    }

    fn run(&self, name: String, part: impl FnOnce() + Send + 'static) -> &Self {
        let over = self.over.clone();
        let thread = thread::Builder::new().name(name);
        thread
            .spawn(move || {
                part();
                over.send(()).unwrap();
            })
            .unwrap();
        self
    }

    /// Waits until all four are over. One that fails says so on stderr, and leaves nothing here.
    fn finish(self) {
        drop(self.over);
        for _ in 0..4 {
            self.all_over.recv_timeout(DEADLINE).expect("everything arrives, whole and in time");
        }
    }
}

/// [`VOLUME`] of noise, a mebibyte at a time; each piece is cut from another place.
fn pieces(seed: u64, mut with: impl FnMut(&[u8])) {
    let store = noise(2 * MEBIBYTE, seed);
    for piece in 0..VOLUME / MEBIBYTE {
        let start = piece * 7919;
        with(&store[start..start + MEBIBYTE]);
    }
}

/// A stream of which dropping ends our half alone.
struct Half(std::net::TcpStream);

impl Write for Half {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

/// Starts it with pipes that the test itself writes and reads.
fn piped(run: Run) -> (Running, std::io::PipeWriter, std::io::PipeReader) {
    let (stdin, input) = pipe().unwrap();
    let (output, stdout) = pipe().unwrap();
    let run = run.with(move |command| {
        command.stdin(stdin).stdout(stdout);
    });
    (run.start(), input, output)
}

#[test]
fn a_client_waits_for_a_server_that_comes_up_later() {
    let (socket, port) = kept_port();
    let client =
        raccord(["connect", &format!("127.0.0.1:{port}"), "--retry", "30s", "--send", "hello"]).start();
    client.stderr.wait_for_text("trying again");
    socket.listen(1).unwrap();
    let peer = accept(&socket.into());
    assert_eq!(read_all(&peer), b"hello");
    drop(peer);
    client.ended().expect(0);
}

#[test]
fn a_client_does_not_wait_for_longer_than_told() {
    let (_socket, port) = kept_port();
    let client = raccord(["connect", &format!("127.0.0.1:{port}"), "--retry", "200ms", "-d"]).run().expect(1);
    assert!(client.err().contains("refused"), "{}", client.err());
    assert!(!client.err().contains("--retry"), "advice that was followed: {}", client.err());
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let (socket, port) = kept_port();
    socket.listen(0).unwrap();
    // one client fills the queue; what the next one sends is dropped
    let _first = dial(SocketAddr::from(([127, 0, 0, 1], port)));
    let words = ["connect", &format!("127.0.0.1:{port}"), "-d", "--connect-timeout", "300ms"];
    let late = raccord(words).run().expect(1);
    assert!(late.err().contains("no answer"), "{}", late.err());
}

#[test]
fn the_backlog_is_what_was_asked_for() {
    let server = raccord(["listen", "127.0.0.1:0", "--backlog", "7", "-o", "json"]).start();
    let port = server.address().port();
    let listening = server.stdout.wait_for(|seen| seen.ends_with(b"\n"));
    assert_eq!(crate::harness::events(&listening)[0]["backlog"], 7);

    let ss = Command::new("ss").args(["-Hltn", &format!("sport = :{port}")]).output().unwrap();
    let told = String::from_utf8(ss.stdout).unwrap();
    assert_eq!(
        told.split_whitespace().nth(2),
        Some("7"),
        "Send-Q of a listening socket is its backlog: {told}"
    );
    dial(server.address());
}
