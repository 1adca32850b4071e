//! From an endpoint's host to the addresses to connect to or listen on, in the system resolver's order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use raccord_core::endpoint::Host;
use raccord_core::event::EventKind;
use raccord_core::failure::{Failure, said};
use raccord_core::step::{Call, Outcome, Step};

use crate::session::Shared;
use crate::told::{Watch, errno};

/// Which kinds of address may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// IPv4 and IPv6.
    #[default]
    Any,
    /// IPv4 only (`-4`).
    V4,
    /// IPv6 only (`-6`).
    V6,
}

impl Family {
    fn admits(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Any => "IP",
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// How a host's name becomes addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Which kinds of address may be used.
    pub family: Family,
    /// Whether names may be looked up at all; without it only addresses are taken (`-n`).
    pub names: bool,
}

impl Default for Lookup {
    fn default() -> Self {
        Self { family: Family::Any, names: true }
    }
}

/// The addresses of `host`, at least one. [`Host::Any`] gives the unspecified address of the family; which socket
/// takes every address of the machine is for the listener to decide.
pub(crate) async fn resolve(
    host: &Host,
    port: u16,
    lookup: Lookup,
    shared: &Shared,
) -> Result<Vec<SocketAddr>, Failure> {
    let found = match host {
        Host::Any if lookup.family == Family::V4 => vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))],
        Host::Any => vec![SocketAddr::from((Ipv6Addr::UNSPECIFIED, port))],
        Host::V4(address) => vec![SocketAddr::from((*address, port))],
        Host::V6 { address, zone: None } => vec![SocketAddr::from((*address, port))],
        // the resolver knows the names and numbers of interfaces (RFC 4007 section 11)
        Host::V6 { address, zone: Some(zone) } => look_up(&format!("{address}%{zone}"), port, shared).await?,
        Host::Name(name) if !lookup.names => {
            return Err(Failure::new(format!("{name} is a name"), "-n allows addresses only")
                .remedy("write the address, or leave -n out"));
        }
        Host::Name(name) => look_up(name, port, shared).await?,
    };
    let admitted: Vec<_> =
        found.iter().copied().filter(|address| lookup.family.admits(address.ip())).collect();
    if admitted.is_empty() {
        let family = lookup.family.name();
        return Err(Failure::new(format!("{host} has no {family} address"), others(&found))
            .remedy("leave -4 or -6 out, or use another name"));
    }
    Ok(admitted)
}

async fn look_up(name: &str, port: u16, shared: &Shared) -> Result<Vec<SocketAddr>, Failure> {
    let watch = Watch::start(&shared.feed);
    let found = tokio::net::lookup_host((name, port)).await.map(|found| {
        let mut addresses: Vec<_> = found.collect();
        addresses.dedup();
        addresses
    });
    if let Some(took) = watch.stop().known() {
        let outcome = match &found {
            Ok(addresses) => Outcome::Found(addresses.iter().map(SocketAddr::ip).collect()),
            Err(error) => Outcome::Failed(errno(error)),
        };
        let call = Call::LookUp { name: name.to_owned() };
        let step = Step { end: shared.end, call, socket: None, outcome, took, states: None };
        shared.emit(None, EventKind::Step(Box::new(step)));
    }
    match found {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err(unknown(name, "no address")),
        Err(error) => Err(unknown(name, &said(&error))),
    }
}

fn unknown(name: &str, said: &str) -> Failure {
    let said = said.strip_prefix("failed to lookup address information: ").unwrap_or(said);
    Failure::new(format!("cannot find the host {name}"), said)
        .remedy("check the spelling and the network's name service, or write the address itself")
}

fn listed(addresses: &[SocketAddr]) -> String {
    addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ")
}

fn others(found: &[SocketAddr]) -> String {
    format!("it has {}", listed(found))
}
