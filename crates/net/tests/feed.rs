//! The feed and the traffic hold each other up, and neither stops.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::VecDeque;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use raccord_core::endpoint::Host;
use raccord_core::event::EventKind;
use raccord_net::{Feed, Interest, Keep, Listen, Observer, listen};

/// Far more than it takes on a busy machine; no test waits it out.
const DEADLINE: Duration = Duration::from_secs(30);

/// The observer empties the feed at any moment, also between two looks at it by the connection's task.
#[test]
fn traffic_goes_on_however_often_the_feed_is_full() {
    const BYTES: usize = 64 * 1024 * 1024;
    let feed = Feed::new(4 * 1024);
    let observer = feed.observe(Keep::All, Interest { bytes: true, steps: false });
    let counted = count_received(observer);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut spec = Listen::on(Host::V4(Ipv4Addr::LOCALHOST), 0);
        spec.once = true;
        spec.terms.read_size = 4 * 1024;
        let session = listen(spec, &feed);
        let address = session.commands().ready().await.unwrap()[0].inet().unwrap();
        send(address, BYTES);
        tokio::time::timeout(DEADLINE, session.ended()).await.expect("the conversation stands still");
    });
    feed.close();
    assert_eq!(counted.join().unwrap(), BYTES);
}

fn count_received(mut observer: Observer) -> JoinHandle<usize> {
    thread::spawn(move || {
        let mut batch = VecDeque::new();
        let mut bytes = 0;
        while observer.next_batch(&mut batch) {
            for event in batch.drain(..) {
                if let EventKind::Received(data) = event.kind {
                    bytes += data.bytes.len();
                }
            }
        }
        bytes
    })
}

fn send(address: SocketAddr, bytes: usize) {
    thread::spawn(move || {
        let mut peer = TcpStream::connect(address).unwrap();
        let piece = vec![b'x'; 64 * 1024];
        for _ in 0..bytes / piece.len() {
            // a server that stands still resets it in the end; the test tells
            if peer.write_all(&piece).is_err() {
                return;
            }
        }
    });
}
