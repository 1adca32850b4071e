//! The course's Python programs converse with raccord in GBK, word for word.

use serde_json::Value;
use socket2::Socket;

use crate::harness::{Ran, Run, binary, kept_port, peer, raccord};

const QUESTION: &str = " Bonjour serveur , Je suis le client little black !";
const ANSWER: &str = "ok,  Le problème est en cours ...";
/// The answer as it travels; in GBK the è is A8 A8.
const ANSWER_BYTES: &[u8] = b"ok,  Le probl\xa8\xa8me est en cours ...";
/// The answer as Python prints bytes.
const ANSWER_IN_PYTHON: &str = r"b'ok,  Le probl\xa8\xa8me est en cours ...'";

const GREETING: &str = "你好,服务器";
const GREETING_BYTES: &[u8] = b"\xc4\xe3\xba\xc3,\xb7\xfe\xce\xf1\xc6\xf7";
const WELCOME: &str = "收到,谢谢";
const WELCOME_BYTES: &[u8] = b"\xca\xd5\xb5\xbd,\xd0\xbb\xd0\xbb";
const WELCOME_IN_PYTHON: &str = r"b'\xca\xd5\xb5\xbd,\xd0\xbb\xd0\xbb'";

#[test]
fn the_readmes_first_command_is_the_whole_conversation() {
    let readme = std::fs::read_to_string(format!("{ROOT}/README.md")).unwrap();
    let mut commands = readme.lines().filter_map(|line| line.strip_prefix("    cargo run --release -- "));
    let command = format!("{} {}", binary(), commands.next().expect("the README has a command"));
    let ran = at_the_root(peer("/bin/sh", ["-c", &command])).run().expect(0);

    assert_eq!(ran.out(), QUESTION);
    says(&ran, &format!("program: {ANSWER_IN_PYTHON}"));
    says(&ran, &format!("program: {ANSWER}"));
    for call in ["socket(", "bind(", "listen(", "accept(", "recv(", "send(", "shutdown(", "close("] {
        assert!(ran.err().contains(call), "{call} is explained: {}", ran.err());
    }
}

#[test]
fn the_client_is_answered_byte_for_byte() {
    let server =
        raccord(["listen", "127.0.0.1:0", "--once", "-E", "gbk", "--reply", ANSWER, "-o", "raw"]).start();
    let client = python("client.py", ["127.0.0.1", &server.address().port().to_string()]).run().expect(0);

    assert_eq!(client.out(), format!("{ANSWER_IN_PYTHON}\n{ANSWER}\n"));
    assert_eq!(server.ended().expect(0).stdout, QUESTION.as_bytes());
}

#[test]
fn the_server_is_asked_byte_for_byte() {
    let (_port, ran) = ask_the_course(&[], QUESTION, &["-o", "raw"]);
    assert_eq!(ran.stdout, ANSWER_BYTES);
    says(&ran, &format!("program: received {} bytes: {QUESTION}", QUESTION.len()));
}

#[test]
fn the_servers_answer_is_converted_off_a_terminal() {
    let (_port, ran) = ask_the_course(&[], QUESTION, &[]);
    assert_eq!(ran.out(), ANSWER);
}

#[test]
fn a_server_that_runs_already_is_asked_as_well() {
    let server = python("server.py", ["0"]).start();
    let port = server.address().port().to_string();
    let ran = raccord(["connect", &port, "-4", "-E", "gbk", "--send", QUESTION]).run().expect(0);
    assert_eq!(ran.out(), ANSWER);
    let told = server.ended().expect(0).out();
    assert!(told.ends_with(&format!("received {} bytes: {QUESTION}\n", QUESTION.len())), "{told}");
}

#[test]
fn a_chinese_line_goes_each_way_with_raccord_as_server() {
    for read_size in ["1024", "256KiB"] {
        let client = format!("python3 {} {{port}} --text '{GREETING}'", program("client.py"));
        let words = ["listen", "127.0.0.1:0", "--once", "-E", "gbk", "--reply", WELCOME, "-o", "json"];
        let ran = raccord(words).with_words(["--read-size", read_size, "--run", &client]).run().expect(0);

        assert_eq!(messages(&ran, "received"), [(hex(GREETING_BYTES), GREETING.to_owned())]);
        assert_eq!(messages(&ran, "sent"), [(hex(WELCOME_BYTES), WELCOME.to_owned())]);
        says(&ran, WELCOME_IN_PYTHON);
        says(&ran, WELCOME);
    }
}

#[test]
fn a_chinese_line_goes_each_way_with_raccord_as_client() {
    for read_size in ["1024", "256KiB"] {
        let words = ["-o", "json", "--read-size", read_size];
        let (_port, ran) = ask_the_course(&["--text", WELCOME], GREETING, &words);

        assert_eq!(messages(&ran, "sent"), [(hex(GREETING_BYTES), GREETING.to_owned())]);
        assert_eq!(messages(&ran, "received"), [(hex(WELCOME_BYTES), WELCOME.to_owned())]);
        says(&ran, &format!("received {} bytes: {GREETING}", GREETING_BYTES.len()));
    }
}

#[test]
fn a_character_that_the_courses_buffer_cuts_stays_whole() {
    // one byte, then two a character: the 1024th byte is the first half of one
    let long = format!(".{}", "水".repeat(600));
    let (_port, ran) = ask_the_course(&["--text", &long], GREETING, &["-o", "json", "--read-size", "1024"]);

    let received = messages(&ran, "received");
    assert!(received.iter().all(|(hex, _)| hex.len() <= 2 * 1024), "a read takes at most 1024 bytes");
    assert_eq!(texts(&received), long);
    assert!(
        received.len() > 1 && received[0].1.chars().count() == 512,
        "the cut one is shown when it is whole"
    );
}

#[test]
fn a_client_that_says_more_than_its_buffer_holds_is_understood() {
    let long = format!(".{}", "水".repeat(600));
    let words = ["listen", "127.0.0.1:0", "--once", "-E", "gbk", "-o", "json", "--read-size", "1024"];
    let server = raccord(words).input(WELCOME).start();
    let port = server.address().port().to_string();
    let client = python("client.py", [&port, "--text", &long]).run().expect(0);

    assert_eq!(client.out(), format!("{WELCOME_IN_PYTHON}\n{WELCOME}\n"));
    assert_eq!(texts(&messages(&server.ended().expect(0), "received")), long);
}

/// `raccord connect --run` of the course's server with these words, to which raccord says one text. The port is
/// kept from others for as long as its first part lives.
fn ask_the_course(server: &[&str], text: &str, words: &[&str]) -> (Socket, Ran) {
    let (kept, port) = kept_port();
    let quoted: Vec<String> = server.iter().map(|word| format!("'{word}'")).collect();
    let run = format!("python3 examples/course/server.py {{port}} {}", quoted.join(" "));
    let client =
        raccord(["connect", &format!("127.0.0.1:{port}"), "-E", "gbk", "--send", text, "--run", &run]);
    (kept, at_the_root(client.with_words(words)).run().expect(0))
}

fn python<'a>(name: &str, words: impl IntoIterator<Item = &'a str>) -> Run {
    peer("python3", [program(name).as_str()]).with_words(words)
}

fn program(name: &str) -> String {
    format!("{ROOT}/examples/course/{name}")
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn at_the_root(run: Run) -> Run {
    run.with(|command| {
        command.current_dir(ROOT);
    })
}

/// Asserts that the program of `--run` printed this, wherever it is shown.
#[track_caller]
fn says(ran: &Ran, text: &str) {
    let err = ran.err();
    assert!(err.lines().any(|line| line.ends_with(text)), "nobody says {text}\nstderr: {err}");
}

/// The hex and the text of each event of this kind.
fn messages(ran: &Ran, kind: &str) -> Vec<(String, String)> {
    let field = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let events = ran.events();
    let data = events.iter().filter(|event| event["event"] == kind);
    data.map(|event| (field(event, "hex"), field(event, "text"))).collect()
}

fn texts(messages: &[(String, String)]) -> String {
    messages.iter().map(|(_, text)| text.as_str()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}
