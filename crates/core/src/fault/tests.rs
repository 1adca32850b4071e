//! What faults do, told as transcripts.

use bytes::Bytes;

use super::*;
use crate::event::ConnId;

pub(super) const MS: u64 = 1_000_000;

fn chance(conn: u64) -> Chance {
    Chance { seed: 7, conn: ConnId(conn) }
}

fn fault(text: &str) -> Fault {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn line(faults: &str) -> FaultLine {
    let mut line = FaultLine::new(Dir::Up, Time(0), chance(1));
    for (position, text) in (0..).zip(faults.split_whitespace()) {
        line.add(Time(0), position, &fault(text));
    }
    line
}

/// Bytes from an offset on, which tell where they belong.
fn stream(offset: u64, count: u64) -> Bytes {
    (offset..offset + count).map(|at| (at % 251) as u8).collect()
}

fn drain(line: &mut FaultLine) -> Vec<Action> {
    std::iter::from_fn(|| line.poll()).collect()
}

fn bytes_in(actions: &[Action]) -> usize {
    let length = |action: &Action| if let Action::Bytes(bytes) = action { bytes.len() } else { 0 };
    actions.iter().map(length).sum()
}

/// Plays a script and tells what left the line at which millisecond: the sum of bytes, `fin`, `close`, `reset` (with `!` for
/// both directions), and faults applied, with their offset. In the script a number is the time, `+N` so many bytes,
/// `fin` the end, `-P` removes the fault at a position, and `P<FAULT` adds one.
fn played(faults: &str, script: &str) -> String {
    let mut player = Player { line: line(faults), came: 0, left: 0, told: Vec::new() };
    let mut now = 0;
    player.drain(now);
    for word in script.split_whitespace() {
        if let Ok(time) = word.parse::<u64>().map(|time| time * MS)
            && !word.starts_with('+')
        {
            player.wait(time);
            now = time;
            continue;
        }
        let time = Time(now);
        if let Some(count) = word.strip_prefix('+') {
            let count = count.parse().unwrap();
            player.line.push(time, stream(player.came, count));
            player.came += count;
        } else if let Some(position) = word.strip_prefix('-') {
            player.line.remove(time, position.parse().unwrap());
        } else if let Some((position, text)) = word.split_once('<') {
            player.line.add(time, position.parse().unwrap(), &fault(text));
        } else {
            player.line.finish(time);
        }
        player.drain(now);
    }
    player.wait(u64::MAX);
    player.told.into_iter().map(|(time, what)| format!("{time}:{what}")).collect::<Vec<_>>().join(" ")
}

struct Player {
    line: FaultLine,
    came: u64,
    left: u64,
    told: Vec<(u64, String)>,
}

impl Player {
    fn wait(&mut self, until: u64) {
        while let Some(deadline) = self.line.deadline().filter(|deadline| deadline.0 <= until) {
            self.line.tick(deadline);
            self.drain(deadline.0);
        }
        if until < u64::MAX {
            self.line.tick(Time(until));
            self.drain(until);
        }
    }

    fn drain(&mut self, now: u64) {
        for action in drain(&mut self.line) {
            let whole = |extent| if extent == Extent::Connection { "!" } else { "" };
            let what = match action {
                Action::Bytes(bytes) => {
                    let count = bytes.len() as u64;
                    assert_eq!(bytes, stream(self.left, count));
                    self.left += count;
                    if let Some((time, last)) = self.told.last_mut()
                        && let Ok(before) = last.parse::<u64>()
                        && *time == now / MS
                    {
                        *last = (before + count).to_string();
                        continue;
                    }
                    count.to_string()
                }
                Action::Finish => "fin".to_owned(),
                Action::Close(extent) => format!("close{}", whole(extent)),
                Action::Reset(extent) => format!("reset{}", whole(extent)),
                Action::Applied(Applied { fault, offset, .. }) => format!("{}@{offset}", fault.kind().name),
            };
            self.told.push((now / MS, what));
        }
    }
}

#[test]
fn each_does_what_it_says() {
    for (faults, script, expected) in [
        ("", "0 +5 10 +5 fin", "0:5 10:5 10:fin"),
        ("down:close=1 down:latency=1s", "0 +5 fin", "0:5 0:fin"),
        // latency
        ("latency=50ms", "0 +5 10 +5 fin", "0:latency@0 50:5 60:5 60:fin"),
        ("latency=0", "0 +5 fin", "0:5 0:fin"),
        ("latency=50ms~0", "0 +5 fin", "0:latency@0 50:5 50:fin"),
        ("latency=50ms latency=20ms", "0 +5", "0:latency@0 0:latency@0 70:5"),
        // bandwidth: the bucket is full at first, 50 bytes
        ("bandwidth=1000/s", "0 +50 fin", "0:bandwidth@0 0:50 0:fin"),
        ("bandwidth=1000/s", "0 +70 fin", "0:bandwidth@0 0:50 10:10 20:10 20:fin"),
        ("bandwidth=1/s", "0 +3", "0:bandwidth@0 0:1 1000:1 2000:1"),
        // stall holds the end as well
        ("stall=10", "0 +7 10 +7 fin", "0:7 10:stall@10 10:3"),
        ("stall", "0 +7 fin", "0:stall@0"),
        // close and reset
        ("close=10", "0 +7 10 +7 20 +7 fin", "0:7 10:close@10 10:3 10:close!"),
        ("up:close=10", "0 +7 10 +7 20 +7 fin", "0:7 10:close@10 10:3 10:close"),
        ("close=10", "0 +7 fin", "0:7 0:fin"),
        ("close", "0 +7", "0:close@0 0:close!"),
        ("reset=10", "0 +7 10 +7 fin", "0:7 10:reset@10 10:3 10:reset!"),
        ("up:reset=10", "0 +10", "0:reset@10 0:10 0:reset"),
        // a share of nothing
        ("corrupt=0% latency=1s@0% close@0%", "0 +5 fin", "0:5 0:fin"),
    ] {
        assert_eq!(played(faults, script), expected, "{faults}: {script}");
    }
}

#[test]
fn faults_stand_in_order_and_the_first_to_fire_wins() {
    for (faults, script, expected) in [
        // bytes past a fault are delivered before its close, and a reset waits for none
        ("close=10 latency=50ms", "0 +20", "0:latency@0 0:close@10 50:10 50:close!"),
        ("reset=10 latency=50ms", "0 +20", "0:latency@0 0:reset@10 0:reset!"),
        ("reset=10 latency=50ms", "0 +5 60 +5", "0:latency@0 50:5 60:reset@10 60:reset!"),
        ("latency=50ms close=10", "0 +20", "0:latency@0 50:close@10 50:10 50:close!"),
        ("latency=50ms reset=10", "0 +20", "0:latency@0 50:reset@10 50:10 50:reset!"),
        (
            "bandwidth=100/s reset=10",
            "0 +20",
            "0:bandwidth@0 0:5 10:1 20:1 30:1 40:1 50:reset@10 50:1 50:reset!",
        ),
        ("reset=10 bandwidth=100/s", "0 +20", "0:bandwidth@0 0:5 0:reset@10 0:reset!"),
        // the fault that the byte comes to first
        ("close=10 reset=10", "0 +20", "0:close@10 0:10 0:close!"),
        ("reset=10 close=10", "0 +20", "0:reset@10 0:10 0:reset!"),
        ("reset=20 close=10", "0 +30", "0:close@10 0:10 0:close!"),
        ("reset=20 slice=3 close=10", "0 +30", "0:slice@0 0:9 0:close@10 0:1 0:close!"),
        ("close=20 slice=3 reset=10", "0 +30", "0:slice@0 0:9 0:reset@10 0:1 0:reset!"),
        // the first in time, though the other has fewer bytes
        ("close=20 latency=50ms reset=10", "0 +30", "0:latency@0 0:close@20 50:20 50:close!"),
        ("reset=20 latency=50ms close=10", "0 +30", "0:latency@0 0:reset@20 0:reset!"),
        ("reset=20 latency=50ms close=10", "0 +15 60 +15", "0:latency@0 50:close@10 50:10 50:close!"),
        // what holds, and what ends
        ("stall=10 close=10", "0 +20", "0:stall@10 0:close@10 0:10 0:close!"),
        ("stall=10 close=11", "0 +20", "0:stall@10 0:10"),
        ("close=20 stall=10", "0 +30", "0:stall@10 0:10 0:close@20"),
        ("reset=20 stall=10", "0 +30", "0:stall@10 0:10 0:reset@20 0:reset!"),
        ("stall=10 reset@after=1s", "0 +30", "0:stall@10 0:10 1000:reset@10 1000:reset!"),
        ("latency=10s close@after=1s", "0 +30 fin", "0:latency@0 1000:close@0 1000:close!"),
        ("up:close@after=1s", "0 +30 fin", "0:30 0:fin"),
        ("close@after=1s", "0 +30 fin", "0:30 0:fin 1000:close@30 1000:close!"),
    ] {
        assert_eq!(played(faults, script), expected, "{faults}: {script}");
    }
}

#[test]
fn a_fault_has_its_time() {
    for (faults, script, expected) in [
        ("latency=50ms@after=1s", "0 +5 999 +5 1000 +5", "0:5 999:5 1000:latency@10 1050:5"),
        ("latency=50ms@for=1s", "0 +5 999 +5 1000 +5", "0:latency@0 50:5 1000:10"),
        ("latency=50ms@after=1s@for=1s", "0 +5 1500 +5 2000 +5", "0:5 1000:latency@5 1550:5 2000:5"),
        ("stall@after=1s@for=2s", "0 +5 1500 +5 fin", "0:5 1000:stall@5 3000:5 3000:fin"),
        ("stall=3@after=1s@for=2s", "0 +5 1500 +5 fin", "0:5 1500:stall@8 1500:3 3000:2 3000:fin"),
        ("close=3@for=1s", "0 +2 1000 +5", "0:2 1000:5"),
        ("reset@after=1s", "0 +2 5000 +5", "0:2 1000:reset@2 1000:reset!"),
        (
            "bandwidth=100/s@for=100ms",
            "0 +100",
            "0:bandwidth@0 0:5 10:1 20:1 30:1 40:1 50:1 60:1 70:1 80:1 90:1 100:86",
        ),
    ] {
        assert_eq!(played(faults, script), expected, "{faults}: {script}");
    }
}

#[test]
fn a_time_that_is_told_late_loses_no_order() {
    let mut line = line("latency=10ms@after=1s@for=1s close@after=5s reset@after=4s");
    line.tick(Time(10_000 * MS));
    let kinds = drain(&mut line).into_iter().map(|action| match action {
        Action::Applied(applied) => applied.fault.kind().name,
        Action::Reset(_) => "RST",
        _ => "?",
    });
    assert_eq!(kinds.collect::<Vec<_>>(), ["latency", "reset", "RST"]);
}

#[test]
fn faults_change_while_bytes_are_in_them() {
    for (faults, script, expected) in [
        ("latency=1s", "0 +5 10 +5 20 -0 +5 fin", "0:latency@0 20:15 20:fin"),
        ("latency=1s latency=50ms", "0 +5 20 -0 +5", "0:latency@0 0:latency@0 70:10"),
        ("latency=50ms latency=1s", "0 +5 20 -1 +5", "0:latency@0 0:latency@0 50:5 70:5"),
        ("latency=50ms latency=1s", "0 +5 60 +5 -1", "0:latency@0 0:latency@0 60:5 110:5"),
        ("bandwidth=100/s", "0 +100 10 -0 +5 fin", "0:bandwidth@0 0:5 10:100 10:fin"),
        ("stall=3", "0 +5 10 +5 fin 20 -0", "0:stall@3 0:3 20:7 20:fin"),
        ("stall=3 latency=50ms", "0 +5 100 -0", "0:latency@0 0:stall@3 50:3 150:2"),
        // in place of another: it counts anew
        ("close=10", "0 +7 10 0<close=10 +20", "0:7 10:close@17 10:10 10:close!"),
        ("latency=1s", "0 +5 10 0<latency=50ms +5", "0:latency@0 10:latency@5 10:5 60:5"),
        ("latency=1s", "0 +5 fin 10 1<close=3", "0:latency@0 1000:close@3 1000:3 1000:close!"),
        ("latency=1s", "0 +5 10 0<down:latency=1s", "0:latency@0 10:5"),
        (
            "",
            "0 +5 10 3<latency=50ms +5 20 1<stall 2<reset@after=1s +5",
            "0:5 10:latency@5 20:stall@10 60:5 1000:reset@10 1000:reset!",
        ),
        // a close on its way goes on, whatever becomes of the fault that it came from
        ("close=3 latency=50ms", "0 +5 10 -0 20 -1", "0:latency@0 0:close@3 20:3 20:close!"),
        ("latency=50ms", "0 +5 20 1<latency=50ms@after=2s", "0:latency@0 50:5 2000:latency@5"),
    ] {
        assert_eq!(played(faults, script), expected, "{faults}: {script}");
    }
}

#[test]
fn another_direction_decides() {
    let mut line = line("close=5 reset=7 stall=9");
    line.decide();
    line.push(Time(0), stream(0, 20));
    let left = drain(&mut line);
    assert!(matches!(&left[..], [.., Action::Bytes(_)]), "{left:?}");
    let bytes = bytes_in(&left);
    assert_eq!(bytes, 9);
}

#[test]
fn it_holds_64_mib_and_takes_no_more() {
    let mut line = line("latency=1s");
    let mebibyte = Bytes::from(vec![0; 1 << 20]);
    let mut pushed = 0;
    loop {
        let takes = line.takes().min(mebibyte.len());
        if takes == 0 {
            break;
        }
        line.push(Time(0), mebibyte.slice(..takes));
        pushed += takes;
    }
    assert!((63 << 20..=64 << 20).contains(&pushed), "{pushed}");
    assert_eq!(drain(&mut line).len(), 1);
    line.tick(Time(1_000 * MS));
    assert_eq!(line.takes(), 0, "what could leave has not left");
    let left = bytes_in(&drain(&mut line));
    assert_eq!((left, line.takes()), (pushed, 64 << 20));
}

#[test]
fn who_holds_bytes_back_takes_no_more() {
    for (faults, takes) in [
        ("", usize::MAX),
        ("corrupt=0.1%", usize::MAX),
        ("stall=10", 0),
        ("stall", 0),
        ("bandwidth=1KiB/s", 0),
        ("latency=1s stall", 0),
        ("latency=1s", 64 << 20),
        ("close=1", usize::MAX),
        ("reset=1", usize::MAX),
    ] {
        let mut line = line(faults);
        line.push(Time(0), stream(0, 5_000));
        if !faults.starts_with("latency") {
            assert_eq!(line.takes(), 0, "{faults}");
        }
        drain(&mut line);
        assert!(
            takes.saturating_sub(line.takes()) < 6_000 && line.takes() <= takes,
            "{faults}: {}",
            line.takes()
        );
    }
    assert_eq!(line("bandwidth=64KiB/s").takes(), 3276);
}

#[test]
fn a_bandwidth_is_kept_to_2_percent() {
    for rate in [1_u32, 7, 100, 1_499, 65_536, 1_000_003, 1 << 27] {
        for chunk in [1_u64, 13, 1_460, 65_537, 300_000] {
            let (mut line, mut left, mut looks, mut now) =
                (line(&format!("bandwidth={rate}/s")), 0, 0, Time(0));
            if u64::from(rate) / chunk > 10_000 {
                continue;
            }
            while now.0 < 5_000 * MS {
                line.tick(now);
                loop {
                    if line.takes() > 0 {
                        line.push(now, vec![0; usize::try_from(chunk).unwrap()].into());
                    }
                    left += bytes_in(&drain(&mut line));
                    if line.takes() == 0 {
                        break;
                    }
                }
                looks += 1;
                now = line.deadline().unwrap();
            }
            let wanted = u64::from(rate) * 5;
            assert!(
                wanted.abs_diff(left as u64) <= (wanted / 50).max(1),
                "{rate}/s in {chunk}: {left} for {wanted}"
            );
            let most = 6 * (101 + u64::from(rate) / chunk);
            assert!(looks <= most, "{rate}/s in {chunk}: looked {looks} times");
        }
    }
}

#[test]
fn jitter_is_drawn_for_each_kib_and_keeps_the_order() {
    let mut line = line("latency=50ms~10ms");
    line.push(Time(0), stream(0, 100 * 1024 + 7));
    drain(&mut line);
    let mut times = Vec::new();
    while let Some(deadline) = line.deadline() {
        line.tick(deadline);
        for action in drain(&mut line) {
            let Action::Bytes(bytes) = action else { panic!("{action:?}") };
            times.push((deadline.0, bytes.len()));
        }
    }
    assert_eq!(times.len(), 101);
    assert!(times.iter().all(|(time, _)| (40 * MS..=60 * MS).contains(time)));
    assert!(times.is_sorted_by_key(|(time, _)| *time));
    assert!(times[..100].iter().all(|(_, length)| *length == 1024));

    // when each KiB comes after the one before it has left, they come as they were drawn: evenly
    let draws: Vec<u64> = (0..2_000_u64)
        .map(|kib| {
            let now = Time(1_000 * MS * (kib + 1));
            line.push(now, stream(0, if kib == 0 { 1017 } else { 1024 }));
            let deadline = line.deadline().unwrap();
            line.tick(deadline);
            drain(&mut line);
            deadline.0 - now.0
        })
        .collect();
    let mean = draws.iter().sum::<u64>() / 2_000;
    assert!((49 * MS..51 * MS).contains(&mean), "{mean}");
    assert!(draws.iter().any(|draw| *draw < 41 * MS) && draws.iter().any(|draw| *draw > 59 * MS));
}

#[test]
fn slices_have_the_sizes_between_and_wait_for_nothing() {
    let sizes = |line: &mut FaultLine| -> Vec<usize> {
        drain(line)
            .iter()
            .filter_map(|action| if let Action::Bytes(bytes) = action { Some(bytes.len()) } else { None })
            .collect()
    };
    let mut line = line("slice=1..16");
    line.push(Time(0), stream(0, 10_000));
    let whole = sizes(&mut line);
    let [all @ .., _] = &whole[..] else { panic!() };
    assert!((1..=16).all(|size| all.contains(&size)) && all.iter().all(|size| *size <= 16));
    line.push(Time(0), stream(0, 1));
    assert_eq!(sizes(&mut line), [1]);
}

#[test]
fn a_share_of_bytes_has_one_bit_flipped_and_is_told() {
    let (mut line, zeros) = (line("corrupt=0.1%"), Bytes::from(vec![0; 1_000_000]));
    line.push(Time(0), zeros.clone());
    let (mut told, mut came) = (Vec::new(), Vec::new());
    for action in drain(&mut line) {
        match action {
            Action::Applied(Applied { offset, detail: Detail::Flipped { bit, was: 0 }, .. }) => {
                told.push((offset, 1 << bit));
            }
            Action::Bytes(bytes) => came.extend(bytes),
            other => panic!("{other:?}"),
        }
    }
    let seen: Vec<_> = (0..).zip(came).filter(|(_, byte)| *byte != 0).collect();
    assert_eq!(told, seen);
    assert!((900..1_100).contains(&told.len()), "{}", told.len());
    assert!((0..8).all(|bit| told.iter().filter(|(_, flipped)| *flipped == 1 << bit).count() > 80));
    assert!(zeros.iter().all(|byte| *byte == 0), "those who share the chunk see it as it came");
}

#[test]
fn what_is_told_of_many_bytes_has_a_bound() {
    let mut line = line("latency=1ms corrupt=100% bandwidth=1/s");
    line.push(Time(0), Bytes::from(vec![0; 1 << 18]));
    line.tick(Time(MS));
    let told = std::iter::from_fn(|| {
        let action = line.poll();
        assert!(line.untold() <= 64 << 10, "{}", line.untold());
        action
    });
    let flips =
        told.filter(|action| matches!(action, Action::Applied(applied) if applied.detail != Detail::Began));
    assert_eq!(flips.count(), 1 << 18);
}

#[test]
fn bytes_that_nothing_changes_are_shared() {
    for faults in ["", "latency=1ms", "corrupt=0.00000001%", "bandwidth=1GiB/s", "close=100", "slice=8"] {
        let (mut line, bytes) = (line(faults), stream(0, 8));
        line.push(Time(0), bytes.clone());
        line.tick(Time(MS));
        let left = drain(&mut line);
        assert!(
            matches!(left.last(), Some(Action::Bytes(left)) if left.as_ptr() == bytes.as_ptr()),
            "{faults}"
        );
    }
}

#[test]
fn a_fault_chooses_its_connections() {
    let chosen = |text: &str, position| -> Vec<u64> {
        let fault = fault(text);
        (1..=1_000).filter(|conn| fault.chooses(position, chance(*conn))).collect()
    };
    assert_eq!(chosen("close@first=2", 0), [1, 2]);
    assert_eq!(chosen("close@every=400", 0), [400, 800]);
    assert_eq!(chosen("close@every=3@first=7", 0), [3, 6]);
    assert_eq!(
        (chosen("close@0%", 0).len(), chosen("close@100%", 0).len(), chosen("close", 0).len()),
        (0, 1_000, 1_000)
    );
    let tenth = chosen("close@10%", 0);
    assert!((70..130).contains(&tenth.len()), "{}", tenth.len());
    assert_eq!(chosen("up:latency=1s@10%", 0), tenth, "chance knows no names");
    assert_ne!(chosen("close@10%", 1), tenth, "but the position");
}

#[test]
fn what_is_decided_at_accept() {
    let verdict = |faults: &[&str], conn| {
        let faults: Vec<_> = faults.iter().map(|text| fault(text)).collect();
        at_accept((0..).zip(&faults), chance(conn))
            .map(|(verdict, applied)| (verdict, applied.position, applied.detail))
    };
    assert_eq!(
        verdict(&["close", "refuse@first=1", "blackhole"], 1),
        Some((Verdict::Refuse, 1, Detail::Fired))
    );
    assert_eq!(
        verdict(&["close", "refuse@first=1", "blackhole"], 2),
        Some((Verdict::Blackhole, 2, Detail::Fired))
    );
    assert_eq!(verdict(&["close", "refuse@first=1"], 2), None);
    assert_eq!(played("refuse blackhole", "0 +5 fin"), "0:5 0:fin");
}
