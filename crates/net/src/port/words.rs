//! Holders of a port in plain words.

use std::fmt;

use raccord_core::notation::visible::foreign;
use raccord_sys::{owners::Process, sockets::TcpState};

use super::{Hold, Holder};

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, local, state) = (self.who(), self.local, self.state);
        let (between, left) = (self.between(), self.time_left());
        match self.hold {
            Hold::Listener => write!(f, "{who} listens on {local}{}", self.waiting()),
            Hold::TimeWait => {
                write!(f, "{between} is over and in {state}: {who} holds it{left}, no program does")
            }
            Hold::Outgoing => write!(
                f,
                "{who} borrowed the port for an outgoing connection, {between} ({state}){}",
                self.doubt()
            ),
            Hold::Bound => write!(f, "{who} is bound to {local} and does not listen"),
            Hold::Rest if self.user.is_some() => {
                write!(f, "{who} still has a conversation open, {between} ({state}){}", self.doubt())
            }
            Hold::Rest if self.is_queued() => {
                write!(f, "{between} ({state}) waits until a program accepts it")
            }
            Hold::Rest => {
                write!(f, "{between} is left half-closed ({state}): {who} holds it{left}, no program does")
            }
        }
    }
}

impl Holder {
    /// The program, or as much as is known of it.
    fn who(&self) -> String {
        match (&self.processes[..], &self.user) {
            ([first, rest @ ..], _) => {
                let others = match rest.len() {
                    0 => String::new(),
                    1 => ", with 1 other process,".into(),
                    n => format!(", with {n} other processes,"),
                };
                format!("{}{others}", program(first))
            }
            ([], Some(user)) => {
                format!("a program of user {}, which cannot be seen from here,", foreign(user))
            }
            ([], None) => "the kernel".into(),
        }
    }

    fn between(&self) -> String {
        match self.peer {
            Some(peer) => format!("{} with {peer}", self.local),
            None => self.local.to_string(),
        }
    }

    fn time_left(&self) -> String {
        self.seconds_left().map(|seconds| format!(" for another {seconds} s")).unwrap_or_default()
    }

    fn waiting(&self) -> String {
        match self.queue.map_or(0, |queue| queue.waiting) {
            0 => String::new(),
            1 => ", 1 client waits to be accepted".into(),
            n => format!(", {n} clients wait to be accepted"),
        }
    }

    /// Whether it is in a listener's queue: open, and nobody's yet.
    fn is_queued(&self) -> bool {
        matches!(self.state, TcpState::SynReceived | TcpState::Established | TcpState::CloseWait)
    }

    fn doubt(&self) -> &'static str {
        match (self.certain, self.hold) {
            (true, _) => "",
            (false, Hold::Outgoing) => {
                "; probably, for nobody listens on it and the port is of the range lent to clients"
            }
            (false, _) => "; probably as a server",
        }
    }
}

/// A program with its pid and user; its name is foreign text.
pub(crate) fn program(process: &Process) -> String {
    let user = process.user.as_ref().map(|user| format!(", user {}", foreign(user))).unwrap_or_default();
    format!("{} (pid {}{user})", foreign(&process.program), process.pid)
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use raccord_sys::sockets::Queue;

    use super::*;

    fn holder(hold: Hold, state: TcpState) -> Holder {
        let local = SocketAddr::from(([10, 0, 0, 1], 80));
        let peer =
            (!matches!(hold, Hold::Listener | Hold::Bound)).then_some(SocketAddr::from(([10, 0, 0, 2], 5)));
        let (processes, dual_stack) = (Vec::new(), false);
        Holder {
            hold,
            certain: true,
            state,
            local,
            peer,
            dual_stack,
            processes,
            user: None,
            left: None,
            queue: None,
        }
    }

    fn owned(hold: Hold, state: TcpState) -> Holder {
        let process = Process { pid: 7, program: "ev\u{1b}[2Jil".into(), user: Some("ann".into()) };
        Holder { processes: vec![process], user: Some("ann".into()), ..holder(hold, state) }
    }

    #[test]
    fn a_holder_is_one_sentence() {
        let left = Some(Duration::from_millis(57_001));
        let queue = Some(Queue { waiting: 2, backlog: 5 });
        let program = r"ev\x1b[2Jil (pid 7, user ann)";
        for (holder, expected) in [
            (owned(Hold::Listener, TcpState::Listen), format!("{program} listens on 10.0.0.1:80")),
            (
                Holder { queue, ..owned(Hold::Listener, TcpState::Listen) },
                format!("{program} listens on 10.0.0.1:80, 2 clients wait to be accepted"),
            ),
            (
                Holder { processes: Vec::new(), ..owned(Hold::Listener, TcpState::Listen) },
                "a program of user ann, which cannot be seen from here, listens on 10.0.0.1:80".into(),
            ),
            (
                owned(Hold::Bound, TcpState::Closed),
                format!("{program} is bound to 10.0.0.1:80 and does not listen"),
            ),
            (
                owned(Hold::Rest, TcpState::CloseWait),
                format!("{program} still has a conversation open, 10.0.0.1:80 with 10.0.0.2:5 (CLOSE_WAIT)"),
            ),
            (
                holder(Hold::Rest, TcpState::Established),
                "10.0.0.1:80 with 10.0.0.2:5 (ESTABLISHED) waits until a program accepts it".into(),
            ),
            (
                Holder { left, ..holder(Hold::Rest, TcpState::FinWait2) },
                "10.0.0.1:80 with 10.0.0.2:5 is left half-closed (FIN_WAIT2): \
                 the kernel holds it for another 58 s, no program does"
                    .into(),
            ),
            (
                Holder { left, ..holder(Hold::TimeWait, TcpState::TimeWait) },
                "10.0.0.1:80 with 10.0.0.2:5 is over and in TIME_WAIT: \
                 the kernel holds it for another 58 s, no program does"
                    .into(),
            ),
            (
                owned(Hold::Outgoing, TcpState::Established),
                format!(
                    "{program} borrowed the port for an outgoing connection, \
                     10.0.0.1:80 with 10.0.0.2:5 (ESTABLISHED)"
                ),
            ),
        ] {
            assert_eq!(holder.to_string(), expected);
        }
    }

    #[test]
    fn a_guess_is_called_one() {
        for hold in [Hold::Rest, Hold::Outgoing] {
            let guess = Holder { certain: false, ..owned(hold, TcpState::LastAck) };
            assert!(guess.to_string().contains("; probably"), "{guess}");
        }
    }

    #[test]
    fn programs_that_share_a_socket_are_counted() {
        let mut shared = owned(Hold::Listener, TcpState::Listen);
        shared.processes.extend(shared.processes.clone());
        assert!(shared.to_string().contains(", with 1 other process, listens on"), "{shared}");
        shared.processes.extend(shared.processes.clone());
        assert!(shared.to_string().contains(", with 3 other processes, listens on"), "{shared}");
    }
}
