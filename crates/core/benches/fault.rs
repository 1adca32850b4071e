//! What it costs to pass a line of faults: the chunks are as a busy connection reads them.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start is to end")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use raccord_core::event::{ConnId, Dir, Time};
use raccord_core::fault::{Chance, FaultLine};

const CHUNK: usize = 256 * 1024;

/// A chunk that somebody else shares, so that a flipped bit costs a copy.
fn a_chunk(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fault");
    group.throughput(Throughput::Bytes(CHUNK as u64));
    for faults in ["none", "corrupt=0%", "corrupt=0.1%", "corrupt=0.00001%", "latency=1ms~1ms", "slice=1..16"]
    {
        let (chunk, mut now) = (Bytes::from(vec![b'x'; CHUNK]), Time(0));
        let mut line = FaultLine::new(Dir::Up, now, Chance { seed: 1, conn: ConnId(1) });
        if faults != "none" {
            line.add(now, 0, &faults.parse().unwrap());
        }
        group.bench_function(BenchmarkId::from_parameter(faults), |bencher| {
            bencher.iter(|| {
                line.push(now, chunk.clone());
                while let Some(action) = line.poll() {
                    black_box(action);
                }
                now = Time(now.0 + 10_000_000);
            });
        });
    }
}

criterion_group!(benches, a_chunk);
criterion_main!(benches);
