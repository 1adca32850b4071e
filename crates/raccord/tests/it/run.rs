//! `--run`: what its program is told, where its output goes, and how its end is ours.

use std::io::Write;

use crate::harness::{Ran, Running, kept_port, peer, raccord, read_all, read_exact, until};

/// What each program is asked to say: the address in its four forms.
const SAY_WHERE: &str = r#"echo "{host} {port} $RACCORD_HOST $RACCORD_PORT""#;

#[test]
fn the_program_of_a_server_is_told_an_address_that_it_can_reach() {
    for (endpoint, option, host) in [
        ("127.0.0.1:0", "-4", "127.0.0.1"),
        (":0", "--once", "127.0.0.1"),
        (":0", "-4", "127.0.0.1"),
        (":0", "-6", "::1"),
        ("[::1]:0", "--once", "::1"),
        ("localhost:0", "-4", "127.0.0.1"),
    ] {
        let ran = raccord(["listen", endpoint, option, "-o", "text", "--run", SAY_WHERE]).run().expect(0);
        let listening = ran.out();
        let local = listening.strip_prefix("listening on ").and_then(|rest| rest.split(' ').next()).unwrap();
        let port = local.rsplit(':').next().unwrap();
        has_line(&listening, &format!("program: {host} {port} {host} {port}"));
    }
}

#[test]
fn the_program_of_a_client_is_told_where_it_is_expected() {
    let (_kept, port) = kept_port();
    let endpoint = format!("127.0.0.1:{port}");
    let program = format!("{SAY_WHERE}; exec nc -N -l 127.0.0.1 {{port}} </dev/null");
    let ran =
        raccord(["connect", &endpoint, "-o", "text", "--send", "hello", "--run", &program]).run().expect(0);
    has_line(&ran.out(), &format!("program: 127.0.0.1 {port} 127.0.0.1 {port}"));
    has_line(&ran.out(), "program: hello");
}

#[test]
fn the_exit_code_is_the_programs_unless_that_is_good() {
    for (program, code) in [
        ("exit 0", 0),
        ("exit 3", 3),
        ("kill -9 $$", 137),
        ("kill -TERM $$", 143),
        ("no-such-program 2>&1", 127),
    ] {
        raccord(["listen", "127.0.0.1:0", "--run", program]).run().expect(code);
        raccord(["listen", "127.0.0.1:0", "-q", "--run", program]).run().expect(code);
    }
}

#[test]
fn a_program_that_ends_well_does_not_hide_a_conversation_that_failed() {
    let (_kept, port) = kept_port();
    let words = ["connect", &format!("127.0.0.1:{port}"), "--retry", "100ms", "-d"].map(str::to_owned);
    raccord(&words).with_words(["--run", "true"]).run().expect(1);
    raccord(&words).with_words(["--run", "exit 3"]).run().expect(3);
}

#[test]
fn a_server_that_goes_into_the_background_is_reached_and_one_that_fails_is_not_waited_for() {
    let (_kept, port) = kept_port();
    let endpoint = format!("127.0.0.1:{port}");
    let program = "(sleep 0.1; exec nc -N -l 127.0.0.1 {port} </dev/null >/dev/null 2>&1) >/dev/null 2>&1 &";
    raccord(["connect", &endpoint, "--send", "hello", "--run", program]).run().expect(0);
    raccord(["connect", &endpoint, "--retry", "1h", "-d", "--run", "exit 3"]).run().expect(3);
}

#[test]
fn in_raw_output_the_program_is_heard_on_stderr() {
    for output in [&["-o", "raw"][..], &["-E", "gbk"]] {
        let ran = heard(output);
        assert_eq!(ran.out(), "");
        has_line(&ran.err(), "program: to stdout");
        has_line(&ran.err(), "program: to stderr");
    }
}

#[test]
fn in_json_the_program_is_heard_on_stderr_and_in_events() {
    let ran = heard(&["-o", "json"]);
    has_line(&ran.err(), "program: to stdout");
    has_line(&ran.err(), "program: to stderr");
    let events = ran.events();
    let printed = events.iter().filter(|event| event["event"] == "printed");
    let mut messages: Vec<_> = printed.map(|event| event["message"].as_str().unwrap()).collect();
    messages.sort_unstable();
    assert_eq!(messages, ["to stderr", "to stdout"]);
}

#[test]
fn in_text_the_program_is_heard_on_stdout() {
    for output in [&["-o", "text"][..], &["-x"]] {
        let ran = heard(output);
        has_line(&ran.out(), "program: to stdout");
        has_line(&ran.out(), "program: to stderr");
        assert_eq!(ran.err(), "");
    }
}

#[test]
fn in_silence_the_program_keeps_its_voice_on_stderr() {
    let ran = heard(&["-q"]);
    assert_eq!(ran.out(), "");
    has_line(&ran.err(), "to stdout");
    has_line(&ran.err(), "to stderr");
}

#[test]
fn what_the_program_says_cannot_drive_a_terminal() {
    let ran = raccord(["listen", ":0", "-o", "text", "--run", r"printf 'a\033[2Jb\n'"]).run().expect(0);
    has_line(&ran.out(), r"program: a\x1b[2Jb");
}

#[test]
fn a_connection_outlives_the_program() {
    let go = tempfile::tempdir().unwrap();
    let go = go.path().join("go");
    let program = format!("until [ -e {} ]; do sleep 0.02; done", go.display());
    let server = raccord(["listen", "127.0.0.1:0", "--echo", "-o", "raw", "--run", &program]).start();
    let mut client = server.dial();
    client.write_all(b"before").unwrap();
    assert_eq!(read_exact(&client, 6), b"before");

    std::fs::write(&go, "").unwrap();
    until("the program has ended", || children(&server).is_empty().then_some(()));
    client.write_all(b"after").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"after");
    assert_eq!(server.ended().expect(0).stdout, b"beforeafter");
}

/// Runs a program that speaks on both of its outputs.
fn heard(output: &[&str]) -> Ran {
    let program = "echo to stdout; echo to stderr >&2";
    raccord(["listen", "127.0.0.1:0", "--run", program]).with_words(output).run().expect(0)
}

#[track_caller]
fn has_line(text: &str, expected: &str) {
    assert!(text.lines().any(|line| line == expected), "no line {expected:?} in\n{text}");
}

/// The processes that it started and that are still there (proc(5), `children`).
fn children(parent: &Running) -> String {
    let threads = std::fs::read_dir(format!("/proc/{}/task", parent.pid())).unwrap();
    threads.flatten().map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap()).collect()
}

/// Whether a process of this number still runs (a zombie does not).
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().and_then(|rest| rest.chars().next()).is_some_and(|state| state != 'Z')
}

#[test]
fn what_the_program_started_ends_with_it() {
    let run = "sleep 600 & echo pid=$!; wait";
    let server = raccord(["listen", "127.0.0.1:0", "-o", "raw", "--run", run]).start();
    let shown = server
        .stderr
        .wait_for(|bytes| String::from_utf8_lossy(bytes).lines().any(|line| line.contains("pid=")));
    let shown = String::from_utf8(shown).unwrap();
    let pid = shown.split("pid=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert!(runs(&pid));
    server.signal("TERM");
    server.ended().expect(0);
    until("the program's child has ended", || (!runs(&pid)).then_some(()));
}

#[test]
fn a_program_that_is_asked_to_end_may_clean_up() {
    let run = "trap 'sleep 0.3; echo cleaned; exit' TERM; echo ready; while :; do sleep 0.05; done";
    let server = raccord(["listen", "127.0.0.1:0", "-o", "text", "--run", run]).start();
    server.stdout.wait_for_text("program: ready");
    server.signal("TERM");
    has_line(&server.ended().expect(0).out(), "program: cleaned");
}

#[test]
fn a_program_that_leaves_its_output_open_may_be_stopped_then() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    peer("mkfifo", [&go]).run().expect(0);
    // it ends when somebody is there
    let run = format!("sleep 600 >/dev/null & read line < {}; exit 0", go.display());
    let server = raccord(["listen", "127.0.0.1:0", "--stdin", "--run", &run]).open_stdin().start();
    let _client = server.dial();
    std::fs::write(&go, "go\n").unwrap();
    server.signal("TERM");
    assert_eq!(server.ended().expect(0).err().matches("panicked").count(), 0);
}

#[test]
fn the_program_of_a_client_that_fails_to_connect_is_ended() {
    let (_kept, port) = kept_port();
    let start = std::time::Instant::now();
    let client =
        raccord(["connect", &format!("127.0.0.1:{port}"), "--retry", "200ms", "--run", "exec sleep 600"]);
    let ran = client.run().expect(1);
    assert!(ran.err().contains("cannot connect"), "{}", ran.err());
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn replies_that_nobody_came_for_are_missing() {
    let server = ["listen", "127.0.0.1:0", "--once", "--reply", "x", "--replies", "1", "--run", "true"];
    let ran = raccord(server).run().expect(1);
    assert!(ran.err().contains("no client connected: 0 of 1 replies"), "{}", ran.err());
}

#[test]
fn an_ipv6_address_reaches_the_program_without_brackets() {
    let listener = std::net::TcpListener::bind("[::1]:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client =
        raccord(["connect", &address.to_string(), "--no-stdin", "-o", "text", "--run", SAY_WHERE]).start();
    drop(listener.accept().unwrap());
    let port = address.port();
    has_line(&client.ended().expect(0).out(), &format!("program: ::1 {port} ::1 {port}"));
}
