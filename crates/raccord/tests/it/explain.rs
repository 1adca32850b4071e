//! `--explain`: what strace sees is what is told, call by call; and what is told of TCP's states is what the kernel has.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use crate::harness::{
    Ran, Running, accept, binary, dial, events, kept_port, peer, raccord, read_all, reset, server, until,
};

/// A call by its name in POSIX, its socket, and what it returned: `-1 EAGAIN`, `0`, `5`.
type Made = (String, Option<u64>, String);

#[test]
fn every_call_of_a_server_is_told() {
    let traced = Traced::start(&["listen", "127.0.0.1:0", "--once", "--reply", "pong", "--backlog", "7"]);
    let mut peer = dial(traced.listening());
    peer.write_all(b"ping").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&peer), b"pong");
    let told = traced.told_what_was_made(0);
    let calls: Vec<_> = told.iter().map(|(call, ..)| call.as_str()).filter(|call| *call != "recv").collect();
    let expected = [
        "socket",
        "setsockopt",
        "bind",
        "getsockname",
        "listen",
        "accept",
        "getsockname",
        "setsockopt",
        "close",
        "send",
        "shutdown",
        "close",
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_try_to_accept_that_found_nobody_is_told() {
    let clients = "for client in 1 2 3; do nc -N 127.0.0.1 {port} < /dev/null; done";
    let told = Traced::start(&["listen", "[::]:0", "--run", clients]).told_what_was_made(0);
    let accepts: Vec<_> = told.iter().filter(|(call, ..)| call == "accept").collect();
    assert_eq!(accepts.iter().filter(|(.., result)| result != "-1 EAGAIN").count(), 3, "{accepts:?}");
    assert!(accepts.iter().any(|(.., result)| result == "-1 EAGAIN"), "{accepts:?}");
}

#[test]
fn what_accept_took_is_the_call_without_the_wait_for_a_client() {
    let server = raccord(["listen", "127.0.0.1:0", "--once", "--explain", "-o", "json"]).start();
    let address = server.address();
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(500));
    let waited = start.elapsed();
    drop(dial(address));
    let ran = server.ended().expect(0);
    let accept = steps(&ran.stdout).rfind(|step| step["call"] == "accept").unwrap();
    let took = accept["duration_ms"].as_f64().unwrap();
    assert!(took < waited.as_secs_f64() * 1e3, "{accept}");
}

#[test]
fn a_buffer_that_is_full_is_told() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&vec![0; 24 * 1024 * 1024]).unwrap();
    let (listener, address) = server();
    let path = file.path().to_str().unwrap();
    let words = ["connect", &address.to_string(), "--send-file", path, "--json-data", "none"];
    let traced = Traced::start(&words);
    let peer = accept(&listener);
    traced.running.stdout.wait_for(|seen| returned_by(seen, "send").any(|result| result == "-1 EAGAIN"));
    read_all(&peer);
    drop(peer);
    let told = traced.told_what_was_made(0);
    let sent =
        told.iter().filter(|(call, ..)| call == "send").filter_map(|(.., sent)| sent.parse::<usize>().ok());
    assert_eq!(sent.sum::<usize>(), 24 * 1024 * 1024);
}

#[test]
fn every_call_of_a_client_is_told() {
    let (listener, address) = server();
    let traced = Traced::start(&["connect", &address.to_string(), "--send", "hello"]);
    let mut peer = accept(&listener);
    assert_eq!(read_all(&peer), b"hello");
    peer.write_all(b"world").unwrap();
    drop(peer);
    let told = traced.told_what_was_made(0);
    assert!(told.iter().any(|(call, _, result)| call == "connect" && result == "-1 EINPROGRESS"), "{told:?}");
    assert!(told.iter().any(|(call, _, result)| call == "recv" && result == "5"), "{told:?}");
}

#[test]
fn every_call_of_a_connection_that_is_refused_or_reset_is_told() {
    let (_port, port) = kept_port();
    let refused = Traced::start(&["connect", &format!("127.0.0.1:{port}")]);
    let told = refused.told_what_was_made(1);
    assert!(told.iter().any(|(_, _, result)| result == "-1 ECONNREFUSED"), "{told:?}");
    assert_eq!(told.last().unwrap().0, "close");

    let (listener, address) = server();
    let client = Traced::start(&["connect", &address.to_string(), "--stdin", "--no-shutdown"]);
    reset(accept(&listener));
    let told = client.told_what_was_made(1);
    assert!(told.iter().any(|(_, _, result)| result == "-1 ECONNRESET"), "{told:?}");
}

#[test]
fn a_connection_that_nobody_answers_is_told() {
    let (_listener, _waiting, address) = full();
    let traced = Traced::start(&["connect", &address.to_string(), "-w", "300ms"]);
    let told = traced.told_what_was_made(1);
    assert_eq!(told.last().unwrap().0, "close");

    let ran = raccord(["connect", &address.to_string(), "-w", "50ms", "--explain"]).run().expect(1);
    assert!(in_one_line(&ran.err()).contains("= -1 EINPROGRESS, then no answer"), "{}", ran.err());
    assert!(in_one_line(&ran.err()).contains("a firewall drops the packets"), "{}", ran.err());
}

#[test]
fn every_call_on_a_unix_socket_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    drop(UnixListener::bind(&path).unwrap());
    let endpoint = format!("unix:{}", path.display());
    let traced = Traced::start(&["listen", &endpoint, "--once", "--reply", "pong", "--send-buffer", "64KiB"]);
    traced.running.stdout.wait_for_text(r#""event":"listening""#);
    let mut peer = UnixStream::connect(&path).unwrap();
    peer.write_all(b"ping").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    peer.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "pong");
    let told = traced.told_what_was_made(0);
    let calls: Vec<_> = told.iter().map(|(call, ..)| call.as_str()).filter(|call| *call != "recv").collect();
    let expected = [
        "socket",
        "bind",
        "bind",
        "listen",
        "accept",
        "getsockopt",
        "setsockopt",
        "close",
        "send",
        "shutdown",
        "close",
    ];
    assert_eq!(calls, expected);
    assert_eq!(told[1].2, "-1 EADDRINUSE", "the file of a server that has ended");

    let listener = UnixListener::bind(&path).unwrap();
    let traced = Traced::start(&["connect", &endpoint, "--send", "hello"]);
    let mut peer = listener.accept().unwrap().0;
    let mut question = String::new();
    peer.read_to_string(&mut question).unwrap();
    peer.write_all(b"world").unwrap();
    drop(peer);
    let told = traced.told_what_was_made(0);
    let calls: Vec<_> = told.iter().map(|(call, ..)| call.as_str()).filter(|call| *call != "recv").collect();
    assert_eq!(calls, ["socket", "connect", "getsockopt", "send", "shutdown", "close"]);

    drop(listener);
    let told = Traced::start(&["connect", &endpoint]).told_what_was_made(1);
    assert!(told.iter().any(|(_, _, result)| result == "-1 ECONNREFUSED"), "{told:?}");
    std::fs::remove_file(&path).unwrap();
    let told = Traced::start(&["connect", &endpoint]).told_what_was_made(1);
    assert!(told.iter().any(|(_, _, result)| result == "-1 ENOENT"), "{told:?}");
}

#[test]
fn what_is_told_of_a_unix_socket_speaks_of_no_packets() {
    let endpoint = format!("unix:@raccord-explain-{}", std::process::id());
    let client = format!("{} connect {{endpoint}} --send hello --explain", binary());
    let words = ["listen", &endpoint, "--once", "--echo", "--explain", "-o", "text", "--run", &client];
    let ran = raccord(words).run().expect(0);
    let said = in_one_line(&(ran.err() + &ran.out()));
    for word in ["FIN", "RST", "SYN", "TCP", "ESTABLISHED"] {
        assert!(!said.split(|c: char| !c.is_ascii_alphanumeric()).any(|one| one == word), "{word}: {said}");
    }
    for words in ["there is no handshake", "AF_UNIX, SOCK_STREAM", "getsockopt("] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn the_meaning_is_told_once_beside_the_calls() {
    let (listener, address) = server();
    let client =
        raccord(["connect", &address.to_string(), "--explain", "--send", "a", "--send", "b"]).start();
    drop(read_all(&accept(&listener)));
    let err = client.ended().expect(0).err();
    assert!(err.lines().all(|line| line.chars().count() <= 80), "{err}");
    for (words, times) in
        [("client 1/5", 1), ("client 2/5", 1), ("client 5/5", 1), ("TCP keeps no message boundaries", 0)]
    {
        assert_eq!(err.matches(words).count(), times, "{words}: {err}");
    }
    let line = in_one_line(&err);
    for once in ["Nagle's algorithm is off", "(SYN, SYN-ACK, ACK)", "--no-shutdown is for them"] {
        assert_eq!(line.matches(once).count(), 1, "{once}: {err}");
    }
}

#[test]
fn both_ends_have_states_where_both_are_here() {
    let server = raccord(["listen", "127.0.0.1:0", "--once", "--explain", "-o", "json"]).start();
    let mut peer = server.dial();
    peer.write_all(b"x").unwrap();
    server.stdout.wait_for(|seen| step(seen, "recv", "1").is_some());
    peer.shutdown(Shutdown::Write).unwrap();
    read_all(&peer);
    let ran = server.ended().expect(0);
    let state = |call, result: &str| {
        let step = step(&ran.stdout, call, result).unwrap();
        [step["state"].clone(), step["peer_state"].clone()]
    };
    assert_eq!(state("listen", "0"), [Value::from("LISTEN"), Value::Null]);
    assert_eq!(state("recv", "1"), ["ESTABLISHED", "ESTABLISHED"]);
    let [ours, peers] = state("recv", "0");
    assert_eq!(ours, "CLOSE-WAIT");
    // its end may not be acknowledged yet
    assert!(["FIN-WAIT-1", "FIN-WAIT-2"].contains(&peers.as_str().unwrap()), "{peers}");
}

#[test]
fn an_ipv4_client_of_a_dual_stack_listener_has_states() {
    let server = raccord(["listen", "[::]:0", "--once", "--explain", "-o", "json"]).start();
    let seen = server.stdout.wait_for(|seen| listening(seen).is_some());
    assert_eq!(step(&seen, "listen", "0").unwrap()["state"], "LISTEN");
    let peer = dial(([127, 0, 0, 1], listening(&seen).unwrap().port()).into());
    server.stdout.wait_for(|seen| steps(seen).any(|step| step["call"] == "accept"));
    drop(peer);
    let ran = server.ended().expect(0);
    let accepted = steps(&ran.stdout).find(|step| step["call"] == "accept").unwrap();
    assert_eq!([&accepted["state"], &accepted["peer_state"]], ["ESTABLISHED", "ESTABLISHED"]);
}

#[test]
fn the_end_that_closes_first_stays_in_time_wait() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "--explain", "--send", "x"]).start();
    // its end comes first; ours is acknowledged before it can see it
    read_all(&accept(&listener));
    let err = client.ended().expect(0).err();
    assert!(in_one_line(&err).contains("so the system keeps our end in TIME-WAIT for 60 s"), "{err}");
    assert!(in_one_line(&err).contains("here TIME-WAIT (60 s)"), "{err}");
}

#[test]
fn a_peer_on_another_machine_has_no_state_here() {
    let words = ["listen", "10.9.0.1:8989", "--once", "--reply", "pong", "--explain", "-o", "json"];
    let ran = peer("unshare", ["-rn", "/bin/sh", "-c", TWO_MACHINES, "sh", binary()]).with_words(words).run();
    let ran = ran.expect(0);
    let accepted = steps(&ran.stdout).find(|step| step["call"] == "accept").expect("a client came");
    // it may have ended its half already
    assert!(["ESTABLISHED", "CLOSE-WAIT"].contains(&accepted["state"].as_str().unwrap()), "{accepted}");
    assert!(accepted["result"].as_str().unwrap().contains("from 10.9.0.2:"), "{accepted}");
    assert!(steps(&ran.stdout).all(|step| step["peer_state"].is_null()));
}

/// A network of two machines, each a namespace: a client on 10.9.0.2, and here, on 10.9.0.1, the command in `"$@"`.
const TWO_MACHINES: &str = "
    ip link add here type veth peer name there && ip addr add 10.9.0.1/24 dev here && ip link set here up || exit 9
    unshare -n /bin/sh -c '
        until ip link set there up 2>/dev/null; do sleep 0.02; done
        ip addr add 10.9.0.2/24 dev there
        until printf ping | nc -N -w 20 10.9.0.1 8989; do sleep 0.02; done' >/dev/null 2>&1 &
    # it is still in our own until it has one of its own
    while ip link set there netns $! && ip link show there >/dev/null 2>&1; do sleep 0.02; done
    exec \"$@\"";

/// raccord under strace, told as JSON and for people.
struct Traced {
    folder: tempfile::TempDir,
    running: Running,
}

impl Traced {
    fn start(words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let calls = folder.path().join("calls");
        // a file for each thread: no call is cut by another's
        let strace =
            ["-ff", "-e", "trace=%network,writev,close,execve", "-o", calls.to_str().unwrap(), binary()];
        let running = peer("strace", strace)
            .with_words(words)
            .with_words(["--explain", "-o", "json", "--timeout", "20s"])
            .open_stdin()
            .start();
        Self { folder, running }
    }

    /// Where it listens.
    fn listening(&self) -> SocketAddr {
        listening(&self.running.stdout.wait_for(|seen| listening(seen).is_some())).unwrap()
    }

    /// Asserts that exactly the calls that strace saw were told, in their order, on both outputs; gives them.
    #[track_caller]
    fn told_what_was_made(mut self, code: i32) -> Vec<Made> {
        let stdin = self.running.stdin.take();
        let ran = self.running.ended().expect(code);
        drop(stdin);
        let told: Vec<Made> = steps(&ran.stdout).map(|step| made(&step)).collect();
        let seen = calls_on_stream_sockets(self.folder.path());
        assert_eq!(told, seen, "told, and seen by strace");
        told_for_people(&ran);
        told
    }
}

/// Asserts that stderr has each step of the JSON, in the same order.
fn told_for_people(ran: &Ran) {
    let err = in_one_line(&ran.err());
    let mut rest = err.as_str();
    for step in steps(&ran.stdout) {
        let word = |name: &str| step[name].as_str().unwrap().to_owned();
        let socket = step["socket"].as_u64().map(|socket| socket.to_string());
        let arguments = socket.into_iter().chain([word("arguments")]).filter(|word| !word.is_empty());
        let arguments = arguments.collect::<Vec<_>>().join(", ");
        let line = format!("{}({arguments}) = {} ", word("call"), word("result"));
        let at =
            rest.find(&line).unwrap_or_else(|| panic!("{line} is not told, or not there: {}", ran.err()));
        rest = &rest[at + line.len()..];
        assert!(!word("meaning").is_empty());
    }
}

/// Where it listens, once it says so.
fn listening(stdout: &[u8]) -> Option<SocketAddr> {
    let listening = events(stdout).into_iter().find(|event| event["event"] == "listening")?;
    Some(listening["local"].as_str().unwrap().parse().unwrap())
}

fn steps(stdout: &[u8]) -> impl DoubleEndedIterator<Item = Value> {
    events(stdout).into_iter().filter(|event| event["event"] == "step")
}

fn step(stdout: &[u8], call: &str, result: &str) -> Option<Value> {
    steps(stdout).find(|step| step["call"] == call && step["result"] == result)
}

/// What the calls of this name returned so far.
fn returned_by(stdout: &[u8], call: &str) -> impl Iterator<Item = String> {
    steps(stdout).map(|step| made(&step)).filter(move |(name, ..)| name == call).map(|(.., result)| result)
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A step as strace would have it: what more is known stands behind a comma.
fn made(step: &Value) -> Made {
    let result = step["result"].as_str().unwrap();
    let returned = returned(result.split(',').next().unwrap_or_default());
    (step["call"].as_str().unwrap().to_owned(), step["socket"].as_u64(), returned)
}

/// `-1 EAGAIN (Resource temporarily unavailable)` is `-1 EAGAIN`.
fn returned(result: &str) -> String {
    result.split(" (").next().unwrap_or_default().trim().to_owned()
}

/// The calls on stream sockets that strace saw of raccord's first thread, which makes them all; the others are for stdin,
/// printing and signals, and for what `--run` starts.
fn calls_on_stream_sockets(folder: &Path) -> Vec<Made> {
    let mut traces =
        folder.read_dir().unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let started = format!("execve(\"{}\"", binary());
    calls(&traces.find(|trace| trace.starts_with(&started)).expect("strace saw raccord start"))
}

fn calls(trace: &str) -> Vec<Made> {
    let mut sockets = BTreeSet::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((call, result)) = line.rsplit_once(" = ") else { continue };
        let (name, arguments) = call.split_once('(').unwrap();
        let name = match name {
            "accept4" => "accept",
            "recvfrom" => "recv",
            // one message, or several at once
            "sendto" | "writev" => "send",
            name => name,
        };
        let result = returned(result);
        let socket = arguments.split([',', ')']).next().unwrap().parse::<u64>().ok();
        let is_ours = match name {
            // a question to a Unix socket's file is asked by one of datagrams
            "socket" => arguments.starts_with("AF_INET") || arguments.starts_with("AF_UNIX, SOCK_STREAM"),
            _ => socket.is_some_and(|socket| sockets.contains(&socket)),
        };
        if !is_ours {
            continue;
        }
        if let ("socket" | "accept", Ok(new)) = (name, result.parse::<u64>()) {
            sockets.insert(new);
        }
        if let ("close", Some(socket)) = (name, socket) {
            sockets.remove(&socket);
        }
        calls.push((name.to_owned(), socket, result));
    }
    calls
}

/// A listener whose backlog is full, so that the system answers nobody who comes, and who fills it.
fn full() -> (Socket, Vec<TcpStream>, SocketAddr) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    until("nobody is answered", || match TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        Ok(stream) => {
            waiting.push(stream);
            None
        }
        Err(_) => Some(()),
    });
    (listener, waiting, address)
}
