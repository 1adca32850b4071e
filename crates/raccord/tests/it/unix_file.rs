//! The file of a Unix socket: its permissions, whose place it takes, that it is removed, and all that can be in its way.

use std::io::Write;
use std::net::Shutdown;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;

use crate::harness::{Ran, binary, peer, raccord, until};
use crate::unix::{Place, abstract_name, bound, read_all};

#[test]
fn the_file_has_the_permissions_that_were_asked_for_whatever_the_umask_is() {
    for (umask, words, expected) in [
        ("000", &[][..], 0o600),
        ("777", &[], 0o600),
        ("000", &["--unix-mode", "0640"], 0o640),
        ("077", &["--unix-mode", "666"], 0o666),
        ("022", &["--unix-mode", "0777"], 0o777),
    ] {
        let place = Place::new();
        let start = format!("umask {umask}; exec \"$0\" \"$@\"");
        let server = peer("sh", ["-c", &start, binary(), "listen", &place.endpoint(), "-o", "text"]);
        let server = server.with_words(words).start();
        server.stdout.wait_for_text("listening on");
        assert_eq!(place.mode(), expected, "umask {umask}");
    }
}

#[test]
fn ours_is_removed_at_every_end() {
    let place = Place::new();
    for signals in [&["TERM"][..], &["HUP"], &["INT"], &["INT", "INT"], &[]] {
        let once = signals.is_empty().then_some("--once");
        let mut server = raccord(["listen", &place.endpoint(), "-q"]).with_words(once).start();
        until("it listens", || listens(&place.path()).then_some(()));
        for signal in signals {
            server.signal(signal);
        }
        if once.is_some() {
            drop(place.dial());
        }
        server.wait();
        assert!(!place.path().exists(), "{signals:?}");
    }
    raccord(["listen", &place.endpoint(), "--run", "exit 3"]).run().expect(3);
    assert!(!place.path().exists());
}

/// Whether a socket listens there, asked of the list of the kernel: a client would count for `--once`.
fn listens(path: &Path) -> bool {
    let list = String::from_utf8_lossy(&std::fs::read("/proc/net/unix").unwrap()).into_owned();
    let end = format!(" {}", path.display());
    list.lines().any(|line| line.ends_with(&end) && line.split_whitespace().nth(3) == Some("00010000"))
}

#[test]
fn somebody_elses_file_is_left_alone() {
    let place = Place::new();
    let server = place.server(&[]);
    std::fs::remove_file(place.path()).unwrap();
    let _theirs = place.listen();
    server.signal("TERM");
    server.ended().expect(0);
    drop(place.dial());
}

#[test]
fn a_stale_file_is_replaced_and_that_is_said_once() {
    let place = Place::new();
    place.leave_a_stale_file();
    // with a second name it stays, and nothing else gets its number
    std::fs::hard_link(place.path(), place.file("stale")).unwrap();
    let server = place.raccord(["listen", "unix:s", "--echo"]).start();
    server.stderr.wait_for_text("listening on");
    let [stale, ours] = ["stale", "s"].map(|name| std::fs::symlink_metadata(place.file(name)).unwrap());
    assert_ne!(stale.ino(), ours.ino());
    assert_eq!(stale.nlink(), 1, "the other name is gone");
    assert_eq!(place.mode(), 0o600);
    let client = raccord(["connect", &place.endpoint()]).input("hello").run().expect(0);
    assert_eq!(client.out(), "hello");
    server.signal("TERM");
    let said = server.ended().expect(0).err();
    assert_eq!(said.matches("replaced unix:s, which nobody answered on").count(), 1, "{said}");
}

#[test]
fn where_the_folder_cannot_be_locked_nothing_is_replaced() {
    let place = Place::new();
    place.leave_a_stale_file();
    let hold = "exec 3<. && flock 3 && echo locked && exec sleep 60";
    let holder = place.within(peer("sh", ["-c", hold])).start();
    holder.stdout.wait_for_text("locked");
    let said = place.raccord(["listen", "unix:s"]).run().expect(1).err();
    assert!(said.contains("Address already in use"), "{said}");
    assert!(said.contains("a socket is there that nobody has any more"), "{said}");
    assert!(said.contains("remove s, if no server is being started there"), "{said}");
    assert!(place.path().exists());
}

#[test]
fn of_two_that_find_the_same_stale_file_one_listens() {
    let place = Place::new();
    place.leave_a_stale_file();
    // as long as the test wants, and no longer than it lasts
    let run = "while [ -e folder ]; do sleep 0.02; done";
    std::fs::create_dir(place.file("folder")).unwrap();
    let server = |trace: &str| {
        // what they do with the lock of the folder is written down, and one that removes the file takes its time
        let watch = ["-o", trace, "-e", "trace=flock,unlink", "-e", "inject=unlink:delay_enter=300000"];
        let strace = [&watch[..], &[binary(), "listen", "unix:s", "--run", run]].concat();
        place.within(peer("strace", strace)).start()
    };
    // neither begins before both are there
    let gate = std::fs::File::open(place.file(".")).unwrap();
    gate.lock().unwrap();
    let mut servers = vec![server("first"), server("second")];
    let waits = |trace| std::fs::read_to_string(place.file(trace)).is_ok_and(|told| told.contains("EAGAIN"));
    until("both wait for the lock", || (waits("first") && waits("second")).then_some(()));
    drop(gate);
    let loser = until("one of them has given up", || {
        let at = servers.iter_mut().position(|server| !server.is_running())?;
        Some(servers.remove(at))
    });
    let said = loser.ended().expect(1).err();
    assert!(said.contains("Address already in use\n  raccord (pid "), "{said}");
    drop(place.dial());
    std::fs::remove_dir(place.file("folder")).unwrap();
    servers.remove(0).ended().expect(0);
}

#[test]
fn a_server_that_listens_is_named_and_not_disturbed() {
    let place = Place::new();
    let first = place.server(&["--once", "--reply", "pong"]);
    let ran = raccord(["listen", &place.endpoint()]).run().expect(1);
    let named = format!("raccord (pid {}, user ", first.pid());
    assert!(ran.err().contains(&named) && ran.err().contains(" listens there\n"), "{}", ran.err());
    // from the folder, as another name
    let ran = place.raccord(["listen", "unix:s"]).run().expect(1);
    assert!(ran.err().contains(&named), "{}", ran.err());

    let mut client = place.dial();
    client.write_all(b"ping").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&client), b"pong", "it still serves its one client");
    first.ended().expect(0);

    let endpoint = format!("unix:@{}", abstract_name("taken"));
    let first = raccord(["listen", &endpoint, "-o", "text"]).start();
    first.stdout.wait_for_text("listening on");
    let ran = raccord(["listen", &endpoint]).run().expect(1);
    assert!(ran.err().contains(&format!("raccord (pid {}, user ", first.pid())), "{}", ran.err());
}

/// raccord in this folder without root's privilege to do anything to any file.
fn without_privilege(place: &Place, words: &[&str]) -> Ran {
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    let run = if is_root {
        peer("setpriv", ["--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all", binary()])
            .with_words(words)
    } else {
        raccord(words)
    };
    place.within(run).run()
}

#[test]
fn what_stands_in_the_way_is_told() {
    let place = Place::new();
    let at = |name: &str| place.file(name);
    std::fs::write(at("file"), "").unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("link")).unwrap();
    let _bound = bound(&at("bound"));
    let _datagrams = UnixDatagram::bind(at("datagrams")).unwrap();
    drop(UnixListener::bind(at("stale")).unwrap());
    let _listener = UnixListener::bind(at("closed")).unwrap();
    let allow = |name: &str, mode| {
        std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    std::fs::create_dir(at("theirs")).unwrap();
    allow("closed", 0o000);
    allow("theirs", 0o500);

    let long = format!("unix:{}", "a".repeat(108));
    let long_name = format!("unix:@{}", "a".repeat(108));
    let told = |command: &str, endpoints: &[&str]| {
        let ran = endpoints.iter().map(|endpoint| {
            let ran = without_privilege(&place, &[command, endpoint, "-d"]).expect(1);
            format!("$ raccord {command} {endpoint}\n{}", ran.err())
        });
        ran.collect::<Vec<_>>().join("\n").replace(&"a".repeat(108), "aaa…")
    };
    let without_us = |text: String| {
        let holder = format!("(pid {}, user ", std::process::id());
        text.lines()
            .map(|line| match line.split_once(&holder) {
                Some((_, rest)) => format!("  THIS TEST {}", rest.split_once(") ").unwrap().1),
                None => line.to_owned(),
            })
            .collect::<Vec<_>>()
            .join("\n")
    };
    let listen = [
        "unix:file",
        "unix:folder",
        "unix:link",
        "unix:bound",
        "unix:datagrams",
        "unix:closed",
        "unix:theirs/s",
        "unix:none/s",
        "unix:file/s",
        "unix:/proc/self/s",
        &long,
        &long_name,
    ];
    insta::assert_snapshot!("listen_in_the_way", without_us(told("listen", &listen)));
    let connect = [
        "unix:none",
        "unix:stale",
        "unix:file",
        "unix:bound",
        "unix:datagrams",
        "unix:closed",
        "unix:file/s",
        "unix:@raccord-nobody",
        &long,
        &long_name,
    ];
    insta::assert_snapshot!("connect_in_the_way", without_us(told("connect", &connect)));
    allow("theirs", 0o700);
}

#[test]
fn the_longest_path_is_taken() {
    let place = Place::new();
    let name = "n".repeat(107);
    let server = place.raccord(["listen", &format!("unix:{name}"), "-o", "text"]).start();
    server.stdout.wait_for_text("listening on");
    assert!(place.file(&name).exists());
    let client = place.raccord(["connect", &format!("unix:{name}"), "--check"]).run();
    client.expect(0);
}
