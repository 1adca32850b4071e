//! What a session does with one of its connections when it is told to.
#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise")]

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use raccord_core::ending::Input;
use raccord_core::endpoint::Host;
use raccord_core::event::{Closed, ConnId, Event, EventKind, Reason};
use raccord_core::narration::{Meaning, Narrator};
use raccord_net::{Commands, Feed, Interest, Keep, Listen, Observer, Terms, listen};

/// A server to whose clients a person types, and its commands.
async fn server(feed: &Feed) -> (Commands, std::net::SocketAddr) {
    let terms = Terms { input: Input::Keyboard, ..Terms::default() };
    let spec = Listen { terms, ..Listen::on(Host::V4([127, 0, 0, 1].into()), 0) };
    let commands = listen(spec, feed).commands();
    let address = commands.ready().await.unwrap()[0].inet().unwrap();
    (commands, address)
}

fn dial(address: std::net::SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Waits on another thread for what a peer reads until its end, so that the session's runtime goes on.
async fn read_all(mut stream: TcpStream) -> (Vec<u8>, std::io::Result<usize>) {
    let read = move || {
        let mut bytes = Vec::new();
        let end = stream.read_to_end(&mut bytes);
        (bytes, end)
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

async fn open(commands: &Commands, count: usize) {
    while commands.connections().len() < count {
        tokio::task::yield_now().await;
    }
}

/// Stops the session; how its connections ended.
async fn closed(feed: &Feed, commands: &Commands, observer: Observer) -> Vec<(ConnId, Closed)> {
    let ends = events(feed, commands, observer).await.into_iter().filter_map(|event| match event.kind {
        EventKind::Closed(closed) => Some((event.conn.unwrap(), closed)),
        _ => None,
    });
    ends.collect()
}

/// Stops the session; everything that happened.
async fn events(feed: &Feed, commands: &Commands, mut observer: Observer) -> Vec<Event> {
    commands.stop();
    while !commands.connections().is_empty() {
        tokio::task::yield_now().await;
    }
    feed.close();
    let (mut events, mut batch) = (Vec::new(), VecDeque::new());
    while observer.next_batch(&mut batch) {
        events.extend(batch.drain(..));
    }
    events
}

#[tokio::test]
async fn one_of_two_is_closed_in_order_after_what_is_queued_for_it() {
    let feed = Feed::new(1 << 20);
    let observer = feed.observe(Keep::All, Interest::default());
    let (commands, address) = server(&feed).await;
    let first = dial(address);
    open(&commands, 1).await;
    let _second = dial(address);
    open(&commands, 2).await;
    assert!(commands.input_to(ConnId(1), Bytes::from_static(b"bye")).await);
    assert!(commands.close(ConnId(1)));
    let (bytes, end) = read_all(first).await;
    assert_eq!((bytes.as_slice(), end.unwrap()), (&b"bye"[..], 3));
    while commands.connections().len() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(commands.connections()[0].conn, ConnId(2), "the other stays");
    let ends = closed(&feed, &commands, observer).await;
    assert_eq!((ends[0].0, ends[0].1.reason), (ConnId(1), Reason::Done));
}

#[tokio::test]
async fn a_reset_is_told_as_ours_and_the_peer_meets_it() {
    let feed = Feed::new(1 << 20);
    let observer = feed.observe(Keep::All, Interest::default());
    let (commands, address) = server(&feed).await;
    let client = dial(address);
    open(&commands, 1).await;
    assert!(commands.reset(ConnId(1)));
    let (_, end) = read_all(client).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    let ends = closed(&feed, &commands, observer).await;
    assert!(ends[0].1.is_reset_by_us(), "{ends:?}");
}

#[tokio::test]
async fn a_reset_that_is_narrated_leaves_nothing_behind() {
    let feed = Feed::new(1 << 20);
    let observer = feed.observe(Keep::All, Interest { bytes: false, steps: true });
    let (commands, address) = server(&feed).await;
    let client = dial(address);
    open(&commands, 1).await;
    assert!(commands.reset(ConnId(1)));
    read_all(client).await.1.unwrap_err();
    let mut narrator = Narrator::default();
    let events = events(&feed, &commands, observer).await;
    let meanings = events.iter().filter_map(|event| match &event.kind {
        EventKind::Step(step) => Some((event.conn, narrator.tell(step).meaning)),
        _ => None,
    });
    let of_the_connection: Vec<_> = meanings
        .filter(|(conn, meaning)| conn.is_some() && *meaning != Meaning::NothingYet)
        .map(|(_, meaning)| meaning)
        .collect();
    assert_eq!(of_the_connection, [Meaning::ResetOnClose, Meaning::CloseReset]);
}

#[tokio::test]
async fn input_to_one_waits_for_it_and_reaches_nobody_else() {
    let feed = Feed::new(1 << 20);
    let (commands, address) = server(&feed).await;
    let first = dial(address);
    open(&commands, 1).await;
    let mut second = dial(address);
    open(&commands, 2).await;
    // more than a connection's mailbox and the system's buffers hold
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    let pieces = 16;
    let reading = tokio::spawn(read_all(first));
    for _ in 0..pieces {
        assert!(commands.input_to(ConnId(1), piece.clone()).await);
    }
    commands.close(ConnId(1));
    let (bytes, _) = reading.await.unwrap();
    assert_eq!(bytes.len(), pieces << 20);
    second.write_all(b"still here").unwrap();
    second.set_nonblocking(true).unwrap();
    assert_eq!(second.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    commands.stop();
}

#[tokio::test]
async fn nobody_is_there_under_a_number_that_never_was() {
    let feed = Feed::new(1 << 20);
    let (commands, _) = server(&feed).await;
    assert!(!commands.close(ConnId(99)) && !commands.reset(ConnId(99)));
    assert!(!commands.input_to(ConnId(99), Bytes::from_static(b"?")).await);
    commands.stop();
}
