//! Certificates of servers: which are believed, and what is said of those that are not.

use raccord_core::endpoint::Host;
use raccord_net::tls::{ClientTls, Identity, RefusedKind, ServerTls, Trust};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};

use crate::peers::*;

/// What a client says of a server with this certificate.
async fn said_of(params: CertificateParams) -> String {
    let authority = Authority::new();
    let server = ServerTls { identity: Some(authority.issue("bad.pem", &params)), ..ServerTls::default() };
    refusal(&authority.client(), &server).await
}

/// What a client says of a server; that it tells what to do, and that it connects without checks.
async fn refusal(client: &ClientTls, server: &ServerTls) -> String {
    let (refused, _) = both(client, server).await;
    let refused = refused.err().unwrap();
    assert_eq!(refused.kind, RefusedKind::Tls);
    assert!(refused.failure.tried.starts_with("no TLS with 127.0.0.1:"), "{}", refused.failure);
    let remedies = refused.failure.remedies.join("\n");
    assert!(remedies.contains("--tls-insecure"), "{remedies}");
    let (client, server) = both(&ClientTls { trust: Trust::Anything, ..client.clone() }, server).await;
    client.unwrap();
    server.unwrap();
    refused.failure.said
}

#[tokio::test]
async fn expired() {
    let mut params = names(&["localhost"]);
    params.not_before = date_time_ymd(2019, 1, 1);
    params.not_after = date_time_ymd(2020, 2, 3);
    let said = said_of(params).await;
    assert!(
        said.starts_with("the server's certificate expired on 2020-02-03 00:00:00 UTC (it is 20"),
        "{said}"
    );
}

#[tokio::test]
async fn not_valid_yet() {
    let mut params = names(&["localhost"]);
    params.not_before = date_time_ymd(2999, 1, 1);
    params.not_after = date_time_ymd(3000, 1, 1);
    let said = said_of(params).await;
    assert!(
        said.starts_with("the server's certificate is valid only from 2999-01-01 00:00:00 UTC on"),
        "{said}"
    );
}

#[tokio::test]
async fn for_other_names() {
    let said = said_of(names(&["shop.example", "*.shop.example", "10.0.0.1"])).await;
    assert_eq!(
        said,
        "the server's certificate is not for localhost, but for shop.example, *.shop.example, 10.0.0.1"
    );
}

#[tokio::test]
async fn without_names() {
    let said = said_of(names(&[])).await;
    let expected = "the server's certificate is not for localhost: it has no names (its subject, CN=a leaf, does not count)";
    assert_eq!(said, expected);
}

#[tokio::test]
async fn for_clients_only() {
    let mut params = names(&["localhost"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(said_of(params).await, "the server's certificate was not made for servers (serverAuth)");
}

#[tokio::test]
async fn of_an_unknown_issuer_and_the_server_is_told() {
    let (authority, stranger) = (Authority::new(), Authority::named("a stranger"));
    let (client, server) = both(&authority.client(), &stranger.server()).await;
    let said = client.err().unwrap().failure.said;
    assert_eq!(
        said,
        "the server's certificate (CN=a leaf) was issued by CN=a stranger, who is not known here"
    );
    let said = server.err().unwrap().failure.said;
    assert_eq!(said, "the client does not know who issued our certificate (alert unknown_ca)");
}

#[tokio::test]
async fn of_an_issuer_that_was_made_anew() {
    let (before, after) = (Authority::new(), Authority::new());
    let said = refusal(&after.client(), &before.server()).await;
    assert_eq!(said, "the server's certificate is not signed by the issuer of that name that is known here");
}

#[tokio::test]
async fn a_self_signed_one_is_told_by_its_fingerprint() {
    let authority = Authority::new();
    let own = "req -x509 -newkey rsa:2048 -nodes -keyout own.key -out own.pem -days 2 -subj /CN=own \
               -addext subjectAltName=DNS:localhost";
    openssl(&authority.dir, own);
    let identity = Identity { cert: authority.path("own.pem"), key: Some(authority.path("own.key")) };
    let server = ServerTls { identity: Some(identity), ..ServerTls::default() };
    let fingerprint = server.acceptor(&Host::Any).unwrap().fingerprint;
    let expected =
        format!("the server's certificate is self-signed, and not known here: CN=own, SHA-256 {fingerprint}");
    assert_eq!(refusal(&authority.client(), &server).await, expected);

    // a system without CA certificates says so before it connects
    let client = ClientTls::default();
    match client.connector(&localhost()) {
        Ok(_) => assert_eq!(refusal(&client, &server).await, expected),
        Err(failure) => assert!(failure.remedies.join("\n").contains("ca-certificates"), "{failure}"),
    }
}

#[tokio::test]
async fn one_that_stands_in_the_trusted_file_is_believed_but_for_its_name_and_dates() {
    let authority = Authority::new();
    let make = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout own.key -out own.pem -days 2 \
                -subj /CN=own -addext subjectAltName=DNS:localhost,IP:127.0.0.1";
    openssl(&authority.dir, make);
    let identity = Identity { cert: authority.path("own.pem"), key: Some(authority.path("own.key")) };
    let server = ServerTls { identity: Some(identity), ..ServerTls::default() };
    let client = ClientTls { trust: Trust::File(authority.path("own.pem")), ..ClientTls::default() };
    let (agreed, _) = both(&client, &server).await;
    assert!(agreed.unwrap().1.certificates[0].is_self_signed());

    let elsewhere = ClientTls { name: Some("shop.example".to_owned()), ..client };
    let said = refusal(&elsewhere, &server).await;
    assert_eq!(said, "the server's certificate is not for shop.example, but for localhost, 127.0.0.1");

    let mut params = names(&["localhost"]);
    params.not_after = date_time_ymd(2020, 2, 3);
    let key = KeyPair::generate().unwrap();
    let old = authority.path("old.pem");
    std::fs::write(&old, params.self_signed(&key).unwrap().pem() + &key.serialize_pem()).unwrap();
    let server =
        ServerTls { identity: Some(Identity { cert: old.clone(), key: None }), ..ServerTls::default() };
    let client = ClientTls { trust: Trust::File(old), ..ClientTls::default() };
    let said = refusal(&client, &server).await;
    assert!(said.starts_with("the server's certificate expired on 2020-02-03"), "{said}");
}

#[tokio::test]
async fn the_name_may_be_given_and_an_address_is_checked_as_one() {
    let authority = Authority::new();
    let server = authority.server();
    let by_name = ClientTls { name: Some("127.0.0.1".to_owned()), ..authority.client() };
    let (client, _) = both(&by_name, &server).await;
    assert_eq!(client.unwrap().1.server_name, None);
    let elsewhere = ClientTls { name: Some("::1".to_owned()), ..authority.client() };
    let said = refusal(&elsewhere, &server).await;
    assert_eq!(said, "the server's certificate is not for ::1, but for localhost, 127.0.0.1");

    let failure = authority.client().connector(&Host::Name("bücher.example".to_owned())).err().unwrap();
    assert!(failure.remedies[0].contains("xn--"), "{failure}");
    authority.client().connector(&Host::Name("localhost.".to_owned())).unwrap();
    authority.client().connector(&Host::V6 { address: [0, 0, 0, 0, 0, 0, 0, 1].into(), zone: None }).unwrap();
}

#[tokio::test]
async fn one_of_version_1_is_named_as_such() {
    let authority = Authority::new();
    openssl(
        &authority.dir,
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca2.pem -days 2 -subj /CN=ca2",
    );
    openssl(&authority.dir, "req -newkey rsa:2048 -nodes -keyout v1.key -out v1.csr -subj /CN=localhost");
    let sign = "x509 -req -in v1.csr -CA ca2.pem -CAkey ca.key -CAcreateserial -out v1.pem -days 2";
    openssl(&authority.dir, sign);
    let server = Program::start(
        "openssl",
        &[
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-cert",
            authority.path("v1.pem").to_str().unwrap(),
            "-key",
            authority.path("v1.key").to_str().unwrap(),
        ],
    );
    let address = server.listening_port().await;
    let client = ClientTls { trust: Trust::File(authority.path("ca2.pem")), ..ClientTls::default() };
    let refused = dial(address, &client.connector(&localhost()).unwrap()).await.err().unwrap();
    let said = refused.failure.said;
    assert_eq!(said, "the server's certificate is of version 1 of X.509, which has no names to check");
    let anything = ClientTls { trust: Trust::Anything, ..client };
    dial(address, &anything.connector(&localhost()).unwrap()).await.unwrap();
}

/// What is said of files that cannot be used, and one word of what to do.
#[test]
fn files() {
    let authority = Authority::new();
    let path = |name: &str| authority.path(name);
    let server = |cert: &str, key: Option<&str>| {
        let identity = Identity { cert: path(cert), key: key.map(path) };
        ServerTls { identity: Some(identity), ..ServerTls::default() }.acceptor(&Host::Any).err().unwrap()
    };
    authority.issue("pair.pem", &names(&["localhost"]));
    authority.issue("other.pem", &names(&["localhost"]));
    let pair = std::fs::read_to_string(path("pair.pem")).unwrap();
    std::fs::write(path("text"), "hello\n").unwrap();
    std::fs::write(path("cut.pem"), &pair[..200]).unwrap();
    openssl(&authority.dir, "x509 -in pair.pem -outform der -out cert.der");
    openssl(&authority.dir, "pkey -in pair.pem -out key.pem");
    openssl(&authority.dir, "pkey -in pair.pem -aes256 -passout pass:secret -out secret.pem");
    openssl(&authority.dir, "ec -in key.pem -aes256 -passout pass:secret -out old-secret.pem");
    std::fs::create_dir(path("directory")).unwrap();
    let table = [
        (server("missing", None), "No such file or directory", "path"),
        (server("directory", None), "Is a directory", "one PEM file"),
        (
            server("text", None),
            "it is no PEM file: it has no line -----BEGIN …-----",
            "-----BEGIN CERTIFICATE",
        ),
        (server("cert.der", None), "it is no PEM file: it has no line -----BEGIN …-----", "-inform der"),
        (server("cut.pem", None), "it is cut short: the line -----END CERTIFICATE----- is missing", "again"),
        (server("key.pem", None), "there is no certificate in it", "-----BEGIN CERTIFICATE"),
        (server("ca.pem", None), "there is no private key in it", "--tls-key"),
        (server("pair.pem", Some("ca.pem")), "there is no private key in it", "-----BEGIN PRIVATE KEY"),
        (server("pair.pem", Some("secret.pem")), "its key is encrypted", "openssl pkey"),
        (server("pair.pem", Some("old-secret.pem")), "its key is encrypted", "openssl pkey"),
    ];
    for (failure, said, remedy) in table {
        assert_eq!(failure.said, said);
        assert!(failure.remedies.join("\n").contains(remedy), "{failure}");
    }
    let failure = server("pair.pem", Some("other.pem"));
    assert!(failure.said.starts_with("it does not belong to the certificate in /"), "{failure}");
    let failure = ServerTls { client_ca: Some(path("text")), ..ServerTls::default() }
        .acceptor(&Host::Any)
        .err()
        .unwrap();
    assert!(failure.tried.ends_with("/text"), "{failure}");
}

/// Keys of each form that openssl writes.
#[tokio::test]
async fn kinds_of_keys() {
    let authority = Authority::new();
    let commands = [
        ("p8-rsa", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out p8-rsa"),
        ("p1-rsa", "rsa -in p8-rsa -traditional -out p1-rsa"),
        ("p8-ec", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p8-ec"),
        ("sec1", "ec -in p8-ec -out sec1"),
        ("ed25519", "genpkey -algorithm ed25519 -out ed25519"),
    ];
    for (key, command) in commands {
        openssl(&authority.dir, command);
        openssl(
            &authority.dir,
            &format!(
                "req -x509 -key {key} -out {key}.pem -days 2 -subj /CN=x -addext subjectAltName=DNS:localhost"
            ),
        );
        let identity =
            Identity { cert: authority.path(&format!("{key}.pem")), key: Some(authority.path(key)) };
        let server = ServerTls { identity: Some(identity.clone()), ..ServerTls::default() };
        let client = ClientTls { trust: Trust::File(identity.cert), ..ClientTls::default() };
        let (client, _) = both(&client, &server).await;
        client.unwrap_or_else(|refused| panic!("{key}: {}", refused.failure));
    }
}
