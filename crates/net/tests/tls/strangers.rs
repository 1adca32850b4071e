//! Other ends that do not speak TLS, or not to the end: told as what they are.

use std::time::Duration;

use raccord_core::endpoint::Host;
use raccord_core::failure::Failure;
use raccord_net::tls::{ClientTls, RefusedKind, ServerTls, Trust};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::peers::*;

/// What a server says of a client that sends these bytes, ends its half, and reads to the end.
async fn server_says(bytes: &[u8]) -> (RefusedKind, Failure) {
    let acceptor = ServerTls::default().acceptor(&Host::Any).unwrap();
    let (listener, address) = listener().await;
    let client = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        // in order: no reset
        stream.read_to_end(&mut rest).await.unwrap();
    };
    let (refused, ()) = tokio::join!(accept(&listener, &acceptor), client);
    let refused = refused.err().unwrap();
    (refused.kind, refused.failure)
}

/// What a client says of a server that sends these bytes and ends.
async fn client_says(bytes: &[u8]) -> (RefusedKind, Failure) {
    let client = ClientTls { trust: Trust::Anything, ..ClientTls::default() };
    let connector = client.connector(&localhost()).unwrap();
    let (listener, address) = listener().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).await.unwrap();
        assert_eq!(hello[..2], [22, 3]);
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
    };
    let (refused, ()) = tokio::join!(dial(address, &connector), server);
    let refused = refused.err().unwrap();
    (refused.kind, refused.failure)
}

#[tokio::test]
async fn plain_text_at_a_server() {
    for (bytes, said) in [
        (
            &b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..],
            "the client sent an HTTP request in plain text, not TLS: GET / HTTP/1.1",
        ),
        (b"hello\n", "the client sent plain text, not TLS: hello"),
        (b"h", "the client sent plain text, not TLS: h"),
        (b"\x1b[2Jboo\r\n", r"what the client sent is not TLS: \x1b[2Jboo"),
        (b"\x00\x01", r"what the client sent is not TLS: \0\x01"),
        (
            &vec![b'x'; 300_000],
            "the client sent plain text, not TLS: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
        ),
    ] {
        let (kind, failure) = server_says(bytes).await;
        assert_eq!((kind, failure.said.as_str()), (RefusedKind::Tls, said));
        assert!(!failure.remedies.is_empty());
    }
}

#[tokio::test]
async fn a_server_that_speaks_plain_text() {
    let banner = b"220 \x1b[2J\x1b]0;owned\x07mail ready\r\n";
    let (kind, failure) = client_says(banner).await;
    assert_eq!(kind, RefusedKind::Tls);
    assert_eq!(
        failure.said,
        r"the server does not speak TLS, it answered: 220 \x1b[2J\x1b]0;owned\x07mail ready"
    );
    let (_, failure) = client_says(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    assert_eq!(failure.said, "the server does not speak TLS, it answered: HTTP/1.1 400 Bad Request");
    assert!(failure.remedies[0].starts_with("connect without TLS"), "{failure}");
}

#[tokio::test]
async fn alerts_of_a_server() {
    let alert = |code| [21, 3, 3, 0, 2, 2, code];
    for (code, said) in [
        (
            40,
            "the server takes nothing of what it was offered, or demands a client certificate (alert handshake_failure)",
        ),
        (70, "the server speaks no version of TLS that raccord speaks (alert protocol_version)"),
        (80, "the server has trouble of its own (alert internal_error)"),
        (112, "the server has nothing under the name that it was asked for (alert unrecognised_name)"),
        (
            120,
            "the server takes none of the protocols that were offered (ALPN) (alert no_application_protocol)",
        ),
        (100, "the server ended TLS (alert no_renegotiation)"),
    ] {
        let (kind, failure) = client_says(&alert(code)).await;
        assert_eq!((kind, failure.said.as_str()), (RefusedKind::Tls, said));
        assert!(!failure.remedies.is_empty(), "{failure}");
    }
}

/// A `ClientHello` of this version with this cipher suite, without extensions.
fn hello(version: u8, suite: [u8; 2]) -> Vec<u8> {
    let mut body = vec![3, version];
    body.extend_from_slice(&[7; 32]);
    body.extend_from_slice(&[0, 0, 2, suite[0], suite[1], 1, 0]);
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, 1, 0, length + 4, 1, 0, 0, length][..], &body].concat()
}

#[tokio::test]
async fn clients_of_another_time() {
    let (kind, failure) = server_says(&hello(1, [0, 0x2f])).await;
    assert_eq!(kind, RefusedKind::Tls);
    assert_eq!(failure.said, "the client speaks no version of TLS that raccord speaks");
    // TLS 1.2 with a cipher suite that is no longer safe, and none of the extensions of today
    let (_, failure) = server_says(&hello(3, [0, 0x2f])).await;
    assert!(failure.said.starts_with("the client"), "{failure}");
    assert!(failure.remedies[0].contains("TLS 1.2"), "{failure}");
}

#[tokio::test]
async fn ends_that_go_away() {
    for (bytes, said) in [
        (&b""[..], "the client closed the connection without a word"),
        (&hello(3, [0x13, 1])[..20], "the client closed the connection in the middle of the handshake"),
    ] {
        let (kind, failure) = server_says(bytes).await;
        assert_eq!((kind, failure.said.as_str()), (RefusedKind::Gone, said));
    }
    let (kind, failure) = client_says(b"").await;
    let said = "the server closed the connection without a word";
    assert_eq!((kind, failure.said.as_str()), (RefusedKind::Gone, said));
    assert!(failure.remedies[0].starts_with("it may not speak TLS"), "{failure}");
}

#[tokio::test]
async fn ends_that_stop_are_given_up_at_the_deadline() {
    let soon = || Instant::now() + Duration::from_millis(30);
    let client = ClientTls { trust: Trust::Anything, ..ClientTls::default() };
    let connector = client.connector(&localhost()).unwrap();
    let (listener, address) = listener().await;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut peer, _) = listener.accept().await.unwrap();
    let refused = connector.handshake(stream, soon()).await.err().unwrap();
    assert_eq!(refused.kind, RefusedKind::Late);
    assert_eq!(refused.failure.said, "the server said nothing in time");
    // the socket is closed
    peer.read_to_end(&mut Vec::new()).await.unwrap();

    let acceptor = ServerTls::default().acceptor(&Host::Any).unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    client.write_all(&hello(3, [0x13, 1])[..20]).await.unwrap();
    stream.readable().await.unwrap();
    let refused = acceptor.handshake(stream, soon()).await.err().unwrap();
    assert_eq!(refused.kind, RefusedKind::Late);
    assert_eq!(refused.failure.said, "the client stopped in the middle of the handshake");
}

#[tokio::test]
async fn a_handshake_that_is_dropped_closes_the_connection() {
    let acceptor = ServerTls::default().acceptor(&Host::Any).unwrap();
    let (listener, address) = listener().await;
    let mut client = TcpStream::connect(address).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    tokio::select! {
        biased;
        _ = acceptor.handshake(stream, patience()) => panic!("nobody shook hands"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(client.read_to_end(&mut Vec::new()).await.unwrap(), 0);
}

#[tokio::test]
async fn after_a_stranger_the_next_client_is_served() {
    let authority = Authority::new();
    let acceptor = std::sync::Arc::new(authority.server().acceptor(&localhost()).unwrap());
    let (listener, address) = listener().await;
    let mut stranger = TcpStream::connect(address).await.unwrap();
    stranger.write_all(b"hello\n").await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let refusing = tokio::spawn({
        let acceptor = std::sync::Arc::clone(&acceptor);
        async move { acceptor.handshake(stream, patience()).await.err().unwrap() }
    });
    let connector = authority.client().connector(&localhost()).unwrap();
    let (client, server) = tokio::join!(dial(address, &connector), accept(&listener, &acceptor));
    client.unwrap();
    server.unwrap();
    assert_eq!(stranger.read_to_end(&mut Vec::new()).await.unwrap(), 0, "its connection is closed in order");
    drop(stranger);
    assert_eq!(refusing.await.unwrap().failure.said, "the client sent plain text, not TLS: hello");
}
