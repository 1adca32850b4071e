//! nc, ncat and socat converse with raccord both ways; what they did is the table of docs/interop.md.

use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Run, Running, noise, peer, raccord, until};

/// A peer, and how it is started at either end of a connection; `PORT` is where raccord listens.
struct Peer {
    role: Role,
    command: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Client,
    Server,
}

/// In the order of the table: without an option first, then with those that change how it ends.
const PEERS: &[Peer] = &[
    client("nc 127.0.0.1 PORT"),
    client("nc -N 127.0.0.1 PORT"),
    client("nc -q 0 127.0.0.1 PORT"),
    client("ncat 127.0.0.1 PORT"),
    client("ncat --no-shutdown 127.0.0.1 PORT"),
    client("socat - TCP:127.0.0.1:PORT"),
    client("socat -t 30 - TCP:127.0.0.1:PORT"),
    server("nc -l 127.0.0.1 0"),
    server("nc -N -l 127.0.0.1 0"),
    server("nc -q 0 -l 127.0.0.1 0"),
    server("ncat -l 127.0.0.1 0"),
    server("ncat --no-shutdown -l 127.0.0.1 0"),
    server("socat - TCP-LISTEN:0,bind=127.0.0.1"),
    server("socat -t 30 - TCP-LISTEN:0,bind=127.0.0.1"),
];

const fn client(command: &'static str) -> Peer {
    Peer { role: Role::Client, command }
}

const fn server(command: &'static str) -> Peer {
    Peer { role: Role::Server, command }
}

/// Far longer than any of them waits for the rest of a conversation without an option (socat: 0.5 s): nothing but time
/// tells who quits then.
const LATE: Duration = Duration::from_millis(2500);

#[test]
fn the_table_says_what_the_peers_do() {
    let rows: Vec<_> = PEERS.iter().map(|peer| thread::spawn(|| row(peer))).collect();
    let rows: Vec<_> = rows.into_iter().map(|row| row.join().expect("a row")).collect();
    let table = format!("{HEAD}{}", rows.concat());

    let committed = std::fs::read_to_string(PAGE).unwrap();
    let page = with_table(&committed, &table);
    if std::env::var_os("RACCORD_UPDATE").is_some() {
        std::fs::write(PAGE, page).unwrap();
    } else if page != committed {
        let seen = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop.md");
        std::fs::write(&seen, page).unwrap();
        panic!(
            "the peers did not do what docs/interop.md says\n{table}\nthe page as it would be: {seen:?}\n{RENEW}"
        );
    }
}

fn with_table(page: &str, table: &str) -> String {
    let (before, rest) = page.split_once(BEGIN).expect("docs/interop.md has a line where its table begins");
    let (_, after) = rest.split_once(END).expect("docs/interop.md has a line where its table ends");
    format!("{before}{BEGIN}{table}{END}{after}")
}

const RENEW: &str = "to renew it: RACCORD_UPDATE=1 cargo test -p raccord --test it interop";
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/interop.md");
const BEGIN: &str = "<!-- written by crates/raccord/tests/it/interop.rs -->\n";
const END: &str = "<!-- end -->\n";
const HEAD: &str = "\
| the peer | 256 KiB each way at once | ends its half when its input ends | shows an answer that comes later | \
still answers after raccord ended its half | answers `raccord --no-shutdown` |
| --- | --- | --- | --- | --- | --- |
";

/// Four conversations with one peer, at the same time.
fn row(peer: &'static Peer) -> String {
    let started = [exchange, end_at_the_peer, end_at_raccord, end_at_raccord_without_a_shutdown]
        .map(|conversation| thread::spawn(move || conversation(peer)));
    let seen = started.map(|conversation| conversation.join().expect("a conversation")).concat();
    let cells: Vec<_> = seen.iter().map(|yes| if *yes { "yes" } else { "**no**" }).collect();
    format!("| `{}` | {} |\n", peer.command, cells.join(" | "))
}

/// Both send at once and nobody ends: whether everything arrives.
fn exchange(peer: &Peer) -> Vec<bool> {
    let mut ends = Ends::meet(peer, &[]);
    let (ours, theirs) = (noise(256 * 1024, 1), noise(256 * 1024, 2));
    thread::scope(|scope| {
        scope.spawn(|| say(&mut ends.raccord, &ours));
        scope.spawn(|| say(&mut ends.peer, &theirs));
    });
    let all = |seen: &[u8]| seen.len() >= ours.len();
    vec![ends.peer.stdout.wait_for(all) == ours && ends.raccord.stdout.wait_for(all) == theirs]
}

/// The peer's input ends, and raccord answers later: whether the peer ended its half, and whether it shows the answer.
fn end_at_the_peer(peer: &Peer) -> Vec<bool> {
    let mut ends = Ends::meet(peer, &[]);
    say(&mut ends.peer, b"question");
    ends.raccord.stdout.wait_for(|seen| seen == b"question");
    drop(ends.peer.stdin.take());
    ends.wait_for_long();
    say(&mut ends.raccord, b"late answer");
    let told = ends.raccord.ended().err();
    let peers_half_first =
        told.split_once(" ended\n").is_some_and(|(first, _)| first.ends_with(ends.peer_sends));
    vec![peers_half_first, ends.peer.ended().stdout == b"late answer"]
}

/// raccord's input ends, and the peer answers later: whether the answer arrives.
fn end_at_raccord(peer: &Peer) -> Vec<bool> {
    let mut ends = Ends::meet(peer, &[]);
    ends.answer_late();
    vec![ends.raccord.ended().stdout == b"late answer"]
}

/// The same, but raccord does not end its half.
fn end_at_raccord_without_a_shutdown(peer: &Peer) -> Vec<bool> {
    let mut ends = Ends::meet(peer, &["--no-shutdown"]);
    ends.answer_late();
    // a peer that does not end its half either leaves the connection open for ever
    vec![ends.raccord.stdout.wait_for(|seen| !seen.is_empty()) == b"late answer"]
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
        let (raccord, other, peer_sends) = match peer.role {
            Role::Client => {
                let raccord = raccord(["listen", "127.0.0.1:0", "--once", "-o", "raw", "-v"])
                    .with_words(words)
                    .open_stdin()
                    .start();
                let other = command(peer.command, raccord.address().port()).open_stdin().start();
                (raccord, other, '↑')
            }
            Role::Server => {
                let other = command(peer.command, 0).open_stdin().start();
                let address = other.address().to_string();
                (
                    raccord(["connect", &address, "-o", "raw", "-v"]).with_words(words).open_stdin().start(),
                    other,
                    '↓',
                )
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

fn command(words: &str, port: u16) -> Run {
    let words = words.replace("PORT", &port.to_string());
    let mut words = words.split(' ');
    peer(words.next().unwrap(), words)
}

/// Writes to its stdin; one that has quit takes nothing more.
fn say(speaker: &mut Running, bytes: &[u8]) {
    let _ = speaker.stdin.as_mut().unwrap().write_all(bytes);
}
