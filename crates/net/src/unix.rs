//! What both ends need of the names of Unix sockets: as an address of the system, and who has one.

use std::path::Path;

use raccord_core::endpoint::{Endpoint, UnixName};
use raccord_core::failure::{Failure, said};
use raccord_sys::owners::owners;
use raccord_sys::unix::{LONGEST_NAME, Name, holders};
use socket2::SockAddr;

use crate::port::program;

/// The name as the system takes it; `tried` begins the sentence where it is too long for that: `cannot listen on`.
pub(crate) fn address(name: &UnixName, tried: &str) -> Result<SockAddr, Failure> {
    let tried = || format!("{tried} {}", Endpoint::Unix(name.clone()));
    let (what, length) = match name {
        UnixName::Path(path) => ("the path", path.len()),
        UnixName::Abstract(name) => ("the name", name.len()),
    };
    if length > LONGEST_NAME {
        let said = format!("{what} has {length} bytes, and that of a Unix socket at most {LONGEST_NAME}");
        let failure = Failure::new(tried(), said);
        return Err(match name {
            UnixName::Path(_) => failure.remedy(
                "write it shorter: relative to a folder nearby, in which raccord is then started, or through a link",
            ),
            UnixName::Abstract(_) => failure.remedy("choose a shorter one"),
        });
    }
    match name {
        UnixName::Path(path) => SockAddr::unix(path),
        // in the system's form a NUL stands before it (unix(7))
        UnixName::Abstract(name) => SockAddr::unix(format!("\0{name}")),
    }
    .map_err(|error| Failure::new(tried(), said(&error)))
}

/// A program that has a name, as far as it can be seen.
pub(crate) struct Holder {
    /// `socat (pid 42, user ann)`.
    pub(crate) program: String,
    pub(crate) listens: bool,
}

/// Words a failure on a thread of its own: looking through all processes for who has the name holds nobody else up.
pub(crate) async fn explained(
    name: &UnixName,
    explain: impl FnOnce(&UnixName) -> Failure + Send + 'static,
) -> Failure {
    let name = name.clone();
    let explained = tokio::task::spawn_blocking(move || explain(&name)).await;
    explained.unwrap_or_else(|error| Failure::new("cannot say what failed, by a defect in raccord", error))
}

/// Who has this name; none where several may have it, or it cannot be seen.
pub(crate) fn holder(name: &UnixName) -> Option<Holder> {
    let holders = holders(&match name {
        UnixName::Path(path) => Name::Path(Path::new(path)),
        UnixName::Abstract(name) => Name::Abstract(name.as_bytes()),
    });
    let [first] = holders.ok()?[..] else { return None };
    let owners = owners(&[first.inode]).ok()?;
    let (_, process) = owners.found.first()?;
    Some(Holder { program: program(process), listens: first.listens })
}
