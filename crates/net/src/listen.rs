//! Be the server: bind, listen, accept, and hold a conversation with each client.

mod accept;
mod handshakes;
pub(crate) mod listener;
mod unix;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use raccord_core::access::Access;
use raccord_core::address::Address;
use raccord_core::endpoint::{Endpoint, Host, UnixName};
use raccord_core::event::{End, EventKind};
use raccord_core::failure::{Failure, said};
use raccord_core::secured::OwnCertificate;

use self::listener::Listener;
use crate::feed::Feed;
use crate::port;
use crate::resolve::{Family, Lookup, resolve};
use crate::responder::Responder;
use crate::session::{Outcome, Session, Shared, State};
use crate::socket::Setup;
use crate::terms::Terms;
use crate::tls::{Acceptor, ServerTls};

/// How often a port that is free on one address of a name, and taken on another, is chosen anew.
const TRIES_FOR_ONE_PORT: usize = 32;

/// What a server needs to know.
#[derive(Clone, Debug)]
pub struct Listen {
    /// On what. [`Host::Any`] is every address of the machine; port 0 lets the system choose, one port for all
    /// addresses. Whether TLS is spoken, `tls` says.
    pub endpoint: Endpoint,
    /// How a host becomes addresses.
    pub lookup: Lookup,
    /// The permissions of the file of a Unix socket, 0 to 0o777: who may write to it may connect.
    pub unix_mode: u32,
    /// The greatest number of connections waiting to be accepted.
    pub backlog: u32,
    /// Whether to set `SO_REUSEADDR` before `bind`.
    pub reuse_address: bool,
    /// Whether to set `SO_REUSEPORT` before `bind`: other sockets of the same user that have it set as well share the port.
    pub reuse_port: bool,
    /// Serve one connection, then end.
    pub once: bool,
    /// Serve at most so many connections at a time; others wait in the backlog.
    pub max_conns: Option<usize>,
    /// Who may connect, by IP address.
    pub access: Access,
    /// TLS over each connection, if any; not over Unix sockets.
    pub tls: Option<ServerTls>,
    /// How long a client may take for the handshake of TLS.
    pub handshake_timeout: Duration,
    /// How each conversation goes.
    pub terms: Terms,
}

impl Listen {
    /// A server on `host` and `port` with the defaults: backlog 128, `SO_REUSEADDR` set; with TLS, handshakes of 10
    /// seconds.
    pub fn on(host: Host, port: u16) -> Self {
        Self::at(Endpoint::Inet { tls: false, host, port })
    }

    /// The same on a Unix socket, whose file has the permissions 0600.
    pub fn on_unix(name: UnixName) -> Self {
        Self::at(Endpoint::Unix(name))
    }

    fn at(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            lookup: Lookup::default(),
            unix_mode: 0o600,
            backlog: 128,
            reuse_address: true,
            reuse_port: false,
            once: false,
            max_conns: None,
            access: Access::default(),
            tls: None,
            handshake_timeout: Duration::from_secs(10),
            terms: Terms::default(),
        }
    }
}

/// Listens and serves; what happens goes to `feed`. Must be called within a tokio runtime.
pub fn listen(spec: Listen, feed: &Feed) -> Session {
    Session::start(End::Server, spec.terms.clone(), feed, |shared| run(spec, shared))
}

async fn run(spec: Listen, shared: Arc<Shared>) -> Outcome {
    let acceptor = match &spec.endpoint {
        Endpoint::Inet { host, .. } => spec.tls.as_ref().map(|tls| tls.acceptor(host)).transpose(),
        Endpoint::Unix(_) => Ok(None),
    };
    let acceptor = match acceptor {
        Ok(acceptor) => acceptor,
        Err(failure) => return shared.fail(failure),
    };
    if let Some(warning) = acceptor.as_ref().and_then(|acceptor| acceptor.warning.clone()) {
        shared.warn(warning);
    }
    if let Some(Responder::Program(exec)) = &spec.terms.responder
        && let Some(obstacle) = exec.obstacle()
    {
        shared.note_start(true);
        let parts = [vec![obstacle.sentence()], obstacle.remedies].concat();
        shared.warn(format!("{}; until then clients are turned away", parts.join("; ")));
    }
    let listeners = tokio::select! {
        listeners = open(&spec, &shared) => listeners,
        () = shared.retire.cancelled() => return Outcome::Stopped,
    };
    let listeners = match listeners {
        Ok(listeners) => listeners,
        Err(failure) => return shared.fail(failure),
    };
    let addresses: Vec<Address> = listeners.iter().map(Listener::local).collect();
    for local in addresses.iter().cloned() {
        let (backlog, reuse_address) = (spec.backlog, spec.reuse_address && local.inet().is_some());
        let tls = acceptor.as_ref().map(|acceptor| Box::new(own_certificate(acceptor)));
        shared.emit(None, EventKind::Listening { local, backlog, reuse_address, tls });
    }
    shared.state.send_replace(State::Ready(addresses));
    accept::serve(listeners, spec, acceptor, shared).await
}

fn own_certificate(acceptor: &Acceptor) -> OwnCertificate {
    let (sha256, is_self_made) = (acceptor.fingerprint.clone(), acceptor.is_self_made);
    OwnCertificate { sha256, is_self_made }
}

/// One listening socket for each address, all on one port; or the one of a Unix socket.
async fn open(spec: &Listen, shared: &Shared) -> Result<Vec<Listener>, Failure> {
    let (host, port) = match &spec.endpoint {
        Endpoint::Inet { host, port, .. } => (host, *port),
        Endpoint::Unix(name) => return Ok(vec![unix::open(name, spec, shared).await?]),
    };
    let addresses = resolve(host, port, spec.lookup, shared).await?;
    let mut tries = if port == 0 && addresses.len() > 1 { TRIES_FOR_ONE_PORT } else { 1 };
    loop {
        tries -= 1;
        match open_all(spec, &addresses, shared) {
            Err((error, _)) if error.kind() == io::ErrorKind::AddrInUse && tries > 0 => {}
            Err((_, failure)) => return Err(failure),
            Ok(listeners) => return Ok(listeners),
        }
    }
}

fn open_all(
    spec: &Listen,
    addresses: &[SocketAddr],
    shared: &Shared,
) -> Result<Vec<Listener>, (io::Error, Failure)> {
    let mut listeners: Vec<Listener> = Vec::new();
    let mut unusable = None;
    for address in addresses {
        let mut address = *address;
        if let Some(first) = listeners.first().and_then(|first| first.local().inet()) {
            address.set_port(first.port());
        }
        match open_one(spec, address, shared) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_missing(&error) && addresses.len() > 1 => {
                shared.warn(format!("not listening on {address}: {}", said(&error)));
                unusable = Some((address, error));
            }
            Err(error) => {
                let failure = cannot_listen(spec, address, &error);
                return Err((error, failure));
            }
        }
    }
    match unusable {
        Some((address, error)) if listeners.is_empty() => {
            let failure = cannot_listen(spec, address, &error);
            Err((error, failure))
        }
        _ => Ok(listeners),
    }
}

/// An address that this machine does not have, as `::1` where IPv6 is switched off.
fn is_missing(error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported | io::ErrorKind::Other
    ) || said(error).contains("not supported")
}

fn open_one(spec: &Listen, address: SocketAddr, shared: &Shared) -> io::Result<Listener> {
    let every_address =
        matches!(spec.endpoint, Endpoint::Inet { host: Host::Any, .. }) && spec.lookup.family == Family::Any;
    match bind(spec, address, shared) {
        Err(error) if every_address && is_missing(&error) => {
            shared.warn("no IPv6 on this machine: listening on every IPv4 address");
            bind(spec, SocketAddr::from((Ipv4Addr::UNSPECIFIED, address.port())), shared)
        }
        bound => bound,
    }
}

fn bind(spec: &Listen, address: SocketAddr, shared: &Shared) -> io::Result<Listener> {
    let setup = Setup::new(address, shared.end, &shared.feed)?;
    if spec.reuse_address {
        setup.reuse_address()?;
    }
    if spec.reuse_port {
        setup.reuse_port()?;
    }
    if address.is_ipv6() {
        setup.only_v6(spec.lookup.family == Family::V6)?;
    }
    setup.bind(address)?;
    setup.listen(spec.backlog, spec.terms.tuning)
}

fn cannot_listen(spec: &Listen, address: SocketAddr, error: &io::Error) -> Failure {
    let mut failure = Failure::new(format!("cannot listen on {}", spec.endpoint), said(error));
    let only_v6 = spec.lookup.family == Family::V6;
    if let Some(diagnosis) = port::explain_bind(address, error, spec.reuse_address, only_v6) {
        failure.reasons = diagnosis.reasons;
        failure.remedies = diagnosis.remedies;
    } else if error.kind() == io::ErrorKind::AddrNotAvailable {
        failure =
            failure.remedy("that address is not one of this machine's: listen on :PORT for all of them");
    }
    failure
}
