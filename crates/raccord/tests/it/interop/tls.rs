//! openssl, ncat, socat and Python's ssl, over TLS: the table of docs/tls.md.

use super::{HALVES, Peer, Role, keep};
use crate::certificates::Certificates;

/// In the order of the table.
const PEERS: &[(Role, &str)] = &[
    (Role::Client, "openssl s_client -quiet -connect 127.0.0.1:PORT"),
    (Role::Client, "openssl s_client -quiet -no_ign_eof -connect 127.0.0.1:PORT"),
    (Role::Client, "ncat --ssl 127.0.0.1 PORT"),
    (Role::Client, "ncat --ssl --no-shutdown 127.0.0.1 PORT"),
    (Role::Client, "socat - OPENSSL:127.0.0.1:PORT,verify=0"),
    (Role::Client, "socat -t 30 - OPENSSL:127.0.0.1:PORT,verify=0"),
    (Role::Client, "python3 ssl_peer.py unwrap connect PORT"),
    (Role::Client, "python3 ssl_peer.py shutdown connect PORT"),
    (Role::Server, "openssl s_server -quiet -naccept 1 -accept 127.0.0.1:0 -cert server.pem -key server.key"),
    (Role::Server, "ncat --ssl --ssl-cert server.pem --ssl-key server.key -l 127.0.0.1 0"),
    (Role::Server, "socat - OPENSSL-LISTEN:0,bind=127.0.0.1,cert=both.pem,verify=0"),
    (Role::Server, "socat -t 30 - OPENSSL-LISTEN:0,bind=127.0.0.1,cert=both.pem,verify=0"),
    (Role::Server, "python3 ssl_peer.py unwrap listen"),
    (Role::Server, "python3 ssl_peer.py shutdown listen"),
];

#[test]
fn the_table_says_what_the_peers_do_over_tls() {
    let made = Certificates::new();
    std::fs::write(made.path("ssl_peer.py"), include_str!("ssl_peer.py")).unwrap();
    let peers = PEERS.iter().map(|(role, command)| {
        let words: &[&str] = match role {
            Role::Client => &["--tls"],
            Role::Server => &["--tls", "--tls-insecure"],
        };
        Peer { role: *role, command, dir: made.path("").into(), words }
    });
    keep("tls.md", &HALVES, &peers.collect::<Vec<_>>());
}
