//! Standard input and output that are closed, full, or shared with others.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::harness::{
    Collected, Run, Running, accept, binary, noise, peer, raccord, read_all, server, stays_open, until,
};

/// raccord run by a shell, which sees to its standard descriptors: `redirection` is the shell's.
fn redirected(words: &str, redirection: &str) -> Run {
    peer("sh", ["-c", &format!("exec {} {words} {redirection}", binary())])
}

/// raccord whose stdout is a pipe that the test reads, or closes.
fn into_a_pipe(run: Run) -> (Running, std::io::PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    (run.with(move |command| _ = command.stdout(writer)).start(), reader)
}

/// raccord whose stdout is a disk that is always full (full(4)).
fn onto_a_full_disk(run: Run) -> Running {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    run.with(move |command| _ = command.stdout(full)).start()
}

#[test]
fn a_reader_that_leaves_ends_it_quietly_and_in_order() {
    for format in ["raw", "text", "json"] {
        let (listener, address) = server();
        let run = raccord(["connect", &address.to_string(), "-o", format]).open_stdin();
        let (mut client, mut reader) = into_a_pipe(run);
        let mut stream = accept(&listener);
        stream.write_all(b"one\n").unwrap();
        reader.read_exact(&mut [0]).unwrap();
        drop(reader);
        send_until_the_end(&mut stream);
        drop(stream);
        assert_eq!(client.wait().code(), Some(0), "{format}");
        assert_eq!(client.stderr.all(), b"", "{format}");
    }
}

/// Sends small things until raccord ends its half in order. The first may find a reader yet: a process that another
/// test is just starting has the pipe too, until it runs its own program.
fn send_until_the_end(stream: &mut TcpStream) {
    stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    until("raccord ends its half", || {
        stream.write_all(b"for nobody\n").unwrap();
        match stream.read(&mut [0]) {
            Ok(count) => (count == 0).then_some(()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                None
            }
        }
    });
}

#[test]
fn a_servers_reader_that_leaves_ends_it_quietly_and_in_order() {
    let (mut server, reader) = into_a_pipe(raccord(["listen", "127.0.0.1:0", "-o", "raw"]));
    let (mut one, two) = (server.dial(), server.dial());
    drop(reader);
    send_until_the_end(&mut one);
    assert_eq!(read_all(&two), b"");
    drop((one, two));
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn a_full_disk_is_one_error_and_the_conversation_ends_in_order() {
    for format in ["raw", "text", "json"] {
        let (listener, address) = server();
        let client = onto_a_full_disk(raccord(["connect", &address.to_string(), "-o", format]).open_stdin());
        let mut stream = accept(&listener);
        stream.write_all(b"something to write").unwrap();
        assert_eq!(read_all(&stream), b"");
        drop(stream);
        let ran = client.ended().expect(1);
        assert_eq!(ran.err().lines().count(), 1, "{}", ran.err());
        assert!(ran.err().contains("No space left on device"), "{}", ran.err());
    }
}

#[test]
fn a_disk_that_is_full_only_at_the_end_is_an_error_too() {
    let (listener, address) = server();
    let client = onto_a_full_disk(raccord(["connect", &address.to_string(), "--no-stdin", "-o", "raw"]));
    let mut stream = accept(&listener);
    stream.write_all(b"the only words").unwrap();
    drop(stream);
    let ran = client.ended().expect(1);
    assert_eq!(ran.err().lines().count(), 1, "{}", ran.err());
}

#[test]
fn a_server_on_a_full_disk_ends_its_connections_in_order() {
    let server = onto_a_full_disk(raccord(["listen", "127.0.0.1:0", "-o", "raw"]));
    let mut stream = server.dial();
    stream.write_all(b"something to write").unwrap();
    assert_eq!(read_all(&stream), b"");
    drop(stream);
    server.ended().expect(1);
}

#[test]
fn a_client_whose_stdin_was_never_open_has_nothing_to_send() {
    let (listener, address) = server();
    let client = redirected(&format!("connect {address} -o raw"), "<&-").start();
    let mut stream = accept(&listener);
    assert_eq!(read_all(&stream), b"");
    stream.write_all(b"all the same").unwrap();
    drop(stream);
    assert_eq!(client.ended().expect(0).out(), "all the same");
}

#[test]
fn a_server_whose_stdin_was_never_open_serves_like_a_service() {
    for redirection in ["<&-", "</dev/null"] {
        let server = redirected("listen 127.0.0.1:0 -o raw --once", redirection).start();
        let mut stream = server.dial();
        stays_open(&stream);
        stream.write_all(b"kept").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_all(&stream), b"");
        assert_eq!(server.ended().expect(0).out(), "kept");
    }
}

#[test]
fn an_stdout_that_was_never_open_harms_nobody() {
    let (listener, address) = server();
    let client = redirected(&format!("connect {address} -o raw"), ">&-").input("hello").start();
    let mut stream = accept(&listener);
    assert_eq!(read_all(&stream), b"hello");
    stream.write_all(&noise(100_000, 1)).unwrap();
    drop(stream);
    assert_eq!(client.ended().expect(0).err(), "");

    let server = redirected("listen 127.0.0.1:0 --echo --once", ">&-").start();
    let mut stream = server.dial();
    stream.write_all(b"hello").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&stream), b"hello");
    server.ended().expect(0);
}

#[test]
fn nothing_standard_is_open_and_it_works() {
    let (listener, address) = server();
    let client = redirected(&format!("connect {address} --send hello"), "<&- >&- 2>&-").start();
    let stream = accept(&listener);
    assert_eq!(read_all(&stream), b"hello");
    drop(stream);
    client.ended().expect(0);
}

#[test]
fn raw_output_ends_with_the_peers_half_while_stdin_goes_on() {
    let (listener, address) = server();
    let run = raccord(["connect", &address.to_string(), "-o", "raw"]).open_stdin();
    let (client, reader) = into_a_pipe(run);
    let stream = accept(&listener);
    reader_sees_the_end_before_raccords(client, reader, stream);

    let run = raccord(["listen", "127.0.0.1:0", "--once", "-o", "raw"]).open_stdin();
    let (server, reader) = into_a_pipe(run);
    let stream = server.dial();
    reader_sees_the_end_before_raccords(server, reader, stream);
}

fn reader_sees_the_end_before_raccords(
    mut raccord: Running,
    reader: std::io::PipeReader,
    mut stream: TcpStream,
) {
    stream.write_all(b"everything").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(Collected::from_reader(reader).all(), b"everything");
    assert!(raccord.is_running());
    raccord.stdin.take().unwrap().write_all(b"and on").unwrap();
    assert_eq!(read_all(&stream), b"and on");
    assert_eq!(raccord.wait().code(), Some(0));
}

#[test]
fn a_loop_over_lines_keeps_its_lines() {
    let options = ["--send x", "--run true --no-shutdown --send x", "--no-stdin"];
    for options in options {
        let (listener, address) = server();
        let script = format!(
            "while read line; do echo \"got $line\" >&2; {} connect {address} {options}; done",
            binary()
        );
        let shell = peer("sh", ["-c", &script]).input("one\ntwo\nthree\n").start();
        for _ in 0..3 {
            let stream = accept(&listener);
            stream.shutdown(Shutdown::Write).unwrap();
            read_all(&stream);
        }
        assert_eq!(shell.ended().expect(0).err().matches("got ").count(), 3, "{options}");
    }
}

#[test]
fn a_servers_loop_over_lines_keeps_its_lines() {
    let script = format!(
        "while read line; do echo \"got $line\" >&2; \
         {} listen 127.0.0.1:0 --once -q --run 'nc -N $RACCORD_HOST $RACCORD_PORT'; done",
        binary()
    );
    let shell = peer("sh", ["-c", &script]).input("one\ntwo\n").run();
    assert_eq!(shell.expect(0).err(), "got one\ngot two\n");
}

#[test]
fn a_shared_stdin_is_sent_whole_and_stays_as_it_was() {
    let bulk = noise(3 << 20, 5);
    let (reader, mut writer) = std::io::pipe().unwrap();
    let shared = reader.try_clone().unwrap();
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string()]);
    let client = client.with(move |command| _ = command.stdin(reader)).start();
    let stream = accept(&listener);
    let sent = bulk.clone();
    let writing = std::thread::spawn(move || writer.write_all(&sent).unwrap());
    assert!(read_all(&stream) == bulk);
    drop(stream);
    client.ended().expect(0);
    writing.join().unwrap();
    let flags = rustix::fs::fcntl_getfl(&shared).unwrap();
    assert!(
        !flags.contains(rustix::fs::OFlags::NONBLOCK),
        "the flag would be the shell's other programs' too"
    );
}
