//! From what the kernel lists to holders of a port: over values only.

use std::{cmp::Reverse, net::IpAddr, ops::RangeInclusive};

use raccord_sys::{
    owners::{self, Owners, Process},
    sockets::{Opener, Table, TcpSocket, TcpState},
};

use super::{Hold, Holder, Holders};

/// The holders that these sockets of the table are.
pub(super) fn holders(
    sockets: &[&TcpSocket],
    table: &Table,
    owners: &Owners,
    ephemeral: &RangeInclusive<u16>,
) -> Holders {
    let mut holders =
        sockets.iter().map(|socket| holder(socket, table, owners, ephemeral)).collect::<Vec<_>>();
    holders.sort_by_key(|holder| (holder.hold, Reverse(holder.left), holder.local, holder.peer));
    Holders { holders, partial: owners.partial, sees_bound: table.sees_bound, free_port: None }
}

fn holder(socket: &TcpSocket, table: &Table, owners: &Owners, ephemeral: &RangeInclusive<u16>) -> Holder {
    let (hold, certain) = hold(socket, table, ephemeral);
    Holder {
        hold,
        certain,
        state: socket.state,
        local: socket.local,
        peer: socket.peer,
        dual_stack: socket.dual_stack,
        processes: processes(socket, owners),
        user: socket.uid.map(|uid| owners::user_name(uid).unwrap_or_else(|| uid.to_string())),
        left: socket.left,
        queue: socket.queue,
    }
}

fn processes(socket: &TcpSocket, owners: &Owners) -> Vec<Process> {
    let Some(inode) = socket.inode else { return Vec::new() };
    let holding = owners.found.iter().filter(|(held, _)| *held == inode.get());
    let mut processes = holding.map(|(_, process)| process.clone()).collect::<Vec<_>>();
    processes.sort_by_key(|process| process.pid);
    processes
}

/// The rule of the module's documentation; false with it if it is a guess.
fn hold(socket: &TcpSocket, table: &Table, ephemeral: &RangeInclusive<u16>) -> (Hold, bool) {
    match socket.state {
        TcpState::Listen => (Hold::Listener, true),
        TcpState::TimeWait => (Hold::TimeWait, true),
        TcpState::Closed => (Hold::Bound, true),
        TcpState::SynSent => (Hold::Outgoing, true),
        TcpState::SynReceived => (Hold::Rest, true),
        _ => match opener(socket, table) {
            Some(Opener::ThisEnd) => (Hold::Outgoing, true),
            Some(Opener::OtherEnd) => (Hold::Rest, true),
            None if has_listener(socket, table) => (Hold::Rest, true),
            None => (guess(socket, ephemeral), false),
        },
    }
}

fn opener(socket: &TcpSocket, table: &Table) -> Option<Opener> {
    let of_the_other_end = || match other_end(socket, table)?.opener? {
        Opener::ThisEnd => Some(Opener::OtherEnd),
        Opener::OtherEnd => Some(Opener::ThisEnd),
    };
    socket.opener.or_else(of_the_other_end)
}

/// The other end of the conversation, if it is on this machine.
fn other_end<'a>(socket: &TcpSocket, table: &'a Table) -> Option<&'a TcpSocket> {
    let peer = socket.peer?;
    table.sockets.iter().find(|other| other.local == peer && other.peer == Some(socket.local))
}

fn has_listener(socket: &TcpSocket, table: &Table) -> bool {
    table.sockets.iter().any(|other| {
        other.state == TcpState::Listen
            && other.local.port() == socket.local.port()
            && Scope::of(other.local.ip(), other.dual_stack).covers(socket.local.ip())
    })
}

fn guess(socket: &TcpSocket, ephemeral: &RangeInclusive<u16>) -> Hold {
    let to_a_fixed_port = socket.peer.is_some_and(|peer| !ephemeral.contains(&peer.port()));
    if ephemeral.contains(&socket.local.port()) && to_a_fixed_port { Hold::Outgoing } else { Hold::Rest }
}

/// The addresses that a bound socket takes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    /// `[::]` with `IPV6_V6ONLY` off: all of them.
    Every,
    /// `0.0.0.0`, or `[::]` with `IPV6_V6ONLY` on: all of this one's family.
    Family(IpAddr),
    /// This one only.
    One(IpAddr),
}

impl Scope {
    pub(super) fn of(ip: IpAddr, dual_stack: bool) -> Self {
        match ip.to_canonical() {
            ip if !ip.is_unspecified() => Self::One(ip),
            IpAddr::V6(_) if dual_stack => Self::Every,
            ip => Self::Family(ip),
        }
    }

    pub(super) fn covers(self, ip: IpAddr) -> bool {
        match self {
            Self::Every => true,
            Self::Family(any) => any.is_ipv4() == ip.is_ipv4(),
            Self::One(one) => one == ip,
        }
    }

    /// Whether two sockets with these addresses get into each other's way.
    pub(super) fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::Every, _) | (_, Self::Every) => true,
            (scope, Self::Family(ip) | Self::One(ip)) if scope.covers(ip) => true,
            (Self::Family(ip) | Self::One(ip), scope) => scope.covers(ip),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, num::NonZeroU64};

    use super::*;

    const EPHEMERAL: RangeInclusive<u16> = 32768..=60999;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap_or_else(|_| unreachable!("{text} is no address"))
    }

    fn socket(state: TcpState, local: &str, peer: Option<&str>) -> TcpSocket {
        TcpSocket {
            state,
            local: address(local),
            peer: peer.map(address),
            dual_stack: false,
            inode: NonZeroU64::new(7),
            uid: Some(0),
            left: None,
            queue: None,
            opener: None,
        }
    }

    fn held(socket: &TcpSocket, others: &[TcpSocket]) -> (Hold, bool) {
        hold(socket, &Table { sockets: others.to_vec(), sees_bound: true }, &EPHEMERAL)
    }

    #[test]
    fn some_states_tell_it_all() {
        for (state, expected) in [
            (TcpState::Listen, Hold::Listener),
            (TcpState::TimeWait, Hold::TimeWait),
            (TcpState::Closed, Hold::Bound),
            (TcpState::SynSent, Hold::Outgoing),
            (TcpState::SynReceived, Hold::Rest),
        ] {
            assert_eq!(held(&socket(state, "10.0.0.1:80", None), &[]), (expected, true), "{state}");
        }
    }

    #[test]
    fn the_ports_are_the_last_resort() {
        for (local, peer, expected) in [
            ("10.0.0.1:8080", "10.0.0.2:40000", Hold::Rest),
            ("10.0.0.1:40000", "10.0.0.2:443", Hold::Outgoing),
            ("10.0.0.1:40000", "10.0.0.2:50000", Hold::Rest),
            ("10.0.0.1:8080", "10.0.0.2:443", Hold::Rest),
        ] {
            let rest = socket(TcpState::LastAck, local, Some(peer));
            assert_eq!(held(&rest, &[]), (expected, false), "{local} {peer}");
        }
    }

    #[test]
    fn the_opener_decides_against_the_ports() {
        let (local, peer) = ("127.0.0.1:40000", "127.0.0.1:443");
        for (opener, expected, inverse) in
            [(Opener::ThisEnd, Hold::Outgoing, Hold::Rest), (Opener::OtherEnd, Hold::Rest, Hold::Outgoing)]
        {
            let near = TcpSocket { opener: Some(opener), ..socket(TcpState::Established, local, Some(peer)) };
            let far = socket(TcpState::FinWait2, peer, Some(local));
            assert_eq!(held(&near, &[]), (expected, true));
            assert_eq!(held(&far, std::slice::from_ref(&near)), (inverse, true), "told by its other end");
        }
    }

    #[test]
    fn a_listener_owns_the_conversations_on_its_address() {
        let rest = socket(TcpState::Closing, "10.0.0.1:40000", Some("10.0.0.2:443"));
        for (listener, dual_stack, expected) in [
            ("10.0.0.1:40000", false, (Hold::Rest, true)),
            ("0.0.0.0:40000", false, (Hold::Rest, true)),
            ("[::]:40000", true, (Hold::Rest, true)),
            ("[::]:40000", false, (Hold::Outgoing, false)),
            ("10.0.0.9:40000", false, (Hold::Outgoing, false)),
            ("0.0.0.0:40001", false, (Hold::Outgoing, false)),
        ] {
            let listener = TcpSocket { dual_stack, ..socket(TcpState::Listen, listener, None) };
            assert_eq!(held(&rest, &[listener]), expected);
        }
    }

    #[test]
    fn addresses_overlap_as_bind_sees_them() {
        for (one, dual, other, other_dual, expected) in [
            ("127.0.0.1:1", false, "127.0.0.1:1", false, true),
            ("127.0.0.1:1", false, "127.0.0.2:1", false, false),
            ("0.0.0.0:1", false, "127.0.0.1:1", false, true),
            ("0.0.0.0:1", false, "[::1]:1", false, false),
            ("0.0.0.0:1", false, "[::]:1", true, true),
            ("0.0.0.0:1", false, "[::]:1", false, false),
            ("[::]:1", false, "[::]:1", true, true),
            ("[::]:1", false, "[::1]:1", false, true),
            ("[::]:1", true, "127.0.0.1:1", false, true),
            ("[::ffff:127.0.0.1]:1", false, "127.0.0.1:1", false, true),
        ] {
            let (a, b) = (Scope::of(address(one).ip(), dual), Scope::of(address(other).ip(), other_dual));
            assert_eq!((a.overlaps(b), b.overlaps(a)), (expected, expected), "{one} {other}");
        }
    }

    #[test]
    fn processes_are_found_by_inode_and_ordered() {
        let process = |pid| Process { pid, program: "x".into(), user: None };
        let owners =
            Owners { found: vec![(7, process(9)), (8, process(1)), (7, process(3))], partial: false };
        let table = Table::default();
        let pids = |socket: &TcpSocket| {
            let holders = holders(&[socket], &table, &owners, &EPHEMERAL).holders;
            holders.iter().flat_map(|holder| &holder.processes).map(|process| process.pid).collect::<Vec<_>>()
        };
        let owned = socket(TcpState::Listen, "10.0.0.1:80", None);
        assert_eq!(pids(&owned), [3, 9]);
        assert_eq!(pids(&TcpSocket { inode: None, ..owned }), [0_u32; 0]);
    }
}
