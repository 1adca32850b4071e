//! What people read when a word is wrong, or nobody answers: what was tried, what is wrong, and the way out.

use std::io::Write;
use std::net::{TcpListener, TcpStream};

use socket2::SockRef;

use crate::harness::{Ran, accept, binary, peer, raccord, read_all, read_exact, server};

/// Runs each line of words, all of which are wrong usage, and gives what a person sees.
fn session(commands: &[&[&str]]) -> String {
    let shown = commands.iter().map(|words| {
        let ran = raccord(*words).run().expect(2);
        assert_eq!(ran.out(), "", "{words:?}");
        format!("$ raccord {}\n{}", words.join(" ").replace('\u{1b}', "^["), ran.err())
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_endpoint_that_is_none() {
    let said = session(&[
        &["connect"],
        &["connect", ""],
        &["connect", "localhost:0"],
        &["connect", "localhost:70000"],
        &["connect", "localhost:http"],
        &["connect", "localhost"],
        &["connect", ":80"],
        &["connect", "[::1"],
        &["connect", "[::1]"],
        &["connect", "::1:80"],
        &["connect", "localhost 80 81"],
        &["connect", "localhost", "80", "81"],
        &["listen", "localhost", "80", "81"],
        &["listen", "70000"],
        &["connect", "http://localhost/"],
        &["connect", "tls://localhost"],
        &["connect", "tls://unix:/tmp/socket"],
        &["listen", "/tmp/a.sock"],
        &["connect", "./a.sock"],
        &["connect", "@abs"],
        &["listen", "unix:a", "unix:b"],
        &["listen", "unix:a", "80"],
        &["connect", "\u{1b}[31mhost:80"],
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn text_that_cannot_be_sent() {
    let said = session(&[
        &["connect", "1", "-E", "gkb"],
        &["connect", "1", "-E", "klingon"],
        &["connect", "1", "-E", "replacement"],
        &["connect", "1", "--send", r"a\q"],
        &["connect", "1", "--send", r"héhé\x1"],
        &["connect", "1", "--send", r"a\u{110000}"],
        &["connect", "1", "--send", r"a\"],
        &["connect", "1", "--send-hex", "01 2"],
        &["connect", "1", "--send-hex", "01 zz"],
        &["connect", "1", "--send-file", "/no/such/file"],
        &["connect", "1", "--send-file", "/no/\u{1b}[2J\\file"],
        &["connect", "1", "-E", "latin1", "--send", "prix : 3 €"],
        &["listen", "0", "-E", "gbk", "--reply", "prix : 3 €"],
        &["listen", "0", "--reply", r"\u{d800}"],
        &["listen", "0", "--reply-hex", "a"],
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn options_that_do_not_fit() {
    let said = session(&[
        &["lisen", "80"],
        &["listen", "80", "--ecko"],
        &["listen", "80", "--echo", "--discard"],
        &["listen", "80", "--echo", "--reply", "ok"],
        &["listen", "80", "-q", "-o", "json"],
        &["listen", "80", "-q", "-x"],
        &["listen", "80", "-4", "-6"],
        &["listen", "80", "--stdin", "--no-stdin"],
        &["listen", "80", "-C", "--eol", "lf"],
        &["listen", "80", "-o", "yaml"],
        &["listen", "80", "--read-size", "0"],
        &["listen", "80", "--read-size", "64KB"],
        &["listen", "80", "--backlog", "many"],
        &["listen", "80", "--allow", "10.0.0.0/\u{1b}[2J\\"],
        &["connect", "80", "--connect-timeout", "soon"],
        &["connect", "80", "--timeout", "3 parsecs"],
        &["connect", "80", "-w", "10000000000000000000"],
        &["connect", "80", "--timeout", "10000000000000000000"],
        &["connect", "80", "-i", "10000000000000000000"],
        &["connect", "80", "--half-close-timeout", "10000000000000000000"],
        &["connect", "80", "--retry", "10000000000000000000"],
        &["connect", "80", "--reconnect", "10000000000000000000"],
        &["connect", "80", "--replies", "0"],
        &["connect", "80", "--source", "1.2.3"],
        &["listen", "80", "--frame-send", "none"],
        &["connect", "80", "--max-message", "8"],
        &["connect", "80", "--frame", "line", "--frame-send", "line"],
        &["connect", "80", "--frame", "line", "--frame-send"],
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn misspelt_words_get_the_nearest_right_one() {
    let said = session(&[
        &["conect", "80"],
        &["lsten", "80"],
        &["LISTEN", "80"],
        &["server", "80"],
        &["frobnicate"],
        &["--port"],
        &["--vesion"],
        &["man", "lsiten"],
        &["man", "frobnicate"],
        &["help", "listen"],
        &["connect", "80", "--encodng", "gbk"],
        &["connect", "80", "--replys", "1"],
        &["connect", "80", "--Send", "x"],
        &["connect", "80", "--frobnicate"],
        &["connect", "80", "--timeout", "-5"],
        &["connect", "80", "--quiet"],
        &["connect", "80", "--hepl"],
        &["connect", "80", "--send"],
        &["connect", "80", "--reply", "ok"],
        &["connect", "80", "--bcklog=3"],
        &["listen", "80", "-z"],
        &["listen", "80", "--retry", "3s"],
        &["connect", "80", "-E", "gbkk"],
        &["connect", "80", "-o", "jsn"],
        &["connect", "80", "-o", "JSON"],
        &["connect", "80", "--eol", "clrf"],
        &["connect", "80", "--eol", "dos"],
        &["connect", "80", "-o"],
        &["connect", "80", "-send", "hi"],
        &["connect", "80", "-encoding=gbk"],
        &["listen", "80", "-once"],
        &["listen", "80", "-no-stdin"],
        &["connect", "80", "--send", "-eol", "--foo"],
        &["connect", "80", "-X"],
        &["connect", "80", "-W", "3"],
        &["connect", "80", "--check=yes"],
        &["connect", "80", "--replies", "1", "--replies", "2"],
        &["listen"],
        &["completions"],
        &["completions", "tcsh"],
        &["port", "80", "90"],
        &["port", "0"],
        &["port", "http"],
        &["port", "localhost:80"],
        &["encodings", "--gb"],
        &["connect", "80", "\u{1b}[31m", "--\u{1b}[31m"],
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn an_option_before_its_command() {
    let said = session(&[
        &["-x", "listen", "8989"],
        &["--explain", "connect", "localhost", "8989"],
        &["-v", "listen", "8989", "--send", "it's me"],
        &["-o", "json", "port"],
        &["-l", "listen", "8989"],
        &["-\u{1b}", "listen", "8989"],
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn words_of_netcat_and_socat_are_told_as_raccords() {
    let said = session(&[
        &["-l", "8989"],
        &["-lk", "8989"],
        &["-l", "-p", "8989"],
        &["localhost", "8989"],
        &["-v", "localhost", "8989"],
        &["localhost:8989"],
        &[":8989"],
        &["8989"],
        &["TCP:localhost:80"],
        &["listen", "-p", "8989"],
        &["listen", "-lp", "8989"],
        &["listen", "-l", "-p8989"],
        &["listen", "-k", "8989", "--once"],
        &["connect", "-l", "8989"],
        &["connect", "-k", "8989"],
        &["connect", "-N", "8989", "--no-shutdown"],
        &["connect", "-q", "1", "8989"],
        &["connect", "-q", "1", "localhost", "8989"],
        &["connect", "localhost", "8989", "-q", "1"],
        &["connect", "8989", "-q", "1"],
        &["connect", "-q1", "localhost", "8989"],
        &["connect", "-q", "-1", "localhost", "8989"],
        &["connect", "-nq", "1", "8989"],
        &["connect", "-q", "localhost", "8989"],
        &["connect", "-x", "dump.txt", "localhost", "8989"],
        &["listen", "-x", "dump.txt", "8989"],
        &["listen", "8989", "-o", "dump.txt"],
        &["listen", "8989", "-odump.txt"],
        &["listen", "8989", "-e", "gbk"],
        &["connect", "8989", "-e", "gbk"],
        &["connect", "8989", "-egbk"],
        &["listen", "8989", "-e", "/bin/cat", "-c", "cat"],
        &["listen", "8989", "-e", "cat", "--echo"],
        &["listen", "8989", "-e", "cat", "--replies", "1"],
        &["listen", "8989", "-e", "awk '{ print }"],
        &["listen", "8989", "-e", " "],
        &["listen", "8989", "-c"],
        &["connect", "8989", "-e", "/bin/cat"],
        &["connect", "8989", "-c", "cat -n"],
        &["connect", "8989", "-c"],
        &["listen", "8989", "--sh-exec", "cat"],
        &["connect", "-u", "localhost", "53"],
        &["connect", "--ssl", "localhost", "443"],
        &["connect", "-U", "/run/socket"],
        &["connect", "--crlf", "localhost", "25"],
        &["listen", "--keep-open", "8989"],
        &["connect", "TCP:localhost:80"],
        &["connect", "-", "tcp4:localhost:80,retry=3"],
        &["listen", "TCP-LISTEN:8989,fork"],
        &["TCP-LISTEN:8989,fork,reuseaddr", "EXEC:wc -c,pty"],
        &["listen", "8989", "system:date"],
        &["listen", "TCP6-LISTEN:8989,bind=[::1],reuseaddr"],
        &["connect", "OPENSSL:localhost:443"],
        &["connect", "UDP:localhost:53"],
        &["listen", "-U", "/run/socket"],
        &["connect", "UNIX-CONNECT:/run/socket"],
        &["connect", "-", "ABSTRACT-CONNECT:name"],
        &["listen", "UNIX-LISTEN:/run/socket,fork"],
        &["listen", "ABSTRACT-LISTEN:name"],
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn letters_of_netcat_that_are_true_here_change_nothing() {
    for letters in [&["-l"][..], &["-k"], &["-N"], &["-lkN"], &["-l", "-k", "-N"]] {
        let server = raccord(["listen", "127.0.0.1:0", "--echo", "-q"]).with_words(letters).start();
        let address = server.address().to_string();
        for _ in 0..2 {
            let client = raccord(["connect", &address, "-N"]).input("hello").run().expect(0);
            assert_eq!(client.out(), "hello");
        }
    }
}

#[test]
fn a_letter_without_a_value_may_stand_before_one_word() {
    for letter in ["-q", "-x"] {
        let (listener, address) = server();
        let client = raccord(["connect", letter, &address.to_string()]).start();
        drop(accept(&listener));
        client.ended().expect(0);
    }
}

/// An address whose last connection of the backlog is taken, so that a further one is never answered.
fn silent() -> (TcpListener, TcpStream, String) {
    let (listener, address) = server();
    SockRef::from(&listener).listen(0).unwrap();
    (listener, TcpStream::connect(address).unwrap(), address.to_string())
}

/// What a failed start says, with the address that varies left out: the sentence, then on stdout nothing.
fn failure(ran: &Ran, address: &str) -> String {
    assert_eq!(ran.out(), "");
    ran.err().replace(address, "ADDRESS")
}

#[test]
fn an_unknown_host() {
    // a name service that is not there must not make the test wait for it
    let connect = raccord(["connect", "no-such-host.invalid:80"]).env("RES_OPTIONS", "timeout:1 attempts:1");
    let said = connect.run().expect(1).err();
    assert!(said.starts_with("raccord: cannot find the host no-such-host.invalid: "), "{said}");
    assert!(said.contains("check the spelling and the network's name service"), "{said}");
}

#[test]
fn a_name_where_names_are_not_looked_up() {
    let said = raccord(["connect", "-n", "localhost:80"]).run().expect(1).err();
    insta::assert_snapshot!(said);
}

#[test]
fn a_refused_connection() {
    let (listener, address) = server();
    drop(listener);
    let address = address.to_string();
    let said = failure(&raccord(["connect", &address]).run().expect(1), &address);
    insta::assert_snapshot!(said);
}

#[test]
fn an_unreachable_address() {
    // TCP has no way to a broadcast address (tcp_v4_connect), whatever the network of the machine
    let said = raccord(["connect", "255.255.255.255:80"]).run().expect(1).err();
    insta::assert_snapshot!(said);
}

#[test]
fn a_host_that_never_answers() {
    let (_listener, _first, address) = silent();
    let ran = raccord(["connect", &address, "-w", "300ms"]).run().expect(1);
    let said = failure(&ran, &address);
    insta::assert_snapshot!(said);
}

#[test]
fn a_start_that_fails_is_an_event_and_a_sentence() {
    let (_listener, _first, address) = silent();
    let ran = raccord(["connect", &address, "-w", "50ms", "-o", "json"]).run().expect(1);
    let events = ran.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["event"], "failed");
    assert!(ran.err().starts_with(&format!("raccord: cannot connect to {address}: ")), "{}", ran.err());
}

#[test]
fn a_typed_character_that_the_encoding_lacks() {
    let (listener, address) = server();
    let command = format!("{} connect {address} -E latin1", binary());
    let mut terminal = peer("script", ["-qec", &command, "/dev/null"]).open_stdin().start();
    let client = accept(&listener);
    let mut type_in = terminal.stdin.take().unwrap();
    type_in.write_all("prix : 3 €\nprix : 3 £\n".as_bytes()).unwrap();
    assert_eq!(read_exact(&client, 11), b"prix : 3 \xa3\n");
    terminal.stdout.wait_for_text("not sent: latin1 has no '€' (U+20AC), character 10 of the text");
}

#[test]
fn a_character_on_stdin_that_the_encoding_lacks() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "-E", "latin1"]).input("prix : 3 €\n").start();
    assert_eq!(read_all(&accept(&listener)), b"");
    let said = client.ended().expect(1).err();
    insta::assert_snapshot!(said);
}

#[test]
fn stdin_that_is_no_text_is_sent_up_to_that_place() {
    let (listener, address) = server();
    let client =
        raccord(["connect", &address.to_string(), "-E", "gbk"]).input(&b"probl\xc3\xa8me\xffx"[..]).start();
    assert_eq!(read_all(&accept(&listener)), b"probl\xa8\xa8me");
    let said = client.ended().expect(1).err();
    insta::assert_snapshot!(said);
}

#[test]
fn a_piece_of_a_character_at_the_end_of_stdin_is_no_text() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "-E", "gbk"]).input(&b"ok\xe4\xbd"[..]).start();
    assert_eq!(read_all(&accept(&listener)), b"ok");
    let said = client.ended().expect(1).err();
    insta::assert_snapshot!(said);
}

#[test]
fn nobody_is_told_anything_before_the_words_are_right() {
    let (listener, address) = server();
    listener.set_nonblocking(true).unwrap();
    raccord(["connect", &address.to_string(), "--send", "ok", "--send-hex", "0"]).run().expect(2);
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
