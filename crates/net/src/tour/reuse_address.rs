//! What `SO_REUSEADDR` does: a new server binds the port that an old one left in `TIME_WAIT`, with the option set by
//! either, by both, by none.

use std::io::Read;

use raccord_core::step::TcpState;

use super::loopback::{Broken, Look, Pair, bound};

/// What `bind` said in each case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReuseAddress {
    /// The old server has ended and left its port in `TIME_WAIT`: neither set, only the new, only the old, both.
    pub after_the_end: Vec<Try>,
    /// The old server still listens, and both set the option.
    pub while_listening: Try,
}

/// One bind of a port that another server had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// Whether the old server had set the option.
    pub old: bool,
    /// Whether the new one sets it.
    pub new: bool,
    /// What the kernel's table showed of the old server's end of its conversation, just before.
    pub left: Look,
    /// What `bind` said to the new one.
    pub bind: Result<(), String>,
}

/// Makes each case. Fails where no conversation could be had on loopback.
pub fn reuse_address() -> Result<ReuseAddress, Broken> {
    let cases = [(false, false), (false, true), (true, false), (true, true)];
    let after_the_end =
        cases.into_iter().map(|(old, new)| after_the_end(old, new)).collect::<Result<_, _>>()?;
    Ok(ReuseAddress { after_the_end, while_listening: while_listening()? })
}

/// The old server closes first, so that `TIME_WAIT` is at its port, and nobody listens there any more.
fn after_the_end(old: bool, new: bool) -> Result<Try, Broken> {
    let Pair { listener, server, mut client, addresses } = Pair::open(old)?;
    drop(listener);
    drop(server);
    client.read(&mut [0]).map_err(Broken::at("recv"))?;
    drop(client);
    let ends = addresses.settled(|ends| ends.server.is(TcpState::TimeWait));
    Ok(Try { old, new, left: ends.server, bind: bind(addresses.server, new) })
}

fn while_listening() -> Result<Try, Broken> {
    let Pair { listener: _listener, addresses, server: _server, client: _client } = Pair::open(true)?;
    let ends = addresses.settled(|ends| ends.server.is(TcpState::Established));
    Ok(Try { old: true, new: true, left: ends.server, bind: bind(addresses.server, true) })
}

fn bind(address: std::net::SocketAddr, reuse_address: bool) -> Result<(), String> {
    bound(address, reuse_address).map(drop).map_err(|broken| broken.said)
}
