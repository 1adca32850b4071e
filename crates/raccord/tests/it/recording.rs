//! The recording of the README: somebody plays the server for two clients, and the pictures are what they see today.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::animation::{self, Frame, Words};
use crate::harness::{Running, read_exact};
use crate::tty::{ENTER, TAB, Tty};

const ROWS: u16 = 22;
const COLUMNS: u16 = 80;

const WORDS: Words = Words {
    title: "Typing to two clients of raccord listen, one of them in GBK",
    description: "A terminal. raccord listens; a client connects and says 你好 in GBK, which is shown as text. While an \
                  answer is being typed at the foot of the screen, a second client connects and its message scrolls above \
                  the unfinished line. The answer goes to both; then /to 2 speaks to one of them, /hex sends bytes, /peers \
                  lists who is connected, /close 1 ends one conversation in order, and /quit ends raccord. Ports and \
                  durations are replaced by round numbers.",
};

/// Milliseconds that a key takes, and that a reader needs.
const KEY: u64 = 70;
const READ: u64 = 1200;

/// Plays the session and keeps what is seen after each step.
struct Recorder {
    tty: Tty,
    /// What is typed.
    line: String,
    server: u16,
    clients: Vec<u16>,
    /// How much of the terminal's bytes is in the frames already.
    seen: usize,
    drawing: vt100::Parser,
    frames: Vec<Frame>,
    now: u64,
}

impl Recorder {
    /// Presses a key, by which the line becomes this.
    fn key(&mut self, key: &str, line: &str) {
        self.tty.keys(key);
        line.clone_into(&mut self.line);
        self.shows("");
        self.keep(KEY);
    }

    /// Types a text behind what stands there.
    fn types(&mut self, text: &str) {
        for key in text.chars() {
            let line = format!("{}{key}", self.line);
            self.key(&key.to_string(), &line);
        }
    }

    /// Ends the line and waits for what it brings.
    fn enter(&mut self, brings: &str) {
        self.now += 3 * KEY;
        self.tty.keys(ENTER);
        self.line.clear();
        self.sees(brings);
    }

    fn sees(&mut self, text: &str) {
        self.shows(text);
        self.keep(READ);
    }

    /// Waits until this is on the screen, and below it the line, with the cursor behind it.
    fn shows(&self, text: &str) {
        let line = format!("> {}", self.line);
        let width: u16 = line.chars().map(|character| if character < '\u{1100}' { 1 } else { 2 }).sum();
        let drawn = |rows: &str| {
            let last = rows.trim_end().lines().last().unwrap_or_default();
            // what a command takes may be hinted at behind it
            rows.contains(text) && last.starts_with(line.trim_end())
        };
        self.tty.sees_with_cursor(&format!("{text:?} above {line:?}"), |rows, (_, column)| {
            column == width && drawn(rows)
        });
    }

    fn connects(&mut self, program: &Running) -> TcpStream {
        let client = program.dial();
        self.clients.push(client.local_addr().unwrap().port());
        client
    }

    /// Keeps what the screen is now, for so long.
    fn keep(&mut self, milliseconds: u64) {
        let raw = self.tty.raw();
        let mut new = String::from_utf8(raw[self.seen..].to_vec()).unwrap();
        self.seen = raw.len();
        new = new.replace(&format!(":{}", self.server), ":8989");
        for (index, port) in self.clients.iter().enumerate() {
            new = new.replace(&format!(":{port}"), &format!(":{}", 50001 + index));
        }
        self.drawing.process(rounded(&new).as_bytes());
        self.frames.push(Frame { at: self.now, screen: self.drawing.screen().clone() });
        self.now += milliseconds;
    }
}

/// The same with a round number for how long a connection took.
fn rounded(text: &str) -> String {
    let Some((before, after)) = text.split_once(" out · ") else { return text.to_owned() };
    let took = after.find("s\r\n").map_or(0, |end| end + 1);
    if before.contains("closed") {
        format!("{before} out · 20.0 s{}", &after[took..])
    } else {
        text.to_owned()
    }
}

#[test]
fn the_recording_is_up_to_date() {
    let frames = recorded();
    let end = frames.last().unwrap().at + 3 * READ;
    keep_or_compare("prompt.cast", &animation::cast(&frames, &WORDS));
    keep_or_compare("prompt.svg", &animation::svg(&frames, end, &WORDS));
}

fn recorded() -> Vec<Frame> {
    let mut tty = Tty::new(ROWS, COLUMNS);
    let program = tty.raccord(["listen", "127.0.0.1:0", "-E", "gbk"]).start();
    let server = program.address().port();
    let mut drawing = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
    drawing.process(b"$ raccord listen 127.0.0.1:8989 -E gbk\r\n");
    let mut it = Recorder {
        tty,
        line: String::new(),
        server,
        clients: Vec::new(),
        seen: 0,
        drawing,
        frames: Vec::new(),
        now: 0,
    };
    it.sees("listening on");
    let mut first = it.connects(&program);
    it.sees("#1 127.0.0.1");
    first.write_all(&[0xc4, 0xe3, 0xba, 0xc3, b' ', b'!', b'\n']).unwrap();
    it.sees("你好");
    it.types("Bonjour, ");
    let mut second = it.connects(&program);
    it.tty.sees_text("#2 127.0.0.1");
    second.write_all(b"hello\n").unwrap();
    it.sees("#2 ↑ 6 bytes  hello");
    it.types("你们好 !");
    it.enter("#2 ↓ 18 bytes  Bonjour, 你们好 !");
    assert_eq!(read_exact(&second, 18).len(), 18);
    it.types("/t");
    it.key(TAB, "/to ");
    it.types("2 you alone");
    it.enter("#2 ↓ 10 bytes  you alone");
    it.types("/hex 01 03 00 0a");
    it.enter("#2 ↓ 4 bytes");
    it.types("/peers");
    it.enter("#2 127.0.0.1:");
    it.types("/close 1");
    it.tty.keys(ENTER);
    it.line.clear();
    let mut rest = Vec::new();
    first.read_to_end(&mut rest).unwrap();
    drop(first);
    it.sees("#1 closed");
    it.types("/quit");
    drop(second);
    it.frames
}

fn keep_or_compare(name: &str, drawn: &str) {
    let path = format!("{}/../../docs/images/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("RACCORD_UPDATE").is_some() {
        std::fs::write(&path, drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    let first = drawn.lines().zip(kept.lines()).find(|(drawn, kept)| drawn != kept);
    assert!(
        drawn == kept,
        "docs/images/{name} is not what the program shows; to renew it: \
         RACCORD_UPDATE=1 cargo test -p raccord --test it recording\nthe first line that differs, now and kept: {first:#?}"
    );
}
