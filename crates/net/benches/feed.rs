//! What one event costs on the path of the bytes: with nobody watching, and with an observer on its own thread.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start is to end")]

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use raccord_core::event::{ConnId, Data, Dir, EventKind};
use raccord_net::{Feed, Interest, Keep};

/// As the program has it.
const LIMIT: usize = 8 * 1024 * 1024;
const BYTES: Interest = Interest { bytes: true, steps: false };

fn received(bytes: &Bytes) -> EventKind {
    EventKind::Received(Data::chunk(Dir::Up, 0, bytes.clone()))
}

/// Emits `events` as a connection does: it waits while the feed is full.
fn emit(feed: &Feed, events: u64, bytes: &Bytes) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..events {
        if feed.is_full() {
            runtime.block_on(feed.room());
        }
        feed.emit(Some(ConnId(1)), received(bytes));
    }
}

fn unobserved(criterion: &mut Criterion) {
    let (feed, bytes) = (Feed::new(LIMIT), Bytes::from_static(&[b'x'; 64]));
    criterion.bench_function("unobserved/asked", |bencher| bencher.iter(|| feed.wants_bytes()));
    criterion
        .bench_function("unobserved/emitted", |bencher| bencher.iter(|| feed.emit(None, received(&bytes))));
}

/// How long `events` take from the first emitted to the last drained, by so many producers.
fn observed(keep: Keep, producers: u64, events: u64, size: usize) -> Duration {
    let feed = Feed::new(LIMIT);
    let mut observer = feed.observe(keep, BYTES);
    let bytes = Bytes::from(vec![b'x'; size]);
    let share = events.div_ceil(producers);
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut batch = VecDeque::new();
            while observer.next_batch(&mut batch) {
                batch.clear();
            }
        });
        let all: Vec<_> = (0..producers).map(|_| scope.spawn(|| emit(&feed, share, &bytes))).collect();
        for producer in all {
            producer.join().unwrap();
        }
        feed.close();
    });
    start.elapsed()
}

fn watched(criterion: &mut Criterion) {
    for (name, keep) in [("all", Keep::All), ("latest", Keep::Latest)] {
        let mut group = criterion.benchmark_group(name);
        for (producers, size) in [(1, 64), (1, 64 * 1024), (8, 64)] {
            let id = BenchmarkId::new(format!("{producers} producing"), size);
            group.bench_function(id, |bencher| {
                bencher.iter_custom(|events| observed(keep, producers, events, size));
            });
        }
    }
}

criterion_group!(benches, unobserved, watched);
criterion_main!(benches);
