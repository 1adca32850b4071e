//! What is looked at in the usual conversation: the peer, a socket of this test, says two lines, ends its half and reads.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

use super::{Asked, End};
use crate::harness::{Ran, Run, Running, accept_unless_over, binary, peer, raccord, server};

/// What the peer says in most conversations.
const SAID: &[u8] = b"ping\npong\n";

impl Asked<'_> {
    /// raccord with the words of the row.
    pub fn raccord(&self, endpoint: &str) -> Run {
        self.fed(raccord([self.end.command(), endpoint]).with_words(&self.words))
    }

    fn fed(&self, run: Run) -> Run {
        match self.input {
            Some(text) => run.input(text),
            None => run,
        }
    }

    /// raccord at its end of a connection, and the peer; none where raccord has ended before.
    pub fn meet(&self) -> (Running, Option<TcpStream>) {
        self.meet_as(|endpoint| self.raccord(endpoint))
    }

    /// The same, where there must be a connection.
    pub fn met(&self) -> (Running, TcpStream) {
        match self.meet() {
            (running, Some(peer)) => (running, peer),
            (running, None) => panic!("no connection: {}", running.ended().err()),
        }
    }

    fn meet_as(&self, run: impl FnOnce(&str) -> Run) -> (Running, Option<TcpStream>) {
        match self.end {
            End::Connect => {
                let (listener, address) = server();
                let mut client = run(&address.to_string()).start();
                let peer = accept_unless_over(&listener, &mut client);
                (client, peer)
            }
            End::Listen => {
                let mut server = run("127.0.0.1:0").with_words(["--once"]).start();
                // with a program of --run it may not wait for us
                let peer = server.address_unless_over().and_then(|address| TcpStream::connect(address).ok());
                (server, peer)
            }
        }
    }

    /// The usual conversation: the peer says what it has to say, and reads to the end.
    fn converse(&self) -> Talk {
        self.converse_as(|endpoint| self.raccord(endpoint))
    }

    fn converse_as(&self, run: impl FnOnce(&str) -> Run) -> Talk {
        let (running, peer) = self.meet_as(run);
        let (heard, end) = peer.map_or_else(Default::default, |peer| hear(&peer, SAID));
        Talk { heard, end, ran: running.ended() }
    }
}

/// What both ends made of a conversation.
struct Talk {
    heard: Vec<u8>,
    end: Option<ErrorKind>,
    ran: Ran,
}

/// Says it, ends its half, and reads to the end, which may be an error.
pub fn hear(mut peer: &TcpStream, said: &[u8]) -> (Vec<u8>, Option<ErrorKind>) {
    let mut heard = Vec::new();
    let _ = peer.write_all(said).and_then(|()| peer.shutdown(Shutdown::Write));
    let end = peer.read_to_end(&mut heard).err();
    (heard, end.map(|error| error.kind()))
}

pub fn visible(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// What the peer got.
pub fn wire(asked: &Asked) -> String {
    visible(&asked.converse().heard)
}

/// stdout.
pub fn out(asked: &Asked) -> String {
    visible(&asked.converse().ran.stdout)
}

/// The line of stdout that has what was received.
pub fn shown(asked: &Asked) -> String {
    let out = asked.converse().ran.out();
    out.lines().find(|line| line.contains("pong")).unwrap_or_default().trim().to_owned()
}

/// The texts of the messages in JSON.
pub fn received(asked: &Asked) -> String {
    let events = asked.converse().ran.events();
    let received = events.iter().filter(|event| event["event"] == "received");
    received.map(|event| visible(event["text"].as_str().unwrap().as_bytes())).collect::<Vec<_>>().join("|")
}

/// Which fields have the bytes in JSON.
pub fn json_of_data(asked: &Asked) -> String {
    let events = asked.converse().ran.events();
    let received = events.iter().find(|event| event["event"] == "received").unwrap();
    ["hex", "text"].into_iter().filter(|field| received.get(field).is_some()).collect::<Vec<_>>().join(" ")
}

/// Why the connection ended.
pub fn reason(asked: &Asked) -> String {
    reason_of(&asked.converse().ran)
}

pub fn reason_of(ran: &Ran) -> String {
    let reason = ran.reason();
    // which of them depends on who was first
    let reason = if ["done", "peer"].contains(&reason.as_str()) { "in order" } else { &reason };
    format!("{reason}, exit {}", ran.code())
}

/// Whether there are colours in what is shown.
pub fn colour(asked: &Asked) -> String {
    let is_coloured = asked.converse().ran.out().contains("\x1b[");
    if is_coloured { "coloured" } else { "plain" }.to_owned()
}

/// Which calls stderr tells.
pub fn calls_told(asked: &Asked) -> String {
    let err = asked.converse().ran.err();
    let calls = ["socket", "close"].into_iter().filter(|call| err.contains(&format!(" {call}(")));
    calls.collect::<Vec<_>>().join(", ")
}

/// Which lines of a connection stand on stderr.
pub fn lines_aside(asked: &Asked) -> String {
    let err = asked.converse().ran.err();
    let said = ["connected", "closed"].into_iter().filter(|word| err.contains(&format!(" {word}")));
    said.collect::<Vec<_>>().join(", ")
}

/// What the program of `--run` says.
pub fn program_says(asked: &Asked) -> String {
    let err = asked.converse().ran.err();
    err.lines().find(|line| line.contains("run")).unwrap_or_default().to_owned()
}

/// How the end looks to the peer.
pub fn end_of_all(asked: &Asked) -> String {
    match asked.converse().end {
        None => "in order".to_owned(),
        Some(ErrorKind::ConnectionReset) => "reset".to_owned(),
        Some(other) => other.to_string(),
    }
}

/// The options of the connection's socket, as strace sees them set.
pub fn calls_of_connection(asked: &Asked) -> String {
    let calls = calls(asked);
    let of_listener = ["SO_REUSEADDR", "SO_REUSEPORT", "listen"];
    calls
        .into_iter()
        .filter(|call| !of_listener.iter().any(|word| call.contains(word)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What is done to the listening socket.
pub fn calls_of_listener(asked: &Asked) -> String {
    let calls = calls(asked).into_iter().filter(|call| !call.contains("TCP_"));
    calls.collect::<Vec<_>>().join(", ")
}

/// The calls that set options, and `listen`.
fn calls(asked: &Asked) -> Vec<String> {
    // -D: the process is raccord, and strace is beside it
    let strace =
        ["-D", "-f", "-qq", "--seccomp-bpf", "-e", "signal=none", "-e", "trace=setsockopt,listen", binary()];
    let traced = |endpoint: &str| {
        asked.fed(peer("strace", strace).with_words([asked.end.command(), endpoint]).with_words(&asked.words))
    };
    let err = asked.converse_as(traced).ran.err();
    let calls = err.lines().filter_map(|line| {
        let (name, arguments) = line.split_once('(')?;
        let arguments: Vec<_> = arguments.split(')').next()?.split(", ").collect();
        match name.rsplit(' ').next()? {
            "setsockopt" => Some(format!("{} {}", arguments[2], arguments[3])),
            "listen" => Some(format!("listen {}", arguments[1])),
            _ => None,
        }
    });
    calls.collect()
}
