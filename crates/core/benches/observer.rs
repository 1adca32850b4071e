//! What an observer does with each event, off the path of the bytes: decode, show as lines, dump, write as JSON.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start is to end")]

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use raccord_core::address::Address;
use raccord_core::encoding::{Decoded, Encoding};
use raccord_core::event::{ConnId, Data, Dir, Event, EventKind, Time};
use raccord_core::json::{Json, JsonData};
use raccord_core::notation::dump::Dump;
use raccord_core::notation::visible;
use raccord_core::view::View;

/// One small message, and a chunk of bulk.
const SIZES: [usize; 2] = [64, 64 * 1024];

/// Lines of text with some characters that are not ASCII, cut to a size as a read would cut them.
fn text(encoding: Encoding, size: usize) -> Vec<u8> {
    let line = "ok,  Le problème est en cours, 正在处理中。\r\n";
    let mut bytes = encoding.encode(&line.repeat(size / line.len() + 2)).unwrap();
    bytes.truncate(size);
    bytes
}

fn each(
    criterion: &mut Criterion,
    what: &str,
    labels: &[&str],
    mut run: impl FnMut(&mut criterion::Bencher, Encoding, &[u8]),
) {
    let mut group = criterion.benchmark_group(what);
    for &label in labels {
        let encoding = Encoding::for_label(label).unwrap();
        for size in SIZES {
            let bytes = text(encoding, size);
            group.throughput(Throughput::Bytes(size as u64));
            group.bench_function(BenchmarkId::new(label, size), |bencher| run(bencher, encoding, &bytes));
        }
    }
}

fn decode(criterion: &mut Criterion) {
    each(criterion, "decode", &["utf-8", "gbk"], |bencher, encoding, bytes| {
        let (mut decoder, mut out) = (encoding.decoder(), Decoded::default());
        bencher.iter(|| {
            out.clear();
            decoder.push(black_box(bytes), &mut out);
            black_box(out.text.len())
        });
    });
}

fn lines(criterion: &mut Criterion) {
    each(criterion, "lines", &["utf-8"], |bencher, encoding, bytes| {
        let (decoded, mut out) = (encoding.decode(bytes), String::new());
        bencher.iter(|| {
            out.clear();
            visible::lines(black_box(&decoded)).for_each(|line| line.write(&mut out));
            black_box(out.len())
        });
    });
}

fn dump(criterion: &mut Criterion) {
    each(criterion, "dump", &["utf-8", "gbk"], |bencher, encoding, bytes| {
        let (mut dump, mut out) = (Dump::new(encoding), String::new());
        bencher.iter(|| {
            out.clear();
            dump.push(0, black_box(bytes), &mut out);
            black_box(out.len())
        });
    });
}

fn json(criterion: &mut Criterion) {
    each(criterion, "json", &["utf-8"], |bencher, encoding, bytes| {
        let (mut json, mut out) = (Json::new(JsonData::Both, View::new(encoding)), Vec::new());
        let conn = Some(ConnId(1));
        let [local, peer] = ["127.0.0.1:8989", "127.0.0.1:52472"].map(|end| {
            let address: std::net::SocketAddr = end.parse().unwrap();
            Address::from(address)
        });
        let mut time = 1_795_577_086_000_000_000;
        json.write(
            &Event { time: Time(time), conn, kind: EventKind::Opened { local, peer, tls: None } },
            &mut out,
        );
        let data = Data::chunk(Dir::Up, 123_456, Bytes::copy_from_slice(bytes));
        let mut event = Event { time: Time(time), conn, kind: EventKind::Received(data) };
        bencher.iter(|| {
            out.clear();
            time += 2_500;
            event.time = Time(time);
            json.write(black_box(&event), &mut out);
            black_box(out.len())
        });
    });
}

criterion_group!(benches, decode, lines, dump, json);
criterion_main!(benches);
