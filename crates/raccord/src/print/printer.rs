//! The observer that prints: a thread that drains the feed and writes what each event looks like.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

use clap::ColorChoice;
use raccord_core::event::{Event, EventKind};
use raccord_core::failure::said;
use raccord_core::messages::Messages;
use raccord_net::{Feed, Interest, Keep, Observer};

use super::charset::{Charset, charset};
use super::hex::Hex;
use super::json::Json;
use super::latest::{self, Shape};
use super::output::{Format, Output, Show, Trouble};
use super::paint::Paint;
use super::raw::Raw;
use super::screen;
use super::stderr;
use super::steps::Steps;
use super::text::Text;
use crate::exit::Exit;

/// Whether stdout is a terminal, where people read.
#[expect(clippy::disallowed_methods, reason = "asked, not written to")]
pub(crate) fn to_a_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Whether a line editor can stand below what is shown: where lines scroll, on a terminal that can move its cursor and
/// shows UTF-8.
pub(crate) fn carries_an_editor(output: Option<&Output>) -> bool {
    let moves_its_cursor = std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
    let scrolls = output.is_some_and(|output| output.terminal && !output.is_bytes());
    scrolls && moves_its_cursor && charset().is_utf8()
}

/// An observer of the feed that prints.
pub(crate) struct Printer {
    observer: Observer,
    show: Option<Box<dyn Show>>,
    /// What cuts the bytes into messages; none where they are shown as they came.
    messages: Option<Messages>,
    rests: bool,
    /// Whether a person reads, who types below.
    scrolls: bool,
    /// The encoding of the terminal, where it needs another than UTF-8.
    charset: Option<Charset>,
    steps: Option<Steps>,
}

impl Printer {
    /// Observes the feed from now on, if anything is to be printed.
    pub(crate) fn new(
        feed: &Feed,
        output: Option<&Output>,
        explain: bool,
        scrolls: bool,
        color: ColorChoice,
    ) -> Option<Self> {
        if output.is_none() && !explain {
            return None;
        }
        // a person never holds the traffic up; for programs nothing is left out
        let for_a_person = output.is_some_and(|output| output.terminal && !output.is_bytes());
        let keep = if for_a_person { Keep::Latest } else { Keep::All };
        let observer = feed.observe(keep, Interest { bytes: output.is_some(), steps: explain });
        let paint = Paint::choose(color, stderr::to_a_terminal());
        let steps = explain.then(|| Steps::new(paint, raccord_sys::terminal::columns_of_stderr()));
        // bytes for another program are never late: it may answer them
        let rests = output.is_some_and(|output| !output.is_bytes());
        let charset = Some(charset()).filter(|charset| for_a_person && !charset.is_utf8());
        Some(Self {
            observer,
            show: output.map(|output| show(output, color)),
            messages: output
                .filter(|output| output.format != Format::Raw)
                .and_then(|output| output.messages.clone()),
            rests,
            scrolls,
            charset,
            steps,
        })
    }

    /// Prints on a thread of its own until the feed is closed. `trouble` is told when stdout takes no more, `printed`
    /// when everything is out.
    pub(crate) fn start(
        self,
        trouble: impl Fn(Trouble) + Send + 'static,
        printed: impl FnOnce(Exit) + Send + 'static,
    ) {
        thread::spawn(move || {
            let Self { observer, show, messages, rests, scrolls, charset, steps } = self;
            let stdout = raccord_sys::stdio::stdout_file().ok();
            let hidden = (0, 0);
            let printing = Printing { show, stdout, rests, scrolls, hidden, charset, steps, trouble };
            let print = move || printing.run(observer, messages);
            // whoever waits for the end is told even of a defect; the panic itself has been told on stderr
            printed(panic::catch_unwind(AssertUnwindSafe(print)).unwrap_or(Exit::Failed));
        });
    }
}

fn show(output: &Output, color: ColorChoice) -> Box<dyn Show> {
    let paint = Paint::choose(color, to_a_terminal());
    match output.format {
        Format::Text => Box::new(Text::new(output, paint)),
        Format::Hex => Box::new(Hex::new(output, paint)),
        Format::Json(data) => Box::new(Json::new(data, output.encoding)),
        Format::Raw => Box::new(Raw::exact(output)),
        Format::Converted => Box::new(Raw::converted(output)),
    }
}

struct Printing<T> {
    show: Option<Box<dyn Show>>,
    stdout: Option<File>,
    /// Whether it rests after a little, so that more comes at once.
    rests: bool,
    scrolls: bool,
    /// How many events, and of how many bytes, were not shown and not yet told of.
    hidden: (u64, u64),
    charset: Option<Charset>,
    /// How socket calls are told, if they are.
    steps: Option<Steps>,
    trouble: T,
}

impl<T: Fn(Trouble)> Printing<T> {
    fn run(mut self, mut observer: Observer, mut messages: Option<Messages>) -> Exit {
        let (mut batch, mut latest) = (VecDeque::new(), VecDeque::new());
        let mut out = Vec::new();
        let mut silence = None;
        while observer.next_batch_by(&mut batch, silence) {
            let mut give = |event| self.take(event, &mut latest, &mut out);
            match &mut messages {
                None => batch.drain(..).for_each(give),
                Some(messages) => {
                    if let Some(time) = silence.filter(|_| batch.is_empty()) {
                        messages.tick(time, &mut give);
                    }
                    batch.drain(..).for_each(|event| messages.take(event, &mut give));
                    silence = messages.deadline();
                }
            }
            self.show_latest(&mut latest, &mut out);
            let rest = self.rest(&out);
            self.write(&mut out);
            if self.show.as_ref().is_some_and(|show| show.closes_stdout()) {
                self.close_stdout();
            }
            thread::sleep(rest);
        }
        screen::close();
        self.show.map_or(Exit::Done, |mut show| show.finish())
    }

    /// How long to rest after this, so that what comes meanwhile is shown together.
    fn rest(&self, out: &[u8]) -> Duration {
        if self.scrolls {
            let lines = u32::try_from(latest::breaks(out)).unwrap_or(u32::MAX);
            return LINE.saturating_mul(lines).clamp(REST, GLANCE);
        }
        if self.rests && out.len() < LITTLE { REST } else { Duration::ZERO }
    }

    /// Shows an event at once, or, to a person, with the others of its batch.
    fn take(&mut self, event: Event, latest: &mut VecDeque<Event>, out: &mut Vec<u8>) {
        if !self.scrolls {
            return self.show(&event, out);
        }
        latest.push_back(event);
        if latest.len() >= MANY {
            self.hide(latest, out);
        }
    }

    /// Shows what the eye can follow, behind how much it cannot.
    fn show_latest(&mut self, latest: &mut VecDeque<Event>, out: &mut Vec<u8>) {
        if latest.is_empty() {
            return;
        }
        self.hide(latest, out);
        let (events, bytes) = std::mem::take(&mut self.hidden);
        if (events, bytes) != (0, 0) {
            let time = latest.front().map(|event| event.time).unwrap_or_default();
            self.show(&Event { time, conn: None, kind: EventKind::Missed { events, bytes } }, out);
        }
        for event in latest.drain(..) {
            self.show(&event, out);
        }
    }

    fn show(&mut self, event: &Event, out: &mut Vec<u8>) {
        let exact = self.show.as_ref().and_then(|show| show.exact(event));
        if let Some(bytes) = exact.filter(|bytes| bytes.len() >= LARGE) {
            self.write(out);
            return self.write_stdout(bytes);
        }
        if let Some(show) = &mut self.show {
            show.show(event, out);
        }
        self.write_stderr(event, out);
        if out.len() >= ENOUGH {
            self.write(out);
        }
    }

    /// Takes what is more than the eye can follow from the front of a batch.
    fn hide(&mut self, batch: &mut VecDeque<Event>, out: &mut Vec<u8>) {
        let shape = self.show.as_ref().map_or(Shape::Lines, |show| show.shape());
        let (index, count) = latest::begins(batch, shape);
        for event in batch.drain(..index) {
            if !latest::may_be_left_out(&event) {
                self.show(&event, out);
                continue;
            }
            self.hidden.0 += 1;
            self.hidden.1 += event.kind.data().map_or(0, |data| data.bytes.len() as u64);
            self.pass(&event);
        }
        if count > 0
            && let Some(event) = batch.pop_front()
        {
            let (hidden, shown) = latest::split(event, count);
            if let Some(hidden) = &hidden {
                self.hidden.1 += count as u64;
                self.pass(hidden);
            }
            batch.push_front(shown);
        }
    }

    /// An event that is not shown: what decodes its direction must know of it.
    fn pass(&mut self, event: &Event) {
        match (&event.kind, &mut self.show, &mut self.steps) {
            // what comes after it builds on it
            (EventKind::Step(step), _, Some(steps)) => drop(steps.show(event.conn, step)),
            (_, Some(show), _) => show.pass(event),
            _ => {}
        }
    }

    /// What belongs to stderr in every format; what stdout has so far goes out before it, so that both are in order
    /// where they are the same terminal.
    fn write_stderr(&mut self, event: &Event, out: &mut Vec<u8>) {
        let line = match (&event.kind, &mut self.steps) {
            (EventKind::Warning(warning), _) => {
                let conn = event.conn.map_or_else(String::new, |conn| format!("{conn} "));
                format!("raccord: warning: {conn}{warning}")
            }
            (EventKind::Step(step), Some(steps)) => steps.show(event.conn, step),
            _ => return,
        };
        if self.scrolls && stderr::to_a_terminal() {
            // both are the same screen
            out.extend_from_slice(line.as_bytes());
            return out.push(b'\n');
        }
        self.write(out);
        stderr::line(&line);
    }

    fn write(&mut self, out: &mut Vec<u8>) {
        if out.is_empty() || (self.scrolls && screen::print(&String::from_utf8_lossy(out))) {
            return out.clear();
        }
        if let Some(charset) = self.charset {
            *out = charset.write(&String::from_utf8_lossy(out));
        }
        self.write_stdout(out);
        out.clear();
        out.shrink_to(MOST_KEPT);
    }

    fn write_stdout(&mut self, bytes: &[u8]) {
        if let Some(stdout) = &mut self.stdout
            && let Err(error) = stdout.write_all(bytes)
        {
            self.stdout = None;
            (self.trouble)(judge(&error));
        }
    }

    fn close_stdout(&mut self) {
        if self.stdout.take().is_some() {
            // whoever reads the pipe then sees its end; where it cannot be closed, it ends with the process
            let _ = raccord_sys::stdio::close_stdout();
        }
    }
}

/// What comes after a quiet while is shown at once. What follows it may wait for so long and be shown together: waking up
/// for each small message would cost more than showing it.
const REST: Duration = Duration::from_millis(2);
/// How long a line stays before the next ones, where a person reads, and how long a screenful: keys must not wait behind
/// what nobody can follow.
const LINE: Duration = Duration::from_micros(200);
const GLANCE: Duration = Duration::from_millis(40);
/// How many events wait for the others of their batch, of which a person is shown the latest.
const MANY: usize = 4096;
/// After more than this, more is waiting already.
const LITTLE: usize = 64 * 1024;
/// How much is written at once; more would wait in memory, many times as long as the bytes that it shows.
const ENOUGH: usize = 256 * 1024;
/// Bytes that are written as they are, and are so many, are not collected with others before.
const LARGE: usize = 16 * 1024;
/// How much memory the output buffer keeps between batches.
const MOST_KEPT: usize = 1024 * 1024;

fn judge(error: &io::Error) -> Trouble {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Trouble::Closed;
    }
    stderr::error(&format!("cannot write to stdout: {}", said(error)));
    Trouble::Full
}
