//! The bytes of `sock_diag(7)`: the request, and the messages of an answer (`linux/inet_diag.h`).
//!
//! Numbers are in the machine's own byte order, ports and addresses in the network's.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6},
    num::NonZeroU64,
    time::Duration,
};

use rustix::net::AddressFamily;

use crate::sockets::{Opener, Queue, TcpSocket, TcpState};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const JUST_REQUEST: u16 = 0x1;
const REQUEST_AND_DUMP: u16 = 0x301;
const IPPROTO_TCP: u8 = 6;
const INET_DIAG_INFO: u16 = 2;
const INET_DIAG_SKV6ONLY: u16 = 11;
/// The states 1 to 12, and 13: sockets that are only bound (listed since Linux 6.8, as state 7).
const ALL_STATES: u32 = (1 << 14) - 2;
/// What the timer of a socket that only waits for its end is called.
const TIMER_TIME_WAIT: u8 = 3;

/// `INET_DIAG_NOCOOKIE`: whichever socket has these addresses.
const NO_COOKIE: [u8; 8] = [0xff; 8];

const HEADER: usize = 16;
const REQUEST: usize = HEADER + 56;
/// The length of `inet_diag_msg`; attributes follow it.
const FIXED: usize = 72;

/// A request for all TCP sockets of a family, with their `tcp_info`.
pub(super) fn request(family: AddressFamily) -> [u8; REQUEST] {
    let mut request = header(family, REQUEST_AND_DUMP);
    request[HEADER + 2] = 1 << (INET_DIAG_INFO - 1);
    request
}

/// A request for the one TCP socket that a segment from `peer` to `local` would reach: the end of their connection, else
/// a listener. Both are of one family, and none is IPv4-mapped; port 0 of no peer means a listener.
pub(super) fn request_one(local: SocketAddr, peer: SocketAddr) -> [u8; REQUEST] {
    let family = if local.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let mut request = header(family, JUST_REQUEST);
    let mut put =
        |at: usize, bytes: &[u8]| request[HEADER + at..HEADER + at + bytes.len()].copy_from_slice(bytes);
    for (address, port_at, ip_at) in [(local, 8, 12), (peer, 10, 28)] {
        put(port_at, &address.port().to_be_bytes());
        match address.ip() {
            IpAddr::V4(ip) => put(ip_at, &ip.octets()),
            IpAddr::V6(ip) => put(ip_at, &ip.octets()),
        }
    }
    // a link-local connection belongs to its interface
    if let SocketAddr::V6(local) = local {
        put(44, &local.scope_id().to_ne_bytes());
    }
    put(48, &NO_COOKIE);
    request
}

fn header(family: AddressFamily, flags: u16) -> [u8; REQUEST] {
    let mut request = [0; REQUEST];
    let mut put = |at: usize, bytes: &[u8]| request[at..at + bytes.len()].copy_from_slice(bytes);
    #[expect(clippy::cast_possible_truncation, reason = "72, and the families are 2 and 10")]
    let (length, family) = (REQUEST as u32, family.as_raw() as u8);
    put(0, &length.to_ne_bytes());
    put(4, &SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    put(6, &flags.to_ne_bytes());
    put(HEADER, &[family, IPPROTO_TCP]);
    put(HEADER + 4, &ALL_STATES.to_ne_bytes());
    request
}

/// One message of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    Socket(TcpSocket),
    /// Nothing to us: an acknowledgement, or a state that is not known yet.
    Other,
    /// The answer is complete.
    Done,
    /// The system refused, for this reason (errno).
    Failed(i32),
}

/// The messages in one read from the socket; after one that cannot be read there are no more.
pub(super) fn messages(mut bytes: &[u8]) -> impl Iterator<Item = io::Result<Message>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let split = split(bytes);
        bytes = split.map_or(&[], |(_, _, rest)| rest);
        let message = split.and_then(|(kind, body, _)| message(kind, body));
        Some(
            message.ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "sock_diag: cannot read the answer")
            }),
        )
    })
}

/// The first message's type and body, and what follows it.
fn split(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let body = bytes.get(HEADER..length)?;
    let rest = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((u16_at(bytes, 4)?, body, rest))
}

fn message(kind: u16, body: &[u8]) -> Option<Message> {
    Some(match kind {
        SOCK_DIAG_BY_FAMILY => socket(body)?,
        NLMSG_DONE | NLMSG_ERROR => match (kind, i32_at(body, 0)) {
            (_, Some(error @ ..0)) => Message::Failed(error.saturating_neg()),
            (NLMSG_DONE, _) => Message::Done,
            _ => Message::Other,
        },
        _ => Message::Other,
    })
}

/// An `inet_diag_msg` and its attributes.
fn socket(body: &[u8]) -> Option<Message> {
    let [family, state, timer, ..] = *body.get(..FIXED)? else { return None };
    let Some(state) = state_of(state) else { return Some(Message::Other) };
    let (expires, rqueue, wqueue) = (u32_at(body, 52)?, u32_at(body, 56)?, u32_at(body, 60)?);
    let inode = NonZeroU64::new(u32_at(body, 68)?.into());
    let peer = address(body, family, 24, 6)?;
    Some(Message::Socket(TcpSocket {
        state,
        local: address(body, family, 8, 4)?,
        peer: (peer.port() != 0).then_some(peer),
        dual_stack: attribute(body, INET_DIAG_SKV6ONLY) == Some(&[0]) && is_wildcard(body),
        inode,
        uid: inode.and(u32_at(body, 64)),
        left: (timer == TIMER_TIME_WAIT).then_some(Duration::from_millis(expires.into())),
        queue: (state == TcpState::Listen).then_some(Queue { waiting: rqueue, backlog: wqueue }),
        opener: attribute(body, INET_DIAG_INFO).and_then(|info| opener(state, info, wqueue)),
    }))
}

fn state_of(code: u8) -> Option<TcpState> {
    Some(match code {
        1 => TcpState::Established,
        2 => TcpState::SynSent,
        3 | 12 => TcpState::SynReceived,
        4 => TcpState::FinWait1,
        5 => TcpState::FinWait2,
        6 => TcpState::TimeWait,
        7 => TcpState::Closed,
        8 => TcpState::CloseWait,
        9 => TcpState::LastAck,
        10 => TcpState::Listen,
        11 => TcpState::Closing,
        _ => return None,
    })
}

fn address(body: &[u8], family: u8, ip_at: usize, port_at: usize) -> Option<SocketAddr> {
    let ip: [u8; 16] = body.get(ip_at..ip_at + 16)?.try_into().ok()?;
    let port = u16::from_be_bytes(body.get(port_at..port_at + 2)?.try_into().ok()?);
    if u16::from(family) == AddressFamily::INET.as_raw() {
        let [a, b, c, d, ..] = ip;
        return Some((Ipv4Addr::new(a, b, c, d), port).into());
    }
    let ip = Ipv6Addr::from(ip);
    Some(match ip.to_canonical() {
        IpAddr::V4(ip) => (ip, port).into(),
        IpAddr::V6(_) => {
            let scope = if ip.is_unicast_link_local() { u32_at(body, 40)? } else { 0 };
            SocketAddrV6::new(ip, port, 0, scope).into()
        }
    })
}

fn is_wildcard(body: &[u8]) -> bool {
    body.get(8..24) == Some(&[0; 16])
}

/// Which end opened the conversation. The kernel does not say, but counts: `tcpi_bytes_acked` holds what the
/// other end has acknowledged, this end's SYN included only where it was the first to send one. So it is
/// ahead of the bytes that are known to have arrived by one at the client and by none at the server; by one
/// more when a FIN has been acknowledged, as in `FIN_WAIT2`. In other states it cannot be told.
fn opener(state: TcpState, info: &[u8], wqueue: u32) -> Option<Opener> {
    let (acked, sent, resent) = (u64_at(info, 120)?, u64_at(info, 200)?, u64_at(info, 208)?);
    let not_sent = u32_at(info, 144)?;
    let under_way = u64::from(wqueue.checked_sub(not_sent)?);
    let arrived = sent.checked_sub(resent)?.checked_sub(under_way)?;
    match (state, acked.checked_sub(arrived)?) {
        (TcpState::Established | TcpState::CloseWait, 1) | (TcpState::FinWait2, 2) => Some(Opener::ThisEnd),
        (TcpState::Established | TcpState::CloseWait, 0) | (TcpState::FinWait2, 1) => Some(Opener::OtherEnd),
        _ => None,
    }
}

/// The first attribute of this type after the fixed part; none if the list is damaged before it.
fn attribute(body: &[u8], wanted: u16) -> Option<&[u8]> {
    let mut rest = body.get(FIXED..)?;
    loop {
        let (length, kind) = (usize::from(u16_at(rest, 0)?), u16_at(rest, 2)?);
        let value = rest.get(4..length)?;
        if kind == wanted {
            return Some(value);
        }
        rest = rest.get(length.next_multiple_of(4)..)?;
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The captured messages, in the order of the file.
    fn captured() -> Vec<Vec<u8>> {
        let text = include_str!("captured.txt");
        let hex = text.lines().map(|line| if line.starts_with('#') { "#" } else { line }).collect::<String>();
        hex.split('#').filter(|message| !message.is_empty()).map(bytes_of).collect()
    }

    fn bytes_of(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).flat_map(|at| u8::from_str_radix(&hex[at..at + 2], 16)).collect()
    }

    fn read(bytes: &[u8]) -> Vec<Message> {
        messages(bytes).map_while(Result::ok).collect()
    }

    /// State, local, peer, dual stack, has an owner, milliseconds left, waiting and backlog, opener.
    type Row = (
        &'static str,
        &'static str,
        Option<&'static str>,
        bool,
        bool,
        Option<u128>,
        Option<(u32, u32)>,
        Option<Opener>,
    );

    fn check(message: &Message, row: Row) {
        let Message::Socket(socket) = message else { unreachable!("{message:?} is no socket") };
        let (state, local, peer, dual_stack, owned, left, queue, opener) = row;
        assert_eq!(socket.state.name(), state);
        assert_eq!(socket.local.to_string(), local);
        assert_eq!(socket.peer.map(|peer| peer.to_string()).as_deref(), peer);
        assert_eq!(socket.dual_stack, dual_stack, "{socket:?}");
        assert_eq!((socket.inode.is_some(), socket.uid.is_some()), (owned, owned), "{socket:?}");
        assert_eq!(socket.left.map(|left| left.as_millis()), left);
        assert_eq!(socket.queue.map(|queue| (queue.waiting, queue.backlog)), queue);
        assert_eq!(socket.opener, opener);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn captured_messages_are_read() {
        let (server, client) = ("127.0.0.1:47609", "127.0.0.1:51796");
        let rows: [Row; 7] = [
            ("LISTEN", "[::]:47609", None, true, true, None, Some((1, 5)), None),
            ("ESTABLISHED", server, Some(client), false, true, None, None, Some(Opener::OtherEnd)),
            ("ESTABLISHED", client, Some(server), false, true, None, None, Some(Opener::ThisEnd)),
            ("FIN_WAIT2", server, Some(client), false, false, Some(59_844), None, None),
            ("TIME_WAIT", server, Some(client), false, false, Some(59_900), None, None),
            ("CLOSED", "127.0.0.1:34875", None, false, true, None, None, None),
            ("CLOSED", "[::]:41089", None, false, true, None, None, None),
        ];
        let all = captured();
        assert_eq!(all.len(), rows.len() + 2);
        for (bytes, row) in all.iter().zip(rows) {
            let read = read(bytes);
            assert_eq!(read.len(), 1);
            check(&read[0], row);
        }
        assert_eq!(read(&all[7]), [Message::Done]);
        assert_eq!(read(&all[8]), [Message::Failed(22)]);
        assert_eq!(read(&all.concat()).len(), all.len(), "one after the other in one read");
    }

    #[test]
    fn a_link_local_address_keeps_its_interface() {
        let mut body = vec![0; FIXED];
        body[..8].copy_from_slice(&[10, 1, 0, 0, 0, 80, 1, 0]);
        body[8..24].copy_from_slice(&"fe80::1".parse::<Ipv6Addr>().map(|ip| ip.octets()).unwrap_or_default());
        body[40..44].copy_from_slice(&3_u32.to_ne_bytes());
        let Some(Message::Socket(socket)) = socket(&body) else { unreachable!("a whole message") };
        assert_eq!(socket.local.to_string(), "[fe80::1%3]:80");
        assert_eq!(socket.peer.map(|peer| peer.to_string()).as_deref(), Some("[::]:256"));
    }

    #[test]
    fn the_opener_is_told_by_one_byte() {
        use {Opener::*, TcpState::*};
        for (state, acked, sent, resent, queued, unsent, expected) in [
            (Established, 1, 0, 0, 0, 0, Some(ThisEnd)),
            (Established, 0, 0, 0, 0, 0, Some(OtherEnd)),
            // 100 queued, of which 40 are not sent yet: 60 are under way
            (Established, 1001, 1160, 100, 100, 40, Some(ThisEnd)),
            (Established, 1000, 1160, 100, 100, 40, Some(OtherEnd)),
            (FinWait2, 2, 0, 0, 0, 0, Some(ThisEnd)),
            (FinWait2, 1, 0, 0, 0, 0, Some(OtherEnd)),
            (CloseWait, 8, 7, 0, 0, 0, Some(ThisEnd)),
            (LastAck, 1, 0, 0, 1, 0, None),
            (Established, 9, 0, 0, 0, 0, None),
            (Established, 0, 0, 1, 0, 0, None),
            (Established, 0, 0, 0, 0, 1, None),
        ] {
            let mut info = vec![0; 216];
            info[120..128].copy_from_slice(&u64::to_ne_bytes(acked));
            info[144..148].copy_from_slice(&u32::to_ne_bytes(unsent));
            info[200..208].copy_from_slice(&u64::to_ne_bytes(sent));
            info[208..216].copy_from_slice(&u64::to_ne_bytes(resent));
            assert_eq!(
                opener(state, &info, queued),
                expected,
                "{state} {acked} {sent} {resent} {queued} {unsent}"
            );
            assert_eq!(opener(state, &info[..215], queued), None, "an older kernel's shorter tcp_info");
        }
    }

    #[test]
    fn what_is_damaged_is_refused() {
        let header =
            |length: u32, kind: u16| [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), &[0; 10]].concat();
        for (what, bytes) in [
            ("no whole header", vec![1, 2, 3]),
            ("shorter than a header", header(15, NLMSG_DONE)),
            ("of length 0", header(0, NLMSG_DONE)),
            ("longer than what was read", header(17, NLMSG_DONE)),
            ("endless", header(u32::MAX, NLMSG_DONE)),
            ("a socket without a body", header(16, SOCK_DIAG_BY_FAMILY)),
        ] {
            let all = messages(&bytes).collect::<Vec<_>>();
            assert!(
                matches!(&all[..], [Err(error)] if error.kind() == io::ErrorKind::InvalidData),
                "{what}: {all:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(messages(&bytes).count() <= bytes.len() / HEADER + 1);
        }

        #[test]
        fn any_body_is_read_or_refused(
            kind in prop::sample::select(vec![NLMSG_ERROR, NLMSG_DONE, SOCK_DIAG_BY_FAMILY]),
            body in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            let _ = message(kind, &body);
        }

        #[test]
        fn damaged_captures_are_read_or_refused(
            which in 0..9_usize, at in 0..400_usize, byte: u8, keep in 0..400_usize,
        ) {
            let mut bytes = captured().swap_remove(which);
            let length = bytes.len();
            bytes[at % length] = byte;
            bytes.truncate(keep);
            prop_assert!(messages(&bytes).count() <= bytes.len() / HEADER + 1);
        }
    }
}
