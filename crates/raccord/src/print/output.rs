//! What an output is asked to be, and what each kind of output does.

use raccord_core::encoding::Encoding;
use raccord_core::event::{Dir, Event};
use raccord_core::json::JsonData;
use raccord_core::messages::Messages;

use super::latest::Shape;
use crate::exit::Exit;

/// How events are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A line for an event, bytes as text.
    Text,
    /// The same with a hex dump.
    Hex,
    /// One object a line.
    Json(JsonData),
    /// The bytes received, and nothing else.
    Raw,
    /// The bytes received, converted to UTF-8, and nothing else.
    Converted,
}

/// How much of the life cycle is told beside bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aside {
    /// Where raccord listens, and what would be missed.
    Least,
    /// That there is a connection as well: all that is wanted.
    Connected,
    /// Everything.
    Verbose,
}

/// What the output is to be.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) encoding: Encoding,
    /// What cuts the bytes into messages; none where they are shown as they came.
    pub(crate) messages: Option<Messages>,
    /// Whether stdout is a terminal, where stderr is seen as well.
    pub(crate) terminal: bool,
    /// What stderr tells of the life cycle where stdout has only bytes.
    pub(crate) aside: Aside,
    /// In raw output: the direction whose end closes stdout, while input goes on.
    pub(crate) closes_with: Option<Dir>,
}

impl Output {
    /// Whether stdout has bytes and nothing else.
    pub(crate) fn is_bytes(&self) -> bool {
        matches!(self.format, Format::Raw | Format::Converted)
    }
}

/// What went wrong with stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Whoever read it has gone.
    Closed,
    /// It takes no more: a full disk.
    Full,
}

/// One way of showing events: appends to `out` what goes to stdout.
pub(super) trait Show: Send {
    /// Shows one event.
    fn show(&mut self, event: &Event, out: &mut Vec<u8>);

    /// The bytes that stdout gets for this event where these are the event's own: they need not be copied.
    fn exact<'a>(&self, _event: &'a Event) -> Option<&'a [u8]> {
        None
    }

    /// How a message stands on a terminal.
    fn shape(&self) -> Shape {
        Shape::Lines
    }

    /// An event of bytes that is not shown: only what it does to a character that is cut.
    fn pass(&mut self, event: &Event) {
        self.show(event, &mut Vec::new());
    }

    /// Whether stdout is to be closed now.
    fn closes_stdout(&self) -> bool {
        false
    }

    /// The end: what is left to say, and how it went.
    fn finish(&mut self) -> Exit {
        Exit::Done
    }
}
