//! Terminals, by termios(3) and signals.

use std::{io, mem, ptr, thread};

use rustix::fd::BorrowedFd;
use rustix::process;
use rustix::stdio::{stderr, stdin, stdout};
use rustix::termios::{self, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::iterator::Signals;

use super::signal::is_ignored;
use crate::terminal::JobControl;

pub(crate) type Modes = Termios;

pub(crate) fn of_stdin() -> io::Result<Modes> {
    Ok(termios::tcgetattr(stdin())?)
}

pub(crate) fn for_keys(modes: &Modes) -> Modes {
    let mut modes = modes.clone();
    modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    modes.special_codes[SpecialCodeIndex::VMIN] = 1;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
    modes
}

pub(crate) fn set(modes: &Modes) -> io::Result<()> {
    // from the background it would stop us (SIGTTOU)
    if !is_ours() {
        return Ok(());
    }
    Ok(termios::tcsetattr(stdin(), OptionalActions::Now, modes)?)
}

pub(crate) fn typed_so_far() -> io::Result<Vec<u8>> {
    let waiting = usize::try_from(rustix::io::ioctl_fionread(stdin())?).unwrap_or(0);
    let mut typed = vec![0; waiting];
    if waiting > 0 {
        let count = rustix::io::read(stdin(), &mut typed)?;
        typed.truncate(count);
    }
    Ok(typed)
}

pub(crate) fn columns_of_stderr() -> Option<u16> {
    columns(stderr())
}

pub(crate) fn columns_of_stdout() -> Option<u16> {
    columns(stdout())
}

fn columns(terminal: BorrowedFd<'_>) -> Option<u16> {
    let size = termios::tcgetwinsize(terminal).ok()?;
    (size.ws_col > 0).then_some(size.ws_col)
}

pub(crate) fn watch_job_control(mut f: impl FnMut(JobControl) + Send + 'static) -> io::Result<()> {
    let heeded = [SIGTSTP, SIGCONT].into_iter().filter(|number| !is_ignored(*number));
    let mut signals = Signals::new(heeded)?;
    thread::Builder::new().name("job control".into()).spawn(move || {
        for number in signals.forever() {
            f(if number == SIGTSTP { JobControl::Suspend } else { JobControl::Continue });
        }
    })?;
    Ok(())
}

pub(crate) fn is_ours() -> bool {
    termios::tcgetpgrp(stdin()).is_ok_and(|group| group == process::getpgrp())
}

pub(crate) fn stop() {
    // SAFETY: all zeros is a valid `sigaction`: SIG_DFL, an empty set, no flags, no restorer.
    let default: libc::sigaction = unsafe { mem::zeroed() };
    let mut ours = default;
    // SAFETY: both point to actions that live as long as the calls; the default action runs no code of ours. raise(3)
    // takes any number, and has stopped and been continued when it returns.
    unsafe {
        if libc::sigaction(SIGTSTP, &raw const default, &raw mut ours) == 0 {
            libc::raise(SIGTSTP);
            libc::sigaction(SIGTSTP, &raw const ours, ptr::null_mut());
        }
    }
}

pub(crate) fn suspend_group() {
    // our own group is always there
    let _ = process::kill_current_process_group(process::Signal::TSTP);
}
