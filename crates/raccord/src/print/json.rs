//! `-o json`: one object a line, for programs.

use raccord_core::encoding::Encoding;
use raccord_core::event::{Event, EventKind};
use raccord_core::json::{self, JsonData};
use raccord_core::view::View;

use super::output::Show;
use super::{lines, stderr};

/// Writes each event as a line of JSON.
pub(super) struct Json(json::Json);

impl Json {
    pub(super) fn new(data: JsonData, encoding: Encoding) -> Self {
        Self(json::Json::new(data, View::new(encoding)))
    }
}

impl Show for Json {
    fn show(&mut self, event: &Event, out: &mut Vec<u8>) {
        self.0.write(event, out);
        // people read what a program of --run, -e or -c says on stderr, whatever programs read on stdout
        if let EventKind::Printed(_) = event.kind
            && let Some(line) = lines::life_cycle(event)
        {
            stderr::line(&line);
        }
    }
}
