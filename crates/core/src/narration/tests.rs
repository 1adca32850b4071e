use std::io;
use std::time::Duration;

use super::*;
use crate::address::UnixAddress;
use crate::event::End::{self, Client, Server};
use crate::lang::Lang;
use crate::step::{Errno, Family, Later, Standing, States, TcpState};

const ADDRESS: &str = "127.0.0.1:8989";

fn step(end: End, call: Call, socket: Option<u64>, outcome: Outcome) -> Step {
    Step { end, call, socket, outcome, took: Duration::from_micros(20), states: None }
}

fn failed(errno: &'static str, kind: io::ErrorKind) -> Outcome {
    Outcome::Failed(Errno::new(&kind.into(), Some(errno)))
}

fn later(later: Later) -> Outcome {
    let said = "Operation now in progress".into();
    Outcome::Later(Errno { name: Some("EINPROGRESS"), kind: io::ErrorKind::Other, said }, later)
}

/// The meanings of calls on socket 9, one after the other.
fn meanings(end: End, calls: &[(Call, Outcome)]) -> Vec<Meaning> {
    let mut narrator = Narrator::default();
    let tell = |(call, outcome): &(Call, Outcome)| {
        narrator.tell(&step(end, call.clone(), Some(9), outcome.clone())).meaning
    };
    calls.iter().map(tell).collect()
}

fn connect() -> (Call, Outcome) {
    let to = ADDRESS.parse::<std::net::SocketAddr>().unwrap().into();
    (Call::Connect { to }, later(Later::Established))
}

/// `getsockopt(SO_ERROR)`, where this error waits.
fn waiting(errno: &'static str, kind: io::ErrorKind) -> (Call, Outcome) {
    let error = Errno::new(&kind.into(), Some(errno));
    (Call::GetOption { option: "SO_ERROR" }, Outcome::Waiting(Some(error)))
}

const RECEIVE: Call = Call::Receive { most: 4096 };

#[test]
fn every_meaning_has_words_in_every_language() {
    for lang in Lang::ALL {
        for (place, meaning) in Meaning::all().enumerate() {
            let words = meaning.words(lang);
            assert!(words.ends_with(['.', '。']), "{meaning:?} {lang}: {words}");
            assert!(words.chars().count() <= 240, "{meaning:?} {lang} is no lecture: {words}");
            let twin = Meaning::all().take(place).find(|other| other.words(lang) == words);
            assert_eq!(twin, None, "the words of {meaning:?} in {lang}");
        }
    }
}

#[test]
fn the_stages_are_the_textbooks() {
    let to = || ADDRESS.parse::<std::net::SocketAddr>().unwrap().into();
    let client = [
        Call::Socket { family: Family::V4 },
        Call::Connect { to: to() },
        Call::Send { bytes: 5 },
        RECEIVE,
        Call::Close,
    ];
    let server = [
        Call::Socket { family: Family::V4 },
        Call::Bind { to: to() },
        Call::Listen { backlog: 1 },
        Call::Accept,
        RECEIVE,
        Call::Send { bytes: 5 },
        Call::Close,
    ];
    for (end, calls) in [(End::Client, &client[..]), (End::Server, &server[..])] {
        for (number, call) in (1..).zip(calls) {
            let stage = Stage::of(&step(end, call.clone(), None, Outcome::Done(0)));
            assert_eq!(stage, Some(Stage { end, number }), "{call:?}");
            assert_eq!(usize::from(stage.unwrap().of_how_many()), calls.len());
        }
    }
    let names = |end, many| (1..=many).map(move |number| Stage { end, number }.name(Lang::English));
    assert_eq!(names(End::Client, 5).collect::<Vec<_>>(), ["create", "connect", "send", "receive", "close"]);
    assert_eq!(
        names(End::Server, 7).collect::<Vec<_>>(),
        ["create", "bind", "listen", "accept", "receive", "send", "close"]
    );
    assert_eq!(Stage::of(&step(End::Client, Call::EndHalf, None, Outcome::Done(0))), None);
}

#[test]
fn what_one_call_means() {
    let at = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port)).into();
    let option = |option, value| Call::SetOption { option, value };
    let reset = failed("ECONNRESET", io::ErrorKind::ConnectionReset);
    let full = failed("EAGAIN", io::ErrorKind::WouldBlock);
    let taken = failed("EADDRINUSE", io::ErrorKind::AddrInUse);
    let refused = Errno::new(&io::ErrorKind::ConnectionRefused.into(), Some("ECONNREFUSED"));
    let done = Outcome::Done(0);
    let rows = [
        (Client, Call::Socket { family: Family::V6 }, Outcome::Made(9), Meaning::Socket),
        (Server, option("SO_REUSEADDR", 1), done.clone(), Meaning::ReuseAddress),
        (Client, option("TCP_NODELAY", 1), done.clone(), Meaning::NoDelay),
        (Server, option("IPV6_V6ONLY", 0), done.clone(), Meaning::DualStack),
        (Server, option("IPV6_V6ONLY", 1), done.clone(), Meaning::OnlyV6),
        (Client, option("SO_LINGER", 0), done.clone(), Meaning::ResetOnClose),
        (Server, option("SO_REUSEPORT", 1), done.clone(), Meaning::ReusePort),
        (Client, option("SO_KEEPALIVE", 1), done.clone(), Meaning::KeepAlive),
        (Client, option("TCP_KEEPIDLE", 60), done.clone(), Meaning::KeepAliveAfter { seconds: 60 }),
        (Client, option("TCP_KEEPINTVL", 5), done.clone(), Meaning::KeepAliveEvery { seconds: 5 }),
        (Client, option("SO_SNDBUF", 65536), done.clone(), Meaning::SendBuffer),
        (Server, option("SO_RCVBUF", 65536), done.clone(), Meaning::ReceiveBuffer),
        (Client, option("SO_LINGER", 5), done.clone(), Meaning::Option),
        (Server, Call::Bind { to: at(8989) }, done.clone(), Meaning::Bind),
        (Server, Call::Bind { to: at(0) }, done.clone(), Meaning::BindAnyPort),
        (Client, Call::Bind { to: at(0) }, done.clone(), Meaning::BindClient),
        (Server, Call::Bind { to: at(8989) }, taken.clone(), Meaning::AddressTaken),
        (Server, Call::Listen { backlog: 5 }, taken, Meaning::AddressTaken),
        (Server, Call::Listen { backlog: 5 }, done.clone(), Meaning::Listen { backlog: 5 }),
        (Server, Call::Accept, Outcome::Accepted { socket: 9, peer: at(5) }, Meaning::Accept),
        (Client, Call::Connect { to: at(1) }, done.clone(), Meaning::Connect),
        (Client, Call::Connect { to: at(1) }, later(Later::Established), Meaning::ConnectLater),
        (Client, Call::Connect { to: at(1) }, later(Later::Failed(refused)), Meaning::Refused),
        (Client, Call::Connect { to: at(1) }, later(Later::NoAnswer), Meaning::NoAnswer),
        (Client, Call::Connect { to: at(1) }, later(Later::Overtaken), Meaning::Overtaken),
        (
            Client,
            Call::Connect { to: at(1) },
            failed("ENETUNREACH", io::ErrorKind::NetworkUnreachable),
            Meaning::Unreachable,
        ),
        (Client, Call::PeerAddress, Outcome::Address(at(1)), Meaning::PeerAddress),
        (Client, Call::PeerAddress, failed("ENOTCONN", io::ErrorKind::NotConnected), Meaning::NoPeer),
        (Client, Call::Send { bytes: 5 }, Outcome::Done(5), Meaning::Send),
        (Client, Call::Send { bytes: 5 }, Outcome::Done(4), Meaning::SendPartly),
        (Client, Call::Send { bytes: 5 }, full.clone(), Meaning::SendFull),
        (Client, Call::Send { bytes: 5 }, failed("EPIPE", io::ErrorKind::BrokenPipe), Meaning::BrokenPipe),
        (Client, RECEIVE, Outcome::Done(5), Meaning::Receive),
        (Client, RECEIVE, full, Meaning::NothingYet),
        (Client, RECEIVE, reset, Meaning::Reset),
        (Client, RECEIVE, failed("ETIMEDOUT", io::ErrorKind::TimedOut), Meaning::Lost),
        (
            Client,
            Call::Socket { family: Family::V4 },
            failed("EMFILE", io::ErrorKind::Other),
            Meaning::Failed,
        ),
    ];
    for (end, call, outcome, meaning) in rows {
        assert_eq!(meanings(end, &[(call.clone(), outcome.clone())]), [meaning], "{call:?} {outcome:?}");
    }
}

#[test]
fn the_order_of_the_ends_decides_what_an_end_means() {
    let ended = (RECEIVE, Outcome::Done(0));
    let ends = (Call::EndHalf, Outcome::Done(0));
    let peer_first = meanings(End::Client, &[ended.clone(), ends.clone()]);
    assert_eq!(peer_first, [Meaning::PeerEnded, Meaning::EndOurHalfToo]);
    let ours_first = meanings(End::Client, &[ends.clone(), ended.clone()]);
    assert_eq!(ours_first, [Meaning::EndOurHalf, Meaning::PeerEndedToo]);
    assert_eq!(meanings(End::Server, &[ends, ended.clone()])[0], Meaning::EndOurHalfAsServer);
    // Linux gives 0 to who reads on after a reset: no FIN came
    let reset = (RECEIVE, failed("ECONNRESET", io::ErrorKind::ConnectionReset));
    assert_eq!(meanings(End::Client, &[reset, ended.clone()]), [Meaning::Reset, Meaning::NothingMore]);
    let told = [waiting("ECONNRESET", io::ErrorKind::ConnectionReset), ended.clone()];
    assert_eq!(meanings(End::Client, &told), [Meaning::WaitingError, Meaning::NothingMore]);
    let well = (Call::GetOption { option: "SO_ERROR" }, Outcome::Waiting(None));
    assert_eq!(meanings(End::Client, &[well, ended]), [Meaning::WaitingError, Meaning::PeerEnded]);
}

#[test]
fn what_is_closed_is_told_by_what_the_kernel_has() {
    let left = Some(Duration::from_millis(59_988));
    let standing = |state, left| Some(Standing { state, left });
    let states = |here, there| Some(States { here, there });
    let listens = (Call::Listen { backlog: 1 }, Outcome::Done(0));
    let linger = (Call::SetOption { option: "SO_LINGER", value: 0 }, Outcome::Done(0));
    let reset = (RECEIVE, failed("ECONNRESET", io::ErrorKind::ConnectionReset));
    let nothing = states(None, None);
    let here = states(standing(TcpState::TimeWait, left), None);
    let there = states(None, standing(TcpState::TimeWait, left));
    let half = states(standing(TcpState::FinWait2, left), standing(TcpState::CloseWait, None));
    let last = states(standing(TcpState::LastAck, None), standing(TcpState::FinWait2, None));
    let both = states(standing(TcpState::Closing, None), standing(TcpState::Closing, None));
    let met = waiting("ECONNRESET", io::ErrorKind::ConnectionReset);
    let rows = [
        (vec![], None, Meaning::CloseUnconnected),
        (vec![listens], nothing, Meaning::CloseListener),
        (vec![connect()], here, Meaning::CloseTimeWaitHere { left }),
        (vec![connect()], there, Meaning::CloseTimeWaitThere { left }),
        (vec![connect()], half, Meaning::CloseWaitsForPeer),
        (vec![connect()], last, Meaning::CloseWaitsForAcknowledgement),
        (vec![connect()], both, Meaning::CloseWaitsForAcknowledgement),
        (vec![connect(), linger], nothing, Meaning::CloseReset),
        (vec![connect(), reset], nothing, Meaning::CloseBroken),
        (vec![connect(), met], nothing, Meaning::CloseBroken),
        (vec![connect()], nothing, Meaning::CloseGone),
        (vec![connect()], None, Meaning::Close),
    ];
    for (before, states, meaning) in rows {
        let mut narrator = Narrator::default();
        for (call, outcome) in &before {
            narrator.tell(&step(End::Client, call.clone(), Some(9), outcome.clone()));
        }
        let close = Step { states, ..step(End::Client, Call::Close, Some(9), Outcome::Done(0)) };
        assert_eq!(narrator.tell(&close).meaning, meaning, "{before:?}");
        // the number may be another socket's now
        assert_eq!(narrator.tell(&close).meaning, Meaning::CloseUnconnected);
    }
}

#[test]
fn a_new_socket_has_no_past() {
    let mut narrator = Narrator::default();
    let (call, outcome) = connect();
    narrator.tell(&step(End::Client, call, Some(9), outcome));
    // its end was not told, and its number is another socket's now
    narrator.tell(&step(End::Client, Call::Socket { family: Family::V4 }, None, Outcome::Made(9)));
    let close = step(End::Client, Call::Close, Some(9), Outcome::Done(0));
    assert_eq!(narrator.tell(&close).meaning, Meaning::CloseUnconnected);
}

#[test]
fn nothing_is_explained_twice() {
    let mut narrator = Narrator::default();
    let news = [5, 3, 0, 5]
        .map(|count| narrator.tell(&step(End::Client, RECEIVE, Some(9), Outcome::Done(count))).is_new);
    assert_eq!(news, [true, false, true, false]);
    let listen = |backlog| step(End::Server, Call::Listen { backlog }, Some(7), Outcome::Done(0));
    assert!(narrator.tell(&listen(1)).is_new);
    assert!(!narrator.tell(&listen(2)).is_new, "with another number it is the same lecture");
}

#[test]
fn a_call_is_written_with_what_it_returned_and_what_more_is_known() {
    let address = || ADDRESS.parse::<std::net::SocketAddr>().unwrap().into();
    let refused = || Errno {
        name: Some("ECONNREFUSED"),
        kind: io::ErrorKind::ConnectionRefused,
        said: "Connection refused".into(),
    };
    let rows = [
        (Call::Socket { family: Family::V4 }, Outcome::Made(9), "AF_INET, SOCK_STREAM", "9"),
        (Call::SetOption { option: "SO_LINGER", value: 0 }, Outcome::Done(0), "SO_LINGER, 0 s", "0"),
        (Call::Accept, Outcome::Accepted { socket: 9, peer: address() }, "", "9, from 127.0.0.1:8989"),
        (
            Call::Connect { to: address() },
            later(Later::Established),
            ADDRESS,
            "-1 EINPROGRESS, then established",
        ),
        (
            Call::Connect { to: address() },
            later(Later::Failed(refused())),
            ADDRESS,
            "-1 EINPROGRESS, then ECONNREFUSED (Connection refused)",
        ),
        (Call::Send { bytes: 1 }, Outcome::Done(1), "1 byte", "1"),
        (Call::Receive { most: 262_144 }, Outcome::Done(5), "at most 256 KiB", "5"),
        (
            Call::Receive { most: 1500 },
            Outcome::Failed(refused()),
            "at most 1500 bytes",
            "-1 ECONNREFUSED (Connection refused)",
        ),
        (
            Call::GetOption { option: "SO_ERROR" },
            Outcome::Waiting(Some(refused())),
            "SO_ERROR",
            "0, ECONNREFUSED (Connection refused)",
        ),
        (Call::LocalAddress, Outcome::Address(address()), "", "0, 127.0.0.1:8989"),
    ];
    for (call, outcome, arguments, result) in rows {
        assert_eq!((call.to_string().as_str(), outcome.to_string().as_str()), (arguments, result));
    }
}

#[test]
fn the_states_name_both_ends() {
    let here = Some(Standing { state: TcpState::TimeWait, left: Some(Duration::from_millis(59_001)) });
    let there = Some(Standing { state: TcpState::FinWait1, left: None });
    let rows = [
        (States { here, there }, "here TIME-WAIT (60 s), there FIN-WAIT-1"),
        (States { here: there, there }, "both ends FIN-WAIT-1"),
        (States { here, there: None }, "here TIME-WAIT (60 s)"),
        (States { here: None, there }, "there FIN-WAIT-1"),
        (States::default(), ""),
    ];
    for (states, text) in rows {
        assert_eq!(states.to_string(), text);
    }
}

/// What the last of these calls on a Unix socket means.
fn meaning_on_unix(end: End, calls: &[(Call, Outcome)]) -> Meaning {
    let mut narrator = Narrator::default();
    let made = narrator.tell(&step(end, Call::Socket { family: Family::Unix }, None, Outcome::Made(9)));
    calls.iter().fold(made.meaning, |_, (call, outcome)| {
        narrator.tell(&step(end, call.clone(), Some(9), outcome.clone())).meaning
    })
}

#[test]
fn a_unix_socket_has_neither_handshake_nor_packets() {
    use UnixMeaning as Unix;
    use io::ErrorKind as Kind;

    let path = || UnixAddress::Path(b"/run/my.sock"[..].into()).into();
    let name = || UnixAddress::Abstract(b"name"[..].into()).into();
    let peer = || UnixAddress::Pid(42).into();
    let (connect, bind) = (|| Call::Connect { to: path() }, |to| Call::Bind { to });
    let (send, done) = (|| Call::Send { bytes: 5 }, || Outcome::Done(0));
    let option = |option| Call::GetOption { option };
    let rows = [
        (Server, bind(path()), done(), Unix::Bind),
        (Server, bind(name()), done(), Unix::BindAbstract),
        (Server, bind(path()), failed("EADDRINUSE", Kind::AddrInUse), Unix::NameTaken),
        (Server, Call::Listen { backlog: 3 }, done(), Unix::Listen { backlog: 3 }),
        (Client, connect(), done(), Unix::Connect),
        (Client, connect(), failed("ECONNREFUSED", Kind::ConnectionRefused), Unix::Refused),
        (Client, connect(), failed("ENOENT", Kind::NotFound), Unix::Missing),
        (Client, connect(), failed("EAGAIN", Kind::WouldBlock), Unix::Full),
        (Client, option("SO_PEERCRED"), Outcome::Address(peer()), Unix::PeerCredentials),
        (Client, send(), Outcome::Done(5), Unix::Send),
        (Client, send(), failed("EAGAIN", Kind::WouldBlock), Unix::SendFull),
        (Client, send(), failed("EPIPE", Kind::BrokenPipe), Unix::BrokenPipe),
        (Client, RECEIVE, Outcome::Done(5), Unix::Receive),
        (Client, RECEIVE, Outcome::Done(0), Unix::PeerEnded),
        (Client, RECEIVE, failed("ECONNRESET", Kind::ConnectionReset), Unix::Reset),
        (Client, Call::EndHalf, done(), Unix::EndOurHalf),
        (Server, Call::EndHalf, done(), Unix::EndOurHalf),
    ];
    for (end, call, outcome, meaning) in rows {
        let told = meaning_on_unix(end, &[(call.clone(), outcome.clone())]);
        assert_eq!(told, Meaning::Unix(meaning), "{call:?} {outcome:?}");
    }
    assert_eq!(meaning_on_unix(Client, &[]), Meaning::Unix(Unix::Socket));
    let (ended, ends) = ((RECEIVE, done()), (Call::EndHalf, done()));
    let close = || (Call::Close, done());
    for (calls, meaning) in [
        ([ended.clone(), ends.clone()], Unix::EndOurHalfToo),
        ([ends, ended], Unix::PeerEndedToo),
        ([(connect(), done()), close()], Unix::Close),
        ([(Call::Listen { backlog: 1 }, done()), close()], Unix::CloseListener),
    ] {
        assert_eq!(meaning_on_unix(Client, &calls), Meaning::Unix(meaning), "{calls:?}");
    }
    // what is the same everywhere is told in the same words
    for (call, outcome, meaning) in [
        (Call::Accept, Outcome::Accepted { socket: 10, peer: peer() }, Meaning::Accept),
        (connect(), failed("EACCES", Kind::PermissionDenied), Meaning::Failed),
        (option("SO_ERROR"), Outcome::Waiting(None), Meaning::WaitingError),
        (send(), Outcome::Done(4), Meaning::SendPartly),
        (RECEIVE, failed("EAGAIN", Kind::WouldBlock), Meaning::NothingYet),
    ] {
        assert_eq!(meaning_on_unix(Client, &[(call, outcome)]), meaning);
    }
}

#[test]
fn what_a_unix_socket_accepts_is_one_as_well() {
    let mut narrator = Narrator::default();
    let accepted = Outcome::Accepted { socket: 10, peer: UnixAddress::Unnamed.into() };
    narrator.tell(&step(Server, Call::Accept, Some(9), accepted));
    let received = narrator.tell(&step(Server, RECEIVE, Some(10), Outcome::Done(1)));
    assert_eq!((received.meaning, received.is_new), (Meaning::Unix(UnixMeaning::Receive), true));
    let sent = narrator.tell(&step(Server, Call::Send { bytes: 1 }, Some(10), Outcome::Done(1)));
    assert_eq!((sent.meaning, sent.is_new), (Meaning::Unix(UnixMeaning::Send), true));
    assert!(!narrator.tell(&step(Server, RECEIVE, Some(10), Outcome::Done(1))).is_new);
}
