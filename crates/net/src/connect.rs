//! Be the client: resolve, connect, converse.

mod again;
mod unix;

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use raccord_core::address::Address;
use raccord_core::endpoint::{Endpoint, Host, UnixName};
use raccord_core::event::End;
use raccord_core::failure::{Failure, said};
use raccord_core::race::{Race, Turn, in_turns};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

use crate::conversation::{Conversation, Made};
use crate::errors::{after_waiting, cannot_connect, no_answer, no_answer_from};
use crate::feed::Feed;
use crate::leg::Leg;
use crate::port;
use crate::resolve::{Lookup, resolve};
use crate::session::{Outcome, Session, Shared, State};
use crate::socket::{Finish, Setup, source};
use crate::terms::Terms;
use crate::tls::{ClientTls, Connector, RefusedKind};
use crate::told::Told;

/// The pauses between two tries: short at first, for a server that is just starting.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a client needs to know.
#[derive(Clone, Debug)]
pub struct Connect {
    /// Where to; a port is not 0. Whether TLS is spoken, `tls` says.
    pub endpoint: Endpoint,
    /// How a host becomes addresses.
    pub lookup: Lookup,
    /// Our IP address, if it matters.
    pub source: Option<IpAddr>,
    /// Our port, if it matters.
    pub source_port: Option<u16>,
    /// How long one try may take, all addresses together, and the handshake of TLS.
    pub timeout: Duration,
    /// For how long to go on trying; one try where none is given.
    pub retry: Option<Duration>,
    /// Connect again after the end of each connection, so long after it (at least 100 ms), until the session is told
    /// to stop or to retire, or the input of the keyboard has ended.
    pub reconnect: Option<Duration>,
    /// TLS over each connection, if any; not over Unix sockets.
    pub tls: Option<ClientTls>,
    /// How each conversation goes.
    pub terms: Terms,
}

impl Connect {
    /// A client of `host` and `port` with the defaults: one try of 10 seconds.
    pub fn to(host: Host, port: u16) -> Self {
        Self::at(Endpoint::Inet { tls: false, host, port })
    }

    /// The same of a Unix socket.
    pub fn to_unix(name: UnixName) -> Self {
        Self::at(Endpoint::Unix(name))
    }

    fn at(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            lookup: Lookup::default(),
            source: None,
            source_port: None,
            timeout: Duration::from_secs(10),
            retry: None,
            reconnect: None,
            tls: None,
            terms: Terms::default(),
        }
    }

    /// Whether a further try may go better: a name that may not be looked up stays one.
    fn is_worth_a_retry(&self) -> bool {
        self.lookup.names || !matches!(self.endpoint, Endpoint::Inet { host: Host::Name(_), .. })
    }
}

/// A TCP connection that was made.
struct Connected {
    stream: Told<TcpStream>,
    local: Address,
    peer: Address,
}

/// How a client tries, as often as it does.
struct Trying {
    spec: Connect,
    connector: Option<Connector>,
}

/// A try that failed.
struct Failed {
    failure: Failure,
    /// Whether the next try would fail as well: a certificate stays what it is.
    is_final: bool,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, is_final: false }
    }
}

/// Connects and holds one conversation, or one after the other; what happens goes to `feed`. Must be called within a
/// tokio runtime.
pub fn connect(spec: Connect, feed: &Feed) -> Session {
    Session::start(End::Client, spec.terms.clone(), feed, |shared| run(spec, shared))
}

async fn run(spec: Connect, shared: Arc<Shared>) -> Outcome {
    let connector = match &spec.endpoint {
        Endpoint::Inet { host, .. } => spec.tls.as_ref().map(|tls| tls.connector(host)).transpose(),
        Endpoint::Unix(_) => Ok(None),
    };
    let connector = match connector {
        Ok(connector) => connector,
        Err(failure) => return shared.fail(failure),
    };
    if let Some(warning) = connector.as_ref().and_then(|connector| connector.warning.clone()) {
        shared.warn(warning);
    }
    let trying = Trying { spec, connector };
    let made = tokio::select! {
        made = trying.persist(&shared) => made,
        () = shared.retire.cancelled() => return Outcome::Stopped,
    };
    let first = match made {
        Ok(made) => hold(made, &shared).await,
        Err(failure) => return shared.fail(failure),
    };
    match trying.spec.reconnect {
        Some(pause) => again::go_on(&trying, pause, first, &shared).await,
        None => first,
    }
}

/// Holds a conversation on a connection that has just been made.
async fn hold(made: Made, shared: &Arc<Shared>) -> Outcome {
    shared.state.send_replace(State::Ready(vec![made.local.clone()]));
    Outcome::Closed(Conversation::new(made, Arc::clone(shared)).run().await)
}

impl Trying {
    /// Tries until it succeeds or the time for trying is over.
    async fn persist(&self, shared: &Shared) -> Result<Made, Failure> {
        let spec = &self.spec;
        let start = Instant::now();
        let retry = spec.retry.filter(|_| spec.is_worth_a_retry());
        let mut pause = FIRST_PAUSE;
        loop {
            let failure = match self.once(shared).await {
                Ok(made) => return Ok(made),
                Err(Failed { failure, is_final: true }) => return Err(failure),
                Err(Failed { failure, .. }) => failure,
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

    /// Tries once, the handshake included.
    async fn once(&self, shared: &Shared) -> Result<Made, Failed> {
        let deadline = Instant::now() + self.spec.timeout;
        let (host, port) = match &self.spec.endpoint {
            Endpoint::Inet { host, port, .. } => (host, *port),
            Endpoint::Unix(name) => return Ok(unix::reach(name, &self.spec, shared, deadline).await?),
        };
        let Connected { stream, local, peer } = reach(host, port, &self.spec, shared, deadline).await?;
        let Some(connector) = &self.connector else {
            return Ok(Made { leg: Leg::Tcp(stream), local, peer, secured: None });
        };
        match connector.shake_hands(stream, deadline).await {
            Ok((tls, secured)) => {
                Ok(Made { leg: Leg::Tls(Box::new(tls)), local, peer, secured: Some(Box::new(secured)) })
            }
            Err(refused) => {
                let is_final = refused.kind == RefusedKind::Tls;
                Err(Failed { failure: refused.failure, is_final })
            }
        }
    }
}

/// Tries every address once, until the deadline: each has a head start before the next begins beside it.
async fn reach(
    host: &Host,
    port: u16,
    spec: &Connect,
    shared: &Shared,
    deadline: Instant,
) -> Result<Connected, Failure> {
    let start = Instant::now();
    let addresses = timeout_at(deadline, resolve(host, port, spec.lookup, shared))
        .await
        .map_err(|_| no_answer(&spec.endpoint.to_string(), spec.timeout))??;
    let addresses = in_turns(&addresses);
    let (mut race, finish) = (Race::new(addresses.len()), Finish::default());
    let (mut tries, mut failures) = (Vec::new(), Vec::new());
    loop {
        let until = match race.turn(start.elapsed()) {
            Turn::Begin(next) => {
                let address = addresses[next];
                tries.push(Try { address, dial: Box::pin(dial(address, spec, shared, &finish)) });
                continue;
            }
            Turn::Until(time) => deadline.min(start + time),
            Turn::Wait => deadline,
            Turn::Lost => return Err(summed(spec, failures)),
        };
        match timeout_at(until, first_of(&mut tries)).await {
            Ok(Ok(connected)) => {
                finish.reached();
                return Ok(connected);
            }
            Ok(Err(failure)) => {
                failures.push(failure);
                race.failed(start.elapsed());
            }
            Err(_) if Instant::now() >= deadline => {
                failures.extend(tries.iter().map(|one| no_answer_from(one.address, spec.timeout)));
                return Err(summed(spec, failures));
            }
            Err(_) => {}
        }
    }
}

/// A try that is under way.
struct Try<'a> {
    address: SocketAddr,
    dial: Pin<Box<dyn Future<Output = Result<Connected, Failure>> + Send + 'a>>,
}

/// What comes of the first of them that is over; the others go on. Cancel safe.
async fn first_of(tries: &mut Vec<Try<'_>>) -> Result<Connected, Failure> {
    poll_fn(|context| {
        let mut over = tries.iter_mut().enumerate();
        let over = over.find_map(|(index, one)| match one.dial.as_mut().poll(context) {
            Poll::Ready(result) => Some((index, result)),
            Poll::Pending => None,
        });
        match over {
            Some((index, result)) => {
                drop(tries.swap_remove(index));
                Poll::Ready(result)
            }
            None => Poll::Pending,
        }
    })
    .await
}

async fn dial(
    address: SocketAddr,
    spec: &Connect,
    shared: &Shared,
    finish: &Finish,
) -> Result<Connected, Failure> {
    let target = address.to_string();
    let fail = |error: &std::io::Error| cannot_connect(&target, error);
    let setup = Setup::new(address, shared.end, &shared.feed).map_err(|error| fail(&error))?;
    if let Some(source) = source(spec.source, spec.source_port, address) {
        setup
            .reuse_address()
            .and_then(|()| setup.bind(source))
            .map_err(|error| cannot_bind(source, &target, &error))?;
    }
    setup.tune(&spec.terms.tuning).map_err(|error| fail(&error))?;
    let (stream, local) = setup.connect(address, finish).await.map_err(|error| fail(&error))?;
    Ok(Connected { stream, local: local.into(), peer: address.into() })
}

fn cannot_bind(source: SocketAddr, target: &str, error: &std::io::Error) -> Failure {
    let failure =
        Failure::new(format!("cannot use {source} as our end of a connection to {target}"), said(error));
    // who holds the port is known; what helps a server is not what helps here
    match port::explain_bind(source, error, true, false) {
        Some(diagnosis) => Failure { reasons: diagnosis.reasons, ..failure }
            .remedy("leave -p out, and the system chooses a port; or give another one"),
        None => failure.remedy(
            "check -s and -p: the address must be one of this machine's, of the target's family, and the port free",
        ),
    }
}

/// One failure for all addresses: the only one, or each in its line.
fn summed(spec: &Connect, mut failures: Vec<Failure>) -> Failure {
    if failures.len() < 2 {
        return failures.pop().unwrap_or_else(|| no_answer(&spec.endpoint.to_string(), spec.timeout));
    }
    let said = failures.iter().map(Failure::sentence).collect::<Vec<_>>().join("; ");
    let mut remedies: Vec<String> = Vec::new();
    for remedy in failures.into_iter().flat_map(|failure| failure.remedies) {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    Failure { remedies, ..Failure::new(format!("cannot connect to {}", spec.endpoint), said) }
}
