//! The tour: it needs nothing and ends by itself, speaks three languages, and on a terminal waits for a key.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::harness::{Collected, Ran, Run, Running, binary, peer, raccord, terminal, until};

/// How long the tour may take where nobody is asked for a key.
const MOST: Duration = Duration::from_secs(10);

#[test]
fn it_ends_by_itself_whatever_stdin_is() {
    let closed = peer("/bin/sh", ["-c", "exec \"$0\" tour <&-", binary()]);
    let forgotten = raccord(["tour"]).open_stdin();
    for run in [raccord(["tour"]), raccord(["tour"]).input("q"), forgotten, closed] {
        let start = Instant::now();
        let mut running = run.start();
        assert_eq!(running.wait().code(), Some(0));
        assert!(start.elapsed() < MOST, "{:?}", start.elapsed());
        assert_eq!(running.stderr.text(), "");
        whole(&String::from_utf8(running.stdout.all()).unwrap());
    }
}

#[test]
fn it_tells_the_same_in_each_language() {
    for lang in ["en", "fr", "zh"] {
        let ran = raccord(["tour", "--lang", lang]).run().expect(0);
        insta::assert_snapshot!(format!("tour_{lang}"), settled(&ran.out()));
    }
}

#[test]
fn the_locale_chooses_the_language() {
    for (locale, title) in [
        (["", "", "fr_FR.UTF-8"], FRENCH),
        (["", "zh_CN.UTF-8", "fr_FR.UTF-8"], CHINESE),
        (["fr_CA.UTF-8", "zh_CN.UTF-8", "C"], FRENCH),
        (["C.UTF-8", "zh_CN.UTF-8", "fr_FR.UTF-8"], ENGLISH),
        (["", "", ""], ENGLISH),
        (["", "", "de_DE.UTF-8"], ENGLISH),
    ] {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().zip(locale);
        let run = names.fold(raccord(["tour"]), |run, (name, value)| run.env(name, value));
        run.start().stdout.wait_for_text(title);
    }
    let run = raccord(["tour", "--lang", "en"]).env("LC_ALL", "fr_FR.UTF-8");
    run.start().stdout.wait_for_text(ENGLISH);
}

#[test]
fn a_language_that_it_does_not_speak_is_wrong_usage() {
    for lang in ["xx", "FR", ""] {
        let ran = raccord(["tour", "--lang", lang]).run().expect(2);
        assert_eq!(ran.out(), "");
        assert!(ran.err().contains("--lang") && ran.err().contains("fr"), "{}", ran.err());
    }
}

#[test]
fn it_needs_no_network_but_loopback() {
    let up = peer("unshare", ["-rn", "/bin/sh", "-c", "ip link set lo up && exec \"$0\" tour", binary()]);
    whole(&up.run().expect(0).out());
}

#[test]
fn without_loopback_it_says_what_could_not_be_made() {
    let ran = peer("unshare", ["-rn", binary(), "tour"]).run().expect(0);
    let out = flat(&ran.out());
    assert_eq!(out.matches("This could not be done here.").count(), 5, "{out}");
    assert!(out.contains("ENETUNREACH"), "{out}");
    assert!(!out.contains("is with the end that closed first"), "nothing is claimed: {out}");
}

#[test]
fn a_stdout_that_is_closed_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = raccord(["tour"]).with(move |command| _ = command.stdout(writer)).run().expect(0);
    assert_eq!(ran.err(), "");
}

#[test]
fn a_full_stdout_is_told() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ran = raccord(["tour"]).with(move |command| _ = command.stdout(full)).run().expect(1);
    assert_eq!(ran.err().matches("cannot write to stdout").count(), 1, "{}", ran.err());
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let colourful = |run: Run| run.run().expect(0).out().contains('\u{1b}');
    assert!(!colourful(raccord(["tour"])));
    assert!(!colourful(raccord(["tour", "--color", "never"])));
    assert!(colourful(raccord(["tour", "--color", "always"])));
}

#[test]
fn on_a_terminal_any_key_leads_to_the_next_chapter() {
    let mut shown = Shown::start(&["tour"], 80);
    for (chapter, key) in [(1, " "), (2, "\r"), (3, "\u{1b}[B"), (4, "é")] {
        shown.waits_after(chapter);
        shown.person.write_all(key.as_bytes()).unwrap();
    }
    assert_eq!(shown.tour.wait().code(), Some(0));
    whole(&shown.plain());
    assert!(shown.is_restored());
}

#[test]
fn q_ends_it() {
    for key in ["q", "Q"] {
        let mut shown = Shown::start(&["tour", "--lang", "fr"], 80);
        shown.waits_after(1);
        assert!(!shown.is_restored(), "a key needs no Enter");
        shown.person.write_all(key.as_bytes()).unwrap();
        assert_eq!(shown.tour.wait().code(), Some(0));
        assert!(shown.is_restored());
        assert!(!shown.plain().contains("2/5 · "));
    }
}

#[test]
fn ctrl_c_restores_the_terminal() {
    let mut shown = Shown::start(&["tour"], 80);
    shown.waits_after(1);
    shown.person.write_all(b"\x03").unwrap();
    let status = shown.tour.wait();
    assert_eq!(Ran { stdout: Vec::new(), stderr: Vec::new(), status }.code(), 130);
    assert!(shown.is_restored());
}

#[test]
fn a_signal_restores_the_terminal() {
    for signal in ["TERM", "HUP"] {
        let mut shown = Shown::start(&["tour"], 80);
        shown.waits_after(1);
        shown.tour.signal(signal);
        assert_eq!(shown.tour.wait().code(), Some(0));
        assert!(shown.is_restored());
    }
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_it_goes_on() {
    let mut shown = Shown::on_terminal(peer("setsid", ["--ctty", "bash", "--norc", "--noediting", "-i"]), 80);
    shown.person.write_all(format!("{} tour\n", binary()).as_bytes()).unwrap();
    shown.waits_after(1);
    shown.person.write_all(b"\x1a").unwrap();
    shown.screen.wait_for_text("Stopped");
    assert!(shown.is_restored());
    shown.person.write_all(b"fg\n").unwrap();
    // the question is there again, and a key is an answer
    shown.waits_after(2);
    shown.person.write_all(b" ").unwrap();
    shown.waits_after(3);
    shown.person.write_all(b"q").unwrap();
    until("the shell is back", || shown.is_restored().then_some(()));
    shown.person.write_all(b"exit\n").unwrap();
    shown.tour.wait();
}

#[test]
fn where_only_one_of_stdin_and_stdout_is_a_terminal_nobody_is_asked() {
    let (person, program) = terminal();
    let ran = raccord(["tour"]).with(move |command| _ = command.stdin(program)).run().expect(0);
    whole(&ran.out());
    drop(person);
}

#[test]
fn every_line_fits_the_terminal() {
    let terminals = [("en", 20), ("fr", 20), ("zh", 20), ("zh", 47), ("fr", 60), ("en", 100), ("en", 200)];
    // each takes a second: all at once
    std::thread::scope(|scope| {
        for (lang, columns) in terminals {
            scope.spawn(move || {
                let mut shown = Shown::start(&["tour", "--lang", lang], columns);
                shown.go_through();
                for line in shown.plain().lines() {
                    let width = raccord_core::notation::wrap::columns(line);
                    assert!(width <= usize::from(columns.min(100)), "{width} of {columns}: {line}");
                }
            });
        }
    });
}

#[test]
fn no_color_is_respected_on_a_terminal() {
    let mut plain = Shown::start_with(&["tour"], 80, |run| run.env("NO_COLOR", "1"));
    plain.go_through();
    assert!(!plain.screen.all().contains(&0x1b), "no escape at all");
    let mut colourful = Shown::start(&["tour"], 80);
    colourful.go_through();
    assert!(colourful.screen.all().contains(&0x1b));
}

const ENGLISH: &str = "A tour of TCP";
const FRENCH: &str = "Une visite guidée de TCP";
const CHINESE: &str = "TCP 导览";

/// Asserts that this is the tour from its beginning to its end, in English.
#[track_caller]
fn whole(text: &str) {
    let flat = flat(text);
    assert!(flat.trim_start().starts_with(ENGLISH), "{text}");
    for words in [
        "1/5 · ",
        "'ok,  Le probl\\xa8\\xa8me est en cours ...'",
        "2/5 · ",
        "is with the end that closed first",
        "3/5 · ",
        "only where both had set the option",
        "4/5 · ",
        "Its state is SYN-SENT.",
        "5/5 · ",
        "the answer is lost",
        "raccord port 8989",
    ] {
        assert!(flat.contains(words) || text.contains(words), "{words:?} is not in:\n{text}");
    }
}

/// On one line.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The tour on a terminal of its own, with a person in front of it.
struct Shown {
    tour: Running,
    person: File,
    screen: Collected,
}

impl Shown {
    fn start(words: &[&str], columns: u16) -> Self {
        Self::start_with(words, columns, |run| run)
    }

    fn start_with(words: &[&str], columns: u16, change: impl FnOnce(Run) -> Run) -> Self {
        // the terminal is the one that controls it, so that Ctrl-C is a signal
        let run = peer("setsid", [&["--ctty", binary()], words].concat());
        Self::on_terminal(change(run.env("TERM", "xterm")), columns)
    }

    fn on_terminal(run: Run, columns: u16) -> Self {
        let (person, program) = terminal();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&program, size).unwrap();
        let tour = run.with(move |command| {
            let stream = || program.try_clone().unwrap();
            command.stdin(stream()).stdout(stream()).stderr(program);
        });
        let screen = Collected::from_reader(person.try_clone().unwrap());
        Self { tour: tour.start(), person, screen }
    }

    /// Waits until it asks for a key after this chapter.
    #[track_caller]
    fn waits_after(&self, chapter: usize) {
        self.screen.wait_for(|seen| asked(seen) >= chapter);
        // it asks, then it changes the terminal's mode
        until("a key is waited for", || (!self.is_restored()).then_some(()));
    }

    /// Reads everything, with a key for each question.
    fn go_through(&mut self) {
        for chapter in 1..=4 {
            self.waits_after(chapter);
            self.person.write_all(b" ").unwrap();
        }
        assert_eq!(self.tour.wait().code(), Some(0));
    }

    /// Whether the terminal is in the mode in which it was: by lines, with echo.
    fn is_restored(&self) -> bool {
        tcgetattr(&self.person).unwrap().local_modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// What the screen showed to the end, without colours and questions.
    fn plain(&self) -> String {
        let text = String::from_utf8(self.screen.all()).unwrap().replace("\r\n", "\n");
        let lines = text.split('\n').map(|line| without_colour(line.rsplit('\r').next().unwrap_or_default()));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// How many times it asked for a key.
fn asked(seen: &[u8]) -> usize {
    String::from_utf8_lossy(seen).matches(" ]").count()
}

fn without_colour(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |plain, piece| plain + piece.split_once('m').map_or(piece, |(_, text)| text))
}

/// The same without what differs from run to run: ports, descriptors, states that pass, times; and with the server's
/// steps before the client's, for the order of what happens at both ends at once is the system's affair.
fn settled(text: &str) -> String {
    let (opening, rest) = text.split_once("\n\n1/5").unwrap();
    let (steps, experiments) = rest.split_once("\n\n2/5").unwrap();
    let (server, client): (Vec<_>, Vec<_>) =
        steps.split("\n\n").map(without_numbers).partition(|block| !block.starts_with(&" ".repeat(10)));
    let steps = [server, client].concat().join("\n\n");
    let marks = ["TIME-WAIT, ", "TIME-WAIT, encore ", "还剩 "];
    let experiments = marks.iter().fold(experiments.to_owned(), |text, mark| number_after(&text, mark));
    format!("{opening}\n\n1/5{steps}\n\n2/5{}", without_decimals(&experiments))
}

/// Ports, descriptors and states of one step.
fn without_numbers(block: &str) -> String {
    let block = ["127.0.0.1:", "SOCK_STREAM) = ", "accept("]
        .iter()
        .fold(block.to_owned(), |text, mark| number_after(&text, mark));
    let block = ["setsockopt(", "bind(", "listen(", "connect(", "send(", "recv(", "shutdown(", "close("]
        .iter()
        .fold(block, |text, mark| number_after(&text, mark));
    let block = number_after(&block, "accept(N) = ");
    // what is left after close is what the kernel had at that moment
    let most = if block.contains("  close(") { 1 } else { usize::MAX };
    block
        .trim_start_matches('\n')
        .lines()
        .take(most)
        .filter(|line| !is_states(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether a line has only the ends and their states.
fn is_states(line: &str) -> bool {
    let end = |word| ["server", "serveur", "服务器", "client", "客户端", "·"].contains(&word);
    let state = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase() || b"-12".contains(&byte));
    let mut words = line.split_whitespace();
    words.clone().count() > 1 && words.all(|word| end(word) || state(word))
}

/// `N` for the number that follows each mark; 0 stays, for it is no number that the system chose.
fn number_after(text: &str, mark: &str) -> String {
    let mut pieces = text.split(mark);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |settled, piece| {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = &piece[..piece.len() - rest.len()];
        let shown = if number.is_empty() || number == "0" { number } else { "N" };
        settled + mark + shown + rest
    })
}

/// `N` for numbers with a decimal point or comma.
fn without_decimals(text: &str) -> String {
    let is_decimal = |word: &str| {
        let parts: Vec<_> = word.split(['.', ',']).collect();
        parts.len() == 2
            && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let words = text.split_inclusive([' ', '\n', '\u{a0}', '\u{202f}']);
    words
        .map(|word| {
            let bare = word.trim_end_matches([' ', '\n', '\u{a0}', '\u{202f}']);
            if is_decimal(bare) { word.replacen(bare, "N", 1) } else { word.to_owned() }
        })
        .collect()
}
