//! Unix sockets at either end: peers of all kinds, each half, and what is other than over TCP.

use std::io::{Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::Value;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};

use crate::harness::{DEADLINE, Run, Running, binary, noise, peer, raccord, until};
use crate::tty::{Tty, leaves};

/// A folder of its own, for a socket with the name `s`.
pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> PathBuf {
        self.file("s")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn endpoint(&self) -> String {
        format!("unix:{}", self.path().display())
    }

    /// raccord, started within the folder.
    pub fn raccord<S: AsRef<std::ffi::OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Run {
        self.within(raccord(words))
    }

    /// The same of any program.
    pub fn within(&self, run: Run) -> Run {
        let folder = self.0.path().to_owned();
        run.with(|command| {
            command.current_dir(folder);
        })
    }

    /// A server that says where it listens before it is used.
    pub fn server(&self, words: &[&str]) -> Running {
        let server = raccord([&["listen", &self.endpoint(), "-o", "json"], words].concat()).start();
        server.stdout.wait_for_text(r#""event":"listening""#);
        server
    }

    pub fn dial(&self) -> UnixStream {
        patient(UnixStream::connect(self.path()).unwrap())
    }

    pub fn listen(&self) -> UnixListener {
        UnixListener::bind(self.path()).unwrap()
    }

    pub fn mode(&self) -> u32 {
        std::fs::symlink_metadata(self.path()).unwrap().permissions().mode() & 0o777
    }

    /// The file of a server that has ended.
    pub fn leave_a_stale_file(&self) {
        drop(self.listen());
    }
}

fn patient(stream: UnixStream) -> UnixStream {
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    stream
}

fn accept(listener: &UnixListener) -> UnixStream {
    patient(listener.accept().unwrap().0)
}

pub fn read_all(mut stream: &UnixStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

/// A name in the abstract namespace that nobody else has.
pub fn abstract_name(what: &str) -> String {
    format!("raccord-{}-{what}", std::process::id())
}

fn event<'a>(events: &'a [Value], kind: &str) -> &'a Value {
    events.iter().find(|event| event["event"] == kind).unwrap_or_else(|| panic!("no {kind} in {events:?}"))
}

/// A socket that has its name and does not listen.
pub fn bound(path: &Path) -> Socket {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    socket.bind(&SockAddr::unix(path).unwrap()).unwrap();
    socket
}

#[test]
fn both_ends_are_shown_by_name_and_process() {
    let place = Place::new();
    let server = place.server(&["--once", "--reply", "pong"]);
    let client = raccord(["connect", &place.endpoint(), "-o", "json", "--send", "ping", "--replies", "1"]);
    let client = client.start();
    let (client_pid, server_pid) = (client.pid(), server.pid());
    let (client, server) = (client.ended().expect(0).events(), server.ended().expect(0).events());

    let listening = event(&server, "listening");
    assert_eq!(
        [&listening["local"], &listening["reuse_address"]],
        [&place.endpoint().into(), &Value::from(false)]
    );
    for kind in ["opened", "received", "closed"] {
        let event = event(&server, kind);
        assert_eq!(event["peer"], format!("unix:pid={client_pid}"), "{event}");
        assert_eq!(event["local"], place.endpoint(), "{event}");
    }
    let opened = event(&client, "opened");
    assert_eq!(opened["peer"], format!("unix:pid={server_pid}"));
    assert_eq!(opened["local"], format!("unix:pid={client_pid}"));

    let server = place.raccord(["listen", "unix:s", "--once", "-o", "text"]).start();
    server.stdout.wait_for_text("listening on unix:s · backlog 128\n");
    drop(place.dial());
    let shown = server.ended().expect(0).out();
    let here = std::process::id();
    assert!(shown.contains(&format!("#1 unix:pid={here} connected · here unix:s\n")), "{shown}");
}

#[test]
fn clients_of_all_kinds_hear_their_echo() {
    let place = Place::new();
    let name = abstract_name("echo");
    let path = place.path().display().to_string();
    let python = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1].replace('@', chr(0))); s.sendall(b'hello'); \
                  s.shutdown(socket.SHUT_WR); print(s.makefile().read(), end='')";
    let _by_path = place.server(&["--echo"]);
    let by_name = raccord(["listen", &format!("unix:@{name}"), "--echo", "-o", "json"]).start();
    by_name.stdout.wait_for_text(r#""event":"listening""#);
    for command in [
        vec!["nc", "-N", "-U", &path],
        vec!["socat", "-t", "30", "-", &format!("UNIX-CONNECT:{path}")],
        vec!["socat", "-t", "30", "-", &format!("ABSTRACT-CONNECT:{name}")],
        vec!["python3", "-c", python, &path],
        vec!["python3", "-c", python, &format!("@{name}")],
        vec![binary(), "connect", &place.endpoint()],
        vec![binary(), "connect", &format!("unix:@{name}")],
    ] {
        let ran = peer(command[0], &command[1..]).input("hello").run().expect(0);
        assert_eq!(ran.out(), "hello", "{command:?}");
    }
}

#[test]
fn servers_of_all_kinds_are_spoken_to() {
    let name = abstract_name("served");
    let python = "import socket, sys; l = socket.socket(socket.AF_UNIX); l.bind(sys.argv[1]); l.listen(); \
                  s = l.accept()[0]; s.sendall(s.makefile('rb').read()); s.close()";
    for (server, endpoint) in [
        ("nc -N -l -U s < answer", "unix:s"),
        ("socat -t 30 UNIX-LISTEN:s EXEC:cat", "unix:s"),
        (&format!("socat -t 30 ABSTRACT-LISTEN:{name} EXEC:cat"), &format!("unix:@{name}")),
        (&format!("python3 -c \"{python}\" s"), "unix:s"),
    ] {
        let place = Place::new();
        std::fs::write(place.file("answer"), "hello").unwrap();
        let words = ["connect", endpoint, "-o", "raw", "--send", "hello", "--run", server];
        let ran = place.raccord(words).run().expect(0);
        assert_eq!(ran.out(), "hello", "{server}: {}", ran.err());
    }
}

#[test]
fn noise_comes_back_as_it_went() {
    let sent = noise(1024 * 1024, 7);
    let place = Place::new();
    let _server = place.server(&["--echo", "--json-data", "none"]);
    let ran = raccord(["connect", &place.endpoint()]).input(sent.clone()).run().expect(0);
    assert!(ran.stdout == sent, "raccord to raccord: {} bytes", ran.stdout.len());
    let socat = peer("socat", ["-t", "30", "-", &format!("UNIX-CONNECT:{}", place.path().display())]);
    let ran = socat.input(sent.clone()).run().expect(0);
    assert!(ran.stdout == sent, "to socat: {} bytes", ran.stdout.len());

    let place = Place::new();
    let words = ["connect", "unix:s", "--stdin", "--run", "socat -t 30 UNIX-LISTEN:s EXEC:cat"];
    let ran = place.raccord(words).input(sent.clone()).run().expect(0);
    assert!(ran.stdout == sent, "of socat: {} bytes", ran.stdout.len());
}

#[test]
fn each_half_ends_by_itself() {
    let place = Place::new();
    let server = place.server(&["--once", "--send", "question"]);
    let mut client = place.dial();
    assert_eq!(read_all(&client), b"question");
    client.write_all(b"late answer").unwrap();
    drop(client);
    let events = server.ended().expect(0).events();
    assert_eq!(event(&events, "received")["text"], "late answer");
    assert_eq!(event(&events, "closed")["reason"], "done");

    let place = Place::new();
    let listener = place.listen();
    let client = raccord(["connect", &place.endpoint(), "--send", "question"]).start();
    let mut server = accept(&listener);
    assert_eq!(read_all(&server), b"question");
    server.write_all(b"late answer").unwrap();
    drop(server);
    assert_eq!(client.ended().expect(0).out(), "late answer");

    let client = raccord(["connect", &place.endpoint(), "-o", "json"]).open_stdin().start();
    let mut server = accept(&listener);
    server.shutdown(Shutdown::Write).unwrap();
    client.stdout.wait_for_text(r#""event":"shutdown""#);
    client.stdin.as_ref().unwrap().write_all(b"still here").unwrap();
    let mut heard = [0; 10];
    server.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"still here");
    let events = client.ended().expect(0).events();
    assert_eq!(event(&events, "closed")["reason"], "peer");
}

#[test]
fn a_peer_that_is_gone_is_told_as_what_it_is() {
    let place = Place::new();
    let listener = place.listen();
    // it goes with something unread
    let client =
        raccord(["connect", &place.endpoint(), "-o", "json", "--send", "unread", "--no-shutdown"]).start();
    let server = accept(&listener);
    until("something is unread", || has_something(&server).then_some(()));
    drop(server);
    assert_eq!(client.ended().expect(1).reason(), "reset");

    // nothing was unread, but it reads no more
    let client = raccord(["connect", &place.endpoint(), "-o", "json"]).open_stdin().start();
    drop(accept(&listener));
    client.stdout.wait_for_text(r#""event":"shutdown""#);
    client.stdin.as_ref().unwrap().write_all(b"too late").unwrap();
    assert_eq!(client.ended().expect(1).reason(), "broken-pipe");
}

/// Whether a byte waits to be read; it stays there.
fn has_something(stream: &UnixStream) -> bool {
    SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]).is_ok_and(|count| count > 0)
}

/// Whether the peer has closed its socket (`POLLHUP` of poll(2)); nothing that is to be read goes by it.
fn is_over(stream: &UnixStream) -> bool {
    let mut watched = [PollFd::new(stream, PollFlags::empty())];
    poll(&mut watched, Some(&Timespec::default())).unwrap();
    watched[0].revents().contains(PollFlags::HUP)
}

#[test]
fn a_reset_is_seen_where_something_was_unread() {
    for (unread, expected) in [(true, Some(std::io::ErrorKind::ConnectionReset)), (false, None)] {
        let place = Place::new();
        let mut tty = Tty::new(24, 80);
        let server = tty.raccord(["listen", &place.endpoint(), "--echo"]).start();
        tty.sees_text("listening on unix:");
        let mut client = place.dial();
        tty.sees_text("#1 unix:pid=");
        tty.line("/peers");
        tty.sees_text(&format!("#1 unix:pid={} · here unix:", std::process::id()));
        if unread {
            // answers that nobody takes: it reads no more, and what comes after that stays unread
            client.set_nonblocking(true).unwrap();
            until("it reads no more", || {
                while client.write(&[0; 4096]).is_ok() {}
                server.rests().then_some(()).filter(|()| client.write(&[0]).is_err())
            });
            client.set_nonblocking(false).unwrap();
        }
        tty.line("/reset");
        until("it is closed", || is_over(&client).then_some(()));
        // among so many answers it may not be on the screen any more
        if !unread {
            tty.sees_text("#1 reset by raccord");
        }
        let met = client.read_to_end(&mut Vec::new()).err().map(|error| error.kind());
        assert_eq!(met, expected);
        tty.line("/quit");
        leaves(&tty, server, 0);
    }
}

#[test]
fn a_full_backlog_is_waited_for_and_told() {
    let place = Place::new();
    let socket = bound(&place.path());
    socket.listen(0).unwrap();
    let waiting = place.dial();
    let words = ["connect", &place.endpoint(), "-d", "-o", "text"];
    let ran = raccord(words).with_words(["-w", "300ms"]).run().expect(1);
    assert!(ran.err().contains("is full: waiting for room in it\n"), "{}", ran.err());
    assert!(ran.err().contains(": no room in the backlog within 0.3 s\n"), "{}", ran.err());
    let here = format!("(pid {}, user ", std::process::id());
    assert!(ran.err().contains(&here), "{}", ran.err());

    let client = raccord(words).start();
    client.stderr.wait_for_text("is full: waiting for room in it");
    let first = socket.accept().unwrap().0;
    drop((first, waiting));
    drop(until("the second is there", || socket.accept().ok()));
    let out = client.ended().expect(0).out();
    assert!(out.contains("#1 unix:pid="), "{out}");
}

#[test]
fn a_server_is_waited_for_and_connected_to_again() {
    let place = Place::new();
    let check = raccord(["connect", &place.endpoint(), "--check", "--retry", "30s"]).start();
    check.stderr.wait_for_text("trying again for");
    let listener = place.listen();
    drop(accept(&listener));
    check.ended().expect(0);

    let client = raccord(["connect", &place.endpoint(), "--reconnect", "100ms", "-d", "-o", "json"]).start();
    drop(accept(&listener));
    client.stdout.wait_for_text(r#""event":"closed""#);
    drop(listener);
    client.stderr.wait_for_text("trying again every 0.1 s");
    std::fs::remove_file(place.path()).unwrap();
    let listener = place.listen();
    drop(accept(&listener));
    client.stderr.wait_for_text("connected to unix:pid=");
    client.signal("INT");
    client.ended().expect(130);
}

#[test]
fn the_program_of_run_is_told_the_endpoint() {
    let place = Place::new();
    let say = r#"echo "{host} ({port}) {endpoint} $RACCORD_HOST ($RACCORD_PORT) $RACCORD_ENDPOINT""#;
    let ran = place.raccord(["listen", "unix:s", "-o", "text", "--run", say]).run().expect(0);
    assert!(ran.out().contains("program: unix:s () unix:s unix:s () unix:s\n"), "{}", ran.out());
    let listener = place.listen();
    let client = place.raccord(["connect", "unix:s", "-d", "-o", "text", "--run", say]).start();
    drop(accept(&listener));
    let out = client.ended().expect(0).out();
    assert!(out.contains("program: unix:s () unix:s unix:s () unix:s\n"), "{out}");

    for (endpoint, expected) in [("127.0.0.1:0", "127.0.0.1:"), ("[::1]:0", "[::1]:")] {
        let ran = raccord(["listen", endpoint, "-o", "text", "--run", "echo {endpoint} $RACCORD_ENDPOINT"]);
        let out = ran.run().expect(0).out();
        let said = out.lines().find_map(|line| line.strip_prefix("program: ")).expect("it spoke");
        let (one, other) = said.split_once(' ').unwrap();
        assert!(one == other && one.starts_with(expected), "{said}");
        assert!(out.contains(&format!("listening on {one} ")), "{out}");
    }
}

#[test]
fn a_name_is_no_command_of_the_program_of_run() {
    let place = Place::new();
    // unquoted, in double and in single quotes, and in the environment
    let say = r#"printf '<%s>' {endpoint} "{host}" '{endpoint}' "$RACCORD_HOST" "$RACCORD_ENDPOINT""#;
    for name in [
        "x;touch PWNED",
        "x y  z",
        "x`touch PWNED`",
        "x$(touch PWNED)$HOME",
        "x'; touch PWNED; '",
        "x\"; touch PWNED; \"",
        "x\ny",
        "x\\y\t*é{port}",
        "@x;touch PWNED",
    ] {
        let name = if name.starts_with('@') { format!("@{}", abstract_name(name)) } else { name.to_owned() };
        let endpoint = format!("unix:{name}");
        let expected = format!("<{endpoint}>").repeat(5);
        let said = format!("{say} > said");
        place.raccord(["listen", &endpoint, "--run", &said]).run().expect(0);
        assert_eq!(std::fs::read_to_string(place.file("said")).unwrap(), expected);
        // nobody is there: the program has run before
        let connect = ["connect", &endpoint, "-d", "--retry", "10s", "--run", &format!("{said}; exit 3")];
        place.raccord(connect).run().expect(3);
        assert_eq!(std::fs::read_to_string(place.file("said")).unwrap(), expected);
        assert!(!place.file("PWNED").exists(), "{endpoint}");
    }
}

#[test]
fn as_many_are_served_at_a_time_as_may_be() {
    let place = Place::new();
    let server = place.server(&["-m", "1", "--echo"]);
    let mut first = place.dial();
    let mut second = place.dial();
    first.write_all(b"one").unwrap();
    second.write_all(b"two").unwrap();
    let mut heard = [0; 3];
    first.read_exact(&mut heard).unwrap();
    drop(first);
    second.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"two");
    drop(second);
    server.signal("TERM");
    let events = server.ended().expect(0).events();
    let at = |conn: u64, kind: &str| {
        events.iter().position(|event| event["conn"] == conn && event["event"] == kind)
    };
    assert!(at(1, "closed").unwrap() < at(2, "opened").unwrap(), "{events:?}");
}

#[test]
fn a_buffer_for_sending_has_its_size() {
    let place = Place::new();
    let server = place.server(&["--send-buffer", "64KiB", "--explain"]);
    let _client = place.dial();
    server.stderr.wait_for_text("SO_SNDBUF, 65536) = 0");
    raccord(["connect", &place.endpoint(), "--check", "--send-buffer", "64KiB"]).run().expect(0);
}

#[test]
fn what_is_no_unix_sockets_is_wrong_usage() {
    let rows: &[&[&str]] = &[
        &["connect", "unix:s", "-4"],
        &["connect", "unix:s", "-6"],
        &["listen", "unix:s", "-4"],
        &["connect", "unix:s", "-n"],
        &["connect", "unix:s", "-s", "127.0.0.1"],
        &["connect", "unix:s", "-p", "8989"],
        &["connect", "unix:s", "--keepalive", "1s"],
        &["connect", "unix:s", "--nagle"],
        &["connect", "unix:s", "--recv-buffer", "64KiB"],
        &["listen", "unix:s", "--reset-on-close"],
        &["listen", "unix:s", "--no-reuse-address"],
        &["listen", "unix:s", "--reuse-port"],
        &["listen", "unix:s", "--allow", "127.0.0.1"],
        &["listen", "unix:s", "--deny", "127.0.0.1"],
        &["connect", "unix:s", "--tls"],
        &["connect", "unix:s", "--tls-insecure"],
        &["listen", "unix:s", "--tls-cert", "cert.pem"],
        &["listen", "unix:s", "--tls-client-ca", "ca.pem"],
        &["listen", "unix:@name", "--unix-mode", "0600"],
        &["listen", "8989", "--unix-mode", "0600"],
        &["listen", "unix:s", "--unix-mode", "u+rw"],
        &["listen", "unix:s", "--unix-mode", "1777"],
    ];
    let said = rows
        .iter()
        .map(|words| format!("$ raccord {}\n{}", words.join(" "), raccord(*words).run().expect(2).err()));
    let said = said.collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(said);
}

#[test]
fn a_name_cannot_drive_the_terminal() {
    let place = Place::new();
    let server = place.raccord(["listen", "unix:a\u{1b}[2J", "--once", "-o", "text"]).start();
    server.stdout.wait_for_text(r"listening on unix:a\x1b[2J · ");
    let ran = place.raccord(["connect", "unix:b\u{1b}[2J", "-d"]).run().expect(1);
    assert!(ran.err().contains(r"cannot connect to unix:b\x1b[2J"), "{}", ran.err());
    server.signal("TERM");
    server.ended().expect(0);
}
