//! The table: each option of `connect` and `listen`, and what tells that it is there.

use super::looks::*;
use super::peers::*;
use super::secure::{agreement, first_bytes};
use super::{Row, both, connect, listen};

pub fn rows() -> Vec<Row> {
    [addresses(), text(), sending(), messages(), answering(), ending(), input(), output(), sockets(), tls()]
        .concat()
}

fn addresses() -> Vec<Row> {
    vec![
        connect(&["-s 127.0.0.2", "--source 127.0.0.2"]).sees(
            from,
            "127.0.0.1, any port",
            "127.0.0.2, any port",
        ),
        connect(&["-p {port}", "--source-port {port}"]).sees(
            from,
            "127.0.0.1, any port",
            "127.0.0.1, that port",
        ),
        connect(&["-w 10ms", "--connect-timeout 10ms"]).beside(&["--tls", "--tls-insecure"]).sees(
            failure_beside_silence,
            "closed",
            "in time",
        ),
        connect(&["--retry 1h"]).sees(server_comes_late, "exit 1", "connected, exit 0"),
        connect(&["-4"]).sees(reaches_ipv6, "connected", "exit 1"),
        connect(&["-6"]).sees(reaches_ipv4, "connected", "exit 1"),
        connect(&["-n"]).sees(reaches_localhost, "connected", "exit 1"),
        listen(&["-4"]).sees(families, "IPv4 IPv6", "IPv4"),
        listen(&["-6"]).sees(families, "IPv4 IPv6", "IPv6"),
        listen(&["-n"]).sees(listens_on_localhost, "listens", "exit 1"),
        listen(&["--allow 10.0.0.0/8"]).beside(&["--reply ok"]).sees(answer, "ok", ""),
        listen(&["--deny 127.0.0.0/8"]).beside(&["--reply ok"]).sees(answer, "ok", ""),
    ]
}

fn text() -> Vec<Row> {
    vec![
        both(&["-E gbk", "--encoding gbk"]).beside(&["--send 你"]).sees(wire, r"\xe4\xbd\xa0", r"\xc4\xe3"),
        both(&["--eol crlf"]).beside(&["--send hi"]).sees(wire, "hi", r"hi\r\n"),
        both(&["-C"]).beside(&["--send hi"]).sees(wire, "hi", r"hi\r\n"),
    ]
}

fn sending() -> Vec<Row> {
    vec![
        both(&["--send hi"]).sees(wire, "", "hi"),
        both(&["--send-hex 6869"]).sees(wire, "", "hi"),
        both(&["--send-file {dir}/hi.txt"]).sees(wire, "", "hi"),
        both(&["--checksum crc16-modbus"]).beside(&["--send 123456789"]).sees(
            wire,
            "123456789",
            "1234567897K",
        ),
        both(&["--every 100ms"]).beside(&["--send x"]).sees(first_three, "x", "xxx, 200 ms"),
        both(&["--repeat 3"]).beside(&["--send x"]).sees(wire, "x", "xxx"),
        both(&["--await"]).beside(&["--send a", "--send b"]).sees(wire_to_who_is_silent, "ab", "a"),
    ]
}

fn messages() -> Vec<Row> {
    vec![
        both(&["--frame line"]).beside(&["-o json"]).sees(received, r"ping\npong\n", "ping|pong"),
        both(&["--frame-send none"]).beside(&["--frame delim:2e", "--send hi"]).sees(wire, "hi.", "hi"),
        both(&["--max-message 8"]).beside(&["--frame delim:2e", "-o json"]).sees(
            reason,
            "in order, exit 0",
            "too-long, exit 1",
        ),
    ]
}

fn answering() -> Vec<Row> {
    vec![
        listen(&["--echo"]).sees(wire, "", r"ping\npong\n"),
        listen(&["--discard"]).input("hi").sees(wire, "hi", ""),
        listen(&["--reply ok"]).sees(wire, "", "ok"),
        listen(&["--reply-hex 6f6b"]).sees(wire, "", "ok"),
        listen(&["-e wc -l", "--exec wc -l"]).sees(wire, "", r"2\n"),
        listen(&["-c wc -l | tr 2 b", "--shell wc -l | tr 2 b"]).sees(wire, "", r"b\n"),
    ]
}

fn ending() -> Vec<Row> {
    vec![
        connect(&["--replies 1"]).beside(&["--send hi"]).sees(
            what_comes_after_an_answer,
            "pong and more",
            "pong",
        ),
        listen(&["--replies 1"]).beside(&["--reply ok"]).sees(answers_to_two, "okok", "ok"),
        both(&["--timeout 10ms"]).beside(&["-o json"]).sees(
            reason_beside_silence,
            "in order, exit 0",
            "timeout, exit 1",
        ),
        both(&["--half-close-timeout 10ms"]).beside(&["-o json", "--send hi"]).sees(
            reason_beside_silence,
            "in order, exit 0",
            "timeout, exit 1",
        ),
        both(&["-i 10ms", "--idle-timeout 10ms"]).beside(&["-o json"]).sees(
            reason_beside_silence,
            "in order, exit 0",
            "idle, exit 0",
        ),
        both(&["--no-shutdown"]).beside(&["--send hi"]).sees(half, "hi, and its end", "hi"),
        both(&["-N"]).beside(&["--send hi"]).changes_nothing(half, "hi, and its end"),
        connect(&["-z", "--check"]).input("hi").sees(wire, "hi", ""),
        connect(&["--reconnect 100ms"]).sees(connections, "1", "2"),
        listen(&["--once"]).sees(after_a_client, "serves the next", "listens no more"),
        listen(&["-k"]).changes_nothing(after_a_client, "serves the next"),
        listen(&["-l"]).beside(&["--reply ok"]).changes_nothing(answer, "ok"),
    ]
}

fn input() -> Vec<Row> {
    vec![
        both(&["--stdin"]).beside(&["--send a"]).input("b").sees(wire, "a", "ab"),
        both(&["-d", "--no-stdin"]).input("b").sees(wire, "b", ""),
        both(&["--run echo it is run"]).sees(program_says, "", "program: it is run"),
    ]
}

fn output() -> Vec<Row> {
    const HEX: &str = "00000000  70 69 6e 67 0a 70 6f 6e  67 0a                    |ping.pong.|";
    vec![
        both(&["-o hex", "--output hex"]).sees(shown, "pong", HEX),
        both(&["-x"]).sees(shown, "pong", HEX),
        both(&["--json-data none"]).beside(&["-o json"]).sees(json_of_data, "hex text", ""),
        both(&["--explain"]).sees(calls_told, "", "socket, close"),
        both(&["-v"]).sees(lines_aside, "", "connected, closed"),
        both(&["-q"]).sees(out, r"ping\npong\n", ""),
        both(&["--color always"]).beside(&["-o text"]).sees(colour, "plain", "coloured"),
        both(&["--read-size 4"]).beside(&["-o json"]).sees(received, r"ping\npong\n", r"ping|\npon|g\n"),
    ]
}

fn sockets() -> Vec<Row> {
    const CONNECTION: &str = "TCP_NODELAY [1]";
    const LISTENER: &str = "SO_REUSEADDR [1], listen 128";
    vec![
        both(&["--keepalive 90s"]).sees(
            calls_of_connection,
            CONNECTION,
            "TCP_NODELAY [1], SO_KEEPALIVE [1], TCP_KEEPIDLE [90], TCP_KEEPINTVL [90]",
        ),
        both(&["--nagle"]).sees(calls_of_connection, CONNECTION, ""),
        both(&["--send-buffer 32KiB"]).sees(
            calls_of_connection,
            CONNECTION,
            "SO_SNDBUF [32768], TCP_NODELAY [1]",
        ),
        both(&["--recv-buffer 48KiB"]).sees(
            calls_of_connection,
            CONNECTION,
            "SO_RCVBUF [49152], TCP_NODELAY [1]",
        ),
        connect(&["--reset-on-close"]).beside(&["--replies 1"]).sees(end_of_all, "in order", "reset"),
        listen(&["--reset-on-close"]).beside(&["--reply ok"]).sees(end_of_all, "in order", "reset"),
        listen(&["-m 1", "--max-conns 1"]).beside(&["--echo"]).sees(
            second_client,
            "served beside the first",
            "served after the first",
        ),
        listen(&["--reuse-port"]).sees(
            calls_of_listener,
            LISTENER,
            "SO_REUSEADDR [1], SO_REUSEPORT [1], listen 128",
        ),
        listen(&["--unix-mode 640"]).sees(mode_of_the_file, "600", "640"),
        listen(&["--backlog 5"]).sees(calls_of_listener, LISTENER, "SO_REUSEADDR [1], listen 5"),
        listen(&["--no-reuse-address"]).sees(calls_of_listener, LISTENER, "listen 128"),
    ]
}

fn tls() -> Vec<Row> {
    const PEER: &str = "no name, no protocol, no certificate, exit 0";
    vec![
        connect(&["--tls"]).beside(&["--send hi"]).sees(first_bytes, "hi", r"\x16\x03"),
        connect(&["--tls-ca {dir}/ca.pem"]).beside(&["--tls", "--check"]).sees(
            agreement,
            "refused, exit 1",
            PEER,
        ),
        connect(&["--tls-insecure"]).beside(&["--tls", "--check"]).sees(agreement, "refused, exit 1", PEER),
        connect(&["--tls-name localhost"]).beside(&["--tls", "--check", "--tls-ca {dir}/ca.pem"]).sees(
            agreement,
            PEER,
            "localhost, no protocol, no certificate, exit 0",
        ),
        connect(&["--tls-alpn h2"]).beside(&["--tls", "--check", "--tls-insecure"]).sees(
            agreement,
            PEER,
            "no name, h2, no certificate, exit 0",
        ),
        connect(&["--tls-cert {dir}/ann.pem"]).beside(&["--tls", "--check", "--tls-insecure"]).sees(
            agreement,
            PEER,
            "no name, no protocol, Ann, exit 0",
        ),
        connect(&["--tls-key {dir}/client.key"])
            .beside(&["--tls", "--check", "--tls-insecure", "--tls-cert {dir}/client.pem"])
            .sees(agreement, "refused, exit 1", "no name, no protocol, Ann, exit 0"),
        listen(&["--tls"]).beside(&["--reply hello"]).sees(
            agreement,
            "WRONG_VERSION_NUMBER",
            "CERTIFICATE_VERIFY_FAILED",
        ),
        listen(&["--tls-cert {dir}/both.pem"]).beside(&["--tls", "--reply ok"]).sees(
            agreement,
            "CERTIFICATE_VERIFY_FAILED",
            "ok, no protocol",
        ),
        listen(&["--tls-key {dir}/server.key"])
            .beside(&["--tls", "--reply ok", "--tls-cert {dir}/server.pem"])
            .sees(agreement, "exit 1", "ok, no protocol"),
        listen(&["--tls-alpn h2"]).beside(&["--tls", "--reply ok", "--tls-cert {dir}/both.pem"]).sees(
            agreement,
            "ok, no protocol",
            "ok, h2",
        ),
        listen(&["--tls-client-ca {dir}/ca.pem"])
            .beside(&["--tls", "--reply ok", "--tls-cert {dir}/both.pem"])
            .sees(agreement, "ok, no protocol", "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    ]
}
