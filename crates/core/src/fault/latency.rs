//! `latency=50ms~10ms`: every byte comes later, in the same order.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::chance::Draws;
use super::parse::{FaultProblem, Wrong, duration};
use super::{Delay, Does, Harm, Kind, Start, Work};
use crate::quantity::duration_text;

pub(super) const KIND: Kind = Kind {
    name: "latency",
    form: "latency=DUR[~DUR]",
    example: "latency=50ms~10ms",
    about: "delay every byte, by more or less behind ~; holds at most 64 MiB",
    alone: None,
    does: Does::Bytes(parse),
};

/// So many bytes, from a multiple of this on, have the same jitter.
const KIB: u64 = 1024;

#[derive(Debug)]
struct Latency {
    delay: Duration,
    /// Not more than the delay.
    jitter: Option<Duration>,
}

fn parse(text: &str) -> Result<Arc<dyn Harm>, Wrong> {
    let (delay, jitter) = text.split_once('~').map_or((text, None), |(delay, jitter)| (delay, Some(jitter)));
    let delay_text = delay;
    let delay = duration(delay)?;
    let behind = delay_text.len() + 1;
    let jitter = jitter.map(duration).transpose();
    let jitter = jitter.map_err(|wrong| wrong.behind(behind))?;
    if let Some(jitter) = jitter.filter(|jitter| *jitter > delay) {
        let problem = FaultProblem::Value {
            value: duration_text(jitter),
            wrong: "is more than the latency, and no byte comes before it was sent",
            instead: "at most as much behind ~ as before it",
        };
        return Err(Wrong { at: behind, problem });
    }
    Ok(Arc::new(Latency { delay, jitter }))
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&duration_text(self.delay))?;
        self.jitter.map_or(Ok(()), |jitter| write!(f, "~{}", duration_text(jitter)))
    }
}

impl Harm for Latency {
    fn begin(&self, start: Start) -> Option<Work> {
        let (delay, jitter) = (nanoseconds(self.delay), nanoseconds(self.jitter.unwrap_or_default()));
        let machine = Machine { least: delay - jitter, spread: 2 * jitter, draws: start.draws };
        (delay > 0).then(|| Work::Delay(Box::new(machine)))
    }
}

/// A duration that was read is at most 100 years, which 64 bits can count twice.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 2)
}

#[derive(Debug)]
struct Machine {
    /// In nanoseconds, as what chance adds at most.
    least: u64,
    spread: u64,
    draws: Draws,
}

impl Delay for Machine {
    fn alike(&self, offset: u64) -> usize {
        match self.spread {
            0 => usize::MAX,
            _ => usize::try_from(KIB - offset % KIB).unwrap_or(usize::MAX),
        }
    }

    fn delay(&self, offset: u64) -> Duration {
        Duration::from_nanos(self.least + self.draws.up_to(offset / KIB, self.spread))
    }
}
