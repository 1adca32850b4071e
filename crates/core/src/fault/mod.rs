//! Harm done on purpose to the bytes of a connection, above TCP: loss and reordering of packets are not in it.
//!
//! A [`Fault`] is parsed from one text. A [`FaultLine`] is the machine of one direction of one connection: its faults in
//! their order, which can change while bytes are in it. What is decided before there are bytes, [`at_accept`] says. Time
//! and chance are arguments: the same seed and the same bytes give the same harm, however the bytes are cut.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::event::{Dir, Time};

mod after;
mod bandwidth;
mod blackhole;
mod chance;
mod close;
mod corrupt;
mod held;
mod latency;
mod line;
mod parse;
mod refuse;
mod reset;
mod share;
mod slice;
mod stage;
mod stall;
#[cfg(test)]
mod tests;
mod which;

use after::Blow;
pub use chance::Chance;
use chance::Draws;
pub use line::FaultLine;
use parse::Wrong;
pub use parse::{FaultError, FaultProblem};
pub use share::Share;
pub use which::Which;

/// All kinds of fault, in the order in which they are listed.
pub static KINDS: [Kind; 9] = [
    latency::KIND,
    bandwidth::KIND,
    slice::KIND,
    stall::KIND,
    close::KIND,
    reset::KIND,
    corrupt::KIND,
    refuse::KIND,
    blackhole::KIND,
];

/// What there is to know of a kind of fault.
#[derive(Debug)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub form: &'static str,
    /// One that is right.
    pub example: &'static str,
    /// What it does, in half a sentence.
    pub about: &'static str,
    /// The value where none is written, if that may be.
    alone: Option<&'static str>,
    does: Does,
}

/// When a kind of fault acts, and how its value is read.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// On bytes, by what the value says.
    Bytes(fn(&str) -> Result<Arc<dyn Harm>, Wrong>),
    /// Before there are any.
    Accept(Verdict),
}

/// One fault: what it does, to which direction of which connections, and when. Parsed from text and printed back the
/// same.
///
/// ```
/// use raccord_core::fault::Fault;
/// let fault: Fault = "up:latency=50ms~10ms@10%@after=5s".parse()?;
/// assert_eq!(fault.to_string(), "up:latency=50ms~10ms@10%@after=5s");
/// # Ok::<(), raccord_core::fault::FaultError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    dir: Option<Dir>,
    kind: &'static Kind,
    /// None where it acts before there are bytes.
    harm: Option<Arc<dyn Harm>>,
    which: Arc<[Which]>,
}

impl Fault {
    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The direction that it acts on; both where there is none.
    pub fn dir(&self) -> Option<Dir> {
        self.dir
    }

    /// Its value as it is written behind `=`; empty where it has none.
    pub fn value(&self) -> String {
        self.harm.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// What is said of the connections and the time, in the order in which it was written.
    pub fn which(&self) -> &[Which] {
        &self.which
    }

    /// Whether it acts on this connection at all, given its position among the faults.
    fn chooses(&self, position: u32, chance: Chance) -> bool {
        self.which.iter().all(|which| which.chooses(position, chance))
    }

    /// From when to when it acts, counted from `opened`.
    fn phase(&self, opened: Time) -> (Time, Option<Time>) {
        let after = self.which.iter().find_map(|which| match which {
            Which::After(after) => Some(*after),
            _ => None,
        });
        let lasting = self.which.iter().find_map(|which| match which {
            Which::For(lasting) => Some(*lasting),
            _ => None,
        });
        let from = opened.after(after.unwrap_or_default());
        (from, lasting.map(|lasting| from.after(lasting)))
    }

    fn extent(&self) -> Extent {
        self.dir.map_or(Extent::Connection, |_| Extent::Direction)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(dir) = self.dir {
            write!(f, "{}:", dir.name())?;
        }
        f.write_str(self.kind.name)?;
        let value = self.value();
        if !value.is_empty() {
            write!(f, "={value}")?;
        }
        self.which.iter().try_for_each(|which| write!(f, "@{which}"))
    }
}

/// Its text says all about a fault.
impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Fault {}

/// What is to be done with a connection that was just accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Reset it. The system has answered its SYN already: the client sees a connection that opens and is reset.
    Refuse,
    /// Keep it, without ever reading or writing.
    Blackhole,
}

/// What the faults say of a connection that was just accepted, each with its position: the first that acts on it wins.
pub fn at_accept<'a>(
    faults: impl IntoIterator<Item = (u32, &'a Fault)>,
    chance: Chance,
) -> Option<(Verdict, Applied)> {
    faults.into_iter().find_map(|(position, fault)| {
        let Does::Accept(verdict) = fault.kind.does else { return None };
        let applied = Applied { position, fault: fault.clone(), offset: 0, detail: Detail::Fired };
        fault.chooses(position, chance).then_some((verdict, applied))
    })
}

/// What leaves a line of faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// At least one byte, to be given on by a write of its own where it is to arrive as `slice` has cut it.
    Bytes(Bytes),
    /// The end of the direction, as it came.
    Finish,
    /// A fault ends what it extends to, in order: nothing more leaves this line.
    Close(Extent),
    /// A fault ends what it extends to with RST: nothing more leaves this line.
    Reset(Extent),
    /// A fault was applied: an event, nothing to be done.
    Applied(Applied),
}

/// What a fault ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The direction that it was given.
    Direction,
    /// All of the connection, since it was given no direction.
    Connection,
}

/// That a fault was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its position among the faults.
    pub position: u32,
    /// The fault.
    pub fault: Fault,
    /// How many bytes of its direction came to it before.
    pub offset: u64,
    /// What it did.
    pub detail: Detail,
}

/// What a fault did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// It began on this connection, and goes on.
    Began,
    /// It flipped a bit of the byte at the offset.
    Flipped {
        /// Which, from 0, the lowest.
        bit: u8,
        /// The byte before.
        was: u8,
    },
    /// It did all that it does.
    Fired,
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Began => f.write_str("began"),
            Self::Flipped { bit, was } => {
                write!(f, "flipped bit {bit}: {was:02x} became {:02x}", was ^ (1 << bit))
            }
            Self::Fired => f.write_str("fired"),
        }
    }
}

/// The value of a fault that acts on bytes; `Display` writes it as it is read.
trait Harm: fmt::Debug + fmt::Display + Send + Sync {
    /// What it does from now on to one direction of one connection; nothing where it changes nothing.
    fn begin(&self, start: Start) -> Option<Work>;
}

/// Where and when a fault begins.
struct Start {
    now: Time,
    /// Of the next byte that comes to it.
    offset: u64,
    draws: Draws,
}

/// A fault at work, in one of three forms.
#[derive(Debug)]
enum Work {
    Gate(Box<dyn Gate>),
    Delay(Box<dyn Delay>),
    /// It strikes once, when so many bytes of the direction have passed.
    Blow(Blow, u64),
}

/// How a machine tells that it was applied: the offset, and what it did.
type Tell<'a> = dyn FnMut(u64, Detail) + 'a;

/// The machine of a fault through which bytes pass, at once or when it lets them.
trait Gate: fmt::Debug + Send {
    /// How many bytes may pass now at most, of which the first has this offset. What ends the stream always may.
    fn lets(&mut self, _now: Time, _offset: u64) -> usize {
        usize::MAX
    }

    /// These bytes pass: no more than were let just now.
    fn pass(&mut self, _offset: u64, bytes: Bytes, _tell: &mut Tell<'_>) -> Bytes {
        bytes
    }

    /// When to look again, where so many bytes wait that it does not let.
    fn deadline(&self, _waiting: u64) -> Option<Time> {
        None
    }

    /// The most bytes that make sense to be read for it at once.
    fn room(&self) -> usize {
        usize::MAX
    }

    /// Whether it is told when it begins.
    fn tells_its_beginning(&self) -> bool {
        true
    }
}

/// The machine of a fault that gives bytes on later; those that wait are in the line.
trait Delay: fmt::Debug + Send {
    /// How many bytes from this offset on are delayed alike.
    fn alike(&self, offset: u64) -> usize;

    /// By how much they are delayed.
    fn delay(&self, offset: u64) -> Duration;
}
