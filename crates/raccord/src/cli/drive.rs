//! Drives a session from its start to the exit code: printing, input, signals, the program of `--run`.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use raccord_core::address::Address;
use raccord_core::event::{Closed, Reason};
use raccord_net::program::{self, Program, Reach};
use raccord_net::{Commands, Family, Feed, Outcome, Session};
use raccord_sys::signal::Signal;
use tokio::sync::mpsc;

use super::options::Meaning;
use crate::exit::Exit;
use crate::print::{self, Printer, Trouble};

/// How far behind the slowest output may be before the traffic waits.
const FEED: usize = 8 * 1024 * 1024;
/// How long the program of `--run` may take to end when raccord was told to stop.
const PROGRAM_GRACE: Duration = Duration::from_secs(2);

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
        Err(error) => return print::failed(&format!("cannot start: {error}")),
    };
    let exit = runtime.block_on(Drive::new(meaning, kind).run(start));
    // a name lookup or a file that still blocks holds nobody up
    runtime.shutdown_background();
    exit
}

/// What is known of a run so far.
struct Drive {
    meaning: Meaning,
    kind: Kind,
    feed: Feed,
    happenings: mpsc::UnboundedSender<Happening>,
    happened: mpsc::UnboundedReceiver<Happening>,
    exit: Exit,
    stopped: bool,
}

/// What reaches a running session from the outside.
enum Happening {
    Signal(Signal),
    Trouble(Trouble),
    BadInput(String),
}

impl Drive {
    fn new(meaning: Meaning, kind: Kind) -> Self {
        let (happenings, happened) = mpsc::unbounded_channel();
        let feed = Feed::new(FEED);
        Self { meaning, kind, feed, happenings, happened, exit: Exit::Done, stopped: false }
    }

    async fn run(mut self, start: impl FnOnce(&Feed) -> Session) -> Exit {
        let printer = self.start_printer();
        self.watch_signals();
        let exit = match self.start_program_for_client() {
            Ok(program) => {
                let session = start(&self.feed);
                self.hold(session, program).await
            }
            Err(exit) => exit,
        };
        self.feed.close();
        exit.or(printer.map_or(Exit::Done, Printer::finish))
    }

    fn start_printer(&self) -> Option<Printer> {
        let happenings = self.happenings.clone();
        let trouble = move |trouble| drop(happenings.send(Happening::Trouble(trouble)));
        let Meaning { output, explain, color, .. } = &self.meaning;
        Printer::start(&self.feed, output.clone(), *explain, *color, trouble)
    }

    fn watch_signals(&self) {
        let happenings = self.happenings.clone();
        // where there are no signals, the system ends the process as it does
        let _ = raccord_sys::signal::watch(move |signal| drop(happenings.send(Happening::Signal(signal))));
    }

    /// The server of a client under `--run` is started first.
    fn start_program_for_client(&self) -> Result<Option<Program>, Exit> {
        match &self.kind {
            Kind::Client { reach } => self.start_program(reach),
            Kind::Server => Ok(None),
        }
    }

    fn start_program(&self, reach: &Reach) -> Result<Option<Program>, Exit> {
        let Some(command) = &self.meaning.run else { return Ok(None) };
        let feed = self.meaning.output.is_some().then_some(&self.feed);
        program::start(command, reach, feed).map(Some).map_err(|failure| print::failed(&failure.to_string()))
    }

    /// Holds the session and its program to their ends.
    async fn hold(&mut self, session: Session, mut program: Option<Program>) -> Exit {
        let commands = session.commands();
        self.feed_input(&commands);
        let only_v6 = self.meaning.lookup.family == Family::V6;
        if matches!(self.kind, Kind::Server)
            && self.meaning.run.is_some()
            && let Some(addresses) = session.ready().await
            && let Some(reach) = addresses.first().and_then(|address| reach_of(address, only_v6))
        {
            match self.start_program(&reach) {
                Ok(started) => program = started,
                Err(exit) => {
                    commands.stop();
                    self.exit = exit;
                }
            }
        }
        let mut ended = std::pin::pin!(session.ended());
        let mut outcome = None;
        let mut code = None;
        while outcome.is_none() || program.is_some() {
            tokio::select! {
                end = &mut ended, if outcome.is_none() => outcome = Some(end),
                end = wait_for(&mut program), if program.is_some() => {
                    (code, program) = (Some(end), None);
                    commands.retire();
                }
                Some(happening) = self.happened.recv() => {
                    self.handle(happening, &commands, program.as_ref());
                }
                () = tokio::time::sleep(PROGRAM_GRACE), if self.stopped && outcome.is_some() => program = None,
            }
        }
        let of_session = outcome.map_or(Exit::Done, |outcome| self.judge(outcome));
        match code {
            Some(code) if code != 0 && !self.stopped => Exit::Program(code),
            _ => self.exit.or(of_session),
        }
    }

    fn feed_input(&self, commands: &Commands) {
        let happenings = self.happenings.clone();
        let broken = move |sentence| drop(happenings.send(Happening::BadInput(sentence)));
        self.meaning.source.feed(commands.clone(), broken);
    }

    fn handle(&mut self, happening: Happening, commands: &Commands, program: Option<&Program>) {
        match happening {
            Happening::BadInput(sentence) => {
                print::error(&sentence);
                self.exit = self.exit.or(Exit::Failed);
            }
            Happening::Trouble(trouble) => {
                // a closed stdout is nobody's fault; anything else was told already
                self.exit = self.exit.or(if trouble == Trouble::Closed { Exit::Done } else { Exit::Failed });
                self.stop(commands, program);
            }
            // a second signal ends it at once
            Happening::Signal(Signal::Interrupt) if self.stopped => Exit::Interrupted.leave(),
            Happening::Signal(_) if self.stopped => self.exit_of_a_signal().leave(),
            Happening::Signal(signal) => {
                self.exit = match signal {
                    Signal::Interrupt => Exit::Interrupted,
                    _ => self.exit_of_a_signal(),
                };
                self.stop(commands, program);
            }
        }
    }

    fn stop(&mut self, commands: &Commands, program: Option<&Program>) {
        self.stopped = true;
        commands.stop();
        if let Some(program) = program {
            program.terminate();
        }
    }

    /// SIGTERM ends a server in order; a client that is not done has failed.
    fn exit_of_a_signal(&self) -> Exit {
        match self.kind {
            Kind::Client { .. } => Exit::Failed,
            Kind::Server => Exit::Done,
        }
    }

    /// The exit code of how the session ended, told on stderr where it failed.
    fn judge(&self, outcome: Outcome) -> Exit {
        match outcome {
            Outcome::Failed(failure) => print::failed(&failure.to_string()),
            Outcome::Closed(_) | Outcome::Stopped if self.stopped => Exit::Done,
            Outcome::Closed(closed) if closed.reason.is_good() => Exit::Done,
            Outcome::Closed(closed) => print::failed(&sentence(&closed)),
            Outcome::Stopped => Exit::Done,
        }
    }
}

async fn wait_for(program: &mut Option<Program>) -> i32 {
    match program {
        Some(program) => program.ended().await,
        None => std::future::pending().await,
    }
}

/// How a conversation failed, in one sentence.
fn sentence(closed: &Closed) -> String {
    let detail = closed.detail.as_deref().unwrap_or("no more is known");
    match closed.reason {
        Reason::Reset => "the peer reset the connection".to_owned(),
        Reason::BrokenPipe => "the peer was gone before everything was sent".to_owned(),
        Reason::Timeout => format!("timed out: {detail}"),
        Reason::Interrupted => "interrupted".to_owned(),
        _ => detail.to_owned(),
    }
}

/// An address at which the program reaches a listening socket: every address means this machine's own. A socket
/// that takes every address of both families is reached over IPv4, which every program speaks.
fn reach_of(address: &Address, only_v6: bool) -> Option<Reach> {
    let address = address.inet()?;
    let host = match address.ip() {
        ip if ip.is_unspecified() && (ip.is_ipv4() || !only_v6) => Ipv4Addr::LOCALHOST.into(),
        ip if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    Some(Reach { host: host.to_string(), port: address.port() })
}
