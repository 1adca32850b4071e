//! Nothing more of a Unix socket than that it is one.

use std::io;
use std::path::Path;

use super::unsupported;
use crate::tcp::AsSocket;
use crate::unix::{Found, Holder, Name};

/// That of the systems with the shortest.
pub(crate) const LONGEST_NAME: usize = 103;

#[derive(Debug)]
pub(crate) enum Lock {}

pub(crate) type Identity = u64;

pub(crate) fn peer(_: &impl AsSocket) -> io::Result<Option<u32>> {
    unsupported("asking who is at the other end of a Unix socket")
}

pub(crate) fn limit_permissions(_: &impl AsSocket, _: u32) -> io::Result<()> {
    unsupported("listening on a Unix socket with permissions of its own")
}

pub(crate) fn lock_folder(_: &Path) -> io::Result<Option<Lock>> {
    unsupported("locking a folder")
}

pub(crate) fn find(_: &Path) -> io::Result<Found> {
    unsupported("asking whose a Unix socket is")
}

pub(crate) fn set_permissions(_: &Path, _: &Identity, _: u32) -> io::Result<()> {
    unsupported("setting the permissions of a Unix socket")
}

pub(crate) fn identity(_: &Path) -> io::Result<Identity> {
    unsupported("knowing a file again")
}

pub(crate) fn holders(_: &Name<'_>) -> io::Result<Vec<Holder>> {
    unsupported("listing Unix sockets")
}
