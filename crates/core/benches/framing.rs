//! What it costs to cut a stream into messages: the chunks are as a busy connection reads them.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start is to end")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use raccord_core::event::Time;
use raccord_core::framing::{Cutter, Framing, MAX_MESSAGE};

const CHUNK: usize = 256 * 1024;
/// Whole messages of so many bytes, of which a chunk holds as many as there is room for.
const SIZES: [usize; 2] = [64, 16 * 1024];

fn messages(framing: &Framing, size: usize) -> (Bytes, u64) {
    let added = framing.wrap(Bytes::new(), None).unwrap().len();
    let message = framing.wrap(vec![b'x'; size - added].into(), None).unwrap();
    let count = CHUNK / message.len();
    (message.repeat(count).into(), count as u64)
}

/// A chunk that holds whole messages: none is copied.
fn within_a_chunk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cut");
    for text in ["line", "delim:0d0a", "len:u16be"] {
        let framing: Framing = text.parse().unwrap();
        for size in SIZES {
            let (chunk, count) = messages(&framing, size);
            let mut cutter = Cutter::new(framing.clone(), MAX_MESSAGE);
            group.throughput(Throughput::Elements(count));
            group.bench_function(BenchmarkId::new(text, size), |bencher| {
                bencher.iter(|| {
                    let mut chunk = chunk.clone();
                    while let Some(message) = cutter.cut(Time(0), &mut chunk).unwrap() {
                        black_box(message);
                    }
                });
            });
        }
    }
}

/// One message of 1 MiB in chunks of some bytes: each is copied once.
fn across_chunks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("collect");
    for text in ["line", "delim:0d0a"] {
        let framing: Framing = text.parse().unwrap();
        let whole = framing.wrap(vec![b'x'; 1 << 20].into(), None).unwrap();
        for size in [1, 1460] {
            group.throughput(Throughput::Bytes(whole.len() as u64));
            group.bench_function(BenchmarkId::new(text, size), |bencher| {
                bencher.iter(|| {
                    let mut cutter = Cutter::new(framing.clone(), MAX_MESSAGE);
                    let mut rest = whole.clone();
                    while !rest.is_empty() {
                        let mut chunk = rest.split_to(size.min(rest.len()));
                        black_box(cutter.cut(Time(0), &mut chunk).unwrap());
                    }
                });
            });
        }
    }
}

criterion_group!(benches, within_a_chunk, across_chunks);
criterion_main!(benches);
