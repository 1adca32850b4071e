//! Exit codes: the one place where they are numbers.

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything went as it should.
    Done,
    /// The conversation failed, or its bytes did not decode.
    Failed,
    /// The command line is wrong.
    Usage,
    /// The program that `--run` started ended with this code.
    Program(i32),
    /// Interrupted by the keyboard (SIGINT).
    Interrupted,
}

impl Exit {
    /// Ends the process. What was written to stdout and stderr is out already; threads that still wait for input
    /// are of no use any more.
    pub(crate) fn leave(self) -> ! {
        crate::print::screen::restore();
        raccord_sys::unix::remove_files();
        match self {
            Self::Interrupted => raccord_sys::signal::die_by_interrupt(),
            Self::Done => std::process::exit(0),
            Self::Failed => std::process::exit(1),
            Self::Usage => std::process::exit(2),
            Self::Program(code) => std::process::exit(code),
        }
    }

    /// This end, unless it was good and `other` is not.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == Self::Done { other } else { self }
    }
}
