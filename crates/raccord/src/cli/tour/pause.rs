//! A pause between two chapters: any key goes on, q ends. The terminal is in another mode only while a key is waited
//! for, and is put back whatever ends or stops the program meanwhile.

use std::io::{ErrorKind, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use raccord_sys::signal::{self, Signal};
use raccord_sys::stdio::stdin_file;
use raccord_sys::terminal::{self, JobControl, Modes};

use crate::exit::Exit;
use crate::print::{self, Tour};

/// Waits for keys on a terminal.
pub(super) struct Pause {
    waiting: Arc<Mutex<Waiting>>,
    question: String,
    unask: String,
}

/// What the signals' threads must know.
#[derive(Debug, Default)]
struct Waiting {
    /// The terminal's own modes, while a key is waited for.
    usual: Option<Modes>,
}

impl Pause {
    /// For this terminal. From now on signals put it back before they do what they do.
    pub(super) fn new(tour: &Tour) -> Self {
        let pause = Self { waiting: Arc::default(), question: tour.question(), unask: tour.unask() };
        // where there are no signals, the system ends and stops the program as it does
        let waiting = Arc::clone(&pause.waiting);
        let _ = signal::watch(move |signal| {
            restore(&lock(&waiting));
            match signal {
                Signal::Interrupt => Exit::Interrupted.leave(),
                Signal::Terminate | Signal::HangUp => Exit::Done.leave(),
            }
        });
        let (waiting, question) = (Arc::clone(&pause.waiting), pause.question.clone());
        let _ = terminal::watch_job_control(move |what| {
            let waiting = lock(&waiting);
            let again = || waiting.usual.as_ref().map(|usual| usual.for_keys().set());
            match what {
                JobControl::Suspend => {
                    restore(&waiting);
                    terminal::stop();
                    // continued, or never stopped, for nobody could have continued us
                    if again().is_some() {
                        let _ = print::ask(&question);
                    }
                }
                JobControl::Continue => drop(again()),
            }
        });
        pause
    }

    /// Waits for a key. Fails with the end of the program at q, and where the terminal has gone.
    pub(super) fn wait(&self) -> Result<(), Exit> {
        print::ask(&self.question)?;
        let key = self.key();
        print::ask(&self.unask)?;
        match key {
            Some(b'q' | b'Q') | None => Err(Exit::Done),
            Some(_) => Ok(()),
        }
    }

    /// The first byte of the next key; an arrow, say, sends more, and one read takes them all.
    fn key(&self) -> Option<u8> {
        let mut stdin = stdin_file().ok()?;
        if let Ok(usual) = Modes::of_stdin() {
            let mut waiting = lock(&self.waiting);
            let _ = usual.for_keys().set();
            waiting.usual = Some(usual);
        }
        let mut bytes = [0; 64];
        let count = loop {
            match stdin.read(&mut bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break 0,
                Ok(count) => break count,
            }
        };
        let mut waiting = lock(&self.waiting);
        restore(&waiting);
        waiting.usual = None;
        bytes[..count].first().copied()
    }
}

fn restore(waiting: &Waiting) {
    if let Some(usual) = &waiting.usual {
        // a terminal that has gone needs nothing
        let _ = usual.set();
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
