//! How bytes travel and halves end once the handshake is done.

use std::io::ErrorKind;

use bytes::BytesMut;
use raccord_net::tls::{Broken, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpListener, TcpStream};

use crate::peers::*;

/// Bytes that do not repeat within a record.
fn pattern(count: usize) -> Vec<u8> {
    let numbers = (0u64..).flat_map(u64::to_le_bytes);
    numbers.take(count).collect()
}

#[tokio::test]
async fn each_half_ends_by_itself() {
    let (mut client, mut server) = pair().await;
    write_all(&mut client, b"question").await.unwrap();
    end_half(&mut client).await.unwrap();
    assert_eq!(read_all(&mut server).await.unwrap(), b"question");
    assert!(!server.is_truncated());
    write_all(&mut server, b"a late answer").await.unwrap();
    end_half(&mut server).await.unwrap();
    assert_eq!(read_all(&mut client).await.unwrap(), b"a late answer");
    assert!(!client.is_truncated());
    end_half(&mut client).await.unwrap();
}

#[tokio::test]
async fn the_end_of_tcp_alone_is_told_apart_and_loses_nothing() {
    let authority = Authority::new();
    let script = "
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[1])
t = c.wrap_socket(s.accept()[0], server_side=True)
t.sendall(b'and so')
t.shutdown(socket.SHUT_WR)
print(t.recv(100), flush=True)
";
    let cert = authority.server().identity.unwrap().cert;
    let (server, address) = Program::python_server(script, &[cert.to_str().unwrap()]).await;
    let (mut tls, _) = dial(address, &authority.client().connector(&localhost()).unwrap()).await.unwrap();
    assert_eq!(read_all(&mut tls).await.unwrap(), b"and so");
    assert!(tls.is_truncated());
    // its other half is still there
    let _ = write_all(&mut tls, b"still here").await;
    let _ = end_half(&mut tls).await;
    drop(server);
}

#[tokio::test]
async fn sixteen_mebibytes_both_ways_at_once() {
    let (mut client, mut server) = pair().await;
    let bytes = pattern(16 << 20);
    let (up, down) = tokio::join!(exchange(&mut client, &bytes), exchange(&mut server, &bytes));
    assert!(up == bytes && down == bytes);
}

#[tokio::test]
async fn sixteen_mebibytes_both_ways_at_once_with_python() {
    let script = "
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[1])
t = c.wrap_socket(s.accept()[0], server_side=True, suppress_ragged_eofs=False)
t.setblocking(False)
import select
wanted = out = 16 << 20
got = bytearray()
data = memoryview(bytes(range(256)) * (out >> 8))
while len(got) < wanted or out:
    select.select([t], [t] if out else [], [], 0 if t.pending() else None)
    try:
        if piece := t.recv(65536): got += piece
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError): pass
    try:
        if out: out -= t.send(data[len(data) - out:][:65536])
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError): pass
t.setblocking(True)
t.unwrap()
print(got == data, flush=True)
";
    let authority = Authority::new();
    let cert = authority.server().identity.unwrap().cert;
    let (server, address) = Program::python_server(script, &[cert.to_str().unwrap()]).await;
    let (mut tls, _) = dial(address, &authority.client().connector(&localhost()).unwrap()).await.unwrap();
    let bytes: Vec<u8> = (0..16 << 12).flat_map(|_| 0..=255).collect();
    assert!(exchange(&mut tls, &bytes).await == bytes);
    assert_eq!(server.rest().await, "True\n");
}

/// Writes `bytes` and ends its half, while it reads to the peer's end, as a conversation does.
async fn exchange(tls: &mut Tls, bytes: &[u8]) -> Vec<u8> {
    let (mut buffer, mut at, mut peer_ended, mut ours_ended) = (BytesMut::new(), 0, false, false);
    while !(peer_ended && ours_ended) {
        if !peer_ended {
            match tls.try_read(&mut buffer, 256 * 1024) {
                Ok(count) => peer_ended = count == 0,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        }
        if at < bytes.len() {
            match tls.try_write(&bytes[at..]) {
                Ok(count) => at += count,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
            }
        } else if !ours_ended {
            ours_ended = tls.end_half().is_ok();
        }
        let mut interest = Interest::ERROR;
        if !peer_ended {
            interest |= Interest::READABLE;
        }
        if at < bytes.len() {
            interest |= Interest::WRITABLE;
        }
        if !(peer_ended && ours_ended) {
            tokio::time::timeout(PATIENCE, tls.ready(interest)).await.unwrap().unwrap();
        }
    }
    buffer.to_vec()
}

#[tokio::test]
async fn what_is_decrypted_already_is_readable_though_the_socket_has_nothing() {
    let (mut client, mut server) = pair().await;
    write_all(&mut client, b"abc").await.unwrap();
    end_half(&mut client).await.unwrap();
    let mut buffer = BytesMut::new();
    for byte in *b"abc" {
        assert_eq!(read_some(&mut server, &mut buffer, 1).await.unwrap(), 1);
        assert_eq!(buffer[buffer.len() - 1], byte);
        assert!(server.ready(Interest::READABLE).await.unwrap().is_readable());
    }
    assert_eq!(read_some(&mut server, &mut buffer, 1).await.unwrap(), 0);
}

#[tokio::test]
async fn an_end_that_finds_no_room_is_told_when_it_is_out() {
    let (mut client, mut server) = pair().await;
    let bytes = pattern(1 << 20);
    let mut written = Vec::new();
    // until the socket and TLS itself are full
    while let Ok(count) = client.try_write(&bytes) {
        written.extend_from_slice(&bytes[..count]);
    }
    assert!(client.is_writing());
    assert_eq!(client.end_half().unwrap_err().kind(), ErrorKind::WouldBlock);
    let reader = tokio::spawn(async move { (read_all(&mut server).await.unwrap(), server.is_truncated()) });
    assert_eq!(client.try_read(&mut BytesMut::new(), 1).unwrap_err().kind(), ErrorKind::WouldBlock);
    // whatever it is called for, it writes; and it tells when the end is out
    let ready = tokio::time::timeout(PATIENCE, client.ready(Interest::READABLE)).await.unwrap().unwrap();
    assert!(ready.is_writable());
    client.end_half().unwrap();
    let (read, truncated) = reader.await.unwrap();
    assert!(read == written && !truncated);
}

#[tokio::test]
async fn waiting_can_be_given_up_and_taken_up_again() {
    let (mut client, mut server) = pair().await;
    let bytes = pattern(2 << 20);
    let reader = tokio::spawn(async move { read_all(&mut server).await.unwrap() });
    let mut at = 0;
    while at < bytes.len() {
        if let Ok(count) = client.try_write(&bytes[at..]) {
            at += count;
            continue;
        }
        tokio::select! {
            biased;
            () = tokio::task::yield_now() => {}
            ready = client.ready(Interest::WRITABLE) => drop(ready.unwrap()),
        }
    }
    end_half(&mut client).await.unwrap();
    assert!(reader.await.unwrap() == bytes);
}

#[tokio::test]
async fn damage_on_the_way_is_an_error_in_words_after_what_came_whole() {
    let authority = Authority::new();
    let (listener, address) = listener().await;
    let (middle, front) = self::listener().await;
    tokio::spawn(damage(middle, address));
    let acceptor = authority.server().acceptor(&localhost()).unwrap();
    let connector = authority.client().connector(&localhost()).unwrap();
    let (client, server) = tokio::join!(dial(front, &connector), accept(&listener, &acceptor));
    let ((mut client, _), (mut server, _)) = (client.unwrap(), server.unwrap());
    write_all(&mut client, b"whole").await.unwrap();
    end_half(&mut client).await.unwrap();
    let mut buffer = BytesMut::new();
    assert_eq!(read_some(&mut server, &mut buffer, 100).await.unwrap(), 5);
    let error = read_some(&mut server, &mut buffer, 100).await.unwrap_err();
    let Some(Broken(failure)) = Broken::of(&error) else { panic!("{error}") };
    assert_eq!(failure.said, "what the client sent cannot be decrypted");
    assert_eq!(error.to_string(), failure.said);
    // and the client is told
    let (error, ()) = tokio::join!(read_all(&mut client), server.part());
    let error = error.unwrap_err();
    let said = "the server cannot verify or decrypt what it was sent (alert bad_record_mac)";
    assert_eq!(Broken::of(&error).unwrap().0.said, said);
}

/// Passes everything on, record by record, but changes the last bit of the client's `close_notify`.
async fn damage(middle: TcpListener, address: std::net::SocketAddr) {
    /// An alert of two bytes, the kind of record and the tag (RFC 8446 section 5.2).
    const CLOSE_NOTIFY: usize = 2 + 1 + 16;
    let (client, _) = middle.accept().await.unwrap();
    let server = TcpStream::connect(address).await.unwrap();
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let up = async {
        let mut header = [0; 5];
        while from_client.read_exact(&mut header).await.is_ok() {
            let mut record = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
            from_client.read_exact(&mut record).await.unwrap();
            if record.len() == CLOSE_NOTIFY {
                record[CLOSE_NOTIFY - 1] ^= 1;
            }
            to_server.write_all(&[&header[..], &record].concat()).await.unwrap();
        }
        to_server.shutdown().await.unwrap();
    };
    let down = tokio::io::copy(&mut from_server, &mut to_client);
    let _ = tokio::join!(up, down);
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    let (client, mut server) = pair().await;
    client.reset_on_close().unwrap();
    drop(client);
    assert_eq!(read_all(&mut server).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}
