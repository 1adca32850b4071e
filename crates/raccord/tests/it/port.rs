//! `raccord port`, and the same knowledge in the error of a server whose port is taken.

use serde_json::{Value, json};

use crate::both_ends::leave_time_wait;
use crate::harness::{Ran, Running, events, kept_port, peer, raccord};

#[test]
fn a_listener_is_named_with_what_to_do() {
    let (server, port) = holder();
    let ran = raccord(["port", &port]).run().expect(0);
    assert_eq!(ran.err(), "");
    insta::assert_snapshot!(settled(&ran.out(), &server, &port));
}

#[test]
fn a_server_whose_port_is_taken_says_the_same() {
    let (server, port) = holder();
    let ran = raccord(["listen", &format!("127.0.0.1:{port}")]).run().expect(1);
    assert_eq!(ran.out(), "");
    insta::assert_snapshot!(settled(&ran.err(), &server, &port));
}

#[test]
fn in_json_a_failure_has_its_reasons_and_remedies_one_by_one() {
    let (server, port) = holder();
    let ran = raccord(["listen", &format!("127.0.0.1:{port}"), "-o", "json"]).run().expect(1);
    let [failed] = &ran.events()[..] else { panic!("one event: {}", ran.out()) };
    assert_eq!(failed["event"], "failed");
    let sentences = |field: &str| -> Vec<String> {
        let array = failed[field].as_array().unwrap();
        array.iter().map(|sentence| sentence.as_str().unwrap().to_owned()).collect()
    };
    let (reasons, remedies) = (sentences("reasons"), sentences("remedies"));
    assert!(reasons[0].contains(&format!("(pid {}", server.pid())), "{reasons:?}");
    assert!(remedies[0].starts_with("take another port"), "{remedies:?}");
    let told: Vec<_> = ran.err().lines().skip(1).map(|line| line.trim_start().to_owned()).collect();
    assert_eq!(told, [reasons, remedies].concat());
}

#[test]
fn in_json_a_holder_is_an_object() {
    let (server, port) = holder();
    let ran = raccord(["port", &port, "-o", "json"]).run().expect(0);
    let expected = json!({
        "port": port.parse::<u16>().unwrap(),
        "hold": "listener",
        "state": "LISTEN",
        "local": format!("127.0.0.1:{port}"),
        "peer": null,
        "pid": server.pid(),
        "program": "raccord",
        "user": user(),
        "seconds_left": null,
    });
    assert_eq!(ran.events(), [expected]);
}

#[test]
fn in_json_a_connection_has_its_other_end() {
    let (server, port) = holder();
    let client = server.dial();
    server.stdout.wait_for_text("opened");
    let holders = raccord(["port", &port, "-o", "json"]).run().expect(0).events();
    let peers: Vec<_> = holders.iter().map(|holder| &holder["peer"]).filter(|peer| !peer.is_null()).collect();
    assert_eq!(peers, [&Value::from(client.local_addr().unwrap().to_string())]);
}

#[test]
fn time_wait_has_seconds_left_and_no_program() {
    let server = raccord(["listen", "127.0.0.1:0", "--once", "--send", "bye"]).start();
    let port = leave_time_wait(server).to_string();
    let holders = raccord(["port", &port, "--output", "json"]).run().expect(0).events();
    let [holder] = &holders[..] else { panic!("one holder: {holders:?}") };
    assert_eq!(
        (&holder["state"], &holder["pid"], &holder["program"]),
        (&"TIME_WAIT".into(), &Value::Null, &Value::Null)
    );
    assert!((1..=60).contains(&holder["seconds_left"].as_u64().unwrap()), "{holder}");

    let told = raccord(["port", &port]).run().expect(0).out();
    assert!(told.contains("TIME_WAIT: the kernel holds it for another"), "{told}");
}

#[test]
fn a_free_port_is_an_answer() {
    let (kept, port) = kept_port();
    drop(kept);
    let port = port.to_string();
    let told = raccord(["port", &port]).run().expect(0).out();
    assert_eq!(told.lines().next(), Some(format!("port {port} is free").as_str()));
    assert_eq!(raccord(["port", &port, "-o", "json"]).run().expect(0).out(), "");
}

#[test]
fn a_port_may_have_the_colon_of_an_endpoint() {
    let (server, port) = holder();
    let told = raccord(["port", &format!(":{port}")]).run().expect(0).out();
    assert_eq!(told, raccord(["port", &port]).run().expect(0).out());
    assert!(told.contains(&server.pid().to_string()), "{told}");
}

#[test]
fn without_a_port_every_listener_is_told() {
    let (server, port) = holder();
    let line = format!("raccord (pid {}, user {}) listens on 127.0.0.1:{port}", server.pid(), user());
    let told = raccord(["port"]).run().expect(0).out();
    assert!(told.lines().any(|each| each == line), "{told}");

    let listeners = raccord(["port", "-o", "json"]).run().expect(0).events();
    assert!(listeners.iter().any(|each| each["pid"] == server.pid()), "{listeners:?}");
    assert!(listeners.iter().all(|each| each["state"] == "LISTEN"), "{listeners:?}");
}

#[test]
fn what_is_no_port_is_wrong_usage() {
    for word in ["0", ":0", "65536", "70000", "-1", "http", "localhost:80", ":", ""] {
        let Ran { stdout, .. } = raccord(["port", word]).run().expect(2);
        assert!(stdout.is_empty());
    }
}

/// A server that holds a port.
fn holder() -> (Running, String) {
    let server = raccord(["listen", "127.0.0.1:0", "--discard", "-o", "json"]).start();
    let port = server.address().port().to_string();
    server.stdout.wait_for(|seen| !events(seen).is_empty());
    (server, port)
}

/// The same with names for what differs from run to run.
fn settled(told: &str, server: &Running, port: &str) -> String {
    let told = told.replace(&format!("127.0.0.1:{port}"), "127.0.0.1:PORT");
    let told = told.replace(&format!("pid {}, user {}", server.pid(), user()), "pid PID, user USER");
    let told = told.replace(&format!("kill {}", server.pid()), "kill PID");
    let (before, rest) = told.split_once("such as ").expect("another port is offered");
    let after = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    format!("{before}such as ANOTHER{after}")
}

/// Who runs this.
fn user() -> String {
    peer("id", ["-un"]).run().expect(0).out().trim().to_owned()
}
