//! Certificates of clients: demanded, shown, refused.

use raccord_net::tls::{Broken, ClientTls, RefusedKind, ServerTls, Trust};

use crate::peers::*;

/// A server that demands certificates of its authority's.
fn demanding(authority: &Authority) -> ServerTls {
    ServerTls { client_ca: Some(authority.ca()), ..authority.server() }
}

#[tokio::test]
async fn one_of_the_right_issuer_is_let_in_and_shown() {
    let authority = Authority::new();
    let identity = authority.issue("client.pem", &names(&["a client"]));
    let client = ClientTls { identity: Some(identity), ..authority.client() };
    let (client, server) = both(&client, &demanding(&authority)).await;
    client.unwrap();
    assert_eq!(server.unwrap().1.certificates[0].names, ["a client"]);
}

#[tokio::test]
async fn a_self_signed_one_in_the_trusted_file_is_let_in() {
    let authority = Authority::new();
    let make = "req -x509 -newkey rsa:2048 -nodes -keyout client.pem -out cert.pem -days 2 -subj /CN=me";
    openssl(&authority.dir, make);
    let cert = authority.path("cert.pem");
    let identity = raccord_net::tls::Identity { cert: cert.clone(), key: Some(authority.path("client.pem")) };
    let server = ServerTls { client_ca: Some(cert), ..authority.server() };
    let (_, server) = both(&ClientTls { identity: Some(identity), ..authority.client() }, &server).await;
    assert_eq!(server.unwrap().1.certificates[0].subject, "CN=me");
}

#[tokio::test]
async fn one_that_is_missing_is_named_at_both_ends() {
    let authority = Authority::new();
    let (client, server) = both(&authority.client(), &demanding(&authority)).await;
    let refused = server.err().unwrap();
    assert_eq!(refused.kind, RefusedKind::Tls);
    assert_eq!(refused.failure.said, "the client showed no certificate, which is demanded of it");
    // in TLS 1.3 a client's handshake is over before the server judges it
    let (mut client, _) = client.unwrap();
    let error = read_all(&mut client).await.unwrap_err();
    let Some(Broken(failure)) = Broken::of(&error) else { panic!("{error}") };
    assert_eq!(failure.said, "the server demands a client certificate (alert certificate_required)");
    assert!(failure.remedies[0].contains("--tls-cert"), "{failure}");
}

#[tokio::test]
async fn one_of_a_stranger_is_refused_at_both_ends() {
    let (authority, stranger) = (Authority::new(), Authority::named("a stranger"));
    let identity = stranger.issue("client.pem", &names(&["a stranger"]));
    let client = ClientTls { identity: Some(identity), ..authority.client() };
    let (client, server) = both(&client, &demanding(&authority)).await;
    let said = server.err().unwrap().failure.said;
    assert_eq!(
        said,
        "the client's certificate (CN=a leaf) was issued by CN=a stranger, who is not known here"
    );
    let error = read_all(&mut client.unwrap().0).await.unwrap_err();
    assert_eq!(error.to_string(), "the server does not know who issued our certificate (alert unknown_ca)");
}

#[tokio::test]
async fn a_server_of_python_asks_for_one_in_both_versions() {
    let script = "
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(sys.argv[1])
c.load_verify_locations(sys.argv[2])
c.verify_mode = ssl.CERT_REQUIRED
c.minimum_version = c.maximum_version = getattr(ssl.TLSVersion, sys.argv[3])
for _ in range(2):
    try:
        t = c.wrap_socket(s.accept()[0], server_side=True)
        print(t.getpeercert()['subjectAltName'][0][1], flush=True)
        t.unwrap()
    except OSError as e: print(e.reason, flush=True)
";
    let authority = Authority::new();
    let cert = authority.server().identity.unwrap().cert;
    let ca = authority.ca();
    let identity = authority.issue("client.pem", &names(&["a client"]));
    for version in ["TLSv1_2", "TLSv1_3"] {
        let arguments = [cert.to_str().unwrap(), ca.to_str().unwrap(), version];
        let (mut server, address) = Program::python_server(script, &arguments).await;
        let with = ClientTls { identity: Some(identity.clone()), ..authority.client() };
        let (mut tls, _) = dial(address, &with.connector(&localhost()).unwrap()).await.unwrap();
        assert_eq!(server.line().await, "a client\n");
        end_half(&mut tls).await.unwrap();
        assert!(read_all(&mut tls).await.unwrap().is_empty());

        let without = ClientTls { trust: Trust::Anything, ..ClientTls::default() };
        let failure = match dial(address, &without.connector(&localhost()).unwrap()).await {
            Ok((mut tls, _)) => {
                let error = read_all(&mut tls).await.unwrap_err();
                Broken::of(&error).unwrap().0.clone()
            }
            Err(refused) => refused.failure,
        };
        assert!(failure.said.contains("demands a client certificate"), "{version}: {failure}");
        assert!(failure.remedies[0].contains("--tls-cert"), "{version}: {failure}");
        assert_eq!(server.line().await, "PEER_DID_NOT_RETURN_A_CERTIFICATE\n");
    }
}
