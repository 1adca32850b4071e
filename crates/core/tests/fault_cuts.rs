//! A line of faults does the same harm however the bytes are cut, and loses none but where a fault says so.
#![expect(clippy::unwrap_used, reason = "a test whose faults cannot be read is to fail")]

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use raccord_core::event::{ConnId, Dir, Time};
use raccord_core::fault::{Action, Chance, Fault, FaultLine};

const MS: u64 = 1_000_000;

/// Those that give every byte on.
const GENTLE: [&str; 9] = [
    "latency=50ms",
    "latency=3ms~3ms",
    "latency=1ms@after=2ms",
    "latency=0",
    "bandwidth=1000/s",
    "bandwidth=7/s",
    "slice=1..16",
    "slice=3@after=5ms@for=20ms",
    "stall=3@for=30ms",
];
const HARSH: [&str; 11] = [
    "corrupt=10%",
    "corrupt=0%",
    "corrupt=100%@after=5ms@for=20ms",
    "stall=20",
    "close=30",
    "up:close=15",
    "close@after=10ms",
    "reset=30",
    "up:reset=15",
    "reset@after=10ms",
    "down:close",
];

fn any_faults() -> impl Strategy<Value = Vec<&'static str>> {
    vec(prop_oneof![select(&GENTLE[..]), select(&HARSH[..])], 0..5)
}

fn chunks(bytes: &[u8], cuts: &[Index]) -> Vec<Bytes> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    ends.sort_unstable();
    ends.push(bytes.len());
    let starts = [0].into_iter().chain(ends.clone());
    starts.zip(ends).map(|(start, end)| Bytes::copy_from_slice(&bytes[start..end])).collect()
}

/// What left a line, and when.
#[derive(Debug, Default, PartialEq)]
struct Left {
    /// In milliseconds.
    bytes: BTreeMap<u64, Vec<u8>>,
    /// Each application of a fault, in any order.
    applied: Vec<String>,
    /// How it ended.
    ends: Vec<String>,
}

impl Left {
    fn drain(&mut self, line: &mut FaultLine, now: Time) {
        while let Some(action) = line.poll() {
            match action {
                Action::Bytes(bytes) => self.bytes.entry(now.0 / MS).or_default().extend(bytes),
                Action::Applied(applied) => {
                    let (position, offset, detail) = (applied.position, applied.offset, applied.detail);
                    self.applied.push(format!("{now:?} {position} {offset} {detail}"));
                    self.applied.sort_unstable();
                }
                end => self.ends.push(format!("{now:?} {end:?}")),
            }
        }
    }

    /// Goes on from deadline to deadline, until this time.
    fn wait(&mut self, line: &mut FaultLine, until: Time) {
        while let Some(deadline) = line.deadline().filter(|deadline| *deadline <= until) {
            line.tick(deadline);
            self.drain(line, deadline);
        }
    }

    fn all(&self) -> Vec<u8> {
        self.bytes.values().flatten().copied().collect()
    }
}

fn line(faults: &[&str], seed: u64) -> FaultLine {
    let mut line = FaultLine::new(Dir::Up, Time(0), Chance { seed, conn: ConnId(1) });
    for (position, fault) in (0..).zip(faults) {
        let fault = fault.parse().unwrap();
        line.add(Time(0), position, &fault);
    }
    line
}

/// Parts of the stream come at their times, each cut; the end comes with the last.
fn play(faults: &[&str], seed: u64, parts: &[(u64, Vec<u8>)], cuts: &[Index]) -> Left {
    let (mut line, mut left) = (line(faults, seed), Left::default());
    left.drain(&mut line, Time(0));
    for (time, part) in parts {
        let now = Time(*time);
        left.wait(&mut line, now);
        for chunk in chunks(part, cuts) {
            line.push(now, chunk);
            left.drain(&mut line, now);
        }
    }
    let last = Time(parts.last().map_or(0, |(time, _)| *time));
    line.finish(last);
    left.drain(&mut line, last);
    left.wait(&mut line, Time(u64::MAX));
    left
}

fn any_parts() -> impl Strategy<Value = Vec<(u64, Vec<u8>)>> {
    vec((0..40 * MS, vec(any::<u8>(), 1..60)), 0..5).prop_map(|mut parts| {
        parts.sort_by_key(|(time, _)| *time);
        parts
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_cut_gives_the_same_bytes_and_the_same_harm(
        faults in any_faults(), seed: u64, parts in any_parts(), cuts in vec(any::<Index>(), 0..8),
    ) {
        let whole = play(&faults, seed, &parts, &[]);
        prop_assert_eq!(&play(&faults, seed, &parts, &cuts), &whole);
        let each: Vec<_> = parts.iter().flat_map(|(time, part)| part.iter().map(|byte| (*time, vec![*byte]))).collect();
        let last = parts.last().map(|(time, _)| (*time, Vec::new()));
        let each: Vec<_> = each.into_iter().chain(last).collect();
        prop_assert_eq!(&play(&faults, seed, &each, &[]), &whole);
    }

    #[test]
    fn every_byte_leaves_once_and_in_order(
        faults in any_faults(), seed: u64, parts in any_parts(), cuts in vec(any::<Index>(), 0..8),
    ) {
        let all: Vec<u8> = parts.iter().flat_map(|(_, part)| part.clone()).collect();
        let left = play(&faults, seed, &parts, &cuts);
        let bytes = left.all();
        prop_assert!(bytes.len() <= all.len());
        if !faults.iter().any(|fault| fault.starts_with("corrupt")) {
            prop_assert_eq!(&bytes[..], &all[..bytes.len()]);
        }
        if faults.iter().all(|fault| GENTLE.contains(fault)) {
            prop_assert_eq!(bytes.len(), all.len());
            prop_assert!(left.ends.len() == 1 && left.ends[0].ends_with("Finish"), "{:?}", left.ends);
        }
        prop_assert!(left.ends.len() <= 2, "{:?}", left.ends);
    }

    /// Faults come and go while bytes are in them, and the driver ticks and polls when it likes.
    #[test]
    fn no_change_loses_a_byte(
        steps in vec((0..20 * MS, 0_u32..4, select(&GENTLE[..]), vec(any::<u8>(), 0..60), any::<[bool; 4]>()), 0..12),
    ) {
        let (mut line, mut left, mut all, mut now) = (line(&[], 1), Left::default(), Vec::new(), Time(0));
        for (later, position, fault, bytes, [ticks, adds, removes, polls]) in steps {
            now = Time(now.0 + later);
            if ticks {
                line.tick(now);
            }
            if adds {
                line.add(now, position, &fault.parse::<Fault>().unwrap());
            }
            if removes {
                line.remove(now, position);
            }
            if polls {
                left.drain(&mut line, now);
            }
            line.push(now, bytes.clone().into());
            all.extend(bytes);
        }
        line.finish(now);
        left.drain(&mut line, now);
        left.wait(&mut line, Time(u64::MAX));
        prop_assert_eq!(left.all(), all);
        prop_assert_eq!(left.ends.len(), 1);
    }
}
