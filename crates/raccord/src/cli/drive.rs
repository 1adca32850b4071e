//! Drives a session from its start to the exit code: everything that happens to it comes down one channel.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use raccord_core::address::Address;
use raccord_core::endpoint::Endpoint;
use raccord_core::event::{Closed, Reason};
use raccord_core::failure::{Failure, said};
use raccord_net::program::{self, Reach};
use raccord_net::{Commands, Family, Feed, Outcome, Session};
use raccord_sys::signal::Signal;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::input::{Source, feed_bytes};
use super::options::Meaning;
use super::running::Running;
use crate::exit::Exit;
use crate::print::{self, Output, Printer, Trouble};
use crate::prompt::Wish;

/// How far behind the slowest output may be before the traffic waits.
const FEED: usize = 8 * 1024 * 1024;
/// The same where a person reads, who wants the latest, and where bytes pass as they are: what is still in the
/// processor's cache is written at half the cost.
const SHORT_FEED: usize = 1024 * 1024;
/// How long everything may still take once raccord was told to stop: the 2 seconds of the conversations, and a
/// little for what is printed of them.
const GRACE: Duration = Duration::from_millis(2500);

/// Which end the session is, as far as its exit code and `--run` care.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A client; what `--run` starts is the server that it then reaches.
    Client {
        /// Where.
        reach: Reach,
    },
    /// A server; what `--run` starts is its client.
    Server,
}

/// Runs a session to its end.
pub(crate) fn drive(meaning: Meaning, kind: Kind, start: impl FnOnce(&Feed) -> Session) -> Exit {
    // more connections than the soft limit allows; where it cannot be raised, accepting pauses instead
    let _ = raccord_sys::limits::raise_open_files();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return print::failed(&format!("cannot start: {}", said(&error))),
    };
    let exit = runtime.block_on(Drive::new(meaning, kind).run(start));
    // a name lookup or a file that still blocks holds nobody up
    runtime.shutdown_background();
    exit
}

/// What happens to a run.
enum Happening {
    /// The session is ready on these addresses, or over.
    Ready(Option<Vec<Address>>),
    /// The session is over.
    Ended(Outcome),
    /// The program of `--run` is over, with this exit code.
    ProgramEnded(i32),
    /// Everything is printed.
    Printed(Exit),
    Signal(Signal),
    /// What a person said at the prompt.
    Wish(Wish),
    Trouble(Trouble),
    BadInput(String),
}

/// What is known of a run so far.
struct Drive {
    meaning: Meaning,
    kind: Kind,
    feed: Feed,
    happenings: mpsc::UnboundedSender<Happening>,
    happened: mpsc::UnboundedReceiver<Happening>,
    /// What a signal, stdout or stdin decided about the exit code.
    exit: Exit,
    outcome: Option<Outcome>,
    /// The program of `--run`, while it runs.
    program: Option<Running>,
    /// Its exit code, unless raccord ended it.
    program_code: i32,
    /// Told to stop, by a signal or by stdout.
    stopped: bool,
    /// When raccord waits no longer.
    deadline: Option<Instant>,
}

impl Drive {
    fn new(meaning: Meaning, kind: Kind) -> Self {
        let (happenings, happened) = mpsc::unbounded_channel();
        let passes_bytes = meaning.output.as_ref().is_some_and(Output::is_bytes);
        let is_short = meaning.source.has_editor() || passes_bytes;
        Self {
            meaning,
            kind,
            feed: Feed::new(if is_short { SHORT_FEED } else { FEED }),
            happenings,
            happened,
            exit: Exit::Done,
            outcome: None,
            program: None,
            program_code: 0,
            stopped: false,
            deadline: None,
        }
    }

    async fn run(mut self, start: impl FnOnce(&Feed) -> Session) -> Exit {
        let prints = self.start_printer();
        // where there are no signals, the system ends the process as it does
        let _ = raccord_sys::signal::watch(self.teller(Happening::Signal));
        if let Kind::Client { reach } = &self.kind {
            let reach = reach.clone();
            self.start_program(&reach);
        }
        if self.exit == Exit::Done {
            let session = start(&self.feed);
            self.hold(session).await;
        }
        if !self.stopped {
            // the program's time is over; what is printed has its own
            self.deadline = None;
        }
        self.feed.close();
        if prints {
            self.finish_printing().await;
        }
        self.verdict()
    }

    fn start_printer(&self) -> bool {
        let Meaning { output, explain, color, source, .. } = &self.meaning;
        let printer = Printer::new(&self.feed, output.as_ref(), *explain, source.has_editor(), *color);
        let prints = printer.is_some();
        if let Some(printer) = printer {
            printer.start(self.teller(Happening::Trouble), self.teller(Happening::Printed));
        }
        prints
    }

    /// Tells this run, from any thread, that something happened.
    fn teller<T>(&self, happening: fn(T) -> Happening) -> impl Fn(T) + Send + Sync + use<T> {
        let happenings = self.happenings.clone();
        // a run that is over has no ears
        move |what| drop(happenings.send(happening(what)))
    }

    /// Holds the session and its program to their ends, or to the deadline.
    async fn hold(&mut self, session: Session) {
        let commands = session.commands();
        self.read_input(&commands);
        let (ready, tell) = (commands.clone(), self.teller(Happening::Ready));
        tokio::spawn(async move { tell(ready.ready().await) });
        let tell = self.teller(Happening::Ended);
        tokio::spawn(async move { tell(session.ended().await) });
        while self.outcome.is_none() || self.program.is_some() {
            match self.next().await {
                Some(happening) => self.handle(happening, &commands),
                None => return,
            }
        }
    }

    fn read_input(&self, commands: &Commands) {
        match self.meaning.source.clone() {
            Source::Keyboard(person) => {
                let wish = self.teller(Happening::Wish);
                person.listen(commands.clone(), self.feed.clone(), self.meaning.color, wish);
            }
            Source::Bytes(wire) => feed_bytes(wire, commands.clone(), self.teller(Happening::BadInput)),
            Source::Nothing => {}
        }
    }

    /// What happens next; none when the deadline has passed.
    async fn next(&mut self) -> Option<Happening> {
        let deadline = self.deadline;
        tokio::select! {
            happening = self.happened.recv() => happening,
            () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => None,
        }
    }

    fn handle(&mut self, happening: Happening, commands: &Commands) {
        match happening {
            Happening::Ready(addresses) => self.start_client(&addresses.unwrap_or_default(), commands),
            Happening::Ended(outcome) => {
                if matches!(outcome, Outcome::Failed(_)) {
                    self.end_program();
                }
                self.outcome = Some(outcome);
            }
            Happening::ProgramEnded(code) => {
                let asked = self.program.take().is_some_and(|program| program.was_asked());
                self.program_code = if asked { 0 } else { code };
                // a server that left itself in the background is still to be reached
                if matches!(self.kind, Kind::Server) || code != 0 {
                    commands.retire();
                }
            }
            Happening::BadInput(sentence) => self.exit = self.exit.or(print::failed(&sentence)),
            Happening::Trouble(trouble) => {
                self.exit = self.exit.or(exit_of_trouble(trouble));
                self.stop();
                commands.stop();
            }
            Happening::Signal(signal) => {
                if self.stopped {
                    commands.kill_programs();
                }
                self.take_signal(signal);
                commands.stop();
            }
            Happening::Wish(Wish::Interrupt) => self.handle(Happening::Signal(Signal::Interrupt), commands),
            Happening::Wish(Wish::Quit) => {
                self.end_program();
                commands.finish();
            }
            Happening::Printed(exit) => self.exit = self.exit.or(exit),
        }
    }

    /// The session is over: what it said is still being written.
    async fn finish_printing(&mut self) {
        while let Some(happening) = self.next().await {
            match happening {
                Happening::Printed(exit) => {
                    self.exit = self.exit.or(exit);
                    return;
                }
                Happening::Signal(signal) => self.take_signal(signal),
                Happening::Wish(Wish::Interrupt) => self.take_signal(Signal::Interrupt),
                Happening::Trouble(trouble) => self.exit = self.exit.or(exit_of_trouble(trouble)),
                _ => {}
            }
        }
    }

    /// The first signal stops in order, a second one at once.
    fn take_signal(&mut self, signal: Signal) {
        let exit = match (signal, &self.kind) {
            (Signal::Interrupt, _) => Exit::Interrupted,
            // SIGTERM and SIGHUP end a server in order; a client that is not done has failed
            (_, Kind::Client { .. }) if self.outcome.is_none() => Exit::Failed,
            _ => Exit::Done,
        };
        if self.stopped {
            if let Some(program) = &self.program {
                program.kill();
            }
            // an interrupt stays one whatever came beside it, or the shell's loop would go on
            if self.exit == Exit::Interrupted { self.exit } else { exit }.leave();
        }
        self.exit = exit.or(self.exit);
        self.stop();
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.deadline.get_or_insert_with(|| Instant::now() + GRACE);
        self.end_program();
    }

    /// Asks the program to end; it has until the deadline.
    fn end_program(&mut self) {
        if let Some(program) = &mut self.program {
            program.ask_to_end();
            self.deadline.get_or_insert_with(|| Instant::now() + GRACE);
        }
    }

    /// The client of a server under `--run` is started when the server is ready.
    fn start_client(&mut self, addresses: &[Address], commands: &Commands) {
        let only_v6 = self.meaning.lookup.family == Family::V6;
        if matches!(self.kind, Kind::Server)
            && let Some(address) = addresses.first()
        {
            self.start_program(&reach_of(address, only_v6));
            if self.exit != Exit::Done {
                commands.stop();
            }
        }
    }

    fn start_program(&mut self, reach: &Reach) {
        let Some(command) = &self.meaning.run else { return };
        let feed = self.meaning.output.is_some().then_some(&self.feed);
        match program::start(command, reach, feed) {
            Ok(program) => self.program = Some(Running::watch(program, self.teller(Happening::ProgramEnded))),
            Err(failure) => self.exit = print::failed(&failure.to_string()),
        }
    }

    /// The exit code, and on stderr what failed.
    fn verdict(self) -> Exit {
        let of_session = match self.outcome {
            Some(Outcome::Failed(failure)) => print::failed(&failure.to_string()),
            Some(Outcome::Closed(closed)) if !self.stopped && !closed.reason.is_good() => {
                print::failed(&failure(&closed))
            }
            _ => Exit::Done,
        };
        let of_program = match self.program_code {
            0 => Exit::Done,
            code => Exit::Program(code),
        };
        of_program.or(self.exit).or(of_session)
    }
}

fn exit_of_trouble(trouble: Trouble) -> Exit {
    match trouble {
        // nobody's fault
        Trouble::Closed => Exit::Done,
        Trouble::Full => Exit::Failed,
    }
}

/// How a conversation failed, and what to do.
fn failure(closed: &Closed) -> String {
    let mut failure = Failure::new(sentence(closed), "");
    failure.remedies.clone_from(&closed.remedies);
    failure.to_string()
}

/// How a conversation failed, in one sentence.
fn sentence(closed: &Closed) -> String {
    let detail = closed.detail.as_deref().unwrap_or("no more is known");
    match closed.reason {
        Reason::Reset if closed.is_reset_by_us() => "raccord reset the connection, as it was told".to_owned(),
        Reason::Reset => "the peer reset the connection".to_owned(),
        Reason::BrokenPipe => "the peer was gone before everything was sent".to_owned(),
        Reason::Tls => format!("TLS failed: {detail}"),
        Reason::Timeout => format!("timed out: {detail}"),
        Reason::Interrupted => "interrupted".to_owned(),
        _ => detail.to_owned(),
    }
}

/// An address at which the program reaches a listening socket: every address means this machine's own. A socket
/// that takes every address of both families is reached over IPv4, which every program speaks.
fn reach_of(address: &Address, only_v6: bool) -> Reach {
    let Some(address) = address.inet() else {
        let name = if let Address::Unix(address) = address { address.name() } else { None };
        // itself, where it would be shown with its hidden characters made visible
        let host = name.map_or_else(|| address.to_string(), |name| Endpoint::Unix(name).to_string());
        return Reach { host, port: None };
    };
    let host = match address.ip() {
        ip if ip.is_unspecified() && (ip.is_ipv4() || !only_v6) => Ipv4Addr::LOCALHOST.into(),
        ip if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Reach { host: host.to_string(), port: Some(address.port()) }
}
