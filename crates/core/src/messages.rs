//! How an observer cuts the chunks of a conversation into messages: off the path of the bytes, for whoever looks at them
//! afterwards sees the same.

use std::collections::BTreeMap;

use crate::event::{ConnId, Data, Dir, Event, EventKind, Framed, Time};
use crate::framing::{Cutter, Framing, Message};

/// Turns events whose data are chunks into events whose data are messages; all other events pass as they are.
///
/// A message is given when its last byte has come, with the time of that chunk, or when silence has ended it, with the
/// time at which that was so; times never go back. What the end of its direction cuts is given before that end is told.
/// Where a stream cannot be cut any further, because a length lies, or because an observer missed a part of it and a length
/// cannot be found again, its chunks pass as they came.
///
/// ```
/// use raccord_core::{event::{Data, Dir, Event, EventKind, Time}, framing::{Framing, MAX_MESSAGE}, messages::Messages};
/// let mut messages = Messages::new(Framing::Line, Framing::Read, MAX_MESSAGE);
/// let mut lines = Vec::new();
/// for (offset, chunk) in [(0, "one\ntw"), (6, "o\n")] {
///     let kind = EventKind::Received(Data::chunk(Dir::Up, offset, chunk.into()));
///     messages.take(Event { time: Time(0), conn: None, kind }, &mut |event| lines.push(event));
/// }
/// let payloads: Vec<_> = lines.iter().filter_map(|line| Some(line.kind.data()?.payload())).collect();
/// assert_eq!(payloads, [b"one", b"two"]);
/// ```
#[derive(Clone, Debug)]
pub struct Messages {
    up: Framing,
    down: Framing,
    max_message: usize,
    streams: BTreeMap<Stream, Option<Cutter>>,
    /// No silence ends a message before this. It is looked for among all streams only once it has passed.
    deadline: Option<Time>,
}

/// One stream of bytes: a direction of a connection, as it was received or as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stream {
    conn: Option<ConnId>,
    dir: Dir,
    sent: bool,
}

impl Stream {
    fn event(self, time: Time, data: Data) -> Event {
        let kind = if self.sent { EventKind::Sent(data) } else { EventKind::Received(data) };
        Event { time, conn: self.conn, kind }
    }

    fn message(self, time: Time, message: Message) -> Event {
        let Message { offset, bytes, payload, cut } = message;
        let framed = Some(Framed { payload, cut: Some(cut) });
        self.event(time, Data { dir: self.dir, offset, bytes, framed })
    }
}

impl Messages {
    /// Cuts each direction by its framing, into messages of at most `max_message` bytes.
    pub fn new(up: Framing, down: Framing, max_message: usize) -> Self {
        Self { up, down, max_message, streams: BTreeMap::new(), deadline: None }
    }

    /// Gives what has happened with this event: any number of events. Events come in the order of their times.
    pub fn take(&mut self, event: Event, give: &mut impl FnMut(Event)) {
        self.tick(event.time, give);
        let Event { time, conn, kind } = event;
        match kind {
            EventKind::Received(data) => {
                self.cut(Stream { conn, dir: data.dir, sent: false }, time, data, give);
            }
            EventKind::Sent(data) => {
                self.cut(Stream { conn, dir: data.dir, sent: true }, time, data, give);
            }
            EventKind::Shutdown { dir } => {
                self.end(conn, dir, time, give);
                give(Event { time, conn, kind });
            }
            EventKind::Closed(_) => {
                for dir in [Dir::Up, Dir::Down] {
                    self.end(conn, dir, time, give);
                }
                give(Event { time, conn, kind });
            }
            _ => give(Event { time, conn, kind }),
        }
    }

    /// When to call [`Messages::tick`] if no event comes before: never too late, and now and then too early.
    pub fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// Gives the messages that silence has ended by `now`.
    pub fn tick(&mut self, now: Time, give: &mut impl FnMut(Event)) {
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return;
        }
        let deadlines = self.streams.iter().filter_map(|(stream, cutter)| {
            let deadline = cutter.as_ref()?.deadline()?;
            Some((deadline, *stream))
        });
        let (mut due, later): (Vec<_>, Vec<_>) = deadlines.partition(|(deadline, _)| *deadline <= now);
        due.sort_unstable();
        self.deadline = later.into_iter().map(|(deadline, _)| deadline).min();
        for (deadline, stream) in due {
            let cutter = self.streams.get_mut(&stream).and_then(Option::as_mut);
            if let Some(message) = cutter.and_then(|cutter| cutter.tick(deadline)) {
                give(stream.message(deadline, message));
            }
        }
    }

    fn cut(&mut self, stream: Stream, time: Time, data: Data, give: &mut impl FnMut(Event)) {
        let framing = match stream.dir {
            Dir::Up => &self.up,
            Dir::Down => &self.down,
        };
        if *framing == Framing::Read {
            return give(stream.event(time, data));
        }
        let (max_message, offset) = (self.max_message, data.offset);
        let begin = || Cutter::new(framing.clone(), max_message).starting_at(offset);
        let place = self.streams.entry(stream).or_insert_with(|| Some(begin()));
        if let Some(cutter) = place
            && cutter.came() != data.offset
        {
            // a gap: a line or a delimiter is found again behind it, a length is not
            let rest = cutter.rest();
            if let Some(rest) = rest {
                give(stream.message(time, rest));
            }
            *place = (!matches!(framing, Framing::Len(_) | Framing::Fixed(_))).then(begin);
        }
        let Some(cutter) = place else { return give(stream.event(time, data)) };
        let mut chunk = data.bytes;
        loop {
            match cutter.cut(time, &mut chunk) {
                Ok(Some(message)) => give(stream.message(time, message)),
                Ok(None) => {
                    self.deadline = self.deadline.into_iter().chain(cutter.deadline()).min();
                    return;
                }
                Err(_) => {
                    cutter.rest().into_iter().for_each(|rest| give(stream.message(time, rest)));
                    *place = None;
                    return;
                }
            }
        }
    }

    /// What the end of a direction cuts is a message, or as much as came of one.
    fn end(&mut self, conn: Option<ConnId>, dir: Dir, time: Time, give: &mut impl FnMut(Event)) {
        for sent in [false, true] {
            let stream = Stream { conn, dir, sent };
            let Some(Some(mut cutter)) = self.streams.remove(&stream) else { continue };
            let last = cutter.finish().unwrap_or_else(|_| cutter.rest());
            if let Some(message) = last {
                give(stream.message(time, message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::event::{Closed, Reason};

    const CONN: Option<ConnId> = Some(ConnId(1));

    fn received(time: u64, offset: u64, bytes: &[u8]) -> Event {
        let data = Data::chunk(Dir::Up, offset, bytes.to_vec().into());
        Event { time: Time(time), conn: CONN, kind: EventKind::Received(data) }
    }

    fn shutdown(time: u64) -> Event {
        Event { time: Time(time), conn: CONN, kind: EventKind::Shutdown { dir: Dir::Up } }
    }

    fn closed(time: u64) -> Event {
        let closed = Closed {
            reason: Reason::Done,
            bytes_in: 0,
            bytes_out: 0,
            duration: Duration::ZERO,
            detail: None,
            remedies: Vec::new(),
        };
        Event { time: Time(time), conn: CONN, kind: EventKind::Closed(closed) }
    }

    fn all(messages: &mut Messages, events: impl IntoIterator<Item = Event>) -> Vec<Event> {
        let mut given = Vec::new();
        events.into_iter().for_each(|event| messages.take(event, &mut |event| given.push(event)));
        given
    }

    /// Each as `time offset bytes`, with a mark for what is unterminated, or its kind.
    fn told(events: &[Event]) -> Vec<String> {
        let tell = |event: &Event| match event.kind.data() {
            Some(data) => {
                let mark = if data.is_unterminated() { "…" } else { "" };
                let bytes = String::from_utf8_lossy(&data.bytes).into_owned();
                format!("{} {} {bytes:?}{mark}", event.time.0, data.offset)
            }
            None if matches!(event.kind, EventKind::Shutdown { .. }) => format!("{} shutdown", event.time.0),
            None => format!("{} closed", event.time.0),
        };
        events.iter().map(tell).collect()
    }

    fn up(framing: &str) -> Messages {
        Messages::new(framing.parse().unwrap(), Framing::Read, 16)
    }

    #[test]
    fn what_the_end_cuts_comes_before_the_end() {
        let events = [received(1, 0, b"a\nb"), shutdown(2), closed(3)];
        assert_eq!(
            told(&all(&mut up("line"), events)),
            [r#"1 0 "a\n""#, r#"2 2 "b"…"#, "2 shutdown", "3 closed"]
        );
        let events = [received(1, 0, b"\x05ab"), closed(3)];
        assert_eq!(told(&all(&mut up("len:u8"), events)), [r#"3 0 "\u{5}ab"…"#, "3 closed"]);
    }

    #[test]
    fn silence_ends_a_message_when_it_has_lasted() {
        let mut messages = Messages::new(Framing::Idle(Duration::from_nanos(10)), Framing::Read, 16);
        let (mut later, first) =
            (Vec::new(), all(&mut messages, [received(1, 0, b"ab"), received(5, 2, b"c")]));
        assert_eq!((first, messages.deadline()), (Vec::new(), Some(Time(11))));
        messages.tick(Time(14), &mut |event| later.push(event));
        assert_eq!(
            (&later[..], messages.deadline()),
            (&[][..], Some(Time(15))),
            "it has lasted since the second chunk"
        );
        assert_eq!(told(&all(&mut messages, [shutdown(20)])), [r#"15 0 "abc""#, "20 shutdown"]);
        assert_eq!(messages.deadline(), None);
    }

    #[test]
    fn where_no_message_can_be_found_any_more_chunks_pass_and_nothing_is_lost() {
        let events = [received(1, 0, b"\x01ab\x7fcd"), received(2, 6, b"ef"), closed(3)];
        assert_eq!(
            told(&all(&mut up("len:u8+0"), [received(1, 0, b"\0ab"), received(2, 3, b"cd"), closed(3)])),
            [r#"1 0 "\0ab"…"#, r#"2 3 "cd""#, "3 closed"]
        );
        assert_eq!(
            told(&all(&mut up("len:u8"), events)),
            [r#"1 0 "\u{1}a""#, r#"1 2 "b\u{7f}cd"…"#, r#"2 6 "ef""#, "3 closed"]
        );
    }

    #[test]
    fn behind_a_gap_a_line_is_found_again_and_a_length_is_not() {
        let events = || [received(1, 0, b"a\nb"), received(2, 10, b"c\nd\n")];
        assert_eq!(
            told(&all(&mut up("line"), events())),
            [r#"1 0 "a\n""#, r#"2 2 "b"…"#, r#"2 10 "c\n""#, r#"2 12 "d\n""#]
        );
        assert_eq!(told(&all(&mut up("fixed:2"), events()))[2..], [r#"2 10 "c\nd\n""#]);
    }

    proptest! {
        #[test]
        fn any_cut_of_the_bytes_gives_the_same_messages_and_every_byte(
            framing in prop::sample::select(vec!["line", "delim:0a0a", "fixed:3", "len:u8", "len:u16be@1+0", "read"]),
            bytes in prop::collection::vec(prop::sample::select(b"\0\x01\x02a\n".to_vec()), 0..60),
            sizes in prop::collection::vec(1_usize..9, 60),
        ) {
            let mut offset = 0;
            let chunks = sizes.iter().scan(&bytes[..], |rest, size| {
                let (chunk, later) = rest.split_at((*size).min(rest.len()));
                *rest = later;
                (!chunk.is_empty()).then_some(chunk)
            });
            let chunks: Vec<_> = chunks
                .map(|chunk| {
                    let event = received(0, offset, chunk);
                    offset += chunk.len() as u64;
                    event
                })
                .chain([closed(0)])
                .collect();
            let given = all(&mut up(framing), chunks);
            let joined: Vec<u8> = given.iter().filter_map(|event| event.kind.data()).flat_map(|data| data.bytes.to_vec()).collect();
            prop_assert_eq!(&joined, &bytes);
            let whole = all(&mut up(framing), [received(0, 0, &bytes), closed(0)]);
            let messages = |events: &[Event]| {
                let cut = events.iter().filter_map(|event| event.kind.data().filter(|data| data.ends_message()));
                cut.filter(|data| !data.is_unterminated()).map(|data| (data.offset, data.bytes.clone())).collect::<Vec<_>>()
            };
            prop_assert_eq!(messages(&given), messages(&whole));
        }
    }
}
