//! TLS at either end, with openssl, Python, ncat and raccord itself at the other: conversations, their ends, what is
//! refused, and what is said when one end speaks TLS and the other does not.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::certificates::Certificates;
use crate::harness::{accept, dial, peer, raccord, read_all, read_exact, server};

/// The beginning of a `ClientHello`.
const HELLO: &[u8] = &[22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3];

/// The first event of this kind.
#[track_caller]
fn event(events: &[serde_json::Value], kind: &str) -> serde_json::Value {
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
fn a_server_that_is_not_believed_is_refused_with_the_way_out() {
    let made = Certificates::new();
    let server = made.listen(&["--send", "hello"]);
    let address = format!("tls://{}", server.address());
    let refused = |words: &[&str]| raccord(["connect", &address]).with_words(words).run().expect(1);
    let unknown = refused(&[]);
    assert!(
        unknown.err().contains("CN=an authority") && unknown.err().contains("--tls-ca"),
        "{}",
        unknown.err()
    );
    // the client says why it goes, and the server tells it and serves the next
    server.stderr.wait_for_text("does not know who issued our certificate");
    let name = refused(&["--tls-ca", &made.path("ca.pem"), "--tls-name", "example.org"]);
    assert!(name.err().contains("example.org") && name.err().contains("localhost"), "{}", name.err());
    let failed = event(&refused(&["-o", "json"]).events(), "failed");
    assert!(failed["remedies"].to_string().contains("--tls-insecure"), "{failed}");

    let believed = |words: &[&str]| {
        let words = [&["connect", &address, "--replies", "1"], words].concat();
        assert_eq!(raccord(words).run().expect(0).out(), "hello");
    };
    believed(&["--tls-insecure"]);
    believed(&["--tls-ca", &made.path("ca.pem"), "--tls-name", "localhost"]);
    believed(&["--tls-ca", &made.path("server.pem")]);
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    let made = Certificates::new();
    for (name, begin, end, said) in [
        (
            "expired",
            "190101000000Z",
            "200203000000Z",
            "the server's certificate expired on 2020-02-03 00:00:00 UTC",
        ),
        ("early", "480101000000Z", "490101000000Z", "is valid only from 2048-01-01 00:00:00 UTC on"),
    ] {
        made.make_valid_between(name, begin, end);
        let (cert, key) = (made.path(&format!("{name}.pem")), made.path("server.key"));
        let server =
            raccord(["listen", "127.0.0.1:0", "--tls", "--tls-cert", &cert, "--tls-key", &key]).start();
        let ran = made.connect(server.address(), &[]).run().expect(1);
        assert!(ran.err().contains(said), "{}", ran.err());
    }
}

#[test]
fn a_key_of_another_certificate_and_a_file_that_is_no_pem_are_told_at_either_end() {
    let made = Certificates::new();
    let (cert, key, text) = (made.path("server.pem"), made.path("client.key"), made.path("config"));
    for end in [&["listen", "127.0.0.1:0", "--tls"][..], &["connect", "tls://127.0.0.1:1"]] {
        let ran = raccord(end).with_words(["--tls-cert", &cert, "--tls-key", &key]).run().expect(1);
        assert!(ran.err().contains("it does not belong to the certificate in"), "{}", ran.err());
        let ran = raccord(end).with_words(["--tls-cert", &text]).run().expect(1);
        assert!(ran.err().contains("it is no PEM file"), "{}", ran.err());
    }
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let made = Certificates::new();
    for words in [&["--tls-cert", "/nowhere.pem"][..], &["--tls-cert", &made.path("ca.key")]] {
        let ran = raccord(["listen", "127.0.0.1:0", "--tls"]).with_words(words).run().expect(1);
        assert!(ran.err().contains(words[1]), "{}", ran.err());
    }
    let ran = raccord(["connect", "tls://127.0.0.1:9", "--tls-ca", "/nowhere.pem"]).run().expect(1);
    assert!(ran.err().contains("/nowhere.pem: No such file"), "{}", ran.err());
}

#[test]
fn options_of_tls_where_there_is_none_are_wrong_usage() {
    let rows: [(&[&str], &str); 9] = [
        (
            &["connect", "1", "--tls-ca", "x"],
            "`--tls-ca` says how TLS is spoken, and there is none here: add `--tls`",
        ),
        (&["connect", "1", "--tls-insecure"], "`--tls-insecure`"),
        (&["connect", "1", "--tls-name", "x"], "`--tls-name`"),
        (&["connect", "1", "--tls-alpn", "h2"], "`--tls-alpn`"),
        (&["listen", "0", "--tls-cert", "x"], "`--tls-cert`"),
        (&["listen", "0", "--tls-client-ca", "x"], "`--tls-client-ca`"),
        (&["listen", "0", "--tls", "--tls-ca", "x"], "it is an option of `raccord connect`"),
        (&["connect", "1", "--tls", "--tls-client-ca", "x"], "it is an option of `raccord listen`"),
        (&["connect", "1", "--tls", "--tls-ca", "x", "--tls-insecure"], "do not go together"),
    ];
    for (words, said) in rows {
        let ran = raccord(words).run().expect(2);
        assert!(ran.err().contains(said), "{words:?}: {}", ran.err());
    }
    raccord(["listen", "0", "--tls", "--tls-key", "x"]).run().expect(2);
    raccord(["listen", "0", "--tls", "--tls-alpn", "h2,"]).run().expect(2);
}

#[test]
fn plain_text_on_a_tls_port_is_told_and_the_next_is_served() {
    let made = Certificates::new();
    let server = made.listen(&["--send", "hello"]);
    for (said, told) in [
        (
            "GET / HTTP/1.1\r\n\r\n",
            "the client sent an HTTP request in plain text, not TLS: GET / HTTP/1.1; let",
        ),
        ("hello \x1b[2J\r\n", r"the client sent plain text, not TLS: hello \x1b[2J; let"),
    ] {
        let mut client = server.dial();
        client.write_all(said.as_bytes()).unwrap();
        client.read_to_end(&mut Vec::new()).unwrap();
        server.stderr.wait_for_text(told);
    }
    let ran = made.connect(server.address(), &["--replies", "1"]).run().expect(0);
    assert_eq!(ran.out(), "hello");
    server.stdout.wait_for_text(r#""event":"closed""#);
    let events = crate::harness::events(&server.stdout.bytes());
    let opened: Vec<_> = events.iter().filter(|event| event["event"] == "opened").collect();
    assert_eq!((opened.len(), &opened[0]["conn"]), (1, &1.into()), "only who shook hands is a connection");
    assert!(event(&events, "warning")["message"].as_str().unwrap().contains("not TLS"));
}

#[test]
fn a_client_of_tls_tells_that_a_server_speaks_plain_text() {
    let (listener, address) = server();
    let client = raccord(["connect", &format!("tls://{address}"), "--tls-insecure"]).start();
    let mut plain = accept(&listener);
    plain.write_all(b"220 \x1b[2Jmail ready\r\n").unwrap();
    let said = client.ended().expect(1).err();
    assert!(said.contains(r"the server does not speak TLS, it answered: 220 \x1b[2Jmail ready"), "{said}");
}

#[test]
fn tls_on_a_plain_port_stays_bytes_and_is_told_once() {
    let server = raccord(["listen", "127.0.0.1:0", "--echo", "-o", "json"]).start();
    let mut client = server.dial();
    for _ in 0..2 {
        client.write_all(HELLO).unwrap();
        assert_eq!(read_exact(&client, HELLO.len()), HELLO);
    }
    drop(client);
    server.stdout.wait_for_text("closed");
    let events = crate::harness::events(&server.stdout.bytes());
    let warnings: Vec<_> = events.iter().filter(|event| event["event"] == "warning").collect();
    assert_eq!((warnings.len(), &warnings[0]["conn"]), (1, &1.into()));
    server.stderr.wait_for_text("warning: #1 the client speaks TLS");

    // and a plain client is told of a server that speaks TLS, by the alert that openssl answers with
    let (listener, address) = crate::harness::server();
    let client = raccord(["connect", &address.to_string(), "--send", "hello", "-o", "json"]).start();
    let mut peer = accept(&listener);
    assert_eq!(read_all(&peer), b"hello");
    peer.write_all(&[21, 3, 3, 0, 2, 2, 70]).unwrap();
    drop(peer);
    let ran = client.ended().expect(0);
    assert!(ran.err().contains("connect with --tls"), "{}", ran.err());
    assert_eq!(event(&ran.events(), "received")["hex"], "15030300020246");
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
