//! `--explain`: each socket call with its stage, its result and the states of TCP; and, the first time, what it means.

use std::fmt::Write;

use raccord_core::event::ConnId;
use raccord_core::lang::Lang;
use raccord_core::narration::{Narrator, Stage};
use raccord_core::notation::visible;
use raccord_core::notation::wrap::{columns, wrap};
use raccord_core::step::Step;

use super::lines::milliseconds;
use super::paint::Paint;

/// Writes steps as lines for people.
pub(super) struct Steps {
    narrator: Narrator,
    paint: Paint,
    /// The columns of the terminal.
    width: usize,
}

/// The columns of `server 7/7` and of what is left free behind it.
const GUTTER: usize = 12;
/// How far what belongs to a call is indented under it.
const INDENT: usize = 2;
const MEANING: usize = GUTTER + INDENT;
/// Where the width is not known, or no terminal's.
const WIDTH: usize = 80;
/// Text that is narrower is not readable: longer lines are then for the terminal to break.
const NARROWEST: usize = 20;

impl Steps {
    /// For a terminal of so many columns.
    pub(super) fn new(paint: Paint, width: Option<u16>) -> Self {
        Self { narrator: Narrator::default(), paint, width: width.map_or(WIDTH, usize::from) }
    }

    /// The lines of one step.
    pub(super) fn show(&mut self, conn: Option<ConnId>, step: &Step) -> String {
        let narration = self.narrator.tell(step);
        let stage = narration.stage.map(stage).unwrap_or_default();
        let aside = self.paint.aside();
        let mut text = format!("{aside}{stage:GUTTER$}{aside:#}");
        let room = self.width.saturating_sub(GUTTER).max(NARROWEST);
        text.push_str(&call(conn, step, room).join(&format!("\n{:GUTTER$}", "")));
        if narration.is_new {
            let words = narration.meaning.words(Lang::English);
            for line in wrap(&words, room.saturating_sub(INDENT)) {
                let _ = write!(text, "\n{:MEANING$}{aside}{line}{aside:#}", "");
            }
        }
        text
    }
}

fn stage(stage: Stage) -> String {
    format!("{} {}/{}", stage.end.name(), stage.number, stage.of_how_many())
}

/// The call in lines of at most so many columns: what it took, and the states, stand behind it as far as there is room.
fn call(conn: Option<ConnId>, step: &Step, room: usize) -> Vec<String> {
    let conn = conn.map_or_else(String::new, |conn| format!("{conn} "));
    // what the system says, and a name that was typed, may hold anything
    let made = format!("{conn}{}({}) = {}", step.call.name(), arguments(step), step.outcome);
    let mut lines = broken(&visible::foreign(made), room);
    let states = step.states.map(|states| states.to_string()).filter(|states| !states.is_empty());
    for piece in [Some(milliseconds(step.took)), states].into_iter().flatten() {
        match lines.last_mut() {
            Some(line) if columns(line) + columns(&piece) + 3 <= room => {
                line.push_str(" · ");
                line.push_str(&piece);
            }
            _ => lines.push(format!("{:INDENT$}{piece}", "")),
        }
    }
    lines
}

fn broken(made: &str, room: usize) -> Vec<String> {
    if columns(made) <= room {
        return vec![made.to_owned()];
    }
    let mut lines: Vec<_> = wrap(made, room.saturating_sub(INDENT)).into_iter().map(str::to_owned).collect();
    lines.iter_mut().skip(1).for_each(|line| line.insert_str(0, &" ".repeat(INDENT)));
    lines
}

/// The socket and the arguments, as a programmer writes them.
fn arguments(step: &Step) -> String {
    let arguments = step.call.to_string();
    match step.socket {
        None => arguments,
        Some(socket) if arguments.is_empty() => socket.to_string(),
        Some(socket) => format!("{socket}, {arguments}"),
    }
}
