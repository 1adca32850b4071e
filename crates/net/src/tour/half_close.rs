//! What half-close is for: a question whose length nobody knows, answered when its end was seen; and the same
//! question by a client that closes instead.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use raccord_core::step::TcpState;

use super::loopback::{Broken, Ends, Look, Pair, named};

/// The question, in the pieces in which it is sent.
const QUESTION: [&str; 3] = ["count these bytes, ", "however many there are, ", "and tell me"];
/// Most bytes that one read takes: the course's number.
const READ: usize = 1024;

/// What was said on a connection that was half closed, and on one that was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfClose {
    /// How many times the client sent.
    pub sends: usize,
    /// How many bytes that was.
    pub sent: usize,
    /// How many reads brought them to the server, the one that found the end not counted.
    pub reads: usize,
    /// What was seen once the server had read the end, before it answered.
    pub between: Ends,
    /// The answer as the client read it, to its end.
    pub answer: String,
    /// What was seen when both had closed.
    pub after: Ends,
    /// The other client.
    pub closed: WholeClose,
}

/// What the server met whose client had closed after its question, instead of ending its half.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeClose {
    /// What the first `send` of the answer said: how many bytes were taken.
    pub first: Result<usize, String>,
    /// What was seen after it.
    pub between: Ends,
    /// What another `send` said then.
    pub second: Result<usize, String>,
}

/// Asks both questions. Fails where no conversation could be had on loopback.
pub fn half_close() -> Result<HalfClose, Broken> {
    let Pair { mut server, mut client, addresses, listener } = Pair::open(false)?;
    let sent = ask(&mut client)?;
    client.shutdown(Shutdown::Write).map_err(Broken::at("shutdown"))?;
    let (reads, asked) = read_to_end(&mut server)?;
    let between =
        addresses.settled(|ends| ends.client.is(TcpState::FinWait2) && ends.server.is(TcpState::CloseWait));
    server.write_all(format!("{} bytes", asked.len()).as_bytes()).map_err(Broken::at("send"))?;
    drop(server);
    let (_, answer) = read_to_end(&mut client)?;
    drop((client, listener));
    let after = addresses.settled(|ends| ends.client.is(TcpState::TimeWait) && ends.server == Look::Gone);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Ok(HalfClose { sends: QUESTION.len(), sent, reads, between, answer, after, closed: whole_close()? })
}

fn whole_close() -> Result<WholeClose, Broken> {
    let Pair { mut server, mut client, addresses, listener: _listener } = Pair::open(false)?;
    ask(&mut client)?;
    drop(client);
    let (_, asked) = read_to_end(&mut server)?;
    let answer = format!("{} bytes", asked.len());
    let first = send(&mut server, &answer);
    // the reset that answers it is on its way
    let between = addresses.settled(|ends| ends.server == Look::Gone);
    Ok(WholeClose { first, between, second: send(&mut server, &answer) })
}

fn ask(client: &mut TcpStream) -> Result<usize, Broken> {
    for piece in QUESTION {
        client.write_all(piece.as_bytes()).map_err(Broken::at("send"))?;
    }
    Ok(QUESTION.concat().len())
}

fn send(stream: &mut TcpStream, text: &str) -> Result<usize, String> {
    stream.write(text.as_bytes()).map_err(|error| named(&error))
}

/// How many reads, and what they brought.
fn read_to_end(stream: &mut TcpStream) -> Result<(usize, Vec<u8>), Broken> {
    let (mut reads, mut all) = (0, Vec::new());
    loop {
        let mut buffer = [0; READ];
        let count = stream.read(&mut buffer).map_err(Broken::at("recv"))?;
        if count == 0 {
            return Ok((reads, all));
        }
        reads += 1;
        all.extend_from_slice(&buffer[..count]);
    }
}
