//! The interactive terminal: a person types below what scrolls, and the terminal is theirs again afterwards.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::{Running, accept, raccord, read_exact, server, terminal, until};
use crate::tty::{BACKSPACE, CTRL_C, CTRL_D, CTRL_S, CTRL_Z, ENTER, LEFT, TAB, Tty, UP, leaves};

/// raccord as a server on a terminal of 80 columns and 24 rows, ready for keys.
fn listening(words: &[&str]) -> (Tty, Running) {
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord([&["listen", "127.0.0.1:0"], words].concat()).start();
    tty.sees_last(">");
    (tty, program)
}

/// The same with one client.
fn with_a_client(words: &[&str]) -> (Tty, Running, TcpStream) {
    let (tty, program) = listening(words);
    let client = program.dial();
    tty.sees_text("#1 127.0.0.1:");
    (tty, program, client)
}

#[test]
fn a_message_scrolls_above_what_is_typed() {
    let (tty, program, mut client) = with_a_client(&[]);
    tty.keys("half a li");
    tty.sees_last("> half a li");
    client.write_all(b"one\ntwo\n").unwrap();
    tty.sees("the message above the line", |rows| {
        rows.trim_end().ends_with("#1 ↑ 8 bytes  one\n            │ two\n> half a li")
    });
    tty.line("ne");
    assert_eq!(read_exact(&client, 12), b"half a line\n");
    tty.sees_text("#1 ↓ 12 bytes  half a line");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn a_client_that_types_ends_its_half_with_ctrl_d_and_sees_the_answer() {
    let (listener, address) = server();
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord(["connect", &address.to_string()]).start();
    let mut peer = accept(&listener);
    tty.line("question");
    tty.keys(CTRL_D);
    let mut question = String::new();
    peer.read_to_string(&mut question).unwrap();
    assert_eq!(question, "question\n");
    peer.write_all(b"late answer").unwrap();
    drop(peer);
    tty.sees_text("late answer");
    leaves(&tty, program, 0);
    tty.sees_text(" · 11 in, 9 out · ");
}

#[test]
fn the_peers_end_is_told_and_ends_the_client() {
    let (listener, address) = server();
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord(["connect", &address.to_string()]).start();
    let peer = accept(&listener);
    tty.sees_text("connected");
    tty.keys("never sent");
    tty.sees_last("> never sent");
    drop(peer);
    leaves(&tty, program, 0);
    // and what was being typed is off the screen
    tty.sees("the end alone", |rows| rows.contains("closed by peer") && !rows.contains("never sent"));
}

#[test]
fn chinese_is_edited_and_wrapped_by_its_width() {
    let mut tty = Tty::new(10, 20);
    let program = tty.raccord(["listen", "127.0.0.1:0", "-E", "gbk"]).start();
    let client = program.dial();
    tty.sees_text("#1 127");
    // nine characters of two columns, beside the prompt's two: the row is full
    tty.keys("一二三四五六七八九");
    tty.sees("a full row", |rows| rows.contains("> 一二三四五六七八九"));
    tty.keys("十");
    tty.sees_last("十");
    assert_eq!(tty.cursor().1, 2);
    tty.keys(&format!("{LEFT}{LEFT}{BACKSPACE}"));
    tty.sees_last("> 一二三四五六七九十");
    tty.keys(ENTER);
    let expected = [
        0xd2, 0xbb, 0xb6, 0xfe, 0xc8, 0xfd, 0xcb, 0xc4, 0xce, 0xe5, 0xc1, 0xf9, 0xc6, 0xdf, 0xbe, 0xc5, 0xca,
        0xae, b'\n',
    ];
    assert_eq!(read_exact(&client, expected.len()), expected);
    tty.keys(CTRL_C);
    leaves(&tty, program, 130);
}

#[test]
fn what_the_encoding_lacks_is_refused_and_nothing_of_it_sent() {
    let (tty, program, client) = with_a_client(&["-E", "latin1"]);
    tty.line("é你");
    tty.sees_text("raccord: not sent:");
    tty.line("é");
    assert_eq!(read_exact(&client, 2), [0xe9, b'\n']);
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn a_narrow_terminal_carries_it_all() {
    let mut tty = Tty::new(10, 20);
    let program = tty.raccord(["listen", "127.0.0.1:0"]).start();
    let mut client = program.dial();
    tty.sees_text("#1 127");
    tty.keys("a line that takes more than two rows of it");
    tty.sees_last("f it");
    client.write_all(b"and something between").unwrap();
    tty.sees("the message above, the line below", |rows| {
        rows.find("between").is_some_and(|message| rows.rfind("f it").is_some_and(|line| message < line))
    });
    tty.keys(ENTER);
    assert_eq!(read_exact(&client, 43), b"a line that takes more than two rows of it\n");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn a_window_that_changes_its_size_keeps_the_line() {
    let (tty, program, client) = with_a_client(&[]);
    let text = "0123456789 ".repeat(6);
    tty.keys(&text);
    tty.sees_text(text.trim_end());
    tty.resize(24, 40);
    tty.keys("end");
    tty.sees("the line over two rows", |rows| rows.contains("\n0123456789") || rows.contains("end"));
    tty.resize(30, 100);
    tty.line("!");
    assert_eq!(read_exact(&client, text.len() + 5), format!("{text}end!\n").as_bytes());
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn pasted_lines_are_one_edit_and_each_is_a_message() {
    let (tty, program, client) = with_a_client(&[]);
    tty.keys("\x1b[200~/first\rsecond\rthird\x1b[201~");
    tty.sees_text("third");
    tty.keys(ENTER);
    assert_eq!(read_exact(&client, 20), b"/first\nsecond\nthird\n");
    // and without the marks: each ends where Enter is
    tty.keys("one\rtwo\rthree\r");
    assert_eq!(read_exact(&client, 14), b"one\ntwo\nthree\n");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn many_lines_pasted_at_once_all_arrive() {
    let (tty, program, client) = with_a_client(&[]);
    let lines: Vec<_> = (0..5000).map(|number| format!("line {number}")).collect();
    let (lines, expected) = (lines.join("\r") + "\r", lines.join("\n") + "\n");
    std::thread::scope(|scope| {
        scope.spawn(|| tty.keys(&lines));
        assert_eq!(read_exact(&client, expected.len()), expected.as_bytes());
    });
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn commands_and_their_arguments_are_completed() {
    let (tty, program, client) = with_a_client(&[]);
    tty.keys(&format!("/pe{TAB}"));
    tty.sees_last("> /peers");
    tty.keys(ENTER);
    tty.sees_text("0 in, 0 out");
    let file = tty.state.path().join("request.bin");
    std::fs::write(&file, b"\x00\x01from a file").unwrap();
    let start = file.to_str().unwrap().strip_suffix("quest.bin").unwrap();
    tty.keys(&format!("/to {TAB}/fi{TAB}{start}{TAB}"));
    tty.sees_text("request.bin");
    tty.keys(ENTER);
    assert_eq!(read_exact(&client, 13), b"\x00\x01from a file");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn one_of_two_clients_is_spoken_to_closed_and_reset() {
    let (tty, program, first) = with_a_client(&[]);
    let second = program.dial();
    tty.sees_text("#2 127.0.0.1:");
    tty.line("/to 2 only you");
    assert_eq!(read_exact(&second, 9), b"only you\n");
    tty.line("/hex 01 02 ff");
    assert_eq!(read_exact(&second, 3), [1, 2, 255]);
    assert_eq!(read_exact(&first, 3), [1, 2, 255]);
    tty.line("/close");
    tty.sees_text("raccord: /close which? 2 are open");
    tty.line("/close 1");
    assert_eq!((&first).read(&mut [0; 8]).unwrap(), 0);
    drop(first);
    tty.sees_text("#1 closed");
    tty.line("/reset");
    tty.sees_text("#2 reset by raccord");
    tty.line("/peers");
    tty.sees_text("nobody is connected");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn what_cannot_be_done_is_told_and_nothing_ends() {
    let (tty, program, client) = with_a_client(&[]);
    let rows = [
        ("/frobnicate", "raccord: there is no command /frobnicate:"),
        ("/to 99 hello", "raccord: there is no connection #99, only #1"),
        ("/close 99", "raccord: there is no connection #99, only #1"),
        ("/file /", "raccord: warning: cannot read /: Is a directory"),
        ("/file /does/not/exist", "raccord: warning: cannot read /does/not/exist: No such file"),
        ("/hex 0", "raccord: /hex 0:"),
        ("/help", "/quit            close everything"),
    ];
    for (line, answer) in rows {
        tty.line(line);
        tty.sees_text(answer);
    }
    tty.line("//still here");
    assert_eq!(read_exact(&client, 12), b"/still here\n");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn lines_wait_for_the_first_client_and_come_back_from_earlier_runs() {
    let (tty, program) = listening(&[]);
    tty.line("early");
    tty.sees_text("nobody is connected yet");
    let client = program.dial();
    assert_eq!(read_exact(&client, 6), b"early\n");
    tty.line(" with a blank before it: not kept");
    tty.line("/quit");
    leaves(&tty, program, 0);

    let mut again = Tty::new(24, 80);
    let state = tty.state.path().to_str().unwrap().to_owned();
    let program = again.raccord(["listen", "127.0.0.1:0"]).env("XDG_STATE_HOME", &state).start();
    again.sees_last(">");
    again.keys(&format!("{UP}{UP}"));
    again.sees_last("> early");
    again.keys(CTRL_C);
    again.sees_last(">");
    again.keys(CTRL_C);
    leaves(&again, program, 130);
}

#[test]
fn a_history_that_cannot_be_written_is_told_once() {
    let mut tty = Tty::new(24, 80);
    // a file where its folder would be
    std::fs::write(tty.state.path().join("raccord"), b"").unwrap();
    let program = tty.raccord(["listen", "127.0.0.1:0"]).start();
    tty.sees_last(">");
    let client = program.dial();
    tty.sees_text("connected");
    tty.line("one");
    tty.line("two");
    assert_eq!(read_exact(&client, 8), b"one\ntwo\n");
    tty.sees_text("#1 ↓ 4 bytes  two");
    assert_eq!(tty.sees_text("two").matches("not kept for the next run").count(), 1);
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn ctrl_c_clears_the_line_and_then_interrupts() {
    let (tty, program) = listening(&[]);
    tty.keys("typed by mistake");
    tty.sees_last("> typed by mistake");
    tty.keys(CTRL_C);
    tty.sees_last(">");
    tty.keys(CTRL_C);
    leaves(&tty, program, 130);
}

#[test]
fn ctrl_s_stops_nothing() {
    let (tty, program, mut client) = with_a_client(&[]);
    tty.keys(CTRL_S);
    client.write_all(b"still shown").unwrap();
    tty.sees_text("still shown");
    tty.keys(CTRL_C);
    leaves(&tty, program, 130);
}

#[test]
fn every_signal_gives_the_terminal_back() {
    for (signal, code) in [("TERM", 0), ("HUP", 0), ("INT", 130)] {
        let (tty, program, _client) = with_a_client(&[]);
        tty.keys("half");
        tty.sees_last("> half");
        program.signal(signal);
        leaves(&tty, program, code);
    }
}

#[test]
fn a_shell_gets_the_terminal_while_raccord_is_stopped() {
    let mut tty = Tty::new(24, 80);
    let shell = tty.program("bash", ["--norc", "-i"]).env("PS1", "shell: ").start();
    tty.sees_last("shell:");
    tty.line(&format!("{} listen 127.0.0.1:0", crate::harness::binary()));
    tty.sees_last(">");
    tty.keys("half a line");
    tty.sees_last("> half a line");
    tty.keys(CTRL_Z);
    tty.sees_last("shell:");
    assert!(tty.sees_text("Stopped").contains("[1]+"));
    tty.line("echo a$((1+1))b");
    tty.sees_text("a2b");
    tty.line("fg");
    tty.sees_last("> half a line");
    tty.keys(" goes on");
    tty.sees_last("> half a line goes on");
    tty.keys(&format!("{CTRL_C}{CTRL_C}"));
    tty.sees_last("shell:");
    tty.line("exit 7");
    leaves(&tty, shell, 7);
}

#[test]
fn a_dumb_terminal_gets_lines_and_nothing_else() {
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord(["listen", "127.0.0.1:0"]).env("TERM", "dumb").start();
    let mut client = program.dial();
    tty.sees_text("connected");
    client.write_all(b"hello").unwrap();
    tty.sees_text("#1 ↑ 5 bytes  hello");
    tty.line("answer");
    tty.sees_text("#1 ↓ 7 bytes  answer");
    tty.line("/peers");
    tty.sees_text("5 in, 7 out");
    tty.line("/quit");
    leaves(&tty, program, 0);
    assert!(!tty.raw().contains(&0x1b), "no escape sequence");
}

#[test]
fn no_color_leaves_the_editor_and_takes_the_colours() {
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord(["listen", "127.0.0.1:0"]).env("NO_COLOR", "1").start();
    tty.sees_last(">");
    let mut client = program.dial();
    client.write_all(b"hello").unwrap();
    tty.sees_text("#1 ↑ 5 bytes  hello");
    tty.keys("/to");
    tty.sees_last("> /to N TEXT");
    tty.keys(CTRL_C);
    tty.keys(CTRL_C);
    leaves(&tty, program, 130);
    let raw = String::from_utf8_lossy(&tty.raw()).into_owned();
    let colours = raw
        .split("\x1b[")
        .skip(1)
        .filter(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'));
    assert_eq!(colours.count(), 0, "{raw:?}");
}

#[test]
fn a_locale_without_utf_8_gets_what_it_can_show() {
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord(["listen", "127.0.0.1:0"]).env("LC_ALL", "C").start();
    let mut client = program.dial();
    tty.sees_text("connected");
    client.write_all("né 你".as_bytes()).unwrap();
    tty.sees_text("#1 ^ 7 bytes  n\\u{e9} \\u{4f60}");
    tty.bytes(b"n\xc3\xa9\n");
    tty.sees_text("not sent: byte 2 of what was typed is not text in ascii");
    tty.line("ascii");
    assert_eq!(read_exact(&client, 6), b"ascii\n");
    tty.line("/quit");
    leaves(&tty, program, 0);
    assert!(
        tty.raw().iter().filter(|byte| !byte.is_ascii()).all(|byte| [0xc3, 0xa9].contains(byte)),
        "but the echo"
    );
}

#[test]
fn a_chinese_locale_of_old_is_spoken_in_gbk() {
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord(["listen", "127.0.0.1:0"]).env("LC_ALL", "zh_CN.GBK").start();
    let client = program.dial();
    tty.bytes(&[0xc4, 0xe3, 0xba, 0xc3, b'\n']);
    assert_eq!(read_exact(&client, 7), "你好\n".as_bytes());
    until("the answer is shown", || {
        tty.raw().windows(9).any(|shown| shown == b"\xc4\xe3\xba\xc3\r\n#1 ").then_some(()).or(tty
            .raw()
            .windows(4)
            .filter(|shown| *shown == b"\xc4\xe3\xba\xc3")
            .nth(1)
            .map(drop))
    });
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn off_a_terminal_lines_are_plain_and_stdout_has_the_bytes_received() {
    let (person, program_end) = terminal();
    let running = raccord(["listen", "127.0.0.1:0", "--once", "-v"])
        .with(move |command| {
            command.stdin(program_end);
        })
        .start();
    let mut client = running.dial();
    client.write_all(b"bytes").unwrap();
    running.stderr.wait_for_text("connected");
    (&person).write_all(b"/peers\nline\n").unwrap();
    assert_eq!(read_exact(&client, 5), b"line\n");
    drop(client);
    let ran = running.ended().expect(0);
    assert_eq!(ran.out(), "bytes");
    assert!(ran.err().contains("#1 127.0.0.1:"), "{}", ran.err());
}

#[test]
fn what_ends_things_waits_for_what_was_typed_before_it() {
    for _ in 0..5 {
        let (tty, program, client) = with_a_client(&[]);
        tty.keys(&format!("hello{ENTER}/quit{ENTER}"));
        assert_eq!(read_exact(&client, 6), b"hello\n");
        drop(client);
        leaves(&tty, program, 0);
    }
    let (tty, program, mut client) = with_a_client(&[]);
    let file = tty.state.path().join("large");
    std::fs::write(&file, vec![b'x'; 3 << 20]).unwrap();
    tty.line(&format!("/to 1 /file {}", file.display()));
    tty.line("/close 1");
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 3 << 20);
    drop(client);
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn a_client_that_reads_nothing_holds_no_end_up() {
    let (tty, program, client) = with_a_client(&[]);
    let file = tty.state.path().join("large");
    std::fs::write(&file, vec![b'x'; 16 << 20]).unwrap();
    tty.line(&format!("/file {}", file.display()));
    tty.line("/quit");
    leaves(&tty, program, 0);
    drop(client);
}

#[test]
fn a_slow_reader_gets_it_all_and_a_file_goes_to_nobody_else() {
    let (tty, program, mut client) = with_a_client(&[]);
    let file = tty.state.path().join("large");
    std::fs::write(&file, vec![b'x'; 8 << 20]).unwrap();
    tty.line(&format!("/file {}", file.display()));
    tty.line("/close");
    tty.sees_text("#1 is closed behind what is still being sent");
    let late = program.dial();
    tty.sees_text("#2 127.0.0.1:");
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 8 << 20);
    drop(client);
    tty.line("next");
    assert_eq!(read_exact(&late, 5), b"next\n");
    tty.line("/quit");
    drop(late);
    leaves(&tty, program, 0);
}

#[test]
fn what_was_not_sent_is_told_and_fails() {
    let (listener, address) = server();
    let mut tty = Tty::new(24, 80);
    let program = tty.raccord(["connect", &address.to_string()]).start();
    let peer = accept(&listener);
    tty.sees_text("connected");
    let file = tty.state.path().join("large");
    std::fs::write(&file, vec![b'x'; 16 << 20]).unwrap();
    tty.line(&format!("/file {}", file.display()));
    tty.line("/quit");
    leaves(&tty, program, 1);
    tty.sees_text("bytes were not sent, for the peer takes nothing");
    drop(peer);
}

#[test]
fn ctrl_d_on_a_server_says_what_it_means() {
    let (tty, program, client) = with_a_client(&[]);
    tty.keys(CTRL_D);
    tty.sees_text("our half of each connection ends, of later ones at once");
    assert_eq!(crate::harness::read_all(&client), b"");
    assert!(tty.is_restored());
    program.signal("TERM");
    leaves(&tty, program, 0);
}

#[test]
fn tab_is_a_character_of_a_text() {
    let (tty, program, client) = with_a_client(&[]);
    tty.keys(&format!("a{TAB}b{ENTER}"));
    assert_eq!(read_exact(&client, 4), b"a\tb\n");
    tty.line("/file /dev/zero");
    tty.sees_text("raccord: /dev/zero is a device or a pipe");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn a_pasted_text_is_sent_whole_or_not_at_all() {
    let (tty, program, client) = with_a_client(&["-E", "latin1"]);
    tty.keys("\x1b[200~one\rtwo 你\rthree\x1b[201~\r");
    tty.sees_text("raccord: not sent, none of it: line 2:");
    tty.line("after it");
    assert_eq!(read_exact(&client, 9), b"after it\n");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn what_is_typed_early_and_is_no_text_is_refused() {
    let mut tty = Tty::new(24, 80);
    // nobody but the terminal is there yet
    tty.bytes(b"n\xe9\nearly\n");
    let program = tty.raccord(["listen", "127.0.0.1:0"]).start();
    tty.sees_text("raccord: not sent: byte 2 of what was typed is not text in utf-8");
    let client = program.dial();
    assert_eq!(read_exact(&client, 6), b"early\n");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

#[test]
fn ctrl_z_where_nobody_could_continue_goes_on() {
    let (tty, program, client) = with_a_client(&[]);
    tty.keys("half a l");
    tty.sees_last("> half a l");
    // the leader of a session of its own: its group is orphaned, and the system stops it not
    tty.keys(CTRL_Z);
    tty.keys("ine");
    tty.sees_last("> half a line");
    // the terminal itself may have shown the keys, while the editor had let go of it
    until("the editor has the terminal again", || (!tty.is_restored()).then_some(()));
    tty.keys(ENTER);
    assert_eq!(read_exact(&client, 12), b"half a line\n");
    tty.line("/quit");
    leaves(&tty, program, 0);
}

/// Floods a server from so many clients until the test is over.
struct Flood {
    over: Arc<AtomicBool>,
    clients: Vec<std::thread::JoinHandle<()>>,
}

impl Flood {
    fn of(address: std::net::SocketAddr, count: usize) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let clients = (0..count).map(|_| {
            let over = Arc::clone(&over);
            std::thread::spawn(move || {
                let mut client = TcpStream::connect(address).unwrap();
                client.set_nodelay(true).unwrap();
                client.set_write_timeout(Some(crate::harness::DEADLINE)).unwrap();
                while !over.load(Ordering::Relaxed) && client.write_all(b"a message of the flood\n").is_ok() {
                }
            })
        });
        Self { clients: clients.collect(), over }
    }

    fn stop(self) {
        self.over.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().unwrap();
        }
    }
}

#[test]
fn ctrl_d_in_a_flood_ends_our_half_and_the_screen_goes_on() {
    for _ in 0..3 {
        let (tty, program) = listening(&["--explain"]);
        let flood = Flood::of(program.address(), 1);
        tty.was_told("not shown:");
        tty.keys(CTRL_D);
        flood.stop();
        tty.sees_text("closed");
        program.signal("TERM");
        leaves(&tty, program, 0);
    }
}

#[test]
fn of_a_large_dump_the_end_is_shown() {
    let (tty, program, mut client) = with_a_client(&["-x"]);
    client.write_all(&vec![b'x'; 1 << 20]).unwrap();
    client.write_all(b"the end").unwrap();
    tty.sees_text("the end");
    let raw = String::from_utf8_lossy(&tty.raw()).into_owned();
    assert!(raw.contains("not shown: "), "a megabyte is more than a screen shows");
    assert!(raw.matches("78 78 78 78").count() < 40_000, "not all of it was shown");
    tty.line("/quit");
    drop(client);
    leaves(&tty, program, 0);
}

/// Keys show at once however much scrolls by: the latest is shown, and what was left out is told.
#[test]
fn a_flood_leaves_the_keys_alone() {
    let (tty, program) = listening(&[]);
    let flood = Flood::of(program.address(), 4);
    tty.was_told("not shown:");
    let mut typed = String::new();
    let mut times = Vec::new();
    for key in "what is typed while it rains messages".chars().filter(|key| *key != ' ') {
        times.push(tty.time_of_key(&typed, key));
        typed.push(key);
    }
    flood.stop();
    times.sort();
    // the machine that runs all tests at once may hold a single key up; not half of them
    assert!(times[times.len() / 2].as_millis() < 100, "{times:?}");
    tty.keys(&format!("{CTRL_C}{CTRL_C}"));
    leaves(&tty, program, 130);
}
