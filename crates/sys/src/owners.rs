//! Which processes hold a socket.

use std::io;

use crate::here;

/// Finds the processes that hold the sockets with these inodes, in one walk over all processes.
///
/// Fails with `Unsupported` where processes cannot be looked into, and with what the system said where their
/// list cannot be read.
pub fn owners(inodes: &[u64]) -> io::Result<Owners> {
    here::owners::owners(inodes)
}

/// The name of the user `uid`, from the machine's own list of users (`/etc/passwd`); None if it
/// has none there.
pub fn user_name(uid: u32) -> Option<String> {
    here::users::name(uid)
}

/// What [`owners`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Inode and process, once for each process that holds the socket: a child shares those of its parent.
    pub found: Vec<(u64, Process)>,
    /// Whether an inode was not found, while some processes could not be looked into for lack of permission.
    pub partial: bool,
}

/// A running program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name, as it gave it to itself: foreign text, which may hold anything, escape sequences too.
    pub program: String,
    /// The user it acts as: the name, or the number of one without a name.
    pub user: Option<String>,
}
