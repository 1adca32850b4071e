//! What a Unix socket (unix(7)) is beside a socket: a name with a length, a file with permissions, and a known peer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::here;
use crate::tcp::AsSocket;

/// The most bytes that the path of a Unix socket may have (`sun_path`, less the NUL behind it), and a name in the abstract
/// namespace (less the NUL before it).
pub const LONGEST_NAME: usize = here::unix::LONGEST_NAME;

/// Which process connected, or listens, at the other end of `socket` (`SO_PEERCRED`), as it was then. None for one that
/// this process cannot see, in another PID namespace.
///
/// Fails with `Unsupported` where it cannot be asked.
pub fn peer(socket: &impl AsSocket) -> io::Result<Option<u32>> {
    here::unix::peer(socket)
}

/// Lets the file that `bind` will make for `socket` have no more than these permissions, from its first moment on; the
/// umask takes its part away.
///
/// Fails with `Unsupported` where that cannot be said beforehand.
pub fn limit_permissions(socket: &impl AsSocket, mode: u32) -> io::Result<()> {
    here::unix::limit_permissions(socket, mode)
}

/// Takes the lock on the folder of `path` under which programs of raccord put their sockets there (flock(2)), if it is free;
/// it is held until the value is dropped. None where another one has it.
///
/// Fails where the folder cannot be opened or locked, and with `Unsupported` where there are no such locks.
pub fn lock_folder(path: &Path) -> io::Result<Option<FolderLock>> {
    here::unix::lock_folder(path).map(|lock| lock.map(|lock| FolderLock { _lock: lock }))
}

/// Nobody else who asks for it puts a socket into the folder meanwhile.
#[derive(Debug)]
pub struct FolderLock {
    _lock: here::unix::Lock,
}

/// What is found at a path where a server wants its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// The file of a socket that no process has any more.
    Stale,
    /// The file of a socket that a process has; it need not listen.
    Held,
    /// A socket, and whether a process has it cannot be known: it may not be written to.
    Unknown,
    /// Not a socket, but this: `a regular file`, `a folder`, …
    Other(&'static str),
}

/// Looks at what is there, without a trace for a server that listens: its socket is asked for by a datagram socket, for
/// which it is of the wrong type.
///
/// Fails with what the system said where it cannot be looked at, and with `Unsupported` where there is nothing to ask by.
pub fn find(path: &Path) -> io::Result<Found> {
    here::unix::find(path)
}

/// The sockets of this machine (of its network namespace) that were bound to this file, or to this name of the abstract
/// namespace, without the conversations of one that listens. Several have a path of which the file was removed in between:
/// whose it is now cannot be known. Nor is one found that was bound in another folder than its process is in now.
///
/// Fails with `Unsupported` where they cannot be listed.
pub fn holders(name: &Name<'_>) -> io::Result<Vec<Holder>> {
    here::unix::holders(name)
}

/// A socket that has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What identifies it among the descriptors of processes, see [`owners`](crate::owners::owners).
    pub inode: u64,
    /// Whether it listens.
    pub listens: bool,
}

/// The name of a Unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// A path.
    Path(&'a Path),
    /// A name in the abstract namespace, without the NUL that it begins with.
    Abstract(&'a [u8]),
}

/// The file of a socket that this process has bound. Dropping it removes the file, if it is still this one; so it must be
/// dropped before the socket is closed, for as long as that is open no other file can have its inode.
#[derive(Debug)]
pub struct SocketFile(Entry);

/// A path and what was there.
type Entry = (PathBuf, here::unix::Identity);

/// Those that are not dropped yet.
static FILES: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

impl SocketFile {
    /// The file that `bind` makes here, with these permissions from then on, whatever the umask is. Relative paths are
    /// those of the present folder. [`remove_files`], which another thread may call, finds it or comes before it.
    ///
    /// Fails as `bind` does, where the file is not there or no socket any more, or the permissions cannot be set.
    pub fn made_by(path: &Path, mode: u32, bind: impl FnOnce() -> io::Result<()>) -> io::Result<Self> {
        let mut files = files();
        bind()?;
        let entry = (std::path::absolute(path)?, here::unix::identity(path)?);
        files.push(entry.clone());
        drop(files);
        // from here on it is removed whatever happens
        let file = Self(entry);
        here::unix::set_permissions(path, &file.0.1, mode)?;
        Ok(file)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // held until it is removed, or the process could end between the two
        let mut files = files();
        files.retain(|entry| *entry != self.0);
        remove(&self.0);
    }
}

/// Removes the files that are still there, for an end of the process that drops nothing.
pub fn remove_files() {
    files().drain(..).for_each(|entry| remove(&entry));
}

fn files() -> MutexGuard<'static, Vec<Entry>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remove((path, file): &Entry) {
    if here::unix::identity(path).is_ok_and(|found| found == *file) {
        // who may not remove it any more must leave it to the next server
        let _ = std::fs::remove_file(path);
    }
}
