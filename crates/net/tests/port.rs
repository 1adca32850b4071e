//! Who holds a port, told of real sockets: each way in which a port can be taken is made, and explained.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

use std::{
    io::{self, BufRead, BufReader, Read},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    process::{self, Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use raccord_net::port::{Diagnosis, Hold, Holder, TcpState, explain_bind, holders, listeners};
use raccord_sys::ports;
use socket2::{Domain, Socket, Type};

const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

#[test]
fn a_listener_is_named_with_its_program() {
    let program = Program::start(
        "import socket; s = socket.create_server(('127.0.0.1', 0)); \
         print(s.getsockname()[1], flush=True); input()",
    );
    let taken = refused(program.address(), true);

    let [holder] = &taken.holders[..] else { panic!("{taken:?}") };
    assert_eq!(
        (holder.hold, holder.state, holder.local),
        (Hold::Listener, TcpState::Listen, program.address())
    );
    let owner = holder.process().expect("a process holds it");
    assert_eq!(owner.pid, program.child.id());
    assert!(owner.program.starts_with("python"), "{owner:?}");
    assert!(owner.user.is_some());
    says(
        &taken,
        &["python", &format!("pid {}", owner.pid), "user ", "listens on 127.0.0.1:", "another port"],
    );
    assert!(listeners().unwrap().holders.contains(holder), "it is among all listeners");
}

#[test]
fn time_wait_ends_by_itself_and_yields_to_reuse_on_both_sides() {
    let address = leave_time_wait(true);
    let taken = refused(address, false);
    is_time_wait(&taken);
    says(&taken, &["here it was not set"]);
    bind(address, true).expect("both have set SO_REUSEADDR");
}

#[test]
fn time_wait_left_without_reuse_resists() {
    let address = leave_time_wait(false);
    let taken = refused(address, true);
    is_time_wait(&taken);
    says(&taken, &["it is set here, so that program had not set it"]);
}

#[test]
fn an_open_rest_is_told_from_its_listener() {
    let Conversation { server, accepted, client } = Conversation::open(false);
    let taken = refused(server, true);

    let [holder] = &taken.holders[..] else { panic!("{taken:?}") };
    assert_eq!((holder.hold, holder.certain, holder.state), (Hold::Rest, true, TcpState::Established));
    assert_eq!(holder.peer, Some(client.local_addr().unwrap()));
    assert_eq!(holder.process().expect("we hold it").pid, process::id());
    says(&taken, &["still has a conversation open", "ESTABLISHED", "SO_REUSEADDR", "another port"]);
    drop(accepted);
}

#[test]
fn a_half_closed_rest_belongs_to_the_kernel() {
    let Conversation { server, accepted, client } = Conversation::open(false);
    drop(accepted);
    let rest = until("FIN_WAIT2 without a program", || find(server, |holder| holder.left.is_some()));

    assert_eq!((rest.hold, rest.certain, rest.state), (Hold::Rest, true, TcpState::FinWait2));
    assert_eq!((rest.process(), &rest.user), (None, &None));
    says(&refused(server, true), &["half-closed (FIN_WAIT2)", "the kernel holds it", " s", "SO_REUSEADDR"]);
    drop(client);
}

#[test]
fn an_outgoing_connection_has_borrowed_the_port() {
    let Conversation { client, accepted, .. } = Conversation::open(true);
    let taken = refused(client.local_addr().unwrap(), true);

    // an earlier connection may have left a TIME_WAIT on the port that the system lent
    let mut holders = taken.holders.iter().filter(|holder| holder.hold != Hold::TimeWait);
    let holder = holders.next().unwrap();
    assert_eq!((holder.hold, holder.certain, holder.state), (Hold::Outgoing, true, TcpState::Established));
    assert_eq!(holders.next(), None);
    let range = ports::ephemeral().unwrap();
    says(
        &taken,
        &["outgoing connection", "another port", &format!("a port below {} is never lent", range.start())],
    );
    drop(accepted);
}

#[test]
fn a_bound_socket_holds_its_port_without_listening() {
    let bound = bind(LOOPBACK.into(), false).unwrap();
    let taken = refused(local(&bound), true);

    if !holders(0).unwrap().sees_bound {
        says(&taken, &["this kernel does not show sockets that are bound"]);
        return;
    }
    let [holder] = &taken.holders[..] else { panic!("{taken:?}") };
    assert_eq!((holder.hold, holder.state), (Hold::Bound, TcpState::Closed));
    assert_eq!(holder.process().expect("we hold it").pid, process::id());
    says(&taken, &["does not listen", "SO_REUSEADDR", "another port"]);
}

#[test]
fn of_two_bound_sockets_the_second_cannot_listen() {
    let first = bind(LOOPBACK.into(), true).unwrap();
    let second = bind(local(&first), true).unwrap();
    first.listen(1).unwrap();
    let error = second.listen(1).expect_err("one listens already");

    let taken = explain_bind(local(&first), &error, true, false).expect("the port is taken");
    assert_eq!(taken.holders.iter().map(|holder| holder.hold).collect::<Vec<_>>(), [Hold::Listener]);
    says(&taken, &["SO_REUSEADDR does not help while a program listens", "the second listen fails"]);
}

#[test]
fn only_overlapping_addresses_stand_in_the_way() {
    // the port of an IPv6 socket may be in use for IPv4: then another
    let (_six, four) = until("port that is free twice", || {
        let six = listen_on_ipv6_alone();
        let four = TcpListener::bind((Ipv4Addr::LOCALHOST, local(&six).port())).ok()?;
        Some((six, four))
    });
    let address = four.local_addr().unwrap();
    let taken = refused(address, true);
    assert_eq!(taken.holders.iter().map(|holder| holder.local).collect::<Vec<_>>(), [address]);
}

fn listen_on_ipv6_alone() -> Socket {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
    socket.set_only_v6(true).unwrap();
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into()).unwrap();
    socket.listen(1).unwrap();
    socket
}

#[test]
fn a_low_port_needs_a_privilege() {
    let limit = ports::first_unprivileged().unwrap();
    let said = if TcpListener::bind(LOW).is_ok() { bind_low_without_privilege() } else { bind_low() };
    if limit > LOW.1 {
        for words in [&format!("ports below {limit} need a privilege")[..], "another port", "setcap", "sudo"]
        {
            assert!(said.contains(words), "{words:?} is not in:\n{said}");
        }
    } else {
        assert!(said.contains("bound"), "this machine gives every port to everybody:\n{said}");
    }
}

const LOW: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 1);

#[test]
#[ignore = "is run by a_low_port_needs_a_privilege, with fewer privileges"]
fn low_port_child() {
    #![expect(clippy::print_stdout, reason = "the parent reads it")]
    println!("{}", bind_low());
}

fn bind_low() -> String {
    match TcpListener::bind(LOW) {
        Ok(_) => "bound".into(),
        Err(error) => {
            explain_bind(LOW.into(), &error, true, false).expect("a refusal is explained").to_string()
        }
    }
}

/// This test program again, by setpriv (util-linux) without the one privilege: root would bind any port.
fn bind_low_without_privilege() -> String {
    let child = Command::new("setpriv")
        .args(["--bounding-set", "-net_bind_service", "--inh-caps", "-net_bind_service"])
        .arg(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "low_port_child", "--nocapture"])
        .output()
        .expect("setpriv, of the package util-linux, is needed");
    assert!(child.status.success(), "{child:?}");
    String::from_utf8(child.stdout).unwrap()
}

#[test]
fn a_free_port_has_no_holder() {
    let (port, seen) = until("port without a holder", || {
        let port = TcpListener::bind(LOOPBACK).unwrap().local_addr().unwrap().port();
        Some((port, holders(port).unwrap())).filter(|(_, seen)| seen.holders.is_empty())
    });
    assert!(seen.remedies().is_empty());
    assert!(seen.free_port.is_none_or(|free| free > port));
}

#[test]
fn other_errors_are_left_alone() {
    let error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    assert_eq!(explain_bind(LOOPBACK.into(), &error, true, false), None);
}

/// A Python program that prints its port when it is ready, and ends when its input does.
struct Program {
    child: Child,
    port: u16,
}

impl Program {
    fn start(text: &str) -> Self {
        let mut child = Command::new("python3")
            .args(["-c", text])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is needed");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, port: line.trim().parse().expect("the program prints its port") }
    }

    fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A conversation on loopback whose listener has gone.
struct Conversation {
    server: SocketAddr,
    accepted: Socket,
    client: TcpStream,
}

impl Conversation {
    fn open(reuse_address: bool) -> Self {
        let listener = bind(LOOPBACK.into(), reuse_address).unwrap();
        listener.listen(1).unwrap();
        let server = local(&listener);
        let client = TcpStream::connect(server).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        Self { server, accepted, client }
    }
}

/// A server that closes first, and is gone.
fn leave_time_wait(reuse_address: bool) -> SocketAddr {
    let Conversation { server, accepted, mut client } = Conversation::open(reuse_address);
    drop(accepted);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    drop(client);
    until("TIME_WAIT", || find(server, |holder| holder.hold == Hold::TimeWait));
    server
}

fn is_time_wait(taken: &Diagnosis) {
    let [holder] = &taken.holders[..] else { panic!("{taken:?}") };
    assert_eq!((holder.hold, holder.process(), &holder.user), (Hold::TimeWait, None, &None));
    let seconds = holder.seconds_left().expect("TIME_WAIT has an end");
    assert!((1..=60).contains(&seconds), "{seconds}");
    says(
        taken,
        &[
            "TIME_WAIT",
            "the kernel holds it",
            &format!("{seconds} s"),
            "SO_REUSEADDR",
            "another port",
            "RFC 9293",
        ],
    );
}

/// The explanation of a bind that must fail.
fn refused(address: SocketAddr, reuse_address: bool) -> Diagnosis {
    let error = bind(address, reuse_address).expect_err("the port is taken");
    explain_bind(address, &error, reuse_address, false).expect("a taken port is explained")
}

fn bind(address: SocketAddr, reuse_address: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(reuse_address)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn local(socket: &Socket) -> SocketAddr {
    socket.local_addr().unwrap().as_socket().unwrap()
}

fn find(address: SocketAddr, is_it: impl Fn(&Holder) -> bool) -> Option<Holder> {
    holders(address.port())
        .unwrap()
        .holders
        .into_iter()
        .find(|holder| holder.local == address && is_it(holder))
}

fn says(diagnosis: &Diagnosis, all: &[&str]) {
    let text = diagnosis.to_string();
    for words in all {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        match look() {
            Some(found) => return found,
            None if Instant::now() > deadline => panic!("after 10 s there is still no {what}"),
            None => thread::sleep(Duration::from_millis(2)),
        }
    }
}
