//! `--check`: whether a connection can be had, and nothing else.

use std::io::Write;
use std::net::Shutdown;

use crate::harness::{accept, kept_port, raccord, read_all, server};

#[test]
fn a_server_is_there_and_is_left_in_order() {
    for option in ["--check", "-z"] {
        let (listener, address) = server();
        let client = raccord(["connect", &address.to_string(), option, "-o", "json"]).start();
        let mut peer = accept(&listener);
        peer.write_all(b"what nobody asked for").unwrap();
        assert_eq!(read_all(&peer), b"", "nothing, and the end in order");
        drop(peer);
        let ran = client.ended().expect(0);
        let kinds: Vec<_> = ran.events().iter().map(|event| event["event"].clone()).collect();
        assert_eq!(kinds.first().unwrap(), "opened");
        assert_eq!(kinds.last().unwrap(), "closed");
        assert!(!kinds.contains(&"received".into()), "{kinds:?}");
        assert_eq!(ran.reason(), "done");
    }
}

#[test]
fn where_stdout_has_only_bytes_one_line_on_stderr_says_so() {
    for (options, lines) in [(&[][..], 1), (&["-o", "raw"], 1), (&["-E", "gbk"], 1), (&["-q"], 0)] {
        let (_listener, address) = server();
        let check = raccord(["connect", &address.to_string(), "--check"]).with_words(options);
        let ran = check.run().expect(0);
        assert_eq!(ran.out(), "");
        assert_eq!(ran.err(), format!("connected to {address}\n").repeat(lines), "{options:?}");
    }
}

#[test]
fn stdin_is_left_to_others() {
    let (_listener, address) = server();
    let script = format!("{} connect {address} --check -q && cat", crate::harness::binary());
    let ran = crate::harness::peer("sh", ["-c", &script]).input("the next command's").run().expect(0);
    assert_eq!(ran.out(), "the next command's");
}

#[test]
fn a_peer_that_does_not_end_its_half_is_waited_for_only_briefly() {
    let (listener, address) = server();
    let client = raccord(["connect", &address.to_string(), "--check", "-q"]).start();
    let peer = accept(&listener);
    client.ended().expect(0);
    // the peer may take its time: nothing was reset
    assert_eq!(read_all(&peer), b"");
    peer.shutdown(Shutdown::Write).unwrap();
}

#[test]
fn nobody_there_is_exit_1_and_retry_waits_until_somebody_is() {
    let (listener, address) = server();
    drop(listener);
    let ran = raccord(["connect", &address.to_string(), "--check"]).run().expect(1);
    assert!(ran.err().starts_with(&format!("raccord: cannot connect to {address}: ")), "{}", ran.err());

    let (socket, port) = kept_port();
    let endpoint = format!("127.0.0.1:{port}");
    let client = raccord(["connect", &endpoint, "--check", "--retry", "30s"]).start();
    client.stderr.wait_for_text("trying again");
    socket.listen(1).unwrap();
    assert!(client.ended().expect(0).err().ends_with(&format!("connected to {endpoint}\n")));
}
