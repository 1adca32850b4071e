//! What of a batch of events a person is shown: the latest, as much as the eye can follow.

use std::collections::VecDeque;

use raccord_core::event::{Data, Event, EventKind};

/// How much is shown at once. More would scroll away unread, and hold up the keys of whoever types.
const ROWS: usize = 200;
const BYTES: usize = 16 * 1024;
/// How many rows a socket call takes, about.
const ROWS_OF_A_STEP: usize = 3;

/// How a message stands on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A row for each of its lines.
    Lines,
    /// A row for so many bytes, under a header.
    Rows(usize),
}

impl Shape {
    /// How many rows it takes.
    fn rows(self, message: &[u8]) -> usize {
        1 + match self {
            Self::Lines => breaks(message),
            Self::Rows(bytes) => message.len().div_ceil(bytes),
        }
    }

    /// How many bytes at the end of a message fit into so many rows and bytes.
    fn latest(self, message: &[u8], rows: usize, most: usize) -> usize {
        match self {
            Self::Rows(bytes) => message.len().min(most).min(rows.saturating_sub(1) * bytes),
            Self::Lines => {
                let tail = &message[message.len().saturating_sub(most)..];
                let cut = tail.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').nth(rows);
                cut.map_or(tail.len(), |(place, _)| tail.len() - place - 1)
            }
        }
    }
}

/// Whether an event may be left out where too much comes: the others are rare, and say how a conversation goes.
pub(super) fn may_be_left_out(event: &Event) -> bool {
    event.kind.data().is_some() || matches!(event.kind, EventKind::Step(_))
}

/// Where in a batch the latest begins: the first event that is shown, and how many of its bytes are not.
pub(super) fn begins(batch: &VecDeque<Event>, shape: Shape) -> (usize, usize) {
    let (mut rows, mut bytes) = (ROWS, BYTES);
    for (index, event) in batch.iter().enumerate().rev() {
        if !may_be_left_out(event) {
            continue;
        }
        if rows == 0 || bytes == 0 {
            return (index + 1, 0);
        }
        let Some(data) = event.kind.data() else {
            rows = rows.saturating_sub(ROWS_OF_A_STEP);
            continue;
        };
        let shown = shape.latest(&data.bytes, rows, bytes);
        if shown < data.bytes.len() {
            return (index, data.bytes.len() - shown);
        }
        bytes -= shown;
        rows = rows.saturating_sub(shape.rows(&data.bytes));
    }
    (0, 0)
}

/// How many lines end in this.
pub(super) fn breaks(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count() - 1
}

/// The two parts of an event of which the first `count` bytes are not shown.
pub(super) fn split(event: Event, count: usize) -> (Option<Event>, Event) {
    if count == 0 {
        return (None, event);
    }
    let parts = |data: &Data| (data.part(0..count), data.part(count..data.bytes.len()));
    let (hidden, shown) = match &event.kind {
        EventKind::Received(data) => {
            let (hidden, shown) = parts(data);
            (EventKind::Received(hidden), EventKind::Received(shown))
        }
        EventKind::Sent(data) => {
            let (hidden, shown) = parts(data);
            (EventKind::Sent(hidden), EventKind::Sent(shown))
        }
        _ => return (None, event),
    };
    (Some(Event { kind: hidden, ..event }), Event { kind: shown, ..event })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use raccord_core::event::{ConnId, Dir, Time};

    use super::*;

    fn received(bytes: impl Into<Bytes>) -> Event {
        let data = Data::chunk(Dir::Up, 100, bytes.into());
        Event { time: Time(0), conn: Some(ConnId(1)), kind: EventKind::Received(data) }
    }

    fn shutdown() -> Event {
        Event { time: Time(0), conn: Some(ConnId(1)), kind: EventKind::Shutdown { dir: Dir::Up } }
    }

    #[test]
    fn little_is_shown_whole() {
        assert_eq!(begins(&VecDeque::new(), Shape::Lines), (0, 0));
        assert_eq!(begins(&(0..ROWS).map(|_| received("x")).collect(), Shape::Lines), (0, 0));
        assert_eq!(begins(&[received(vec![b'x'; BYTES])].into(), Shape::Lines), (0, 0));
    }

    #[test]
    fn of_much_the_latest() {
        let many: VecDeque<_> = (0..1000).map(|_| received("x")).collect();
        assert_eq!(begins(&many, Shape::Lines), (1000 - ROWS, 0));
        assert_eq!(begins(&many, Shape::Rows(16)), (1000 - ROWS / 2, 0));
        let large: VecDeque<_> = [received(vec![b'x'; BYTES]), received(vec![b'x'; BYTES - 10])].into();
        assert_eq!(begins(&large, Shape::Lines), (0, BYTES - 10));
        let lines: VecDeque<_> = [received("a\n".repeat(ROWS * 2)), shutdown()].into();
        assert_eq!(begins(&lines, Shape::Lines), (0, ROWS * 2));
        let dump: VecDeque<_> = [received(vec![b'x'; BYTES])].into();
        assert_eq!(begins(&dump, Shape::Rows(16)), (0, BYTES - (ROWS - 1) * 16));
    }

    #[test]
    fn what_is_no_message_takes_no_place() {
        let mut batch: VecDeque<_> = (0..1000).map(|_| shutdown()).collect();
        batch.push_front(received("x"));
        assert_eq!(begins(&batch, Shape::Lines), (0, 0));
    }

    #[test]
    fn an_event_in_two_parts_keeps_its_offsets() {
        let (hidden, shown) = split(received("abcdef"), 4);
        let hidden = hidden.unwrap();
        assert_eq!(hidden.kind.data().unwrap().bytes, "abcd");
        let shown = shown.kind.data().unwrap();
        assert_eq!((shown.offset, shown.bytes.as_ref()), (104, &b"ef"[..]));
        assert!(split(received("x"), 0).0.is_none() && split(shutdown(), 3).0.is_none());
    }
}
