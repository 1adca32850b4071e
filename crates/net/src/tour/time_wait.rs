//! Who gets `TIME_WAIT`: two conversations, ended first by the one end and by the other.

use std::io::Read;

use raccord_core::event::End;
use raccord_core::step::TcpState;

use super::loopback::{Broken, Ends, Look, Pair};

/// What two ended conversations left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWait {
    /// The server called close first.
    pub server_first: Closing,
    /// The client called close first.
    pub client_first: Closing,
}

/// How one conversation was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The end that called `close` first.
    pub first: End,
    /// What was seen when the other end had read the end of the stream, and had not closed yet.
    pub between: Ends,
    /// What was seen when both had closed.
    pub after: Ends,
}

/// Opens and closes two conversations. Fails where no conversation could be had on loopback.
pub fn time_wait() -> Result<TimeWait, Broken> {
    Ok(TimeWait { server_first: close(End::Server)?, client_first: close(End::Client)? })
}

fn close(first: End) -> Result<Closing, Broken> {
    let Pair { server, client, addresses, listener: _listener } = Pair::open(false)?;
    let (one, mut other, last) = match first {
        End::Server => (server, client, End::Client),
        End::Client => (client, server, End::Server),
    };
    drop(one);
    other.read(&mut [0]).map_err(Broken::at("recv"))?;
    let between = addresses
        .settled(|ends| ends.of(first).is(TcpState::FinWait2) && ends.of(last).is(TcpState::CloseWait));
    drop(other);
    let after =
        addresses.settled(|ends| ends.of(first).is(TcpState::TimeWait) && ends.of(last) == Look::Gone);
    Ok(Closing { first, between, after })
}
