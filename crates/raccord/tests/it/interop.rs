//! Well-known programs converse with raccord both ways; what they did are the tables of docs/interop.md and docs/tls.md.

mod tcp;
mod tls;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Run, Running, noise, peer, raccord, until};

/// A peer, and how it is started at either end of a connection; `PORT` is where raccord listens.
struct Peer {
    role: Role,
    command: &'static str,
    /// The files that it is given are there.
    dir: PathBuf,
    /// What raccord is told beside.
    words: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Client,
    Server,
}

/// Far longer than any of them waits for the rest of a conversation without an option (socat: 0.5 s): nothing but time
/// tells who quits then.
const LATE: Duration = Duration::from_millis(2500);

/// Makes the conversations, and compares what was seen with the table of the page, or writes it there.
fn keep(page: &str, conversations: &[Conversation], peers: &[Peer]) {
    // nothing but these conversations, so that what is late is late by the peer's own will
    let _alone = ONE_AT_A_TIME.lock();
    let rows: Vec<_> = thread::scope(|scope| {
        let rows: Vec<_> = peers.iter().map(|peer| scope.spawn(|| row(peer, conversations))).collect();
        rows.into_iter().map(|row| row.join().expect("a row")).collect()
    });
    let headings: Vec<_> = conversations.iter().map(|conversation| conversation.headings).collect();
    let head = format!("| the peer | {} |\n", headings.join(" | "));
    let line = "| --- ".repeat(head.matches('|').count() - 1) + "|\n";
    let table = head + &line + &rows.concat();

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let committed = std::fs::read_to_string(&path).unwrap();
    let renewed = with_table(&committed, &table);
    if std::env::var_os("RACCORD_UPDATE").is_some() {
        std::fs::write(path, renewed).unwrap();
    } else if renewed != committed {
        let seen = Path::new(env!("CARGO_TARGET_TMPDIR")).join(page);
        std::fs::write(&seen, renewed).unwrap();
        panic!(
            "the peers did not do what docs/{page} says\n{table}\nthe page as it would be: {}\n{RENEW}",
            seen.display()
        );
    }
}

fn with_table(page: &str, table: &str) -> String {
    let (before, rest) = page.split_once(BEGIN).expect("the page has a line where its table begins");
    let (_, after) = rest.split_once(END).expect("the page has a line where its table ends");
    format!("{before}{BEGIN}{table}{END}{after}")
}

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
const RENEW: &str = "to renew it: RACCORD_UPDATE=1 cargo test -p raccord --test it interop";
const BEGIN: &str = "<!-- written by crates/raccord/tests/it/interop.rs -->\n";
const END: &str = "<!-- end -->\n";

/// A conversation with a peer, and the columns that it fills.
struct Conversation {
    headings: &'static str,
    hold: fn(&Peer) -> Vec<&'static str>,
}

const EXCHANGE: Conversation = Conversation { headings: "256 KiB each way at once", hold: exchange };
const HALVES: [Conversation; 3] = [
    Conversation {
        headings: "ends its half when its input ends | shows an answer that comes later",
        hold: end_at_the_peer,
    },
    Conversation { headings: "still answers after raccord ended its half", hold: end_at_raccord },
    Conversation { headings: "answers `raccord --no-shutdown`", hold: end_at_raccord_without_a_shutdown },
];

/// All conversations with one peer, at the same time.
fn row(peer: &Peer, conversations: &[Conversation]) -> String {
    let seen: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = conversations.iter().map(|told| scope.spawn(|| (told.hold)(peer))).collect();
        started.into_iter().flat_map(|told| told.join().expect("a conversation")).collect()
    });
    format!("| `{}` | {} |\n", peer.command, seen.join(" | "))
}

fn cell(yes: bool) -> &'static str {
    if yes { "yes" } else { "**no**" }
}

/// Both send at once and nobody ends: whether everything arrives.
fn exchange(peer: &Peer) -> Vec<&'static str> {
    let mut ends = Ends::meet(peer, &[]);
    let (ours, theirs) = (noise(256 * 1024, 1), noise(256 * 1024, 2));
    thread::scope(|scope| {
        scope.spawn(|| say(&mut ends.raccord, &ours));
        scope.spawn(|| say(&mut ends.peer, &theirs));
    });
    let all = |seen: &[u8]| seen.len() >= ours.len();
    vec![cell(ends.peer.stdout.wait_for(all) == ours && ends.raccord.stdout.wait_for(all) == theirs)]
}

/// The peer's input ends, and raccord answers later: whether the peer ended its half, and whether it shows the answer.
fn end_at_the_peer(peer: &Peer) -> Vec<&'static str> {
    let mut ends = Ends::meet(peer, &[]);
    say(&mut ends.peer, b"question");
    ends.raccord.stdout.wait_for(|seen| seen == b"question");
    drop(ends.peer.stdin.take());
    ends.wait_for_long();
    say(&mut ends.raccord, b"late answer");
    let told = ends.raccord.ended().err();
    let peers_half_first =
        told.split_once(" ended\n").is_some_and(|(first, _)| first.ends_with(ends.peer_sends));
    let half =
        if told.contains("without the close_notify") { "**FIN alone**" } else { cell(peers_half_first) };
    vec![half, cell(ends.peer.ended().stdout == b"late answer")]
}

/// raccord's input ends, and the peer answers later: whether the answer arrives.
fn end_at_raccord(peer: &Peer) -> Vec<&'static str> {
    let mut ends = Ends::meet(peer, &[]);
    ends.answer_late();
    vec![cell(ends.raccord.ended().stdout == b"late answer")]
}

/// The same, but raccord does not end its half.
fn end_at_raccord_without_a_shutdown(peer: &Peer) -> Vec<&'static str> {
    let mut ends = Ends::meet(peer, &["--no-shutdown"]);
    ends.answer_late();
    // a peer that does not end its half either leaves the connection open for ever
    vec![cell(ends.raccord.stdout.wait_for(|seen| !seen.is_empty()) == b"late answer")]
}

/// A connection between raccord and a peer, each with an open stdin.
struct Ends {
    raccord: Running,
    peer: Running,
    /// The arrow of what the peer sends.
    peer_sends: char,
}

impl Ends {
    fn meet(peer: &Peer, words: &[&str]) -> Self {
        let raccord = |words_of_end: &[&str]| {
            raccord(words_of_end).with_words(["-o", "raw", "-v"]).with_words(peer.words).with_words(words)
        };
        let (raccord, other, peer_sends) = match peer.role {
            Role::Client => {
                let raccord = raccord(&["listen", "127.0.0.1:0", "--once"]).open_stdin().start();
                let other = command(peer, raccord.address().port()).open_stdin().start();
                (raccord, other, '↑')
            }
            Role::Server => {
                let other = command(peer, 0).open_stdin().start();
                let address = other.address().to_string();
                (raccord(&["connect", &address]).open_stdin().start(), other, '↓')
            }
        };
        raccord.stderr.wait_for_text("connected");
        Self { raccord, peer: other, peer_sends }
    }

    /// Waits until the peer has quit, or shows by its patience that it will not.
    fn wait_for_long(&mut self) {
        let end = Instant::now() + LATE;
        while Instant::now() < end && self.peer.is_running() {
            thread::sleep(Duration::from_millis(20));
        }
        self.settle();
    }

    /// Waits until both ends have seen what happened.
    fn settle(&self) {
        let mut quiet = 0;
        until("both ends rest", || {
            quiet = if self.raccord.rests() && self.peer.rests() { quiet + 1 } else { 0 };
            (quiet > 3).then_some(())
        });
    }

    fn answer_late(&mut self) {
        say(&mut self.raccord, b"question");
        self.peer.stdout.wait_for(|seen| seen == b"question");
        drop(self.raccord.stdin.take());
        self.wait_for_long();
        say(&mut self.peer, b"late answer");
        drop(self.peer.stdin.take());
    }
}

fn command(of: &Peer, port: u16) -> Run {
    let words = of.command.replace("PORT", &port.to_string());
    let mut words = words.split(' ');
    let dir = of.dir.clone();
    peer(words.next().unwrap(), words).with(move |command| {
        command.current_dir(dir);
    })
}

/// Writes to its stdin; one that has quit takes nothing more.
fn say(speaker: &mut Running, bytes: &[u8]) {
    let _ = speaker.stdin.as_mut().unwrap().write_all(bytes);
}
