//! Connecting to a Unix socket: done at once, refused at once, or tried again while the backlog is full.

use std::io;
use std::path::Path;
use std::time::Duration;

use raccord_core::address::UnixAddress;
use raccord_core::endpoint::{Endpoint, UnixName};
use raccord_core::failure::{Failure, said};
use raccord_sys::errno;
use raccord_sys::unix::{Found, find};
use socket2::SockAddr;
use tokio::time::{Instant, sleep};

use super::Connect;
use crate::conversation::Made;
use crate::errors::WAIT;
use crate::leg::Leg;
use crate::session::Shared;
use crate::socket::Setup;
use crate::unix::{address, explained, holder};

/// The pauses while a backlog is full, for the system tells nobody when there is room.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Connects, until the deadline where the backlog is full.
pub(super) async fn reach(
    name: &UnixName,
    spec: &Connect,
    shared: &Shared,
    deadline: Instant,
) -> Result<Made, Failure> {
    let target = address(name, "cannot connect to")?;
    match dial(name, &target, spec, shared, deadline).await {
        Ok(made) => Ok(made),
        Err(error) => {
            let waited = spec.timeout;
            Err(explained(name, move |name| match error.kind() {
                io::ErrorKind::WouldBlock => full(name, waited),
                _ => cannot_connect(name, &error),
            })
            .await)
        }
    }
}

/// Fails with `WouldBlock` where the backlog was full until the deadline.
async fn dial(
    name: &UnixName,
    target: &SockAddr,
    spec: &Connect,
    shared: &Shared,
    deadline: Instant,
) -> io::Result<Made> {
    let there = UnixAddress::from(name);
    let setup = Setup::unix(shared.end, &shared.feed)?;
    setup.size(&spec.terms.tuning)?;
    let mut pause = FIRST_PAUSE;
    while let Err(error) = setup.connect_name(&there, target) {
        if error.kind() != io::ErrorKind::WouldBlock {
            return Err(error);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(error);
        }
        if pause == FIRST_PAUSE {
            shared.warn(format!("the backlog of {} is full: waiting for room in it", spec.endpoint));
        }
        sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    let (stream, peer) = setup.connected()?;
    let peer = if peer == UnixAddress::Unnamed { there } else { peer };
    // as the server sees us
    let local = UnixAddress::Pid(std::process::id()).into();
    Ok(Made { leg: Leg::Unix(Box::new(stream)), local, peer: peer.into(), secured: None })
}

fn tried(name: &UnixName) -> String {
    format!("cannot connect to {}", Endpoint::Unix(name.clone()))
}

fn full(name: &UnixName, waited: Duration) -> Failure {
    let who = holder(name).map_or_else(|| "a program".to_owned(), |holder| holder.program);
    let said = format!("no room in the backlog within {} s", waited.as_secs_f64());
    let reasons = vec![format!("{who} listens there, and as many clients as may wait for it to accept them")];
    Failure { reasons, ..Failure::new(tried(name), said) }
        .remedy("the program must call accept(), or be restarted; -w sets how long to wait")
}

fn cannot_connect(name: &UnixName, error: &io::Error) -> Failure {
    let failure = Failure::new(tried(name), said(error));
    let because = |reason: &str, failure| Failure { reasons: vec![reason.to_owned()], ..failure };
    let path = match name {
        UnixName::Path(path) => Some(Path::new(path)),
        UnixName::Abstract(_) => None,
    };
    match (error.kind(), path) {
        (io::ErrorKind::NotFound, _) => {
            failure.remedy("nothing is there: check the path, and start the server").remedy(WAIT)
        }
        (io::ErrorKind::ConnectionRefused, None) => {
            failure.remedy("nobody listens under that name: check it, and start the server").remedy(WAIT)
        }
        (io::ErrorKind::ConnectionRefused, Some(path)) => match find(path) {
            Ok(Found::Other(what)) => {
                because(&format!("{what} is there, and no socket"), failure).remedy("check the path")
            }
            Ok(Found::Held) => {
                let who = holder(name).map_or_else(|| "a program".to_owned(), |holder| holder.program);
                because(&format!("{who} has a socket there, and does not listen (yet)"), failure)
                    .remedy("wait for it with --retry 10s, or restart the program")
            }
            _ => because("the socket's file is there, and its server has ended", failure)
                .remedy("start the server")
                .remedy(WAIT),
        },
        (io::ErrorKind::PermissionDenied, Some(_)) => failure.remedy(
            "only who may write to the socket's file may connect, and who may enter the folders on the way: its server \
             says who that is (`raccord listen --unix-mode`)",
        ),
        (io::ErrorKind::NotADirectory, _) => failure.remedy("a part of the path is no folder: check it"),
        _ if errno::name(error) == Some("EPROTOTYPE") => {
            because("the socket there is for datagrams or packets, and raccord speaks over streams only", failure)
                .remedy("check the path; socat can speak to it")
        }
        _ => failure,
    }
}
