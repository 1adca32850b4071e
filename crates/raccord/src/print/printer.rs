//! The observer that prints: a thread that drains the feed and writes what each event looks like.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::Duration;

use anstyle::Style;
use clap::ColorChoice;
use raccord_core::event::{Event, EventKind};
use raccord_core::failure::said;
use raccord_net::{Feed, Interest, Keep, Observer};

use super::hex::Hex;
use super::json::Json;
use super::output::{Format, Output, Show, Trouble};
use super::paint::Paint;
use super::raw::Raw;
use super::text::Text;
use super::{lines, stderr};
use crate::exit::Exit;

/// Whether stdout is a terminal, where people read.
#[expect(clippy::disallowed_methods, reason = "asked, not written to")]
pub(crate) fn to_a_terminal() -> bool {
    io::stdout().is_terminal()
}

/// An observer of the feed that prints.
pub(crate) struct Printer {
    observer: Observer,
    show: Option<Box<dyn Show>>,
    rests: bool,
    steps: Option<Style>,
}

impl Printer {
    /// Observes the feed from now on, if anything is to be printed.
    pub(crate) fn new(
        feed: &Feed,
        output: Option<&Output>,
        explain: bool,
        color: ColorChoice,
    ) -> Option<Self> {
        if output.is_none() && !explain {
            return None;
        }
        let observer = feed.observe(Keep::All, Interest { bytes: output.is_some(), steps: explain });
        let aside = Paint::choose(color, stderr::to_a_terminal()).aside();
        let steps = explain.then_some(aside);
        // bytes for another program are never late: it may answer them
        let rests = output.is_some_and(|output| !matches!(output.format, Format::Raw | Format::Converted));
        Some(Self { observer, show: output.map(|output| show(output, color)), rests, steps })
    }

    /// Prints on a thread of its own until the feed is closed. `trouble` is told when stdout takes no more, `printed`
    /// when everything is out.
    pub(crate) fn start(
        self,
        trouble: impl Fn(Trouble) + Send + 'static,
        printed: impl FnOnce(Exit) + Send + 'static,
    ) {
        thread::spawn(move || {
            let Self { observer, show, rests, steps } = self;
            let stdout = raccord_sys::stdio::stdout_file().ok();
            let print = move || Printing { show, stdout, rests, steps, trouble }.run(observer);
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
    /// How socket calls are painted, if they are told.
    steps: Option<Style>,
    trouble: T,
}

impl<T: Fn(Trouble)> Printing<T> {
    fn run(mut self, mut observer: Observer) -> Exit {
        let mut batch = VecDeque::new();
        let mut out = Vec::new();
        while observer.next_batch(&mut batch) {
            for event in batch.drain(..) {
                if let Some(show) = &mut self.show {
                    show.show(&event, &mut out);
                }
                self.write_stderr(&event, &mut out);
                if out.len() >= ENOUGH {
                    self.write(&mut out);
                }
            }
            let little = out.len() < LITTLE;
            self.write(&mut out);
            if self.show.as_ref().is_some_and(|show| show.closes_stdout()) {
                self.close_stdout();
            }
            if self.rests && little {
                thread::sleep(REST);
            }
        }
        self.show.map_or(Exit::Done, |mut show| show.finish())
    }

    /// What belongs to stderr in every format; what stdout has so far goes out before it, so that both are in order
    /// where they are the same terminal.
    fn write_stderr(&mut self, event: &Event, out: &mut Vec<u8>) {
        let line = match (&event.kind, self.steps) {
            (EventKind::Warning(warning), _) => format!("raccord: warning: {warning}"),
            (EventKind::Step(step), Some(style)) => {
                format!("{style}{}{style:#}", lines::step(event.conn, step))
            }
            _ => return,
        };
        self.write(out);
        stderr::line(&line);
    }

    fn write(&mut self, out: &mut Vec<u8>) {
        if let Some(stdout) = &mut self.stdout
            && let Err(error) = stdout.write_all(out)
        {
            self.stdout = None;
            (self.trouble)(judge(&error));
        }
        out.clear();
        out.shrink_to(MOST_KEPT);
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
/// After more than this, more is waiting already.
const LITTLE: usize = 64 * 1024;
/// How much is written at once; more would wait in memory, many times as long as the bytes that it shows.
const ENOUGH: usize = 256 * 1024;
/// How much memory the output buffer keeps between batches.
const MOST_KEPT: usize = 1024 * 1024;

fn judge(error: &io::Error) -> Trouble {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Trouble::Closed;
    }
    stderr::error(&format!("cannot write to stdout: {}", said(error)));
    Trouble::Full
}
