//! Conversations of sessions over TLS, as over TCP.

use std::collections::VecDeque;
use std::time::Duration;

use raccord_core::ending::Input;
use raccord_core::event::{Closed, EventKind, Reason};
use raccord_net::tls::{ClientTls, ServerTls};
use raccord_net::{Connect, Feed, Interest, Keep, Listen, Outcome, Responder, Send, Terms, connect, listen};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::peers::*;

async fn client(address: std::net::SocketAddr, tls: ClientTls, terms: Terms) -> (Closed, Vec<u8>) {
    let feed = Feed::new(64 << 20);
    let mut observer = feed.observe(Keep::All, Interest { bytes: true, steps: false });
    let spec = Connect { tls: Some(tls), terms, ..Connect::to(localhost(), address.port()) };
    let outcome = tokio::time::timeout(PATIENCE, connect(spec, &feed).ended()).await.unwrap();
    feed.close();
    let (mut received, mut batch) = (Vec::new(), VecDeque::new());
    while observer.next_batch(&mut batch) {
        for event in batch.drain(..) {
            if let EventKind::Received(data) = &event.kind {
                received.extend_from_slice(&data.bytes);
            }
        }
    }
    match outcome {
        Outcome::Closed(closed) => (closed, received),
        other => panic!("{other:?}"),
    }
}

fn echo(tls: ServerTls) -> Listen {
    let terms = Terms { responder: Some(Responder::Echo), ..Terms::default() };
    Listen { tls: Some(tls), terms, ..Listen::on(localhost(), 0) }
}

async fn start(spec: Listen, feed: &Feed) -> (raccord_net::Session, std::net::SocketAddr) {
    let session = listen(spec, feed);
    let address = session.commands().ready().await.unwrap()[0].inet().unwrap();
    (session, address)
}

#[tokio::test]
async fn sixteen_mebibytes_are_echoed() {
    let authority = Authority::new();
    let feed = Feed::new(1 << 20);
    let (_server, address) = start(echo(authority.server()), &feed).await;
    let bytes: Vec<u8> = (0u32..4 << 20).flat_map(u32::to_le_bytes).collect();
    let terms = Terms { sends: [Send::Bytes(bytes.clone().into())].into(), ..Terms::default() };
    let (closed, received) = client(address, authority.client(), terms).await;
    assert_eq!(closed.reason, Reason::Done);
    assert!(received == bytes, "{} of {}", received.len(), bytes.len());
}

#[tokio::test]
async fn a_client_that_stops_in_the_middle_is_given_up_and_others_are_served_meanwhile() {
    let authority = Authority::new();
    let feed = Feed::new(1 << 20);
    let mut observer = feed.observe(Keep::All, Interest { bytes: false, steps: false });
    let server = Listen { handshake_timeout: Duration::from_millis(300), ..echo(authority.server()) };
    let (server, address) = start(server, &feed).await;
    let mut stuck = tokio::net::TcpStream::connect(address).await.unwrap();
    stuck.write_all(&[22, 3, 1]).await.unwrap();
    let terms = Terms { sends: [Send::Bytes("hello".into())].into(), ..Terms::default() };
    let (_, received) = client(address, authority.client(), terms).await;
    assert_eq!(received, b"hello");
    tokio::time::timeout(PATIENCE, stuck.read(&mut [0; 8])).await.unwrap().unwrap();
    server.commands().stop();
    server.ended().await;
    feed.close();
    let (mut told, mut batch) = (Vec::new(), VecDeque::new());
    while observer.next_batch(&mut batch) {
        told.extend(batch.drain(..).filter_map(|event| match event.kind {
            EventKind::Warning(warning) => Some(warning),
            _ => None,
        }));
    }
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("the client stopped in the middle of the handshake"), "{told:?}");
}

#[tokio::test]
async fn a_cut_is_told_as_the_reason() {
    let authority = Authority::new();
    let script = "
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[1])
t = c.wrap_socket(s.accept()[0], server_side=True)
t.sendall(b'and so')
t.shutdown(socket.SHUT_WR)
t.recv(100)
";
    let cert = authority.server().identity.unwrap().cert;
    let (_server, address) = Program::python_server(script, &[cert.to_str().unwrap()]).await;
    let (closed, received) = client(address, authority.client(), Terms::default()).await;
    assert_eq!((closed.reason, received.as_slice()), (Reason::Truncated, &b"and so"[..]));
}

#[tokio::test]
async fn a_certificate_that_is_demanded_later_is_told_as_the_reason() {
    let authority = Authority::new();
    let feed = Feed::new(1 << 20);
    let server = ServerTls { client_ca: Some(authority.ca()), ..authority.server() };
    let (_server, address) = start(echo(server), &feed).await;
    for sends in [vec![], vec![Send::Bytes("hello".into())]] {
        let terms = Terms { sends: sends.into(), input: Input::None, ..Terms::default() };
        let (closed, _) = client(address, authority.client(), terms).await;
        assert_eq!(closed.reason, Reason::Tls);
        let detail = closed.detail.unwrap();
        assert_eq!(detail, "the server demands a client certificate (alert certificate_required)");
    }
}

#[tokio::test]
async fn a_stop_while_the_peer_reads_nothing_ends_in_time() {
    let authority = Authority::new();
    let cert = authority.server().identity.unwrap().cert;
    let script = "
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[1])
t = c.wrap_socket(s.accept()[0], server_side=True)
print('open', flush=True)
sys.stdin.read()
";
    let (mut server, address) = Program::python_server(script, &[cert.to_str().unwrap()]).await;
    let feed = Feed::new(1 << 20);
    let bytes = vec![b'x'; 16 << 20];
    let terms = Terms { sends: [Send::Bytes(bytes.into())].into(), ..Terms::default() };
    let spec = Connect { tls: Some(authority.client()), terms, ..Connect::to(localhost(), address.port()) };
    let session = connect(spec, &feed);
    server.line().await;
    session.commands().stop();
    tokio::time::timeout(Duration::from_secs(10), session.ended()).await.unwrap();
}
