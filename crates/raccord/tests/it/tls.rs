//! TLS at either end, with openssl, Python, ncat and raccord itself at the other: conversations, their ends, and handshakes.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::certificates::Certificates;
use crate::harness::{accept, dial, peer, raccord, read_all, server};

/// The beginning of a `ClientHello`.
pub const HELLO: &[u8] = &[22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3];

/// The first event of this kind.
#[track_caller]
pub fn event(events: &[serde_json::Value], kind: &str) -> serde_json::Value {
    events.iter().find(|event| event["event"] == kind).unwrap_or_else(|| panic!("no {kind}")).clone()
}

#[test]
fn openssl_talks_with_a_server() {
    let made = Certificates::new();
    let server = made.listen(&["--once", "--echo"]);
    let address = server.address().to_string();
    let words = ["s_client", "-quiet", "-no_ign_eof", "-verify_return_error", "-servername", "localhost"];
    let client = peer("openssl", words)
        .with_words(["-connect", &address, "-CAfile", &made.path("ca.pem")])
        .open_stdin()
        .start();
    client.stdin.as_ref().unwrap().write_all(b"hello\n").unwrap();
    client.stdout.wait_for_text("hello\n");
    client.ended().expect(0);
    let ran = server.ended().expect(0);
    let tls = &event(&ran.events(), "opened")["tls"];
    assert_eq!((tls["version"].as_str(), tls["server_name"].as_str()), (Some("TLS 1.3"), Some("localhost")));
    assert!(tls["cipher"].as_str().unwrap().starts_with("TLS_"), "{tls}");
    assert!(tls.get("certificate").is_none() && tls.get("alpn").is_none(), "{tls}");
    assert_eq!(ran.reason(), "peer");
}

#[test]
fn a_client_talks_with_openssl() {
    let made = Certificates::new();
    let words = ["s_server", "-accept", "127.0.0.1:0", "-rev", "-quiet"];
    let server = peer("openssl", words)
        .with_words(["-cert", &made.path("server.pem"), "-key", &made.path("server.key")])
        .open_stdin()
        .start();
    let words = ["--send", r"hello\n", "--replies", "1", "-o", "json"];
    let ran = made.connect(server.address(), &words).run().expect(0);
    let received = event(&ran.events(), "received");
    assert_eq!(received["text"], "olleh\n");
    let certificate = &event(&ran.events(), "opened")["tls"]["certificate"];
    assert_eq!(
        (&certificate["subject"], &certificate["issuer"]),
        (&"CN=a server".into(), &"CN=an authority".into())
    );
    assert_eq!(certificate["names"], serde_json::json!(["localhost", "127.0.0.1"]));
    let until = certificate["not_after"].as_str().unwrap();
    assert!(until.ends_with('Z') && until.contains('T'), "{until}");
    assert_eq!(certificate["sha256"].as_str().unwrap().len(), 95);
}

#[test]
fn tls_1_2_is_spoken_as_well() {
    let made = Certificates::new();
    let server = made.listen(&["--echo"]);
    let words = ["s_client", "-quiet", "-tls1_2", "-connect", &server.address().to_string()];
    let client = peer("openssl", words).open_stdin().start();
    client.stdin.as_ref().unwrap().write_all(b"old\n").unwrap();
    client.stdout.wait_for_text("old\n");
    server.stdout.wait_for_text(r#""version":"TLS 1.2""#);
}

#[test]
fn ncat_talks_with_either_end() {
    let made = Certificates::new();
    let server = raccord(["listen", "tls://127.0.0.1:0", "--reply", "pong", "--once", "-o", "text"]).start();
    let port = server.address().port().to_string();
    let client = peer("ncat", ["--ssl", "127.0.0.1", &port]).open_stdin().start();
    client.stdin.as_ref().unwrap().write_all(b"ping").unwrap();
    client.stdout.wait_for_text("pong");
    client.ended().expect(0);
    let said = server.ended().expect(0).out();
    assert!(said.contains("SO_REUSEADDR · TLS, self-signed certificate, SHA-256 "), "{said}");
    assert!(said.contains("connected · here 127.0.0.1:") && said.contains(" · TLS 1.3\n"), "{said}");

    let words =
        ["--ssl", "--ssl-cert", &made.path("server.pem"), "--ssl-key", &made.path("server.key"), "-l"];
    let server = peer("ncat", words).with_words(["127.0.0.1", "0", "-c", "printf pong"]).start();
    let ran = made.connect(server.address(), &["--replies", "1"]).run().expect(0);
    assert_eq!(ran.out(), "pong");
}

#[test]
fn a_half_ends_by_itself_and_the_other_goes_on() {
    let made = Certificates::new();
    // Python reads close_notify as the end, and may still send
    let server = made.python_server("got = t.makefile('rb').read()\nt.sendall(got.upper())\nt.unwrap()\n");
    let ran = made.connect(server.address(), &["-o", "json"]).with_words(["--stdin"]).input("question").run();
    let ran = ran.expect(0);
    assert_eq!(event(&ran.events(), "received")["text"], "QUESTION");
    assert_eq!((ran.reason().as_str(), ran.err().as_str()), ("done", ""));
    server.ended().expect(0);
}

#[test]
fn an_end_without_close_notify_keeps_everything_and_is_told_once() {
    let made = Certificates::new();
    let script = "t.sendall(b'and so')\nt.shutdown(socket.SHUT_WR)\nt.recv(100)\n";
    let server = made.python_server(script);
    let ran = made.connect(server.address(), &["-o", "json"]).run().expect(0);
    assert_eq!(ran.reason(), "truncated");
    assert_eq!(event(&ran.events(), "received")["text"], "and so");
    assert_eq!(ran.err().matches("close_notify").count(), 1, "{}", ran.err());
    let text = made.connect(made.python_server(script).address(), &["-o", "text"]).run().expect(0).out();
    assert!(text.contains("closed by peer without close_notify · 6 in"), "{text}");
}

#[test]
fn much_arrives_whole_each_way() {
    let made = Certificates::new();
    let script = "import threading\nsent = bytes(range(256)) * 32768\nthreading.Thread(target=t.sendall, args=[sent]).start()
got = b''
while len(got) < len(sent): got += t.recv(65536)
print(got == sent)\n";
    let server = made.listen(&["--echo", "--json-data", "none"]);
    let ran = made.python_client(server.address(), script).ended().expect(0);
    assert_eq!(ran.out(), "True\n");
}

#[test]
fn a_client_that_stops_in_the_handshake_hurts_nobody() {
    let made = Certificates::new();
    let server = made.listen(&["--echo"]);
    let stuck: Vec<TcpStream> = (0..3).map(|_| server.dial()).collect();
    (&stuck[0]).write_all(&HELLO[..7]).unwrap();
    let ran = made.connect(server.address(), &["--send", "alive"]).run().expect(0);
    assert_eq!(ran.out(), "alive");
    // told to stop, the server waits for none of them
    server.signal("TERM");
    let ran = server.ended().expect(0);
    assert_eq!(ran.events().iter().filter(|event| event["event"] == "opened").count(), 1);
    for client in &stuck {
        assert!(is_over(client));
    }
}

/// Whether it is over, in order or not.
fn is_over(mut stream: &TcpStream) -> bool {
    !matches!(stream.read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

#[test]
fn a_handshake_that_failed_is_not_the_one_of_once() {
    let made = Certificates::new();
    let server = made.listen(&["--once", "--echo"]);
    let address = server.address();
    let stuck = dial(address);
    let mut plain = dial(address);
    plain.write_all(b"hello, who is there?\r\n").unwrap();
    read_all(&plain);
    let client = made.connect(address, &[]).open_stdin().start();
    client.stdin.as_ref().unwrap().write_all(b"me").unwrap();
    client.stdout.wait_for_text("me");
    assert!(TcpStream::connect(address).is_err(), "it listens no more");
    assert!(is_over(&stuck), "nor waits for who has not shaken hands");
    client.ended().expect(0);
    let ran = server.ended().expect(0);
    assert_eq!(event(&ran.events(), "received")["text"], "me");
}

#[test]
fn a_place_is_taken_from_accept_on() {
    let made = Certificates::new();
    let server = made.listen(&["-m", "1", "--echo"]);
    let stuck = server.dial();
    // it has the only place, though its handshake is not done
    let mut client = made.python_client(server.address(), "t.sendall(b'x')\nprint(t.recv(1))\n");
    (&stuck).write_all(&HELLO[..3]).unwrap();
    assert!(client.is_running() && client.stdout.bytes().is_empty());
    drop(stuck);
    assert_eq!(client.ended().expect(0).out(), "b'x'\n");
}

#[test]
fn a_server_that_says_nothing_is_given_up_in_time() {
    let (listener, address) = server();
    let client = raccord(["connect", &format!("tls://{address}"), "-w", "300ms"]).start();
    let _silent = accept(&listener);
    let said = client.ended().expect(1).err();
    assert!(said.contains("the server said nothing in time"), "{said}");
}

#[test]
fn certificates_of_clients_are_demanded_and_shown() {
    let made = Certificates::new();
    let server = made.listen(&["--tls-client-ca", &made.path("ca.pem"), "--echo"]);
    let own =
        ["--tls-cert", &made.path("client.pem"), "--tls-key", &made.path("client.key"), "--send", "hello"];
    let ran = made.connect(server.address(), &own).run().expect(0);
    assert_eq!(ran.out(), "hello");
    server.stdout.wait_for_text(r#""event":"closed""#);
    let opened = event(&crate::harness::events(&server.stdout.bytes()), "opened");
    assert_eq!(opened["tls"]["certificate"]["subject"], "CN=Ann");

    let without = made.connect(server.address(), &["--send", "hello", "-o", "json"]).run().expect(1);
    assert_eq!(without.reason(), "tls");
    let closed = event(&without.events(), "closed");
    let detail = "the server demands a client certificate (alert certificate_required)";
    assert_eq!(closed["detail"], detail);
    assert!(closed["remedies"].to_string().contains("--tls-cert"), "{closed}");
    assert!(without.err().contains(&format!("TLS failed: {detail}\n  give one")), "{}", without.err());
    server.stderr.wait_for_text("the client showed no certificate");
}

#[test]
fn a_protocol_is_agreed_on() {
    let made = Certificates::new();
    let server = made.listen(&["--tls-alpn", "h2,http/1.1", "--send", "hello"]);
    let words = ["--tls-alpn", "http/1.1", "--replies", "1", "-o", "json"];
    let ran = made.connect(server.address(), &words).run().expect(0);
    assert_eq!(event(&ran.events(), "opened")["tls"]["alpn"], "http/1.1");
    let none = made.connect(server.address(), &["--tls-alpn", "mqtt"]).run().expect(1);
    assert!(none.err().contains("takes none of the protocols"), "{}", none.err());
    server.stderr.wait_for_text("offers no protocol (ALPN) that is taken here");
    let script = "print(t.selected_alpn_protocol())\n";
    assert_eq!(made.python_client(server.address(), script).ended().expect(0).out(), "None\n");
}

#[test]
fn secrets_go_where_the_environment_says() {
    let made = Certificates::new();
    let server = made.listen(&["--send", "hello"]);
    let log = made.path("keys");
    let client = |path: &str| made.connect(server.address(), &["--replies", "1"]).env("SSLKEYLOGFILE", path);
    assert_eq!(client(&log).run().expect(0).err(), "");
    let secrets = std::fs::read_to_string(log).unwrap();
    assert!(secrets.contains("CLIENT_TRAFFIC_SECRET_0 "), "{secrets}");
    let told = client("/nowhere/at all").run().expect(0).err();
    assert!(told.contains("warning: the secrets of TLS are not written to SSLKEYLOGFILE"), "{told}");
}

#[test]
fn the_fingerprint_is_that_of_the_certificate_that_clients_see() {
    let server = raccord(["listen", "127.0.0.1:0", "--tls", "--send", "hello", "-o", "json"]).start();
    server.stdout.wait_for_text("listening");
    let listening = event(&crate::harness::events(&server.stdout.bytes()), "listening");
    let words = ["--tls-insecure", "--replies", "1", "-o", "json"];
    let ran = raccord(["connect", &format!("tls://{}", server.address())]).with_words(words).run().expect(0);
    let shown = &event(&ran.events(), "opened")["tls"]["certificate"];
    assert_eq!(listening["fingerprint"], shown["sha256"]);
    assert_eq!(shown["subject"], shown["issuer"]);
}

#[test]
fn a_handshake_that_was_cut_is_tried_again_and_a_certificate_is_not() {
    let made = Certificates::new();
    let (listener, address) = server();
    let client = made.connect(address, &["--retry", "1h"]).start();
    for _ in 0..3 {
        drop(accept(&listener));
    }
    client.stderr.wait_for_text("trying again");
    drop(client);

    let server = made.listen(&[]);
    let ran = raccord(["connect", &format!("tls://{}", server.address()), "--retry", "1h"]).run().expect(1);
    assert!(ran.err().contains("CN=an authority"), "{}", ran.err());
}

#[test]
fn each_further_connection_shakes_hands() {
    let made = Certificates::new();
    let server = made.listen(&["--send", "hello", "-m", "1"]);
    let client = made.connect(server.address(), &["--reconnect", "100ms", "-o", "json"]).start();
    client
        .stdout
        .wait_for(|bytes| String::from_utf8_lossy(bytes).matches(r#""tls":{"version""#).count() >= 2);
    client.signal("TERM");
    client.ended();
}

#[test]
fn a_check_shakes_hands() {
    let made = Certificates::new();
    let server = made.listen(&[]);
    let ran = made.connect(server.address(), &["--check"]).run().expect(0);
    assert!(
        ran.err().starts_with("connected to 127.0.0.1:") && ran.err().contains(" · TLS 1.3"),
        "{}",
        ran.err()
    );
    let (plain, address) = crate::harness::server();
    let check = made.connect(address, &["--check"]).start();
    drop(accept(&plain));
    check.ended().expect(1);
}

#[test]
fn explain_narrates_the_handshake() {
    let made = Certificates::new();
    let server = made.listen(&["--send", "hello", "--explain"]);
    let ran = made.connect(server.address(), &["--replies", "1", "--explain"]).run().expect(0);
    let said = ran.err().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(", TLS) = TLS 1.3, TLS_"), "{said}");
    assert!(said.contains("certificate CN=a server, issued by CN=an authority, valid until 20"), "{said}");
    assert!(said.contains("TLS: both ends agreed on a cipher"), "{said}");
    server.stdout.wait_for_text(r#""call":"handshake""#);
}
