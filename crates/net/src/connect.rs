//! Be the client: resolve, connect, converse.

mod again;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use raccord_core::address::Address;
use raccord_core::endpoint::{Endpoint, Host};
use raccord_core::event::End;
use raccord_core::failure::{Failure, said};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

use crate::conversation::Conversation;
use crate::errors::{after_waiting, cannot_connect, no_answer};
use crate::feed::Feed;
use crate::leg::Leg;
use crate::resolve::{Lookup, resolve};
use crate::session::{Outcome, Session, Shared, State};
use crate::socket::{Setup, source};
use crate::terms::Terms;
use crate::told::Told;

/// The pauses between two tries: short at first, for a server that is just starting.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a client needs to know.
#[derive(Clone, Debug)]
pub struct Connect {
    /// Where to.
    pub host: Host,
    /// The port, not 0.
    pub port: u16,
    /// How the host becomes addresses.
    pub lookup: Lookup,
    /// Our address, if it matters.
    pub source: Option<IpAddr>,
    /// Our port, if it matters.
    pub source_port: Option<u16>,
    /// How long one try may take, all addresses together.
    pub timeout: Duration,
    /// For how long to go on trying; one try where none is given.
    pub retry: Option<Duration>,
    /// Connect again after the end of each connection, so long after it (at least 100 ms), until the session is told
    /// to stop or to retire, or the input of the keyboard has ended.
    pub reconnect: Option<Duration>,
    /// How each conversation goes.
    pub terms: Terms,
}

impl Connect {
    /// A client of `host` and `port` with the defaults: one try of 10 seconds.
    pub fn to(host: Host, port: u16) -> Self {
        Self {
            host,
            port,
            lookup: Lookup::default(),
            source: None,
            source_port: None,
            timeout: Duration::from_secs(10),
            retry: None,
            reconnect: None,
            terms: Terms::default(),
        }
    }

    fn target(&self) -> String {
        Endpoint::Inet { tls: false, host: self.host.clone(), port: self.port }.to_string()
    }
}

/// A connection that was made.
struct Connected {
    stream: Told<TcpStream>,
    local: Address,
    peer: Address,
}

/// Connects and holds one conversation, or one after the other; what happens goes to `feed`. Must be called within a
/// tokio runtime.
pub fn connect(spec: Connect, feed: &Feed) -> Session {
    Session::start(End::Client, spec.terms.clone(), feed, |shared| run(spec, shared))
}

async fn run(spec: Connect, shared: Arc<Shared>) -> Outcome {
    let connected = tokio::select! {
        connected = persist(&spec, &shared) => connected,
        () = shared.retire.cancelled() => return Outcome::Stopped,
    };
    let first = match connected {
        Ok(connected) => hold(connected, &shared).await,
        Err(failure) => return shared.fail(failure),
    };
    match spec.reconnect {
        Some(pause) => again::go_on(&spec, pause, first, &shared).await,
        None => first,
    }
}

/// Holds a conversation on a connection that has just been made.
async fn hold(connected: Connected, shared: &Arc<Shared>) -> Outcome {
    let Connected { stream, local, peer } = connected;
    shared.state.send_replace(State::Ready(vec![local]));
    Outcome::Closed(Conversation::new(Leg::Tcp(stream), local, peer, Arc::clone(shared)).run().await)
}

/// Tries until it succeeds or the time for trying is over.
async fn persist(spec: &Connect, shared: &Shared) -> Result<Connected, Failure> {
    let start = Instant::now();
    let retry = spec.retry.filter(|_| spec.lookup.names || !matches!(spec.host, Host::Name(_)));
    let mut pause = FIRST_PAUSE;
    loop {
        let failure = match try_once(spec, shared).await {
            Ok(connected) => return Ok(connected),
            Err(failure) => failure,
        };
        let Some(left) = retry.and_then(|retry| retry.checked_sub(start.elapsed())) else {
            return Err(if retry.is_some() { after_waiting(failure) } else { failure });
        };
        if pause == FIRST_PAUSE {
            shared.warn(format!(
                "{}; trying again for {:.0} s",
                failure.sentence(),
                left.as_secs_f64().ceil()
            ));
        }
        sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Tries every address once, in the resolver's order, within the time for one try.
async fn try_once(spec: &Connect, shared: &Shared) -> Result<Connected, Failure> {
    let deadline = Instant::now() + spec.timeout;
    let late = |target: &str| no_answer(target, spec.timeout);
    let addresses = timeout_at(deadline, resolve(&spec.host, spec.port, spec.lookup, shared))
        .await
        .map_err(|_| late(&spec.target()))??;
    let mut failures = Vec::new();
    for (tried, address) in addresses.iter().enumerate() {
        // an address that does not answer leaves its share of the time to those behind it
        let share = deadline.saturating_duration_since(Instant::now()) / narrow(addresses.len() - tried);
        match timeout_at(Instant::now() + share, dial(*address, spec, shared)).await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(failure)) => failures.push(failure),
            Err(_) => failures.push(late(&address.to_string())),
        }
    }
    Err(summed(spec, failures))
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

async fn dial(address: SocketAddr, spec: &Connect, shared: &Shared) -> Result<Connected, Failure> {
    let target = address.to_string();
    let fail = |error: &std::io::Error| cannot_connect(&target, error);
    let setup = Setup::new(address, shared.end, &shared.feed).map_err(|error| fail(&error))?;
    if let Some(source) = source(spec.source, spec.source_port, address) {
        setup
            .reuse_address()
            .and_then(|()| setup.bind(source))
            .map_err(|error| cannot_bind(source, &target, &error))?;
    }
    setup.no_delay().map_err(|error| fail(&error))?;
    let (stream, local) = setup.connect(address).await.map_err(|error| fail(&error))?;
    Ok(Connected { stream, local: local.into(), peer: address.into() })
}

fn cannot_bind(source: SocketAddr, target: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot use {source} as our end of a connection to {target}"), said(error))
        .remedy("check -s and -p: the address must be one of this machine's, of the target's family, and the port free")
}

/// One failure for all addresses: the only one, or each in its line.
fn summed(spec: &Connect, mut failures: Vec<Failure>) -> Failure {
    if failures.len() < 2 {
        return failures.pop().unwrap_or_else(|| no_answer(&spec.target(), spec.timeout));
    }
    let said = failures.iter().map(Failure::sentence).collect::<Vec<_>>().join("; ");
    let mut remedies: Vec<String> = Vec::new();
    for remedy in failures.into_iter().flat_map(|failure| failure.remedies) {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    Failure { remedies, ..Failure::new(format!("cannot connect to {}", spec.target()), said) }
}
