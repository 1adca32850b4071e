//! What two ends agree on, with programs that are not raccord, in both versions and both directions.

use bytes::BytesMut;
use raccord_core::endpoint::Host;
use raccord_net::tls::{ClientTls, ServerTls, Trust};

use crate::peers::*;

/// A server in Python that echoes until its client ends, then ends its own half in order, and tells what was agreed on.
const ECHO: &str = "
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[1])
c.minimum_version = c.maximum_version = getattr(ssl.TLSVersion, sys.argv[2])
c.set_alpn_protocols(['two', 'one'])
c.set_servername_callback(lambda t, name, c: print(name, flush=True))
t = c.wrap_socket(s.accept()[0], server_side=True, suppress_ragged_eofs=False)
while data := t.recv(65536):
    t.sendall(data)
print(t.version(), t.selected_alpn_protocol(), flush=True)
t.sendall(b' and the rest')
t.unwrap()
";

#[tokio::test]
async fn a_client_of_python_in_both_versions() {
    let authority = Authority::new();
    let identity = authority.server().identity.unwrap();
    for (version, said) in [("TLSv1_2", "TLS 1.2"), ("TLSv1_3", "TLS 1.3")] {
        let (mut server, address) =
            Program::python_server(ECHO, &[identity.cert.to_str().unwrap(), version]).await;
        let client = ClientTls { alpn: vec!["one".to_owned(), "two".to_owned()], ..authority.client() };
        let (mut tls, secured) = dial(address, &client.connector(&localhost()).unwrap()).await.unwrap();
        assert_eq!((secured.version, secured.alpn.as_deref()), (said, Some("two")));
        assert!(secured.cipher.starts_with("TLS_"), "{}", secured.cipher);
        assert_eq!(secured.server_name.as_deref(), Some("localhost"));
        assert_eq!(secured.certificates[0].names, ["localhost", "127.0.0.1"]);
        assert_eq!(secured.certificates[0].issuer, "CN=an authority");
        write_all(&mut tls, "l'élève".as_bytes()).await.unwrap();
        end_half(&mut tls).await.unwrap();
        let answer = read_all(&mut tls).await.unwrap();
        assert_eq!(String::from_utf8(answer).unwrap(), "l'élève and the rest", "{version}");
        assert!(!tls.is_truncated());
        assert_eq!(server.line().await, "localhost\n");
        assert_eq!(server.rest().await, format!("{} two\n", version.replace('_', ".")));
    }
}

/// A client in Python that checks the server against a file, says one thing, and prints what comes until the end.
const SAY: &str = "
c = ssl.create_default_context(cafile=sys.argv[1])
c.minimum_version = c.maximum_version = getattr(ssl.TLSVersion, sys.argv[2])
c.set_alpn_protocols(['two', 'one'])
t = c.wrap_socket(s, server_hostname=sys.argv[3], suppress_ragged_eofs=False)
t.sendall(b'hello')
print(t.version(), t.selected_alpn_protocol(), t.recv(5).decode(), t.recv(5), flush=True)
t.unwrap()
";

#[tokio::test]
async fn a_server_of_python_in_both_versions() {
    let authority = Authority::new();
    let server = ServerTls { alpn: vec!["one".to_owned()], ..authority.server() };
    let acceptor = server.acceptor(&Host::Any).unwrap();
    assert!(!acceptor.is_self_made);
    for (version, said) in [("TLSv1_2", "TLS 1.2"), ("TLSv1_3", "TLS 1.3")] {
        let (listener, address) = listener().await;
        let ca = authority.ca();
        let client = Program::python_client(address, SAY, &[ca.to_str().unwrap(), version, "localhost"]);
        let (mut tls, secured) = accept(&listener, &acceptor).await.unwrap();
        assert_eq!((secured.version, secured.alpn.as_deref()), (said, Some("one")));
        assert_eq!(secured.server_name.as_deref(), Some("localhost"));
        assert!(secured.certificates.is_empty(), "nobody asked the client for one");
        let mut buffer = BytesMut::new();
        assert_eq!(read_some(&mut tls, &mut buffer, 100).await.unwrap(), 5);
        write_all(&mut tls, &buffer).await.unwrap();
        end_half(&mut tls).await.unwrap();
        assert!(read_all(&mut tls).await.unwrap().is_empty());
        assert!(!tls.is_truncated(), "the client ended in order");
        assert_eq!(client.rest().await, format!("{} one hello b''\n", version.replace('_', ".")));
    }
}

#[tokio::test]
async fn a_server_makes_its_own_certificate_and_openssl_sees_its_fingerprint() {
    let acceptor = ServerTls::default().acceptor(&Host::Name("shop.example".to_owned())).unwrap();
    assert!(acceptor.is_self_made);
    let (listener, address) = listener().await;
    let command = format!("exec openssl s_client -connect {address} -servername shop.example 2>&1");
    let mut client = Program::start("sh", &["-c", &command]);
    let (mut tls, secured) = accept(&listener, &acceptor).await.unwrap();
    assert_eq!(secured.server_name.as_deref(), Some("shop.example"));
    write_all(&mut tls, b"good day\n").await.unwrap();
    client.line_with("subject=CN = raccord (self-signed)").await;
    client.line_with("good day").await;
    // an update of the keys, which asks for an answer, and then text with the new keys
    client.type_in("K\n").await;
    client.line_with("KEYUPDATE").await;
    client.type_in("hello\n").await;
    let mut buffer = BytesMut::new();
    assert_eq!(read_some(&mut tls, &mut buffer, 100).await.unwrap(), 6);
    write_all(&mut tls, b"with our new keys\n").await.unwrap();
    client.line_with("with our new keys").await;
}

#[tokio::test]
async fn the_fingerprint_is_written_as_openssl_writes_it() {
    let authority = Authority::new();
    let acceptor = authority.server().acceptor(&localhost()).unwrap();
    let said = openssl(&authority.dir, "x509 -in server.pem -noout -fingerprint -sha256");
    assert_eq!(said.trim(), format!("sha256 Fingerprint={}", acceptor.fingerprint));
}

#[tokio::test]
async fn a_client_of_openssl_s_server() {
    let authority = Authority::new();
    let cert = authority.server().identity.unwrap().cert;
    let mut server = Program::start(
        "openssl",
        &["s_server", "-accept", "127.0.0.1:0", "-cert", cert.to_str().unwrap(), "-rev"],
    );
    let port = server.line_with("ACCEPT").await;
    let address = port.trim().trim_start_matches("ACCEPT ").parse().unwrap();
    let (mut tls, _) = dial(address, &authority.client().connector(&localhost()).unwrap()).await.unwrap();
    write_all(&mut tls, b"drawer\n").await.unwrap();
    let mut buffer = BytesMut::new();
    while !buffer.ends_with(b"\n") {
        read_some(&mut tls, &mut buffer, 100).await.unwrap();
    }
    assert_eq!(&buffer[..], b"reward\n");
}

#[tokio::test]
async fn both_ends_of_ncat() {
    let server = Program::start("ncat", &["--ssl", "-l", "127.0.0.1", "0", "-e", "/bin/cat"]);
    let address = server.listening_port().await;
    let client = ClientTls { trust: Trust::Anything, ..ClientTls::default() };
    let (mut tls, _) = dial(address, &client.connector(&localhost()).unwrap()).await.unwrap();
    write_all(&mut tls, b"there and back").await.unwrap();
    let mut buffer = BytesMut::new();
    while buffer.len() < 14 {
        read_some(&mut tls, &mut buffer, 100).await.unwrap();
    }
    assert_eq!(&buffer[..], b"there and back");

    let acceptor = ServerTls::default().acceptor(&Host::Any).unwrap();
    let (listener, address) = listener().await;
    let port = address.port().to_string();
    let mut client = Program::start("ncat", &["--ssl", "127.0.0.1", &port]);
    client.type_in("from ncat").await;
    client.end_input();
    let (mut tls, _) = accept(&listener, &acceptor).await.unwrap();
    let mut buffer = BytesMut::new();
    read_some(&mut tls, &mut buffer, 100).await.unwrap();
    assert_eq!(&buffer[..], b"from ncat");
    write_all(&mut tls, b"from raccord").await.unwrap();
    end_half(&mut tls).await.unwrap();
    assert_eq!(client.rest().await, "from raccord");
}

#[tokio::test]
async fn python_believes_a_certificate_that_raccord_made_and_that_was_saved() {
    let acceptor = ServerTls::default().acceptor(&Host::Any).unwrap();
    let (listener, address) = listener().await;
    let fetch = "print(ssl.get_server_certificate(s.getpeername()), flush=True)";
    let fetching = Program::python_client(address, fetch, &[]);
    // the script's own connection, then the one that fetches
    let (_idle, _) = listener.accept().await.unwrap();
    let _ = accept(&listener, &acceptor).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), fetching.rest().await).unwrap();

    for name in ["localhost", "127.0.0.1"] {
        let client = Program::python_client(address, SAY, &[file.path().to_str().unwrap(), "TLSv1_3", name]);
        let (mut tls, _) = accept(&listener, &acceptor).await.unwrap();
        write_all(&mut tls, b"hello").await.unwrap();
        end_half(&mut tls).await.unwrap();
        assert_eq!(read_all(&mut tls).await.unwrap(), b"hello");
        assert_eq!(client.rest().await, "TLSv1.3 None hello b''\n", "{name}");
    }
    let client = ClientTls { trust: Trust::File(file.path().into()), ..ClientTls::default() };
    let connector = client.connector(&Host::V4([127, 0, 0, 1].into())).unwrap();
    let (client, server) = tokio::join!(dial(address, &connector), accept(&listener, &acceptor));
    assert_eq!(client.unwrap().1.server_name, None, "an address is no name to ask for");
    server.unwrap();
}

#[tokio::test]
async fn where_no_protocol_is_in_common_both_ends_say_so() {
    let authority = Authority::new();
    let server = ServerTls { alpn: vec!["h2".to_owned()], ..authority.server() };
    let client = ClientTls { alpn: vec!["http/1.1".to_owned()], ..authority.client() };
    let (client, server) = both(&client, &server).await;
    let client = client.err().unwrap().failure.said;
    assert_eq!(
        client,
        "the server takes none of the protocols that were offered (ALPN) (alert no_application_protocol)"
    );
    assert_eq!(server.err().unwrap().failure.said, "the client offers no protocol (ALPN) that is taken here");
}

#[test]
fn a_protocol_without_a_name_cannot_be_offered() {
    for alpn in [vec![String::new()], vec!["h2".to_owned(), "x".repeat(256)]] {
        let server = ServerTls { alpn: alpn.clone(), ..ServerTls::default() };
        let failure = server.acceptor(&Host::Any).err().unwrap();
        assert!(failure.said.ends_with("and ALPN carries 1 to 255"), "{failure}");
        let client = ClientTls { trust: Trust::Anything, alpn, ..ClientTls::default() };
        client.connector(&localhost()).err().unwrap();
    }
}
