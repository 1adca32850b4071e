//! What changes the whole process (signals, standard output, limits), seen from outside: the tests run this
//! test program again, as a child that does one thing.
#![cfg(all(target_os = "linux", not(feature = "nothing")))]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests, and their child")]

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
};

use raccord_sys::{child, limits, signal, stdio};

const ROLE: &str = "RACCORD_SYS_TEST_ROLE";

#[test]
fn interrupted_is_what_the_shell_sees() {
    let status = role("die").status().unwrap();
    assert_eq!((status.signal(), child::exit_code(status)), (Some(libc::SIGINT), 130));
}

#[test]
fn each_signal_is_told_and_ends_nothing() {
    let (mut child, mut lines) = start(role("watch"));
    assert_eq!(marked(&mut lines), "ready");
    for (sent, expected) in [("TERM", "Terminate"), ("HUP", "HangUp"), ("TERM", "Terminate")] {
        send(sent, &child);
        assert_eq!(marked(&mut lines), expected);
    }
    child.kill().unwrap();
    assert_eq!(child::exit_code(child.wait().unwrap()), 128 + libc::SIGKILL);
}

#[test]
fn a_signal_ignored_from_the_start_stays_ignored() {
    let mut nohup = role("watch");
    // SAFETY: `signal` may be called between fork and exec, and nothing else is done there.
    unsafe {
        nohup.pre_exec(|| {
            libc::signal(libc::SIGHUP, libc::SIG_IGN);
            Ok(())
        });
    }
    let (mut child, mut lines) = start(nohup);
    assert_eq!(marked(&mut lines), "ready");
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap();
    for (signal, expected) in [(libc::SIGHUP, true), (libc::SIGPIPE, true), (libc::SIGTERM, false)] {
        assert_eq!(ignored >> (signal - 1) & 1 == 1, expected, "signal {signal} in {ignored:x}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_released_stdout_is_the_end_for_its_reader() {
    let (mut child, mut lines) = start(role("release"));
    let mut all = String::new();
    lines.read_to_string(&mut all).unwrap(); // returns only at the end of the pipe
    assert!(all.ends_with("unflushed"), "{all:?}");
    assert!(
        child.try_wait().unwrap().is_none(),
        "the child still runs: it was not its end that closed the pipe"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn standard_input_that_can_give_nothing_is_known() {
    let file = File::open("/proc/self/status").unwrap();
    for (stdin, expected) in [(Stdio::null(), "true"), (Stdio::piped(), "false"), (file.into(), "false")] {
        let mut asking = role("ask-stdin");
        let (mut child, mut lines) = start_with(asking.stdin(stdin));
        assert_eq!(marked(&mut lines), expected);
        assert!(child.wait().unwrap().success());
    }
    let mut closed = role("ask-stdin");
    // SAFETY: `close` may be called between fork and exec, and nothing else is done there.
    unsafe {
        closed.pre_exec(|| {
            libc::close(0);
            Ok(())
        });
    }
    let (mut child, mut lines) = start(closed);
    assert_eq!(marked(&mut lines), "true", "closed from the start");
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_limit_of_open_files_rises_to_the_hard_one() {
    let mut raising = Command::new("/bin/sh");
    raising.args(["-c", "ulimit -Sn 64 && exec \"$@\"", "sh"]).arg(env::current_exe().unwrap());
    let (mut child, mut lines) = start_with(as_role(&mut raising, "raise"));
    let limit = marked(&mut lines);
    assert_ne!(limit, "64");
    let limits = marked(&mut lines);
    assert_eq!(
        limits.split_whitespace().collect::<Vec<_>>(),
        ["Max", "open", "files", &limit, &limit, "files"]
    );
    assert!(child.wait().unwrap().success());
}

#[test]
fn no_signal_goes_to_our_own_group_or_to_everybody() {
    for pid in [0, 1, u32::MAX, 1 << 31] {
        let refused = child::terminate_group(pid).map_err(|error| error.kind());
        assert_eq!(refused, Err(std::io::ErrorKind::InvalidInput), "{pid}");
    }
}

#[test]
fn a_group_ends_with_all_that_its_leader_started() {
    let mut shell = Command::new("/bin/sh");
    child::in_own_group(shell.args(["-c", "sleep 600 & echo $!; wait"]).stdout(Stdio::piped()));
    let mut shell = shell.spawn().unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap());
    let mut pid = String::new();
    lines.read_line(&mut pid).unwrap();
    assert!(pid.trim().parse::<u32>().is_ok(), "{pid}");
    child::terminate_group(shell.id()).unwrap();
    assert_eq!(child::exit_code(shell.wait().unwrap()), 128 + libc::SIGTERM);
    // the sleeper held the pipe open: its end is the sleeper's
    assert_eq!(lines.read_to_string(&mut pid).unwrap(), 0);
}

#[test]
#[ignore = "the child of the other tests"]
fn play_the_role() {
    match env::var(ROLE).expect("a role").as_str() {
        "die" => signal::die_by_interrupt(),
        "watch" => watch(),
        "release" => release(),
        "ask-stdin" => mark(&stdio::stdin_is_nothing().to_string()),
        "raise" => raise(),
        other => unreachable!("no role {other}"),
    }
}

fn watch() {
    let (told, signals) = mpsc::channel();
    signal::watch(move |signal| told.send(signal).unwrap()).unwrap();
    mark("ready");
    for signal in signals {
        mark(&format!("{signal:?}"));
    }
}

fn release() {
    let mut file = stdio::stdout_file().unwrap();
    file.write_all(b"written\n").unwrap();
    drop(file);
    print!("unflushed");
    stdio::close_stdout().unwrap();
    println!("to nobody");
    let mut stdin = stdio::stdin_file().unwrap();
    stdin.read_to_end(&mut Vec::new()).unwrap(); // stays until the parent ends it
}

fn raise() {
    mark(&limits::raise_open_files().unwrap().to_string());
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    mark(limits.lines().find(|line| line.starts_with("Max open files")).unwrap());
}

/// A line for the parent, apart from what the test harness prints.
fn mark(text: &str) {
    println!("\n> {text}");
}

fn marked(lines: &mut BufReader<ChildStdout>) -> String {
    let line = lines.lines().map(Result::unwrap).find(|line| line.starts_with("> "));
    line.expect("the child says something")[2..].to_owned()
}

fn send(signal: &str, child: &Child) {
    let status = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    assert!(status.unwrap().success(), "kill -{signal}");
}

fn role(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    as_role(&mut command, name);
    // SAFETY: `signal` may be called between fork and exec, and nothing else is done there.
    unsafe {
        command.pre_exec(|| {
            // whoever runs the tests may ignore them, as nohup does
            for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
                libc::signal(signal, libc::SIG_DFL);
            }
            Ok(())
        });
    }
    command
}

fn as_role<'a>(command: &'a mut Command, name: &str) -> &'a mut Command {
    command
        .args(["--ignored", "--exact", "play_the_role", "--nocapture"])
        .env(ROLE, name)
        .stdout(Stdio::piped())
}

fn start(mut command: Command) -> (Child, BufReader<ChildStdout>) {
    start_with(command.stdin(Stdio::piped()))
}

fn start_with(command: &mut Command) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.spawn().expect("this test program runs once more");
    let lines = BufReader::new(child.stdout.take().unwrap());
    (child, lines)
}
