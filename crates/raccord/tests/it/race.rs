//! A name with several addresses, some of which lead nowhere: the first that answers is taken (RFC 8305).

use crate::harness::{Ran, binary, peer};

/// A network of its own, in which one name has an IPv6 address that nobody answers on and an IPv4 address of this machine;
/// then what is to be tried there. `$1` is raccord, `$2` a file for the names.
const PLACE: &str = r#"
set -e
ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 2001:db8::1/64 dev v0 nodad
ip addr add 192.0.2.1/32 dev lo
printf '2001:db8::2 two.test\n192.0.2.1 two.test\n' > "$2"
mount --bind "$2" /etc/hosts
"#;

fn in_place(script: &str) -> Ran {
    let hosts = tempfile::NamedTempFile::new().unwrap();
    let script = format!("{PLACE}{script}");
    let hosts = hosts.path().to_str().unwrap();
    peer("unshare", ["-rnm", "/bin/sh", "-c", &script, "sh", binary(), hosts]).run()
}

#[test]
fn a_dead_family_costs_its_head_start_and_no_more() {
    let ran = in_place(
        r#""$1" listen 192.0.2.1:8989 --once --reply pong -q &
        "$1" connect two.test:8989 --retry 20s --send ping --replies 1 --explain
        wait"#,
    )
    .expect(0);
    assert_eq!(ran.out(), "pong");
    let (dead, alive) =
        ("[2001:db8::2]:8989) = -1 EINPROGRESS, then another address was first", "192.0.2.1:8989) = ");
    let err = ran.err().replace("\n              ", " ");
    let lines: Vec<_> = err.lines().filter(|line| line.contains(" connect(")).collect();
    // while the server starts, both are tried in turn
    let last: Vec<_> = lines.iter().rev().take(2).rev().collect();
    assert!(last[0].contains(alive) && last[1].contains(dead), "{err}");
    assert!(err.contains("Happy Eyeballs"), "{err}");
}

#[test]
fn all_that_fail_are_told_within_the_time_for_one_try() {
    let ran = in_place(r#""$1" connect two.test:8989 -w 1 -d"#).expect(1);
    let err = ran.err();
    assert!(err.contains("192.0.2.1:8989: Connection refused"), "{err}");
    assert!(err.contains("[2001:db8::2]:8989: no answer within 1 s"), "{err}");
    assert!(err.contains("a firewall may drop the packets; -w sets how long to wait"), "{err}");
}
