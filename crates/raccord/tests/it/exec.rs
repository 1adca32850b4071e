//! `-e` and `-c`: a program for each connection, what it hears and says, how each of the two ends for the other.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::harness::{
    DEADLINE, Running, binary, dial, events, noise, peer, raccord, read_all, read_exact, reset, stays_open,
    until,
};
use crate::tty::{CTRL_D, Tty};

const MIB: usize = 1024 * 1024;

/// A server that hands its connections to a program, and with it SIGHUP as a shell hands it out.
fn serving(words: &[&str]) -> Running {
    peer("env", [&["--default-signal=HUP", binary(), "listen", "127.0.0.1:0"], words].concat()).start()
}

/// Ends a server in order, and with it the programs that would go on.
fn stop(server: Running) {
    server.signal("TERM");
    server.ended().expect(0);
}

/// A client that has said this, and nothing more to say.
fn says(server: &Running, bytes: &[u8]) -> TcpStream {
    let mut client = server.dial();
    client.write_all(bytes).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    client
}

/// The processes whose parent it is, zombies among them (`stat` of proc(5)).
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let files = processes.map(|process| process.path().join("stat"));
    let children = files.filter_map(|file| {
        let line = std::fs::read_to_string(file).ok()?;
        // the name is in parentheses, and may hold blanks
        let (pid, rest) = (line.split(' ').next()?.parse().ok()?, line.rsplit_once(") ")?.1);
        (rest.split(' ').nth(1)?.parse() == Ok(parent)).then_some(pid)
    });
    children.collect()
}

/// The program that a process started first, once it is no copy of its parent any more: such a copy has the parent's
/// ways with signals.
fn program_of(parent: u32) -> u32 {
    let file = |pid: u32| std::fs::read_link(format!("/proc/{pid}/exe")).ok();
    until("the program runs", || {
        let pid = *children(parent).first()?;
        (file(pid)? != file(parent)?).then_some(pid)
    })
}

fn is_gone(pid: u32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}

/// Waits for the number of a process that a program writes to a file.
fn number_in(file: &Path) -> u32 {
    until("the number of a process is in the file", || {
        std::fs::read_to_string(file).ok()?.strip_suffix('\n')?.parse().ok()
    })
}

#[test]
fn a_program_hears_the_end_of_the_clients_half_and_its_answer_still_comes() {
    for words in [["-e", "wc -c"], ["--exec", "wc -c"], ["-c", "cat | wc -c"], ["--shell", "wc -c"]] {
        let server = serving(&words);
        for _ in 0..2 {
            assert_eq!(read_all(&says(&server, b"x")).trim_ascii(), b"1", "{words:?}");
        }
        let address = server.address();
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        let netcat = peer("nc", ["-N", &host, &port]).input("four").run().expect(0);
        assert_eq!(netcat.out().trim(), "4");
    }
}

#[test]
fn words_are_split_and_nothing_in_them_is_expanded() {
    let server = serving(&["-e", r#"printf '%s|' 'a b' $HOME * "c;d" -n"#]);
    assert_eq!(read_all(&says(&server, b"")), b"a b|$HOME|*|c;d|-n|");
    let server = serving(&["-c", "echo $((6 * 7)); exit"]);
    assert_eq!(read_all(&says(&server, b"")), b"42\n");
}

#[test]
fn what_is_said_is_answered_before_any_half_ends() {
    let server = serving(&["-e", "cat"]);
    let mut client = server.dial();
    for message in [&b"one"[..], b"two"] {
        client.write_all(message).unwrap();
        assert_eq!(read_exact(&client, 3), message);
    }
    stays_open(&client);
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"");
}

#[test]
fn volume_goes_through_whole_in_both_directions() {
    let server = serving(&["-e", "cat", "-q"]);
    let bytes = noise(64 * MIB, 1);
    let client = server.dial();
    let (mut sends, sent) = (client.try_clone().unwrap(), bytes.clone());
    let sending = std::thread::spawn(move || {
        sends.write_all(&sent).unwrap();
        sends.shutdown(Shutdown::Write).unwrap();
    });
    assert!(read_all(&client) == bytes);
    sending.join().unwrap();
}

/// Sends until nothing goes through any more, and reads nothing; how much went.
fn stuff(mut client: &TcpStream, bytes: &[u8]) -> usize {
    client.set_nonblocking(true).unwrap();
    let (mut count, mut moved) = (0, Instant::now());
    while moved.elapsed() < Duration::from_millis(300) {
        match client.write(&bytes[count..]) {
            Ok(more) => (count, moved) = (count + more, Instant::now()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => panic!("{error}"),
        }
        assert!(count < bytes.len(), "nothing holds it back");
    }
    client.set_nonblocking(false).unwrap();
    count
}

#[test]
fn what_nobody_takes_holds_the_other_side_up_and_is_not_lost() {
    for program in ["exec cat", "exec sleep 60", "cat >/dev/null & exec yes"] {
        let server = serving(&["-c", program, "-q"]);
        let client = server.dial();
        program_of(server.pid());
        let before = server.rss();
        let bytes = noise(96 * MIB, 2);
        if program == "exec cat" {
            let count = stuff(&client, &bytes);
            client.shutdown(Shutdown::Write).unwrap();
            assert!(read_all(&client) == bytes[..count], "all of it comes back");
        } else {
            stuff(&client, &bytes);
            until("it stands still", || server.rests().then_some(()));
        }
        let grown = server.rss().saturating_sub(before);
        assert!(grown <= 16 * MIB as u64, "{program}: {grown} bytes");
        drop(client);
        stop(server);
    }
}

#[test]
fn a_program_that_closes_its_stdin_misses_the_rest_and_goes_on() {
    let server = serving(&["-c", "exec 0<&-; echo ready; sleep 0.3; echo done"]);
    let mut client = server.dial();
    assert_eq!(read_exact(&client, 6), b"ready\n");
    client.write_all(&noise(8 * MIB, 3)).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"done\n");
}

#[test]
fn a_program_that_closes_its_stdout_still_hears_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (heard, hung_up) = (folder.path().join("heard"), folder.path().join("hung-up"));
    let program = format!(
        "trap 'echo yes > {}' HUP; exec >&-; cat > {}; sleep 60 & wait",
        hung_up.display(),
        heard.display()
    );
    let server = serving(&["-c", &program, "--once", "-o", "json"]);
    let mut client = server.dial();
    assert_eq!(read_all(&client), b"", "our half ends with its stdout");
    let bytes = noise(MIB, 4);
    client.write_all(&bytes).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let ran = server.ended().expect(0);
    assert!(std::fs::read(heard).unwrap() == bytes);
    assert_eq!(std::fs::read_to_string(hung_up).unwrap(), "yes\n", "the end of the connection is told");
    assert_eq!(ran.reason(), "done");
    assert_eq!(ran.err(), "", "what raccord ended has no wrong end");
}

#[test]
fn a_program_may_take_its_time_after_its_last_word() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cleaned");
    let program = format!("echo bye; exec >&-; sleep 0.3; echo yes > {}", file.display());
    let server = serving(&["-c", &program, "--once"]);
    assert_eq!(read_all(&says(&server, b"")), b"bye\n");
    server.ended().expect(0);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "yes\n");
}

#[test]
fn an_end_that_is_not_good_is_a_warning_and_the_code_is_the_connections() {
    for (program, said) in [
        ("exit 3", "the program ended with 3"),
        ("no-such-program 2>/dev/null", "the program ended with 127"),
        ("kill -SEGV $$", "the program was ended by SIGSEGV"),
        ("echo bye; kill -9 $$", "the program was ended by SIGKILL"),
    ] {
        let server = serving(&["-c", program, "--once", "-o", "json"]);
        read_all(&says(&server, b"x"));
        let ran = server.ended().expect(0);
        let warning = ran.events().into_iter().find(|event| event["event"] == "warning").unwrap();
        assert_eq!((warning["message"].as_str(), warning["conn"].as_u64()), (Some(said), Some(1)));
        assert!(["done", "peer"].contains(&ran.reason().as_str()), "whichever half ended first");
        assert!(ran.err().contains(&format!("raccord: warning: #1 {said}\n")), "{}", ran.err());
    }
    let server = serving(&["-e", "true", "--once"]);
    assert_eq!(read_all(&server.dial()), b"");
    assert!(!server.ended().expect(0).err().contains("warning"));
}

#[test]
fn bytes_are_told_as_ever_and_pass_as_they_are() {
    let bytes = b"\xc4\xe3\xff\0";
    let server = serving(&["-e", "cat", "-E", "gbk", "-C", "--once", "-o", "json"]);
    assert_eq!(read_all(&says(&server, bytes)), bytes);
    let events = server.ended().expect(0).events();
    for (kind, dir) in [("received", "up"), ("sent", "down")] {
        let data = events.iter().find(|event| event["event"] == kind).unwrap();
        assert_eq!(
            (&data["hex"], &data["dir"], &data["offset"]),
            (&"c4e3ff00".into(), &dir.into(), &0.into())
        );
    }
    let server = serving(&["-e", "tr a-z A-Z", "--once"]);
    assert_eq!(read_all(&says(&server, b"up")), b"UP");
    assert_eq!(server.ended().expect(0).stdout, b"up");
}

#[test]
fn a_framing_cuts_what_is_shown_and_touches_nothing() {
    let server = serving(&["-e", "tac", "--frame", "line", "--once", "-o", "json"]);
    assert_eq!(read_all(&says(&server, b"one\ntwo\n")), b"two\none\n");
    let events = server.ended().expect(0).events();
    let received = events.iter().filter(|event| event["event"] == "received");
    assert_eq!(received.map(|event| &event["text"]).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn a_greeting_comes_before_what_the_program_says() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let greeting = noise(MIB, 5);
    std::fs::write(file.path(), &greeting).unwrap();
    let server = serving(&["-e", "echo hello", "--send-file", file.path().to_str().unwrap()]);
    assert!(read_all(&server.dial()) == [&greeting[..], b"hello\n"].concat());
}

#[test]
fn a_program_knows_whom_it_serves() {
    let server = serving(&["-c", "echo $RACCORD_PEER $RACCORD_LOCAL $RACCORD_CONN"]);
    for conn in 1..=2 {
        let client = server.dial();
        let (peer, local) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        assert_eq!(String::from_utf8(read_all(&client)).unwrap(), format!("{peer} {local} {conn}\n"));
    }
}

#[test]
fn a_program_starts_as_a_shells_would() {
    let server = serving(&["-e", "sleep 60"]);
    let (_other, _client) = (server.dial(), server.dial());
    until("both programs run", || (children(server.pid()).len() == 2).then_some(()));
    let pid = program_of(server.pid());
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let descriptors: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let target =
        |process: &str, descriptor: &str| std::fs::read_link(format!("/proc/{process}/fd/{descriptor}")).ok();
    // what the tests were started with goes to all that they start
    let is_own = |descriptor: &str| target("self", descriptor) != target(&pid.to_string(), descriptor);
    let own: Vec<_> = descriptors.iter().filter(|descriptor| is_own(descriptor)).collect();
    assert_eq!(own, ["0", "1", "2"]);
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let set = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(line.trim(), 16).unwrap()
    };
    let sigpipe = 1 << (13 - 1);
    assert_eq!((set("SigBlk:"), set("SigIgn:") & sigpipe, set("SigCgt:")), (0, 0, 0));
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let group = stat.rsplit_once(") ").unwrap().1.split(' ').nth(2).unwrap();
    assert_eq!(group, pid.to_string(), "it leads a process group");
    stop(server);
}

#[test]
fn a_connection_that_is_lost_hangs_its_program_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hung-up");
    let program = format!("trap 'echo yes > {}; exit' HUP; echo ready; sleep 60 & wait", file.display());
    for (words, reason, code) in [
        (&[][..], "reset", 1),
        (&["-i", "500ms"], "idle", 0),
        (&["--timeout", "500ms"], "timeout", 1),
        (&["--half-close-timeout", "500ms"], "timeout", 1),
    ] {
        let words = [&["-c", &program, "--once", "-o", "json"], words].concat();
        let server = serving(&words);
        let client = server.dial();
        assert_eq!(read_exact(&client, 6), b"ready\n");
        // the others may be over before one has looked
        let sleeping = (reason == "reset").then(|| program_of(program_of(server.pid())));
        match reason {
            "reset" => reset(client),
            _ if words.contains(&"--half-close-timeout") => client.shutdown(Shutdown::Write).unwrap(),
            _ => {}
        }
        let ran = server.ended().expect(code);
        assert_eq!(ran.reason(), reason);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "yes\n", "{reason}");
        assert!(!ran.err().contains("the program"), "{}", ran.err());
        until("what it started is gone", || sleeping.is_none_or(is_gone).then_some(()));
        std::fs::remove_file(&file).unwrap();
    }
}

/// A program, and one that it starts, that do not heed SIGHUP.
const DEAF: &str = "trap '' HUP; echo ready; sleep 60; echo still";

#[test]
fn a_program_that_does_not_heed_is_killed_with_all_that_it_started() {
    let server = serving(&["-c", DEAF, "-o", "json"]);
    let client = server.dial();
    assert_eq!(read_exact(&client, 6), b"ready\n");
    let program = program_of(server.pid());
    let sleeping = program_of(program);
    let start = Instant::now();
    reset(client);
    until("both are gone", || (is_gone(program) && is_gone(sleeping)).then_some(()));
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
    let out = server.stdout.wait_for(|out| events(out).iter().any(|event| event["event"] == "closed"));
    assert_eq!(events(&out).last().unwrap()["reason"], "reset");
    assert_eq!(read_exact(&server.dial(), 6), b"ready\n", "the next one is served");
    stop(server);
}

#[test]
fn the_end_of_a_server_is_the_end_of_its_programs() {
    let server = serving(&["-c", "trap 'exit 5' HUP; echo ready; sleep 60 & wait"]);
    let client = server.dial();
    assert_eq!(read_exact(&client, 6), b"ready\n");
    let program = program_of(server.pid());
    server.signal("TERM");
    assert_eq!(read_all(&client), b"", "the peer sees the end of our half");
    drop(client);
    assert!(!server.ended().expect(0).err().contains("the program"));
    assert!(is_gone(program));

    // one that does not heed is given its time, unless there is a second signal
    for signals in [1, 2] {
        let server = serving(&["-c", DEAF]);
        let client = server.dial();
        assert_eq!(read_exact(&client, 6), b"ready\n");
        let program = program_of(server.pid());
        let start = Instant::now();
        server.signal("TERM");
        assert_eq!(read_all(&client), b"");
        if signals == 2 {
            server.signal("TERM");
        }
        server.ended().expect(0);
        assert_eq!(start.elapsed() >= Duration::from_secs(2), signals == 1, "{:?}", start.elapsed());
        until("the program is gone", || is_gone(program).then_some(()));
    }
}

#[test]
fn what_a_program_leaves_in_the_background_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("left");
    let program = format!("sleep 60 & echo $! > {}; (sleep 0.1; echo late) & echo hi", file.display());
    let server = serving(&["-c", &program]);
    let client = server.dial();
    let start = Instant::now();
    assert_eq!(read_all(&client), b"hi\nlate\n", "what comes soon is still heard");
    assert!(start.elapsed() < DEADLINE, "{:?}", start.elapsed());
    let left = number_in(&file);
    assert!(!is_gone(left), "it is left alone");
    peer("kill", [left.to_string()]).run().expect(0);
}

#[test]
fn the_rest_of_what_a_program_said_is_delivered_to_a_slow_client() {
    let server = serving(&["-c", "exec head -c 20000000 /dev/zero"]);
    let client = server.dial();
    // it waits with its last bytes in the pipe for longer than a silence would last
    stays_open_with_bytes(&client);
    assert_eq!(read_all(&client).len(), 20_000_000);
}

/// Reads nothing for longer than what a program left behind may be silent.
fn stays_open_with_bytes(client: &TcpStream) {
    let mut first = [0];
    assert_eq!(client.peek(&mut first).unwrap(), 1);
    std::thread::sleep(Duration::from_millis(1500));
}

#[test]
fn thousands_in_a_row_leave_neither_zombies_nor_descriptors() {
    const CLIENTS: usize = 8;
    let server = serving(&["-e", "true", "-q"]);
    let address = server.address();
    let descriptors = server.descriptors();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            std::thread::spawn(move || {
                for _ in 0..2000 / CLIENTS {
                    assert_eq!(read_all(&dial(address)), b"");
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    until("no child is left", || children(server.pid()).is_empty().then_some(()));
    until("every descriptor is closed", || (server.descriptors() == descriptors).then_some(()));
}

#[test]
fn a_program_that_cannot_be_started_is_told_at_the_start_and_to_nobody_but_its_client() {
    let nowhere = "No such file or directory; check the name and PATH, or write the whole path; ";
    for (program, said, remedy) in [
        ("/no/such/program", "cannot start /no/such/program: ", nowhere),
        ("no-such-program -x", "cannot start no-such-program: ", nowhere),
        (
            "/etc/passwd",
            "cannot start /etc/passwd: ",
            "Permission denied: the file is not executable for you; ",
        ),
        ("/etc", "cannot start /etc: ", "Permission denied: it is a folder, not a program; "),
        ("/etc/passwd/x", "cannot start /etc/passwd/x: ", "Not a directory; "),
    ] {
        let server = serving(&["-e", program, "-o", "json"]);
        let ends = |err: &[u8]| err.ends_with(b"; until then clients are turned away\n");
        let warning = String::from_utf8(server.stderr.wait_for(ends)).unwrap();
        assert!(warning.contains(&format!("raccord: warning: {said}{remedy}")), "{warning}");
        for _ in 0..2 {
            assert_eq!(read_all(&server.dial()), b"", "the client is not left hanging");
        }
        let closed = |out: &[u8]| events(out).into_iter().filter(|event| event["event"] == "closed").count();
        let out = server.stdout.wait_for(|out| closed(out) == 2);
        let last = events(&out).pop().unwrap();
        assert_eq!(last["reason"], "error");
        assert!(last["detail"].as_str().unwrap().starts_with(said), "{last}");
    }
    for (program, said, remedy) in [
        ("/no/such/program", "No such file or directory\n", "-c takes what only a shell understands\n"),
        ("/etc/passwd", "Permission denied: the file is not executable for you\n", "  make it so (chmod +x)"),
        ("/etc", "Permission denied: it is a folder, not a program\n", "  write the path of the program\n"),
    ] {
        let server = serving(&["-e", program, "--once"]);
        assert_eq!(read_all(&server.dial()), b"");
        let err = server.ended().expect(1).err();
        assert!(err.contains(&format!("raccord: cannot start {program}: {said}")), "{err}");
        assert!(err.contains(remedy), "{err}");
    }
}

#[test]
fn a_program_that_cannot_be_started_any_more_is_told_with_its_connection_and_no_flood() {
    let start = "ulimit -n 24; exec \"$0\" listen 127.0.0.1:0 -e cat -o raw";
    let server = peer("sh", ["-c", start, binary()]).start();
    let clients: Vec<_> = (0..12).map(|_| server.dial()).collect();
    server.stderr.wait_for_text(": clients are turned away for as long as it is so");
    drop(clients);
    until("every program is gone", || children(server.pid()).is_empty().then_some(()));
    server.signal("TERM");
    let said = server.ended().expect(0).err();
    let told = said.lines().filter(|line| line.contains(" cannot start cat: Too many open files"));
    let told: Vec<_> = told.collect();
    assert!(told.iter().all(|line| line.starts_with("raccord: warning: #")), "{said}");
    assert!((1..12).contains(&told.len()), "{said}");
}

#[test]
fn stdin_beside_a_program_is_read_only_when_it_is_asked_for() {
    let file = || std::fs::File::open("/etc/passwd").unwrap();
    let with_file = |words: &[&str]| {
        let words = [&["listen", "127.0.0.1:0", "-e", "cat", "--once"], words].concat();
        raccord(words)
            .with(move |command| {
                command.stdin(file());
            })
            .start()
    };
    let server = with_file(&[]);
    assert_eq!(read_all(&says(&server, b"x")), b"x");
    server.ended().expect(0);

    let mut server = raccord(["listen", "127.0.0.1:0", "-e", "cat", "--stdin"]).open_stdin().start();
    let mut client = server.dial();
    client.write_all(b"echoed").unwrap();
    assert_eq!(read_exact(&client, 6), b"echoed");
    let mut stdin = server.stdin.take().unwrap();
    stdin.write_all(b"typed").unwrap();
    assert_eq!(read_exact(&client, 5), b"typed");
    drop(stdin);
    // what the program says is still to come
    client.write_all(b"again").unwrap();
    assert_eq!(read_exact(&client, 5), b"again");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"");
}

#[test]
fn input_is_not_lost_with_a_connection_that_is_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let hung_up = folder.path().join("hung-up");
    let program = format!(
        "[ $RACCORD_CONN = 2 ] && exec cat; trap 'touch {}' HUP; echo ready; while :; do sleep 0.02; done",
        hung_up.display()
    );
    let mut server = raccord(["listen", "127.0.0.1:0", "-c", &program, "--stdin"]).open_stdin().start();
    let mut stdin = server.stdin.take().unwrap();
    let first = server.dial();
    assert_eq!(read_exact(&first, 6), b"ready\n");
    reset(first);
    until("the connection is lost, and its program still runs", || hung_up.exists().then_some(()));
    stdin.write_all(b"typed").unwrap();
    assert_eq!(read_exact(&server.dial(), 5), b"typed");
}

#[test]
fn what_is_typed_for_a_half_that_has_ended_breaks_nothing() {
    let mut tty = Tty::new(24, 80);
    let server = tty.raccord(["listen", "127.0.0.1:0", "-c", "exec >&-; cat >/dev/null"]).start();
    tty.sees_last(">");
    let client = server.dial();
    assert_eq!(read_all(&client), b"");
    tty.line("typed");
    tty.sees_last(">");
    client.shutdown(Shutdown::Write).unwrap();
    tty.sees_text("#1 closed");
}

#[test]
fn a_person_beside_a_program_types_between_what_it_says_and_may_end_it() {
    let mut tty = Tty::new(24, 80);
    let server = tty.raccord(["listen", "127.0.0.1:0", "-c", "wc -c; echo bye"]).start();
    tty.sees_last(">");
    let client = says(&server, b"four");
    let answer = String::from_utf8(read_all(&client)).unwrap();
    assert_eq!(answer.split_whitespace().collect::<Vec<_>>(), ["4", "bye"]);
    let client = server.dial();
    tty.sees_text("#2 127.0.0.1:");
    tty.line("typed");
    assert_eq!(read_exact(&client, 6), b"typed\n");
    tty.line("/close 2");
    assert_eq!(read_all(&client), b"");
    drop(client);
    tty.sees_text("#2 closed");
    until("its program is gone", || children(server.pid()).is_empty().then_some(()));
    let client = server.dial();
    tty.sees_text("#3 127.0.0.1:");
    tty.keys(CTRL_D);
    assert_eq!(read_all(&client), b"", "Ctrl-D ends our half, whatever the program does");
}

#[test]
fn a_program_speaks_over_tls() {
    let server = serving(&["--tls", "-e", "wc -c", "-q"]);
    let address = server.address().to_string();
    let client = ["connect", &address, "--tls-insecure", "--tls", "--send", "four"];
    assert_eq!(raccord(client).run().expect(0).out().trim(), "4");
}

/// What makes raccord close a connection by itself: a message that is too long.
const TOO_LONG: [&str; 5] = ["--frame", "line", "--max-message", "4", "--once"];

#[test]
fn a_connection_that_raccord_closes_ends_its_programs_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("read-all");
    let program = format!("cat >/dev/null; echo yes > {}", file.display());
    let server = serving(&[&["-c", &program], &TOO_LONG[..]].concat());
    let mut client = server.dial();
    client.write_all(b"too long").unwrap();
    assert_eq!(read_all(&client), b"");
    drop(client);
    server.ended().expect(1);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "yes\n");
}

#[test]
fn a_program_that_still_writes_to_a_connection_that_was_reset_meets_a_broken_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("code");
    let go = folder.path().join("go");
    let program = format!(
        "until [ -e {} ]; do sleep 0.02; done; head -c 1000000 /dev/zero; echo $? > {}",
        go.display(),
        file.display()
    );
    let server = serving(&[&["-c", &program, "--reset-on-close"], &TOO_LONG[..]].concat());
    let mut client = server.dial();
    client.write_all(b"too long").unwrap();
    let read = std::io::Read::read(&mut client, &mut [0]);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
    std::fs::write(go, "").unwrap();
    server.ended().expect(1);
    assert_eq!(std::fs::read_to_string(file).unwrap(), "141\n");
}

#[test]
fn what_is_late_is_said_as_what_it_is() {
    for (ends, said) in [
        (true, "timed out: the program had not ended its stdout after 0.3 s"),
        (false, "timed out: the peer had not ended its half after 0.3 s"),
    ] {
        let server = serving(&["-c", "exec sleep 60", "--timeout", "300ms", "--once"]);
        let client = server.dial();
        if ends {
            client.shutdown(Shutdown::Write).unwrap();
        }
        let ran = server.ended().expect(1);
        assert!(ran.err().contains(said), "{}", ran.err());
    }
}

#[test]
fn what_it_complains_of_is_heard_on_stderr_and_not_by_the_peer() {
    let server = serving(&["-c", "echo complaint >&2; echo answer", "--once", "-q"]);
    assert_eq!(read_all(&says(&server, b"")), b"answer\n");
    assert_eq!(server.ended().expect(0).err(), "complaint\n");
}

#[test]
fn whose_complaint_it_is_is_said_and_it_cannot_drive_a_terminal() {
    let program = r"printf 'up \033[2J\n%s' $RACCORD_CONN >&2; echo answer";
    for output in [&["-o", "json"][..], &["-o", "text"], &["-o", "raw"]] {
        let server = serving(&[&["-c", program, "-m", "1"], output].concat());
        for _ in 0..2 {
            assert_eq!(read_all(&says(&server, b"")), b"answer\n");
        }
        let (out, err) = (&server.stdout, &server.stderr);
        let shown = if output.contains(&"text") { out } else { err };
        shown.wait_for_text("#2 program: 2\n");
        stop_and_look(server, output.contains(&"json"));
    }
}

fn stop_and_look(server: Running, is_json: bool) {
    server.signal("TERM");
    let ran = server.ended().expect(0);
    let all = ran.out() + &ran.err();
    assert!(all.contains("#1 program: up \\x1b[2J\n") && all.contains("\n#1 program: 1\n"), "{all}");
    if is_json {
        let printed = ran.events().into_iter().filter(|event| event["event"] == "printed");
        let printed: Vec<_> = printed
            .map(|event| {
                assert!(event["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
                format!("{} {}", event["conn"], event["message"].as_str().unwrap())
            })
            .collect();
        assert_eq!(printed, [r"1 up \x1b[2J", "1 1", r"2 up \x1b[2J", "2 2"]);
    }
}

#[test]
fn what_holds_a_programs_stderr_in_the_background_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("left");
    let program = format!("sleep 60 >&- & echo $! > {}; echo complaint >&2", file.display());
    let server = serving(&["-c", &program, "-o", "json"]);
    let address = server.address();
    let descriptors = server.descriptors();
    assert_eq!(read_all(&dial(address)), b"");
    server.stdout.wait_for(|out| events(out).iter().any(|event| event["event"] == "closed"));
    let left = number_in(&file);
    assert!(!is_gone(left), "it is left alone");
    until("every descriptor is closed", || (server.descriptors() == descriptors).then_some(()));
    peer("kill", [left.to_string()]).run().expect(0);
    stop(server);
}

#[test]
fn a_python_program_answers_line_by_line() {
    let program = "python3 -uc 'import sys\nfor line in sys.stdin: print(line.strip()[::-1])'";
    let server = serving(&["-e", &program.replace("\\n", "\n")]);
    let mut client = server.dial();
    for (line, answer) in [("abc\n", b"cba\n"), ("123\n", b"321\n")] {
        client.write_all(line.as_bytes()).unwrap();
        assert_eq!(read_exact(&client, 4), answer);
    }
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"");
}
