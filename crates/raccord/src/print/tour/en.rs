//! The tour in English.

use std::time::Duration;

use raccord_core::event::End;

use super::words::Words;

pub(super) struct English;

impl Words for English {
    fn title(&self) -> &'static str {
        "A tour of TCP"
    }

    fn opening(&self) -> &'static str {
        "A server and a client talk on this machine; then four experiments show what TCP does before and after such a \
         talk. Every socket is real, on loopback (127.0.0.1). Nothing leaves this machine, and what you read is what has just \
         happened."
    }

    fn chapters(&self) -> [&'static str; 5] {
        [
            "A client and a server talk",
            "Who gets TIME-WAIT",
            "SO_REUSEADDR, or how to get the port back",
            "When the backlog is full",
            "What half-close is for",
        ]
    }

    fn openings(&self) -> [&'static str; 5] {
        [
            "The server stands on the left, the client on the right, each step where it ended: so accept may stand above \
             the connect that it answers. A step is a system call with its arguments and its result; where the states \
             of the two ends have changed, they stand below it. The text travels in GBK, as in the course, and its bytes are under it, those beyond \
             ASCII as \\xHH.",
            "A connection does not vanish at once when it is closed. Here are two: the server calls close() first on one, \
             the client on the other. The states are those that the kernel's own table of sockets shows, \
             by the names of RFC 9293 and ss (netstat writes TIME_WAIT).",
            "An old server closed its connection first, and ended: TIME-WAIT is left at its port. A new server \
             wants that port. SO_REUSEADDR is set before bind() by neither, by one of them, or by both: four cases, \
             each made just now.",
            "A server calls listen() with a backlog of 1 and does not call accept(). Clients come, one after the other.",
            "TCP carries bytes, and nothing in them says where a question ends. A client sends one in three \
             pieces, then calls shutdown(SHUT_WR): its half has ended, and the other half stays open for the answer.",
        ]
    }

    fn any_key(&self) -> &'static str {
        "any key to go on, q to end"
    }

    fn farewell(&self) -> (&'static str, [&'static str; 3]) {
        (
            "That was the tour. Now with your own programs:",
            ["be the server, each step explained", "be the client", "who holds the port"],
        )
    }

    fn end(&self, end: End) -> &'static str {
        match end {
            End::Server => "server",
            End::Client => "client",
        }
    }

    fn gone(&self) -> &'static str {
        "no socket left"
    }

    fn left(&self, seconds: u64) -> String {
        format!("{seconds}\u{a0}s left")
    }

    fn not_made(&self, call: &str, said: &str) -> String {
        format!("This could not be done here. {call}: {said}.")
    }

    fn unseen(&self) -> &'static str {
        "The kernel's table of sockets cannot be read here, so the states are not shown."
    }

    fn unusual(&self) -> &'static str {
        "This is not what Linux usually does. It is what was seen here; a sandbox, special settings or a heavy load \
         may be the reason."
    }

    fn in_gbk(&self, characters: usize, bytes: usize, wide: char, wide_bytes: &str) -> String {
        format!(
            "A character is not a byte: the {characters} characters of the answer are {bytes} bytes in GBK, because {wide} \
             takes two: {wide_bytes}."
        )
    }

    fn ended_first(&self, end: End) -> String {
        format!("The {} ended its half first. What that leaves behind is the next chapter.", self.end(end))
    }

    fn closing(&self, first: End) -> [&'static str; 2] {
        match first {
            End::Server => ["the server has closed", "then both have"],
            End::Client => ["the client has closed", "then both have"],
        }
    }

    fn time_wait(&self) -> [&'static str; 3] {
        [
            "TIME-WAIT is with the end that closed first, be it server or client; a half that shutdown() ended first \
             counts as well. It lasts 60\u{a0}s on Linux (RFC 9293 \
             asks for twice the maximum segment lifetime, MSL), for two reasons: a segment that comes late must not be taken for \
             one of a new connection, and the last ACK may have to be sent again.",
            "On the way there: an end in FIN-WAIT-1 has ended its half; once that is acknowledged it is in FIN-WAIT-2, and \
             waits for the other half to end. An end in CLOSE-WAIT knows that the peer has ended, but its own program \
             has not closed yet. A program that forgets to close leaves its sockets in CLOSE-WAIT for as long as it runs.",
            "A client seldom minds, because the system gives it another port next time. A server wants the same port \
             again: that is the next chapter.",
        ]
    }

    fn reuse_columns(&self) -> [&'static str; 3] {
        ["old server", "new server", "bind()"]
    }

    fn set(&self, set: bool) -> &'static str {
        if set { "set" } else { "not set" }
    }

    fn bound(&self) -> &'static str {
        "0: the port is ours"
    }

    fn no_time_wait(&self) -> &'static str {
        "In at least one case, TIME-WAIT was not seen at the port."
    }

    fn reuse_address(&self) -> [&'static str; 2] {
        [
            "The new server gets the port only where both had set the option. So a server always sets it, before \
             its first bind(): on the day of a restart, what the old one did counts as well.",
            "These are the two ways out that the course names: set SO_REUSEADDR, which is the better one, or take \
             another port. A server that does neither has to wait until TIME-WAIT is over.",
        ]
    }

    fn while_listening(&self, said: &str) -> String {
        format!("And while the old server still listens, with the option set by both? bind(): {said}.")
    }

    fn never_two(&self) -> &'static str {
        "On Linux, SO_REUSEADDR never lets two servers listen at the same address and port."
    }

    fn connected(&self, clients: u32) -> String {
        format!(
            "Clients that are connected, although nobody has called accept(): {clients}. The kernel does the handshake by itself."
        )
    }

    fn queue(&self, waiting: u32, backlog: u32) -> String {
        format!("The kernel's table says: waiting to be accepted, {waiting}; backlog, {backlog}.")
    }

    fn waits(&self, number: u32, watched: Duration) -> String {
        format!("Client {number} is not connected after {:.1}\u{a0}s.", watched.as_secs_f64())
    }

    fn its_state(&self, state: &str) -> String {
        format!("Its state is {state}.")
    }

    fn not_refused(&self) -> &'static str {
        "It is not refused: the kernel drops its SYN without a word."
    }

    fn let_in(&self, number: u32, after: Duration) -> String {
        format!(
            "Now the server accepts one client, and there is room. Client {number} was connected {:.2}\u{a0}s after it called \
             connect(): the kernel sends its SYN again, the first time after about a second.",
            after.as_secs_f64()
        )
    }

    fn not_let_in(&self, number: u32) -> String {
        format!(
            "Then the server accepted one client, but client {number} did not come in within the next seconds."
        )
    }

    fn backlog(&self) -> &'static str {
        "So with a backlog of n, Linux lets n + 1 clients wait to be accepted. For those who come later the kernel sends the SYN \
         again and again, and gives up only after a long while (ETIMEDOUT). A full backlog refuses nobody: ECONNREFUSED \
         means that nobody listens there, or that a firewall refuses. The course's listen(128) keeps 129, unless the system's own limit, \
         net.core.somaxconn, is lower."
    }

    fn question(&self, sends: usize, bytes: usize, reads: usize) -> String {
        let reads = if reads == 1 { "1 read".to_owned() } else { format!("{reads} reads") };
        format!(
            "{sends} sends, {bytes} bytes; the server got them in {reads}: TCP does not keep the boundaries of sends. \
             The next recv() returned 0: the client has said everything."
        )
    }

    fn half_closed(&self) -> &'static str {
        "The server now knows how long the question was, and answers on the half that is still open."
    }

    fn answer(&self, answer: &str) -> String {
        format!("The client read “{answer}”. Then its recv() returned 0 as well, and it closed.")
    }

    fn half_closing(&self) -> [&'static str; 2] {
        ["the client's half has ended", "then both have closed"]
    }

    fn closed_instead(&self, first: &str, second: &str) -> String {
        format!(
            "And if the client calls close() instead? That was tried too: the server's first send() returned {first}, the \
             second gave {second}."
        )
    }

    fn half_close(&self) -> &'static str {
        "The first send() only gave the bytes to the kernel. Nobody was there to read them any more, and a reset \
         (RST) came back: the answer is lost. So: end your half, read until 0, then close."
    }
}
