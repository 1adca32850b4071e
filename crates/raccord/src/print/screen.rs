//! The terminal while a line editor is on it: what is printed scrolls above the line that is typed, and the modes of the
//! terminal, which the editor changes, are given back on every way out.
#![expect(clippy::disallowed_methods, reason = "the terminal is asked to leave the paste mode of the editor")]

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{panic, thread};

use raccord_sys::terminal::{self, JobControl, Modes};
use rustyline::ExternalPrinter;

/// Prints above the line that is typed, while there is one.
static ABOVE: Mutex<Option<Box<dyn ExternalPrinter + Send>>> = Mutex::new(None);
/// The modes that the terminal had before. Behind a lock of its own: it is held for no longer than a system call, so
/// that the way out waits for nobody who prints.
static BEFORE: Mutex<Option<Modes>> = Mutex::new(None);

/// Nothing will be printed above the line any more.
static LAST: AtomicBool = AtomicBool::new(false);
/// The editor draws no more.
static HELD: Mutex<bool> = Mutex::new(false);
static HOLDS: Condvar = Condvar::new();
/// How long an editor may take to stop drawing.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often a program in the background looks whether the terminal is its own again.
const LOOK: Duration = Duration::from_millis(50);

/// Moves the cursor, and nothing on the screen. The editor draws its line again behind it.
const NOTHING: &str = "\x1b[A\n";
/// Pasted text comes marked, or not (xterm's control sequence 2004).
const MARK_PASTE: &str = "\x1b[?2004h";
const LEAVE_PASTE: &str = "\x1b[?2004l";

/// From now on lines are printed by `above`, and the terminal is in the editor's hands. Fails where its modes cannot be
/// had.
pub(crate) fn open(above: Box<dyn ExternalPrinter + Send>) -> io::Result<()> {
    let before = Modes::of_stdin()?;
    // between two lines that are typed nothing shows twice, and no key is lost
    before.for_keys().set()?;
    *lock(&BEFORE) = Some(before);
    *lock(&ABOVE) = Some(above);
    restore_on_panic();
    // where there is no job control, nobody stops us
    let _ = terminal::watch_job_control(job_control());
    Ok(())
}

/// Prints whole lines above the one that is typed; false where no editor is on the terminal (any more).
pub(super) fn print(lines: &str) -> bool {
    let mut above = lock(&ABOVE);
    let printed = above.as_mut().is_some_and(|above| above.print(lines.to_owned()).is_ok());
    if !printed {
        *above = None;
    }
    printed
}

/// Takes the editor off the terminal, once all that was printed is on it.
pub(crate) fn close() {
    let Some(mut above) = lock(&ABOVE).take() else { return };
    // one message waits while one is drawn: when the second is taken, all before the first have been drawn
    let drawn = (0..2).all(|_| above.print(NOTHING.to_owned()).is_ok());
    if drawn {
        LAST.store(true, Ordering::Release);
        // it may never be taken, so nobody waits for that
        thread::spawn(move || above.print(NOTHING.to_owned()));
        let held = lock(&HELD);
        let _ = HOLDS.wait_timeout_while(held, PATIENCE, |held| !*held);
    }
    restore();
}

/// The editor, which draws its own line again below what was printed, asks before it does so: behind the last that was
/// printed it must not. The thread that asked then rests for as long as the program lives.
pub(crate) fn before_drawing() {
    if LAST.load(Ordering::Acquire) {
        *lock(&HELD) = true;
        HOLDS.notify_all();
        loop {
            thread::park();
        }
    }
}

/// The editor is gone, and its terminal free. It must be gone: whoever prints waits for it, and holds the lock meanwhile.
pub(crate) fn abandon() {
    lock(&ABOVE).take();
    restore();
}

/// Gives the terminal its modes back, whoever still prints. Does nothing where no editor was on it.
pub(crate) fn restore() {
    let before = lock(&BEFORE).take();
    before.iter().for_each(leave);
}

/// Sets the modes, and clears the line that was being typed: last, for a terminal that is full takes nothing.
fn leave(modes: &Modes) {
    // a terminal that is gone has no modes
    let _ = modes.set();
    write(&format!("{LEAVE_PASTE}\r\x1b[J"));
}

fn restore_on_panic() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        // the editor sets them again for its next line, if a panic did not end the program
        before().iter().for_each(leave);
        tell(panicked);
    }));
}

/// Gives the terminal to the shell while the program is stopped, and takes it back when it is ours again.
fn job_control() -> impl FnMut(JobControl) + Send {
    |what| match what {
        JobControl::Suspend => {
            let ours = Modes::of_stdin().ok();
            before().iter().for_each(leave);
            // returns when we are continued, or at once where nobody could continue us
            terminal::stop();
            // a shell that brings a running job to the foreground does not say so
            thread::spawn(move || {
                while !terminal::is_ours() {
                    thread::sleep(LOOK);
                }
                take_back(ours);
            });
        }
        JobControl::Continue if terminal::is_ours() => take_back(None),
        JobControl::Continue => {}
    }
}

fn take_back(modes: Option<Modes>) {
    if before().is_none() {
        return;
    }
    if let Some(modes) = modes {
        let _ = modes.set();
        write(MARK_PASTE);
    }
    // the shell wrote where the line was
    print(NOTHING);
}

fn before() -> Option<Modes> {
    lock(&BEFORE).clone()
}

fn write(sequence: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(sequence.as_bytes()).and_then(|()| stdout.flush());
}

/// Nothing that runs under these locks can leave what they guard half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};

    use super::*;

    struct Nowhere;

    impl ExternalPrinter for Nowhere {
        fn print(&mut self, _: String) -> rustyline::Result<()> {
            Ok(())
        }
    }

    #[test]
    #[ignore = "run by the next test, on a terminal"]
    fn panics_with_an_editor_on_the_terminal() {
        open(Box::new(Nowhere)).unwrap();
        let changed = !tcgetattr(io::stdin()).unwrap().local_modes.contains(LocalModes::ICANON);
        panic!("with the terminal changed: {changed}");
    }

    #[test]
    fn a_panic_gives_the_terminal_back_and_is_told() {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let person = openpt(flags).unwrap();
        unlockpt(&person).unwrap();
        let terminal = ioctl_tiocgptpeer(&person, flags).unwrap();
        let test = "print::screen::tests::panics_with_an_editor_on_the_terminal";
        let ran = Command::new("setsid")
            .arg("--ctty")
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored", "--nocapture"])
            .stdin(terminal)
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&ran.stderr);
        assert!(err.contains("with the terminal changed: true"), "{err}");
        let modes = tcgetattr(&person).unwrap().local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO), "{modes:?}");
    }
}
