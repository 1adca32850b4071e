//! nc, ncat and socat, without TLS: the table of docs/interop.md.

use super::{EXCHANGE, HALVES, Peer, Role, keep};

/// In the order of the table: without an option first, then with those that change how it ends.
const PEERS: &[(Role, &str)] = &[
    (Role::Client, "nc 127.0.0.1 PORT"),
    (Role::Client, "nc -N 127.0.0.1 PORT"),
    (Role::Client, "nc -q 0 127.0.0.1 PORT"),
    (Role::Client, "ncat 127.0.0.1 PORT"),
    (Role::Client, "ncat --no-shutdown 127.0.0.1 PORT"),
    (Role::Client, "socat - TCP:127.0.0.1:PORT"),
    (Role::Client, "socat -t 30 - TCP:127.0.0.1:PORT"),
    (Role::Server, "nc -l 127.0.0.1 0"),
    (Role::Server, "nc -N -l 127.0.0.1 0"),
    (Role::Server, "nc -q 0 -l 127.0.0.1 0"),
    (Role::Server, "ncat -l 127.0.0.1 0"),
    (Role::Server, "ncat --no-shutdown -l 127.0.0.1 0"),
    (Role::Server, "socat - TCP-LISTEN:0,bind=127.0.0.1"),
    (Role::Server, "socat -t 30 - TCP-LISTEN:0,bind=127.0.0.1"),
];

#[test]
fn the_table_says_what_the_peers_do() {
    let peers =
        PEERS.iter().map(|(role, command)| Peer { role: *role, command, dir: ".".into(), words: &[] });
    let [peers_half, ours, without] = HALVES;
    keep("interop.md", &[EXCHANGE, peers_half, ours, without], &peers.collect::<Vec<_>>());
}
