//! The meanings in English.

use std::borrow::Cow;

use super::Meaning;
use crate::lang::Lang;
use crate::step::seconds;

#[expect(clippy::too_many_lines, reason = "a list: one entry for each meaning")]
pub(super) fn words(meaning: &Meaning) -> Cow<'static, str> {
    let text = match *meaning {
        Meaning::LookUp => {
            "Asks the resolver for the addresses of the name: TCP itself knows only addresses."
        }
        Meaning::UnknownName => {
            "The resolver gave no address for that name: it knows none, or could not ask."
        }
        Meaning::Socket => "A socket is one end of a conversation to be. It has no address and no peer yet.",
        Meaning::ReuseAddress => {
            "The port may be taken again at once, even if connections of an earlier run are still in TIME-WAIT there; that run must have set the option as well."
        }
        Meaning::NoDelay => {
            "Nagle's algorithm is off: a small message leaves at once, and does not wait until the one before it is acknowledged."
        }
        Meaning::DualStack => {
            "Bound to every address ([::]), this IPv6 socket takes IPv4 clients as well: one listener for both."
        }
        Meaning::OnlyV6 => "This socket takes IPv6 clients only.",
        Meaning::ReusePort => {
            "Several sockets of one user may listen at the same address and port, if each has set this option. Linux \
             spreads the clients over them."
        }
        Meaning::KeepAlive => {
            "After a silence the system asks whether the peer is still there (a probe). When several probes in a row \
             get no answer, it gives the connection up."
        }
        Meaning::KeepAliveAfter { seconds } => {
            return format!(
                "The first probe is sent after {seconds}\u{a0}s in which nothing came from the peer."
            )
            .into();
        }
        Meaning::KeepAliveEvery { seconds } => {
            return format!("A probe that gets no answer is followed by the next after {seconds}\u{a0}s.")
                .into();
        }
        Meaning::SendBuffer => {
            "The size of the system's buffer for what we send, in bytes. Linux limits it to net.core.wmem_max, doubles \
             it to have room for its own bookkeeping, and no longer adapts it."
        }
        Meaning::ReceiveBuffer => {
            "The size of the system's buffer for what arrives, in bytes; it bounds the window. Linux limits it to \
             net.core.rmem_max, doubles it to have room for its own bookkeeping, and no longer adapts it."
        }
        Meaning::ResetOnClose => "From now on close sends a reset (RST) instead of an orderly end (FIN).",
        Meaning::Option => "Sets an option of the socket.",
        Meaning::Bind => "The socket gets its address and port: where clients will look for it.",
        Meaning::BindAnyPort => {
            "The socket gets its address. Port 0 lets the system choose one that is free."
        }
        Meaning::BindClient => {
            "Our own address and port, before connect. Most clients leave this out, and connect chooses them."
        }
        Meaning::AddressTaken => {
            "Another socket holds that port, at the same address or at one that overlaps it. `raccord port` says which."
        }
        Meaning::Listen { backlog } => {
            return format!(
                "From now on the system makes connections for this socket. With a backlog of {backlog}, {} of them may \
                 wait for accept, fewer if net.core.somaxconn is lower; more clients must wait outside, and are not \
                 refused.",
                u64::from(backlog) + 1
            )
            .into();
        }
        Meaning::Accept => {
            "A client was there. accept gave a new socket, for this conversation alone; the first goes on listening."
        }
        Meaning::Connect => "The handshake is done (SYN, SYN-ACK, ACK): both ends may speak.",
        Meaning::ConnectLater => {
            "The handshake is done (SYN, SYN-ACK, ACK): both ends may speak. connect did not wait for it (EINPROGRESS), \
             because the socket does not block."
        }
        Meaning::Refused => {
            "Refused: nobody listens on that port (a reset, RST, came back), or a firewall refuses for it (RST or ICMP)."
        }
        Meaning::NoAnswer => {
            "Nothing came back in the time that we waited: perhaps the machine is off, the address is wrong, a firewall \
             drops the packets, or the server's backlog is full."
        }
        Meaning::Overtaken => {
            "The name has several addresses, and another one answered first: this try is given up (Happy Eyeballs, RFC 8305)."
        }
        Meaning::Unreachable => {
            "The address cannot be reached: no route leads there, no machine on its network answers for it, or a router or \
             firewall refuses."
        }
        Meaning::LocalAddress => "Asks the system which address and port the socket has on this side.",
        Meaning::PeerAddress => {
            "Asks for the other end's address. There is one: so the connection is established."
        }
        Meaning::NoPeer => "There is no other end: the connection was not established, or is over already.",
        Meaning::Peek => {
            "Looks at what has arrived and leaves the bytes there; an error that waits on the socket is what it returns."
        }
        Meaning::WaitingError => "Asks whether an error waits on the socket.",
        Meaning::Send => {
            "The system took the bytes and sends them. That says nothing of whether the peer has them yet."
        }
        Meaning::SendPartly => {
            "The system took only some of the bytes: its buffer is full. The rest follows when there is room."
        }
        Meaning::SendFull => {
            "The system's buffer is full of bytes that the peer has not acknowledged yet. We wait until there is room."
        }
        Meaning::Receive => {
            "Takes what has arrived. TCP keeps no message boundaries: it may be part of what the peer sent in one go, or more."
        }
        Meaning::NothingYet => {
            "Nothing is there yet. The socket does not block: we are woken when something comes."
        }
        Meaning::HandshakeFailed => {
            "TLS: the two ends did not agree, or one did not believe the other. There are no keys, so nothing can be said, and the connection ends."
        }
        Meaning::Handshake => {
            "TLS: both ends agreed on a cipher and on keys that nobody else has, and the server showed its certificate. What travels from here on is encrypted, in records that are a little longer than what is said."
        }
        Meaning::PeerEnded => {
            "0 bytes: the peer ended its half (FIN). It will send no more, and may still read."
        }
        Meaning::PeerEndedToo => "0 bytes: the peer ended its half too (FIN). Both directions are over.",
        Meaning::NothingMore => "0 bytes: nothing more will come from a connection that was broken off.",
        Meaning::EndOurHalf => {
            "A half-close: we send no more (FIN), and still read. Some servers drop their answer when they see that: \
             --no-shutdown is for them."
        }
        Meaning::EndOurHalfAsServer => {
            "A half-close: we send no more (FIN), and still read what the client sends."
        }
        Meaning::EndOurHalfToo => "We end our half too (FIN): both directions are over, in order.",
        Meaning::Reset => {
            "The peer sent a reset (RST): it broke the connection off, and what was under way is lost."
        }
        Meaning::BrokenPipe => "We wrote to a connection that was over: the peer had reset it (RST).",
        Meaning::Lost => "The peer no longer answers, and the system gave the connection up.",
        Meaning::CloseListener => {
            "Nobody listens here any more: a client that connects now is refused, and one that still waits for accept is \
             reset (RST). Conversations that were accepted go on."
        }
        Meaning::CloseUnconnected => "The socket is released. There is no connection to end.",
        Meaning::CloseTimeWaitHere { left } => {
            return format!(
                "Our half ended first, so the system keeps our end in TIME-WAIT{}: late packets must not get into a new \
                 conversation. It holds the port.",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseTimeWaitThere { left } => {
            return format!(
                "Nothing is left here. The peer's half ended first, so its end stays in TIME-WAIT{}.",
                for_so_long(left)
            )
            .into();
        }
        Meaning::CloseWaitsForPeer => {
            "The program is done with it. The system still waits for the end of the peer's half."
        }
        Meaning::CloseWaitsForAcknowledgement => {
            "The program is done with it. The system still waits until the peer acknowledges our end."
        }
        Meaning::CloseReset => "A reset (RST) went out: nothing is left here, and no TIME-WAIT either.",
        Meaning::CloseBroken => "The broken connection is released: nothing is left of it here.",
        Meaning::CloseGone => "The connection is over: the system keeps nothing of it here.",
        Meaning::Close => "The socket is released.",
        Meaning::Failed => "The system refused the call.",
        Meaning::Unix(unix) => return unix.words(Lang::English),
    };
    text.into()
}

fn for_so_long(left: Option<std::time::Duration>) -> String {
    left.map_or_else(String::new, |left| format!(" for {}\u{a0}s", seconds(left)))
}
