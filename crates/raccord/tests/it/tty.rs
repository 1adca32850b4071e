//! A person at a terminal: types keys, and looks at the screen that a terminal emulator draws.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use tempfile::TempDir;

use crate::harness::{DEADLINE, Run, Running, binary, peer, terminal, until};

/// The keys that a terminal sends.
pub const ENTER: &str = "\r";
pub const CTRL_C: &str = "\x03";
pub const CTRL_D: &str = "\x04";
pub const CTRL_S: &str = "\x13";
pub const CTRL_Z: &str = "\x1a";
pub const UP: &str = "\x1b[A";
pub const LEFT: &str = "\x1b[D";
pub const BACKSPACE: &str = "\x7f";
pub const TAB: &str = "\t";

/// A terminal with a person before it.
pub struct Tty {
    person: File,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    program: Option<File>,
    /// Where the program keeps its history.
    pub state: TempDir,
}

struct Screen {
    emulator: vt100::Parser,
    raw: Vec<u8>,
}

impl Screen {
    /// Its rows as they are seen, without blanks at their ends.
    fn rows(&self) -> String {
        let screen = self.emulator.screen();
        let rows: Vec<_> =
            screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n")
    }
}

impl Tty {
    /// A terminal of so many rows and columns.
    pub fn new(rows: u16, columns: u16) -> Self {
        let (person, program) = terminal();
        let screen =
            Screen { emulator: vt100::Parser::new(some(rows), some(columns), 10_000), raw: Vec::new() };
        let screen = Arc::new((Mutex::new(screen), Condvar::new()));
        let (mut reader, drawn) = (person.try_clone().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut piece = vec![0; 64 * 1024];
            // a terminal without programs has an error instead of an end (EIO)
            while let Ok(count @ 1..) = reader.read(&mut piece) {
                let Ok(mut screen) = drawn.0.lock() else { return };
                screen.emulator.process(&piece[..count]);
                screen.raw.extend_from_slice(&piece[..count]);
                drawn.1.notify_all();
            }
        });
        let tty = Self { person, screen, program: Some(program), state: tempfile::tempdir().unwrap() };
        tty.set_size(rows, columns);
        tty
    }

    /// What is to run on it, as the leader of its session: `raccord` with these words.
    pub fn raccord<S: AsRef<OsStr>>(&mut self, words: impl IntoIterator<Item = S>) -> Run {
        let words: Vec<_> = words.into_iter().map(|word| word.as_ref().to_owned()).collect();
        self.program(binary(), words)
    }

    /// Another program.
    pub fn program<S: AsRef<OsStr>>(&mut self, program: &str, words: impl IntoIterator<Item = S>) -> Run {
        let terminal = self.program.take().expect("one program a terminal");
        let state = self.state.path().to_str().unwrap().to_owned();
        let (stdin, stdout) = (terminal.try_clone().unwrap(), terminal.try_clone().unwrap());
        peer("setsid", ["--ctty", program])
            .with_words(words)
            .env("TERM", "xterm-256color")
            .env("XDG_STATE_HOME", &state)
            .with(move |command| {
                command.stdin(stdin).stdout(stdout).stderr(terminal);
            })
    }

    /// Presses keys.
    pub fn keys(&self, keys: &str) {
        (&self.person).write_all(keys.as_bytes()).unwrap();
    }

    /// Presses keys that are not UTF-8.
    pub fn bytes(&self, bytes: &[u8]) {
        (&self.person).write_all(bytes).unwrap();
    }

    /// Types a line.
    pub fn line(&self, text: &str) {
        self.keys(&format!("{text}{ENTER}"));
    }

    /// Waits until what the person sees satisfies the test: the rows of the screen, without blanks at their ends.
    #[track_caller]
    pub fn sees(&self, what: &str, enough: impl Fn(&str) -> bool) -> String {
        self.sees_with_cursor(what, |rows, _| enough(rows))
    }

    /// The same, with the cursor's row and column, from 0.
    #[track_caller]
    pub fn sees_with_cursor(&self, what: &str, enough: impl Fn(&str, (u16, u16)) -> bool) -> String {
        let (lock, changed) = &*self.screen;
        let start = Instant::now();
        let mut screen = lock.lock().unwrap();
        loop {
            let rows = screen.rows();
            if enough(&rows, screen.emulator.screen().cursor_position()) {
                return rows;
            }
            let left = DEADLINE.checked_sub(start.elapsed());
            assert!(left.is_some(), "never seen: {what}; the screen is\n{rows}");
            screen = changed.wait_timeout(screen, left.unwrap_or_default()).unwrap().0;
        }
    }

    /// Waits until this text is on the screen.
    #[track_caller]
    pub fn sees_text(&self, text: &str) -> String {
        self.sees(text, |rows| rows.contains(text))
    }

    /// Waits until this text was written, even if it has scrolled by before anybody could read it.
    #[track_caller]
    pub fn was_told(&self, text: &str) {
        let is_there = |raw: &[u8]| raw.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        until(&format!("{text:?} was written"), || is_there(&self.raw()).then_some(()));
    }

    /// Waits until the last row with anything on it is this.
    #[track_caller]
    pub fn sees_last(&self, row: &str) -> String {
        self.sees(&format!("{row:?} as the last row"), |rows| rows.trim_end().lines().last() == Some(row))
    }

    /// Where the cursor is: row and column, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        self.screen.0.lock().unwrap().emulator.screen().cursor_position()
    }

    /// Every byte that came to the terminal.
    pub fn raw(&self) -> Vec<u8> {
        self.screen.0.lock().unwrap().raw.clone()
    }

    /// Changes its size, as dragging a window does.
    pub fn resize(&self, rows: u16, columns: u16) {
        self.screen.0.lock().unwrap().emulator.screen_mut().set_size(some(rows), some(columns));
        self.set_size(rows, columns);
    }

    fn set_size(&self, rows: u16, columns: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.person, size).unwrap();
    }

    /// Whether the terminal is as a shell wants it: lines, with echo, and Ctrl-C a signal.
    pub fn is_restored(&self) -> bool {
        let modes = tcgetattr(&self.person).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// How long it takes from a key until it is on the screen, behind what was typed before.
    pub fn time_of_key(&self, typed: &str, key: char) -> Duration {
        let start = Instant::now();
        self.keys(&key.to_string());
        let line = format!("> {typed}{key}");
        self.sees(&line, |rows| rows.trim_end().lines().last() == Some(line.as_str()));
        start.elapsed()
    }
}

fn some(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

/// Asserts that a program ended so, and left the terminal as it was.
#[track_caller]
pub fn leaves(tty: &Tty, program: Running, code: i32) {
    program.ended().expect(code);
    assert!(tty.is_restored(), "the terminal is not restored");
    assert!(!tty.raw().windows(8).any(|bytes| bytes == b"panicked"));
}
