//! SIGTERM, SIGHUP and SIGINT in every state: the exit code, the peers' end in order, and nothing lost.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::io::ioctl_fionread;
use rustix::pipe::fcntl_getpipe_size;
use socket2::{Domain, Socket, Type};

use crate::harness::{
    Collected, Run, Running, accept, binary, dial, is_held_back, noise, peer, read_all, read_exact, server,
    stays_open, until,
};

/// raccord with the signals' default actions, whatever those of the program that runs the tests are.
fn heedful(words: &[&str]) -> Run {
    peer("env", [&["--default-signal=INT,TERM,HUP", binary()], words].concat())
}

/// raccord in some state, and the peers of that state: each reads to the end of what comes, and expects FIN.
struct State {
    raccord: Running,
    peers: Vec<TcpStream>,
    /// What else must live as long.
    kept: Vec<Box<dyn std::any::Any>>,
}

impl State {
    fn alone(raccord: Running) -> Self {
        Self { raccord, peers: Vec::new(), kept: Vec::new() }
    }

    fn with(raccord: Running, peers: Vec<TcpStream>) -> Self {
        Self { raccord, peers, kept: Vec::new() }
    }

    fn keeping(mut self, what: impl std::any::Any) -> Self {
        self.kept.push(Box::new(what));
        self
    }
}

/// What a signal makes of a client that is not done, and of a server.
#[derive(Clone, Copy)]
enum End {
    Client,
    Server,
}

/// Each signal in this state: raccord ends with the code that is right, and every peer sees FIN.
fn each_signal(end: End, reach: impl Fn() -> State) {
    for signal in ["TERM", "HUP", "INT"] {
        let State { mut raccord, peers, kept } = reach();
        raccord.signal(signal);
        let peers: Vec<_> =
            peers.into_iter().map(|peer| std::thread::spawn(move || read_all(&peer))).collect();
        let status = raccord.wait();
        for peer in peers {
            peer.join().expect("the peer saw the end in order");
        }
        drop(kept);
        match (signal, end) {
            ("INT", _) => assert_eq!(status.signal(), Some(2), "it dies by SIGINT: {status}"),
            (_, End::Client) => assert_eq!(status.code(), Some(1), "{signal}"),
            (_, End::Server) => assert_eq!(status.code(), Some(0), "{signal}"),
        }
    }
}

fn connected(options: &[&str]) -> (Running, TcpStream) {
    let (listener, address) = server();
    let raccord = heedful(&[&["connect", &address.to_string()], options].concat()).open_stdin().start();
    let peer = accept(&listener);
    (raccord, peer)
}

#[test]
fn while_a_name_is_looked_up() {
    let resolver = a_resolver_that_never_answers();
    let looks_up = |words: &[&str]| {
        let run = heedful(words).env("LD_PRELOAD", resolver.path.to_str().unwrap()).open_stdin();
        let raccord = run.start();
        raccord.stderr.wait_for_text("looking up");
        State::alone(raccord)
    };
    each_signal(End::Client, || looks_up(&["connect", "some.example:80"]));
    each_signal(End::Server, || looks_up(&["listen", "some.example:80"]));
    each_signal(End::Server, || looks_up(&["listen", "some.example:80", "--run", "true"]));
}

struct Resolver {
    path: PathBuf,
    _directory: tempfile::TempDir,
}

/// A `getaddrinfo` that says so and waits for ever, as with a name server that is down.
fn a_resolver_that_never_answers() -> Resolver {
    let directory = tempfile::tempdir().unwrap();
    let (source, path) = (directory.path().join("resolver.c"), directory.path().join("resolver.so"));
    let code = "#include <unistd.h>\n\
        int getaddrinfo(void *a, void *b, void *c, void *d) { write(2, \"looking up\\n\", 11); for (;;) pause(); }\n";
    std::fs::write(&source, code).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&path, &source]).status();
    assert!(built.expect("cc is there, for Rust links with it").success());
    Resolver { path, _directory: directory }
}

#[test]
fn while_it_tries_again() {
    each_signal(End::Client, || {
        let (listener, address) = server();
        drop(listener);
        let raccord = heedful(&["connect", &address.to_string(), "--retry", "1h"]).open_stdin().start();
        raccord.stderr.wait_for_text("trying again");
        State::alone(raccord)
    });
}

#[test]
fn while_nobody_answers() {
    each_signal(End::Client, || {
        let (silent, address) = nobody_answers();
        let raccord = heedful(&["connect", &address.to_string(), "-w", "1h"]).open_stdin().start();
        until("it connects", || is_connecting_to(address).then_some(()));
        State::alone(raccord).keeping(silent)
    });
}

/// A listening socket whose backlog is full: Linux drops what asks for more.
fn nobody_answers() -> ((Socket, Vec<TcpStream>), SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let waiting = vec![dial(address)];
    ((socket, waiting), address)
}

/// Whether the table of this machine's connections has one that waits for an answer from there.
fn is_connecting_to(address: SocketAddr) -> bool {
    let table = raccord_sys::sockets::sockets().unwrap();
    table
        .sockets
        .iter()
        .any(|socket| socket.peer == Some(address) && socket.state == raccord_sys::sockets::TcpState::SynSent)
}

/// A client whose peer does not read: every buffer between its stdin and the peer is full.
fn stuck() -> (Running, TcpStream) {
    let (mut raccord, peer) = connected(&["-o", "json", "--json-data", "none"]);
    let mut stdin = raccord.stdin.take().unwrap();
    let pipe = stdin.as_fd().try_clone_to_owned().unwrap();
    let holds = fcntl_getpipe_size(&pipe).unwrap() as u64;
    std::thread::spawn(move || while stdin.write_all(&vec![b'x'; 65536]).is_ok() {});
    let (here, there) = (peer.peer_addr().unwrap(), peer.local_addr().unwrap());
    // in this order: what sleeps while there is something to read waits for room
    until("nothing is taken any more", || {
        let is_full = is_held_back(here, there) && ioctl_fionread(&pipe).unwrap() == holds;
        (is_full && raccord.rests()).then_some(())
    });
    (raccord, peer)
}

#[test]
fn while_the_conversation_is_silent() {
    each_signal(End::Client, || {
        let (raccord, peer) = connected(&["-o", "json"]);
        raccord.stdout.wait_for_text("opened");
        State::with(raccord, vec![peer])
    });
}

#[test]
fn while_bytes_pour_in() {
    each_signal(End::Client, || {
        let (raccord, peer) = connected(&["-q"]);
        let mut pouring = peer.try_clone().unwrap();
        // until raccord's end comes: then the rest is not wanted, and a reset may say so
        std::thread::spawn(move || while pouring.write_all(&vec![b'x'; 65536]).is_ok() {});
        State::with(raccord, Vec::new()).keeping(peer)
    });
}

#[test]
fn what_was_received_before_a_signal_is_printed() {
    let (mut raccord, mut peer) = connected(&["-o", "raw"]);
    let bulk = noise(200_000, 6);
    peer.write_all(&bulk).unwrap();
    until("it has arrived", || (raccord_sys::tcp::queued_out(&peer).unwrap() == 0).then_some(()));
    raccord.signal("TERM");
    assert_eq!(read_all(&peer), b"");
    drop(peer);
    assert_eq!(raccord.wait().code(), Some(1));
    assert!(raccord.stdout.all() == bulk);
}

#[test]
fn while_it_writes_to_a_peer_that_does_not_read() {
    each_signal(End::Client, || {
        let (raccord, peer) = stuck();
        State::with(raccord, vec![peer])
    });
}

#[test]
fn a_peer_that_does_not_read_has_2_seconds_and_no_more() {
    let (mut raccord, peer) = stuck();
    let start = Instant::now();
    raccord.signal("TERM");
    assert_eq!(raccord.wait().code(), Some(1));
    let took = start.elapsed();
    assert!((1800..2900).contains(&took.as_millis()), "{took:?}");
    // what it had taken is not lost, and the end is in order
    read_all(&peer);
    assert_eq!(raccord.ended().reason(), "interrupted");
}

#[test]
fn what_is_being_sent_is_finished() {
    let bulk = noise(8 << 20, 7);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, &bulk).unwrap();
    let (raccord, peer) = connected(&["--send-file", file.path().to_str().unwrap(), "--no-shutdown", "-q"]);
    let first = read_exact(&peer, 1);
    raccord.signal("TERM");
    assert!([first, read_all(&peer)].concat() == bulk);
    drop(peer);
    raccord.ended().expect(1);
}

#[test]
fn while_it_is_half_closed() {
    each_signal(End::Client, || {
        let (mut raccord, peer) = connected(&["-q"]);
        drop(raccord.stdin.take());
        assert_eq!(read_all(&peer), b"");
        // it must not end its half before the signal comes
        State::alone(raccord).keeping(peer)
    });
    each_signal(End::Client, || {
        let (raccord, peer) = connected(&["-o", "json"]);
        peer.shutdown(Shutdown::Write).unwrap();
        raccord.stdout.wait_for_text("\"shutdown\"");
        State::with(raccord, vec![peer])
    });
}

#[test]
fn while_it_listens() {
    for clients in [0, 3] {
        each_signal(End::Server, || {
            let raccord = heedful(&["listen", "127.0.0.1:0", "-o", "json"]).open_stdin().start();
            let peers: Vec<_> = (0..clients).map(|_| raccord.dial()).collect();
            raccord
                .stdout
                .wait_for(|out| String::from_utf8_lossy(out).matches("\"opened\"").count() == clients);
            if clients == 0 {
                raccord.stdout.wait_for_text("listening");
            }
            State::with(raccord, peers)
        });
    }
}

#[test]
fn while_the_program_of_run_is_alive() {
    for program in ["exec sleep 1000", "sleep 1000 <&- ; true"] {
        each_signal(End::Server, || {
            let words = ["listen", "127.0.0.1:0", "-o", "json", "--run", program];
            let raccord = heedful(&words).start();
            until("the program runs", || child_of(raccord.pid()));
            State::alone(raccord)
        });
    }
}

#[test]
fn the_program_of_run_does_not_outlive_it() {
    for program in ["exec sleep 1000", "trap '' TERM; while :; do sleep 0.1; done"] {
        let mut raccord = heedful(&["listen", "127.0.0.1:0", "-q", "--run", program]).start();
        let child = until("the program runs", || child_of(raccord.pid()));
        raccord.signal("TERM");
        assert_eq!(raccord.wait().code(), Some(0));
        until("the program is gone", || (!std::fs::exists(format!("/proc/{child}")).unwrap()).then_some(()));
    }
}

/// The first child of a process, once it runs its own program.
fn child_of(pid: u32) -> Option<String> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let children = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok());
    let child =
        children.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).next()?;
    let runs = std::fs::read_to_string(format!("/proc/{child}/comm")).ok()?;
    (["sleep\n", "sh\n"].contains(&runs.as_str())).then_some(child)
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let rows = [("TERM", "TERM", 0), ("TERM", "INT", 128 + 2), ("INT", "TERM", 128 + 2)];
    for (first, second, code) in rows {
        let mut raccord = heedful(&["listen", "127.0.0.1:0", "--echo", "-q"]).start();
        let address = raccord.address();
        let peer = dial(address);
        fill(&peer);
        let start = Instant::now();
        raccord.signal(first);
        until("the first signal is heeded", || TcpStream::connect(address).is_err().then_some(()));
        assert!(raccord.is_running());
        raccord.signal(second);
        raccord.wait();
        assert!(start.elapsed() < Duration::from_millis(1800), "{:?}", start.elapsed());
        raccord.ended().expect(code);
    }
}

/// Writes, and reads nothing back, until the other end takes no more.
fn fill(mut peer: &TcpStream) {
    peer.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    while peer.write(&vec![b'x'; 65536]).is_ok() {}
}

#[test]
fn a_reader_of_stdout_that_takes_nothing_does_not_hold_it() {
    let (mut pipe, stdout) = std::io::pipe().unwrap();
    let (listener, address) = server();
    let run = heedful(&["connect", &address.to_string(), "--no-stdin", "-o", "raw"]);
    let mut raccord = run.with(move |command| _ = command.stdout(stdout)).start();
    let mut peer = accept(&listener);
    peer.write_all(&noise(4 << 20, 8)).unwrap();
    pipe.read_exact(&mut [0]).unwrap();
    raccord.signal("TERM");
    assert_eq!(raccord.wait().code(), Some(1));
}

#[test]
fn a_slow_reader_of_stdout_still_gets_what_was_received() {
    let (pipe, stdout) = std::io::pipe().unwrap();
    let (listener, address) = server();
    let run = heedful(&["connect", &address.to_string(), "--no-stdin", "-o", "raw"]);
    let mut raccord = run.with(move |command| _ = command.stdout(stdout)).start();
    let mut peer = accept(&listener);
    // as much as it reads while nobody takes anything
    let bulk = noise(1 << 20, 8);
    peer.write_all(&bulk).unwrap();
    until("it has arrived", || (raccord_sys::tcp::queued_out(&peer).unwrap() == 0).then_some(()));
    raccord.signal("TERM");
    // it has taken the signal, and nobody reads yet
    assert_eq!(read_all(&peer), b"");
    let got = Collected::from_reader(pipe).all();
    assert!(got == bulk, "{} of {} bytes", got.len(), bulk.len());
    assert_eq!(raccord.wait().code(), Some(1));
}

#[test]
fn a_failure_before_the_signal_is_not_forgotten() {
    let raccord = heedful(&["listen", "127.0.0.1:0", "-E", "gbk", "-o", "json"]).input(*b"\xff").start();
    let peer = raccord.dial();
    raccord.stderr.wait_for_text("stdin");
    raccord.signal("TERM");
    assert_eq!(read_all(&peer), b"");
    drop(peer);
    raccord.ended().expect(1);
}

#[test]
fn an_interrupt_ends_the_loop_of_a_shell() {
    let (listener, address) = server();
    let script = format!("while :; do {} connect {address} --no-stdin -q; done", binary());
    // a session of its own: the interrupt goes to its group, as from a terminal
    let mut shell = peer("setsid", ["env", "--default-signal=INT", "bash", "-c", &script]).start();
    let peer = accept(&listener);
    stays_open(&peer);
    let group = format!("-{}", shell.pid());
    assert!(Command::new("kill").args(["-INT", "--", &group]).status().unwrap().success());
    assert_eq!(read_all(&peer), b"");
    drop(peer);
    assert_eq!(shell.wait().signal(), Some(2));
    assert_nobody_comes(&listener);
}

fn assert_nobody_comes(listener: &TcpListener) {
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_signal_that_was_ignored_from_the_start_stays_ignored() {
    let (listener, address) = server();
    let words =
        ["--ignore-signal=HUP", binary(), "connect", &address.to_string(), "--no-stdin", "-o", "json"];
    let raccord = peer("env", words).start();
    let peer = accept(&listener);
    raccord.stdout.wait_for_text("opened");
    raccord.signal("HUP");
    stays_open(&peer);
    drop(peer);
    assert_eq!(raccord.ended().expect(0).reason(), "peer");
}
