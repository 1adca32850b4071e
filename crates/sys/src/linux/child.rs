//! Process groups, and how a child ended, if a signal ended it.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process_group};

pub(crate) fn code_of_signal(status: ExitStatus) -> i32 {
    status.signal().map_or(1, |signal| 128 + signal)
}

pub(crate) fn in_own_group(command: &mut Command) {
    command.process_group(0);
}

pub(crate) fn terminate_group(pid: u32) -> io::Result<()> {
    send(pid, Signal::TERM)
}

pub(crate) fn kill_group(pid: u32) -> io::Result<()> {
    send(pid, Signal::KILL)
}

fn send(pid: u32, signal: Signal) -> io::Result<()> {
    // 0 would be our own group to kill(2), and 1 everybody
    let pid = i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw);
    let pid =
        pid.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the number of a process"))?;
    Ok(kill_process_group(pid, signal)?)
}
