//! Process groups, where a program is, and how a child ended, if a signal ended it.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, kill_process_group};

pub(crate) fn code_of_signal(status: ExitStatus) -> i32 {
    status.signal().map_or(1, |signal| 128 + signal)
}

pub(crate) fn signal_name(status: ExitStatus) -> Option<String> {
    let signal = status.signal()?;
    let name = signal_hook::low_level::signal_name(signal);
    Some(name.map_or_else(|| format!("signal {signal}"), str::to_owned))
}

pub(crate) fn find(program: &str) -> io::Result<PathBuf> {
    if program.contains('/') {
        return executable(PathBuf::from(program));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut failure = rustix::io::Errno::NOENT.into();
    for folder in std::env::split_paths(&path).filter(|_| !program.is_empty()) {
        match executable(folder.join(program)) {
            Ok(found) => return Ok(found),
            // one that may not be run is said only if there is no other
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => failure = error,
            Err(_) => {}
        }
    }
    Err(failure)
}

fn executable(file: PathBuf) -> io::Result<PathBuf> {
    let is_file = Path::metadata(&file)?.is_file();
    if !is_file {
        return Err(rustix::io::Errno::ACCESS.into());
    }
    access(&file, Access::EXEC_OK)?;
    Ok(file)
}

pub(crate) fn in_own_group(command: &mut Command) {
    command.process_group(0);
}

pub(crate) fn terminate_group(pid: u32) -> io::Result<()> {
    send(pid, Signal::TERM)
}

pub(crate) fn hang_up_group(pid: u32) -> io::Result<()> {
    send(pid, Signal::HUP)
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
