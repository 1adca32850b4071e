//! Signals: those that ask raccord to end, and those it sends to programs it started.

use std::io;

use crate::here;

/// A request to end, from the terminal or from another program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// SIGINT: the user pressed Ctrl-C.
    Interrupt,
    /// SIGTERM: another program asks for the end.
    Terminate,
    /// SIGHUP: the terminal has gone.
    HangUp,
}

/// Calls `f`, on a thread of its own, for each SIGINT, SIGTERM and SIGHUP from now on; these then no longer
/// end the program by themselves.
///
/// A signal that the program was started with ignored (by `nohup`, or as a shell's background job) stays
/// ignored. SIGPIPE is not touched: Rust ignores it from the start, so writes fail with `BrokenPipe` instead.
/// Fails with `Unsupported` where there are no signals, else with what the system said.
pub fn watch(f: impl FnMut(Signal) + Send + 'static) -> io::Result<()> {
    here::signal::watch(f)
}

/// Ends the program as an unhandled SIGINT would, so that the shell that runs it ends its loop or script too
/// (it sees "killed by SIGINT", which no exit code can say). Where there are no signals: exit code 130.
///
/// Nothing is flushed and no destructor runs: do that first.
pub fn die_by_interrupt() -> ! {
    here::signal::die_by_interrupt()
}
