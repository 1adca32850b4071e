//! Why a bind failed, and what to do about it.

use std::{fmt, io, net::SocketAddr};

use raccord_sys::ports;

use super::{Hold, Holder, Holders, ephemeral, hold::Scope, holders};

const LISTENED: &str = "SO_REUSEADDR does not help while a program listens: \
                        bind fails even if both have set it, \
                        and if both were bound before either listened, the second listen fails";
const TIME_WAIT: &str = "TIME_WAIT lies with the side that closed first and lasts 60 s on Linux \
                         (2 MSL, RFC 9293): let the client close first to spare the server's port";

/// So many of a kind are told one by one.
const TOLD: usize = 3;

/// Why a `bind` or `listen` failed, in sentences. Its `Display` is all of them, one a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// Which holders stand in the way.
    pub holders: Vec<Holder>,
    /// What stands in the way, in sentences without a full stop.
    pub reasons: Vec<String>,
    /// What to do, in sentences, the safest first.
    pub remedies: Vec<String>,
    /// The next higher port that nothing holds, where it is known.
    pub free_port: Option<u16>,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&[&self.reasons[..], &self.remedies].concat().join("\n"))
    }
}

/// Explains why `bind` to `addr`, or the `listen` after it, failed with `error`; `reuse_address` is whether
/// `SO_REUSEADDR` was set before, `only_v6` whether `IPV6_V6ONLY` was. None if the error is neither a taken port nor
/// a lack of permission.
///
/// The holders are looked up now, so one that has gone since is not found.
pub fn explain_bind(
    addr: SocketAddr,
    error: &io::Error,
    reuse_address: bool,
    only_v6: bool,
) -> Option<Diagnosis> {
    match error.kind() {
        io::ErrorKind::AddrInUse if addr.port() == 0 => Some(no_port_left()),
        io::ErrorKind::AddrInUse => Some(match holders(addr.port()) {
            Ok(holders) => taken(addr, reuse_address, only_v6, &holders),
            Err(error) => taken_unseen(addr, reuse_address, &error),
        }),
        io::ErrorKind::PermissionDenied => Some(forbidden(addr.port(), ports::first_unprivileged().ok())),
        _ => None,
    }
}

/// The diagnosis of a taken port from who holds it.
fn taken(addr: SocketAddr, reuse_address: bool, only_v6: bool, seen: &Holders) -> Diagnosis {
    let holders = in_the_way(addr, only_v6, &seen.holders);
    let reasons = if holders.is_empty() { unknown(addr, seen.sees_bound) } else { reasons(&holders) };
    let remedies = remedies(&holders, Some(reuse_address), seen.free_port);
    let remedies = if holders.is_empty() { retry(seen.free_port) } else { remedies };
    Diagnosis { holders, reasons, remedies, free_port: seen.free_port }
}

/// Those whose address overlaps; beside a listener, its own conversations are of no weight.
fn in_the_way(addr: SocketAddr, only_v6: bool, holders: &[Holder]) -> Vec<Holder> {
    let wanted = Scope::of(addr.ip(), !only_v6);
    let mut found = holders.to_vec();
    found.retain(|holder| wanted.overlaps(Scope::of(holder.local.ip(), holder.dual_stack)));
    if found.iter().any(|holder| holder.hold == Hold::Listener) {
        found.retain(|holder| holder.hold == Hold::Listener);
    }
    found
}

/// One sentence for each holder, the first few of a kind; the others are counted.
fn reasons(holders: &[Holder]) -> Vec<String> {
    let kinds = holders.chunk_by(|one, next| one.hold == next.hold);
    kinds
        .flat_map(|kind| {
            let rest = kind.len().saturating_sub(TOLD);
            let more = (rest > 0).then(|| format!("and {rest} more of this kind"));
            kind.iter().take(TOLD).map(ToString::to_string).chain(more).collect::<Vec<_>>()
        })
        .collect()
}

fn unknown(addr: SocketAddr, sees_bound: bool) -> Vec<String> {
    let mut reasons = vec![format!(
        "nothing that can be seen holds port {} now: its holder may just have gone",
        addr.port()
    )];
    if !sees_bound {
        reasons.push(
            "this kernel does not show sockets that are bound and do not listen: it may be one of those"
                .into(),
        );
    }
    reasons
}

fn retry(free_port: Option<u16>) -> Vec<String> {
    vec!["try again".into(), another_port(free_port)]
}

fn taken_unseen(addr: SocketAddr, reuse_address: bool, error: &io::Error) -> Diagnosis {
    let mut remedies =
        vec![another_port(None), "or end the program that listens on it, if it is yours".into()];
    remedies.push(format!(
        "if nothing listens, an ended conversation may be in TIME_WAIT; {}",
        reuse(Some(reuse_address))
    ));
    let reasons = vec![format!("who holds port {} cannot be seen: {error}", addr.port())];
    Diagnosis { reasons, remedies, ..Diagnosis::default() }
}

fn no_port_left() -> Diagnosis {
    let range = ephemeral();
    Diagnosis {
        reasons: vec![format!(
            "no port of those lent to programs that ask for none, {} to {}, is free",
            range.start(),
            range.end()
        )],
        remedies: vec!["name another port, outside of this range".into()],
        ..Diagnosis::default()
    }
}

/// The diagnosis of a refusal; `limit` is the first port that needs no privilege.
fn forbidden(port: u16, limit: Option<u16>) -> Diagnosis {
    let (reason, remedies) = match limit {
        Some(limit) if port < limit => (
            format!(
                "ports below {limit} need a privilege here (CAP_NET_BIND_SERVICE), which this program lacks"
            ),
            vec![
                format!("take another port, from {limit} on{}", above(port, limit)),
                "or give this program the privilege: sudo setcap cap_net_bind_service=+ep PROGRAM".into(),
                "or run it with sudo: it then has all privileges".into(),
            ],
        ),
        Some(limit) => (
            format!(
                "ports from {limit} on need no privilege: \
                 a security policy of this machine forbids port {port}"
            ),
            vec![
                "take another port".into(),
                "or have the policy changed by whoever looks after the machine".into(),
            ],
        ),
        None => (
            format!("the system does not let this program take port {port}"),
            vec!["take another port, from 1024 on".into(), "or run it with more privileges".into()],
        ),
    };
    Diagnosis { reasons: vec![reason], remedies, ..Diagnosis::default() }
}

/// The customary stand-in: 8080 for 80, 8443 for 443.
fn above(port: u16, limit: u16) -> String {
    let stand_in = port.checked_add(8000).filter(|stand_in| *stand_in >= limit);
    stand_in.map(|port| format!(", such as {port}")).unwrap_or_default()
}

/// What to do for one who wants the port that these hold, the safest first. `reuse_address`: whether
/// `SO_REUSEADDR` was set, or None if nobody has tried yet.
pub(super) fn remedies(
    holders: &[Holder],
    reuse_address: Option<bool>,
    free_port: Option<u16>,
) -> Vec<String> {
    if holders.is_empty() {
        return Vec::new();
    }
    let mut remedies = Vec::new();
    remedies.extend(wait(holders));
    remedies.push(another_port(free_port));
    remedies.extend(end(holders));
    if holders.iter().any(|holder| holder.hold == Hold::Listener) {
        remedies.push(LISTENED.into());
    } else {
        remedies.push(reuse(reuse_address));
    }
    if holders.iter().any(|holder| holder.hold == Hold::TimeWait) {
        remedies.push(TIME_WAIT.into());
    }
    let lent = |holder: &Holder| holder.hold == Hold::Outgoing && ephemeral().contains(&holder.local.port());
    if holders.iter().any(lent) {
        remedies
            .push(format!("a port below {} is never lent to an outgoing connection", ephemeral().start()));
    }
    remedies
}

/// Waiting helps where the kernel alone holds the port, and tells how long.
fn wait(holders: &[Holder]) -> Option<String> {
    let seconds = holders.iter().map(Holder::seconds_left).collect::<Option<Vec<_>>>()?.into_iter().max()?;
    let half_closed = holders.iter().any(|holder| holder.hold != Hold::TimeWait);
    let unless = if half_closed { ", or 60 s after its other end closes (TIME_WAIT)" } else { "" };
    Some(format!("wait {seconds} s: the port is free then{unless}"))
}

fn another_port(free_port: Option<u16>) -> String {
    let such_as = free_port.map(|port| format!(", such as {port}")).unwrap_or_default();
    format!("take another port{such_as}")
}

fn end(holders: &[Holder]) -> Option<String> {
    let mut pids =
        holders.iter().flat_map(|holder| &holder.processes).map(|process| process.pid).collect::<Vec<_>>();
    pids.sort_unstable();
    pids.dedup();
    let pids = pids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
    match (pids.is_empty(), holders.iter().any(|holder| holder.user.is_some())) {
        (false, _) => Some(format!("or end the program that holds it, if you know it: kill {pids}")),
        (true, true) => Some("or find the program that holds it, as root, and end it".into()),
        (true, false) => None,
    }
}

/// What `SO_REUSEADDR` can do where nobody listens (Linux, `inet_csk_bind_conflict`).
fn reuse(set: Option<bool>) -> String {
    let rule = "SO_REUSEADDR helps only if the program that left this had set it as well";
    match set {
        None => rule.into(),
        Some(false) => format!("{rule}; here it was not set"),
        Some(true) => format!("{rule}; it is set here, so that program had not set it"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use raccord_sys::{owners::Process, sockets::TcpState};

    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap_or_else(|_| unreachable!("{text} is no address"))
    }

    fn holder(hold: Hold, local: &str) -> Holder {
        let owned = hold != Hold::TimeWait;
        Holder {
            hold,
            certain: true,
            state: TcpState::Established,
            local: address(local),
            peer: None,
            dual_stack: false,
            processes: owned
                .then(|| Process { pid: 7, program: "x".into(), user: None })
                .into_iter()
                .collect(),
            user: owned.then(|| "ann".into()),
            left: (!owned).then_some(Duration::from_millis(57_001)),
            queue: None,
        }
    }

    fn seen(holders: Vec<Holder>, sees_bound: bool) -> Holders {
        Holders { holders, partial: false, sees_bound, free_port: Some(81) }
    }

    #[test]
    fn a_listener_outweighs_what_else_is_there() {
        let all = [Hold::Listener, Hold::Rest, Hold::TimeWait].map(|hold| holder(hold, "10.0.0.1:80"));
        let kinds = |addr: &str, holders: &[Holder]| {
            in_the_way(address(addr), false, holders).iter().map(|holder| holder.hold).collect::<Vec<_>>()
        };
        assert_eq!(kinds("0.0.0.0:80", &all), [Hold::Listener]);
        assert_eq!(kinds("[::]:80", &all[1..]), [Hold::Rest, Hold::TimeWait]);
        assert_eq!(kinds("10.0.0.2:80", &all), []);
    }

    #[test]
    fn the_safest_remedy_comes_first() {
        for (hold, reuse_address, expected) in [
            (
                Hold::Listener,
                Some(true),
                &["take another port, such as 81", "or end", "SO_REUSEADDR does not help"][..],
            ),
            (
                Hold::Rest,
                Some(false),
                &[
                    "take another",
                    "or end the program that holds it, if you know it: kill 7",
                    "SO_REUSEADDR helps only if",
                ],
            ),
            (
                Hold::TimeWait,
                Some(true),
                &["wait 58 s: the port is free then", "take another", "SO_REUSEADDR", "TIME_WAIT lies with"],
            ),
            // it was not lent, but bound: port 80 never is
            (Hold::Outgoing, None, &["take another", "or end", "SO_REUSEADDR"]),
            (Hold::Bound, None, &["take another", "or end", "SO_REUSEADDR"]),
        ] {
            let remedies = remedies(&[holder(hold, "10.0.0.1:80")], reuse_address, Some(81));
            assert_eq!(remedies.len(), expected.len(), "{remedies:?}");
            let in_order = remedies.iter().zip(expected).all(|(remedy, start)| remedy.starts_with(start));
            assert!(in_order, "{remedies:?}");
        }
    }

    #[test]
    fn for_a_lent_port_another_range_is_named() {
        let lent = holder(Hold::Outgoing, &format!("10.0.0.1:{}", ephemeral().start()));
        let remedies = remedies(&[lent], None, None);
        assert!(remedies.last().is_some_and(|remedy| remedy.starts_with("a port below")), "{remedies:?}");
    }

    #[test]
    fn waiting_is_offered_only_where_it_ends() {
        let (over, open) = (holder(Hold::TimeWait, "10.0.0.1:80"), holder(Hold::Rest, "10.0.0.1:80"));
        let orphan = Holder { hold: Hold::Rest, left: Some(Duration::from_secs(9)), ..over.clone() };
        assert_eq!(wait(&[over.clone(), open]), None);
        assert_eq!(
            wait(&[orphan, over]).as_deref(),
            Some("wait 58 s: the port is free then, or 60 s after its other end closes (TIME_WAIT)")
        );
    }

    #[test]
    fn many_of_a_kind_are_counted() {
        let mut holders = vec![holder(Hold::Rest, "10.0.0.1:80"); 5];
        holders.extend(vec![holder(Hold::TimeWait, "10.0.0.1:80"); 3]);
        let reasons = reasons(&holders);
        assert_eq!((reasons.len(), &reasons[3][..]), (7, "and 2 more of this kind"));
    }

    #[test]
    fn nobody_to_be_seen_is_said_as_such() {
        let said = |sees_bound| {
            taken(address("10.0.0.1:80"), true, false, &seen(Vec::new(), sees_bound)).to_string()
        };
        assert!(
            said(true).ends_with("may just have gone\ntry again\ntake another port, such as 81"),
            "{}",
            said(true)
        );
        assert!(said(false).contains("this kernel does not show sockets that are bound"));
        let error = io::Error::from(io::ErrorKind::Unsupported);
        let blind = taken_unseen(address("10.0.0.1:80"), true, &error).to_string();
        assert!(
            ["cannot be seen", "TIME_WAIT", "SO_REUSEADDR", "another port"]
                .iter()
                .all(|words| blind.contains(words))
        );
    }

    #[test]
    fn a_refusal_names_the_limit() {
        for (port, limit, expected) in [
            (80, Some(1024), "ports below 1024 need a privilege here"),
            (80, Some(1024), "take another port, from 1024 on, such as 8080\n"),
            (443, Some(1024), "such as 8443\n"),
            (80, Some(9000), "from 9000 on\n"),
            (8080, Some(1024), "a security policy of this machine forbids port 8080"),
            (80, None, "the system does not let this program take port 80"),
        ] {
            let said = forbidden(port, limit).to_string();
            assert!(said.contains(expected), "{expected:?} is not in:\n{said}");
        }
    }

    #[test]
    fn without_a_free_port_there_is_nobody_to_blame() {
        let error = io::Error::from(io::ErrorKind::AddrInUse);
        let said =
            explain_bind(address("0.0.0.0:0"), &error, true, false).map(|diagnosis| diagnosis.to_string());
        assert!(said.is_some_and(|said| said.contains("is free") && said.contains("another port")));
    }
}
