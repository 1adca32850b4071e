//! What TLS refuses, and what is said when one end speaks TLS and the other does not.

use std::io::{Read, Write};

use crate::certificates::Certificates;
use crate::harness::{accept, raccord, read_all, read_exact, server};
use crate::tls::{HELLO, event};

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
    for end in [&["listen", "0", "--tls"][..], &["connect", "tls://localhost:1"], &["listen", "0"]] {
        let said = raccord(end).with_words(["--tls-key", "x"]).run().expect(2).err();
        assert!(said.contains("`--tls-key` is the key of a certificate"), "{said}");
        assert!(said.contains(": add `--tls-cert FILE`"), "{said}");
    }
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
fn a_handshake_that_fails_is_a_step_at_both_ends() {
    let made = Certificates::new();
    let server = made.listen(&["--explain"]);
    let client = raccord(["connect", &format!("tls://{}", server.address()), "--explain"]).run().expect(1);
    let told = client.err().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(", TLS) = -1 (invalid peer certificate: UnknownIssuer)"), "{told}");
    assert!(told.contains("TLS: the two ends did not agree, or one did not believe the other."), "{told}");
    server.stdout.wait_for_text(r#""call":"handshake""#);
    server.stdout.wait_for_text("received fatal alert");
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
