//! Signals, caught by signal-hook.

use std::{io, mem, process, ptr, thread};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::signal::Signal;

const WATCHED: [(i32, Signal); 3] =
    [(SIGINT, Signal::Interrupt), (SIGTERM, Signal::Terminate), (SIGHUP, Signal::HangUp)];

pub(crate) fn watch(mut f: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    let heeded = WATCHED.iter().map(|(number, _)| *number).filter(|number| !is_ignored(*number));
    let mut signals = Signals::new(heeded)?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for number in signals.forever() {
            WATCHED.iter().filter(|(known, _)| *known == number).for_each(|(_, signal)| f(*signal));
        }
    })?;
    Ok(())
}

pub(crate) fn die_by_interrupt() -> ! {
    // SAFETY: the default action runs no code of ours, and `raise` takes any number.
    unsafe {
        libc::signal(SIGINT, libc::SIG_DFL);
        libc::raise(SIGINT);
    }
    // still here: the first process of a container is not ended by default actions
    process::exit(130)
}

pub(super) fn is_ignored(number: i32) -> bool {
    // SAFETY: all zeros is a valid `sigaction`: plain integers, an empty set and no restorer.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: a null new action only asks; `action` is valid for the kernel to write.
    let asked = unsafe { libc::sigaction(number, ptr::null(), &raw mut action) };
    asked == 0 && action.sa_sigaction == libc::SIG_IGN
}
