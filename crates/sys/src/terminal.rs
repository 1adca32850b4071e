//! The terminal of the program: its modes and size, and being stopped and continued with it.
//!
//! Whoever changes the modes of a terminal owes them to the shell: at the end, and whenever the program is stopped.

use std::io;

use crate::here;

/// The modes of a terminal, as they were when they were asked for (termios(3)).
#[derive(Clone, Debug)]
pub struct Modes(pub(crate) here::terminal::Modes);

impl Modes {
    /// Those of standard input now. Fails where it is no terminal, with `Unsupported` where there are none.
    pub fn of_stdin() -> io::Result<Self> {
        here::terminal::of_stdin().map(Self)
    }

    /// The same for reading single keys without waiting for a line and without showing them; Ctrl-C and Ctrl-Z still
    /// send their signals.
    #[must_use]
    pub fn for_keys(&self) -> Self {
        Self(here::terminal::for_keys(&self.0))
    }

    /// Sets standard input to these modes at once. A program in the background leaves the terminal to whoever has it.
    pub fn set(&self) -> io::Result<()> {
        here::terminal::set(&self.0)
    }
}

/// What was typed on standard input so far and nobody has read, without waiting for more. Where the terminal still took
/// lines, the end of input that Ctrl-D marks is a zero in it.
pub fn typed_so_far() -> io::Result<Vec<u8>> {
    here::terminal::typed_so_far()
}

/// How many columns the terminal on standard error has; none where it is no terminal, or does not know.
pub fn columns_of_stderr() -> Option<u16> {
    here::terminal::columns_of_stderr()
}

/// The same of standard output.
pub fn columns_of_stdout() -> Option<u16> {
    here::terminal::columns_of_stdout()
}

/// What a terminal's job control wants of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobControl {
    /// SIGTSTP: it is about to be stopped; [`stop`] then does so.
    Suspend,
    /// SIGCONT: it was continued.
    Continue,
}

/// Calls `f`, on a thread of its own, for each SIGTSTP and SIGCONT from now on. SIGTSTP then no longer stops the program
/// by itself. One that the program was started with ignored stays ignored. Fails with `Unsupported` where there is no
/// job control.
pub fn watch_job_control(f: impl FnMut(JobControl) + Send + 'static) -> io::Result<()> {
    here::terminal::watch_job_control(f)
}

/// Whether the terminal on standard input is ours to draw on: whether our group is in its foreground.
pub fn is_ours() -> bool {
    here::terminal::is_ours()
}

/// Stops the whole program as an unhandled SIGTSTP would; returns when it is continued, or at once where nobody could
/// continue it (an orphaned process group).
pub fn stop() {
    here::terminal::stop();
}

/// Sends SIGTSTP to the process group, as the terminal does on Ctrl-Z.
pub fn suspend_group() {
    here::terminal::suspend_group();
}
