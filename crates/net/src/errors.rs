//! What can be done about the errors of connecting.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use raccord_core::failure::{Failure, said};
use raccord_sys::sockets;

/// What helps where the server is only not there yet.
pub(crate) const WAIT: &str = "a server that is about to start is waited for with --retry 10s";

/// The same failure for somebody who did wait.
pub(crate) fn after_waiting(mut failure: Failure) -> Failure {
    failure.remedies.retain(|remedy| remedy != WAIT);
    failure
}

/// A connection to `target` that could not be had.
pub(crate) fn cannot_connect(target: &str, error: &io::Error) -> Failure {
    let failure = Failure::new(format!("cannot connect to {target}"), said(error));
    match error.kind() {
        io::ErrorKind::ConnectionRefused => failure
            .remedy(
                "nothing listens there (or a firewall refuses): check host and port, and start the server",
            )
            .remedy(WAIT),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => failure.remedy(
            "no route, no machine there, or a firewall that refuses: check the address, the network, and -4 or -6",
        ),
        io::ErrorKind::TimedOut => failure.remedy(
            "nobody answered: check host and port; a firewall may drop the packets; -w sets how long to wait",
        ),
        io::ErrorKind::PermissionDenied => {
            failure.remedy("a firewall rule or a broadcast address forbids it: check the address")
        }
        io::ErrorKind::AddrNotAvailable => failure.remedy(
            "the local address, or every local port for that target, cannot be used: check -s and -p",
        ),
        io::ErrorKind::AddrInUse => failure.remedy(
            "the local port given with -p is taken: leave -p out, or see who has it with `raccord port`",
        ),
        _ => failure,
    }
}

/// A connection to this address that was not established in time. Where it is one of this machine, the kernel knows why.
pub(crate) fn no_answer_from(address: SocketAddr, waited: Duration) -> Failure {
    let failure = no_answer(&address.to_string(), waited);
    let listener = sockets::find(address, None).ok().flatten();
    match listener.and_then(|listener| listener.queue) {
        Some(queue) if queue.waiting > queue.backlog => {
            let clients = if queue.waiting == 1 { "client waits" } else { "clients wait" };
            let reason = format!(
                "a program listens there and its backlog is full: {} {clients} for it to accept them",
                queue.waiting
            );
            Failure { reasons: vec![reason], remedies: Vec::new(), ..failure }
                .remedy("the program must call accept(), or be restarted; `raccord port` says which it is")
        }
        _ => failure,
    }
}

/// A connection that was not established in time.
pub(crate) fn no_answer(target: &str, waited: Duration) -> Failure {
    Failure::new(
        format!("cannot connect to {target}"),
        format!("no answer within {} s", waited.as_secs_f64()),
    )
    .remedy("check host and port; a firewall may drop the packets; -w sets how long to wait")
    .remedy(WAIT)
}
