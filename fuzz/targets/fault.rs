//! Faults and a stream: any cut does the same harm, every byte leaves once and in order unless a fault says otherwise,
//! whenever somebody ticks.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use raccord_core::event::{ConnId, Dir, Time};
use raccord_core::fault::{Action, Chance, Fault, FaultLine};
use raccord_fuzz::{assert_harmless, assert_within, pieces, split_line};

/// More faults than this say nothing new.
const MOST: usize = 6;

fuzz_target!(|input: &[u8]| {
    let (text, rest) = split_line(input);
    let faults: Vec<Fault> = text.split(' ').take(MOST).filter_map(read).collect();
    let Some((&[seed, ref cuts @ ..], rest)) = rest.split_first_chunk::<5>() else { return };
    let (changes, stream) = rest.split_at(rest.len().min(8));
    let whole = harm(&faults, seed, [stream]);
    account(&faults, stream, &whole);
    assert_eq!(harm(&faults, seed, pieces(stream, *cuts)), whole, "{text} cut");
    assert_eq!(harm(&faults, seed, stream.chunks(1)), whole, "{text} byte by byte");
    changing(&faults, changes, stream);
});

fn read(text: &str) -> Option<Fault> {
    match text.parse::<Fault>() {
        Ok(fault) => {
            assert_eq!(fault.to_string().parse().as_ref(), Ok(&fault));
            Some(fault)
        }
        Err(error) => {
            assert_harmless(&error.to_string());
            assert_within(error.column, text);
            None
        }
    }
}

/// What left, without the times: bytes, applications of faults in any order, and ends.
#[derive(Debug, Default, PartialEq)]
struct Harm {
    bytes: Vec<u8>,
    applied: Vec<(u32, u64, String)>,
    ends: Vec<Action>,
}

impl Harm {
    fn drain(&mut self, line: &mut FaultLine) {
        while let Some(action) = line.poll() {
            match action {
                Action::Bytes(bytes) => {
                    assert!(!bytes.is_empty());
                    self.bytes.extend(bytes);
                }
                Action::Applied(applied) => {
                    self.applied.push((applied.position, applied.offset, applied.detail.to_string()));
                }
                end => self.ends.push(end),
            }
        }
    }

    /// Until nothing more is to come; as far as the patience of a fuzzer goes.
    fn wait(&mut self, line: &mut FaultLine) {
        for _ in 0..10_000 {
            let Some(deadline) = line.deadline() else { return };
            line.tick(deadline);
            self.drain(line);
        }
    }
}

fn harm<'a>(faults: &[Fault], seed: u8, pieces: impl IntoIterator<Item = &'a [u8]>) -> Harm {
    let chance = Chance { seed: seed.into(), conn: ConnId(1) };
    let (mut line, mut harm) = (FaultLine::new(Dir::Up, Time(0), chance), Harm::default());
    for (position, fault) in (0..).zip(faults) {
        line.add(Time(0), position, fault);
    }
    for piece in pieces {
        line.push(Time(0), Bytes::copy_from_slice(piece));
        harm.drain(&mut line);
    }
    line.finish(Time(0));
    harm.drain(&mut line);
    harm.wait(&mut line);
    harm.applied.sort();
    harm
}

fn account(faults: &[Fault], stream: &[u8], harm: &Harm) {
    let is_there = |name| faults.iter().any(|fault| fault.kind().name == name);
    assert!(harm.bytes.len() <= stream.len());
    if !is_there("corrupt") {
        assert_eq!(harm.bytes, stream[..harm.bytes.len()]);
    }
    if !["bandwidth", "stall", "close", "reset"].into_iter().any(is_there) {
        assert_eq!(harm.bytes.len(), stream.len());
        assert_eq!(harm.ends, [Action::Finish]);
    }
}

/// Faults come and go, and time passes, while the stream is on its way: what only delays loses nothing.
fn changing(faults: &[Fault], changes: &[u8], stream: &[u8]) {
    let chance = Chance { seed: 0, conn: ConnId(1) };
    let (mut line, mut harm, mut now) = (FaultLine::new(Dir::Up, Time(0), chance), Harm::default(), Time(0));
    let size = (stream.len() / changes.len().max(1)).max(1);
    for (index, piece) in stream.chunks(size).enumerate() {
        let change = changes.get(index).copied().unwrap_or_default();
        now = Time(now.0 + u64::from(change) * 1_000_000);
        let position = u32::from(change) % 3;
        match faults.get(usize::from(change / 4) % MOST) {
            Some(fault) if ["latency", "bandwidth", "slice", "stall"].contains(&fault.kind().name) => {
                line.add(now, position, fault);
            }
            _ => line.remove(now, position),
        }
        line.push(now, Bytes::copy_from_slice(piece));
        if change % 2 == 0 {
            harm.drain(&mut line);
        }
    }
    line.finish(now);
    for position in 0..3 {
        line.remove(now, position);
    }
    harm.drain(&mut line);
    assert_eq!(harm.bytes, stream);
    assert_eq!(harm.ends, [Action::Finish]);
}
