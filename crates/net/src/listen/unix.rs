//! Listening on a Unix socket: its file has the right permissions from the first moment, takes no place of somebody
//! else's, and is removed at the end.
//!
//! Nobody can connect before `listen`, and `bind` makes the file with no more permissions than it is to have; those that
//! the umask took away are given before `listen` too. A file that is there already is replaced if no process has its
//! socket any more. Between that look and `bind` another raccord could do the same, so both happen under a lock of the
//! folder; where that cannot be had, nothing is replaced.

use std::io;
use std::path::Path;
use std::time::Duration;

use raccord_core::address::UnixAddress;
use raccord_core::endpoint::{Endpoint, UnixName};
use raccord_core::failure::{Failure, said};
use raccord_sys::unix::{FolderLock, Found, SocketFile, find, lock_folder};
use socket2::SockAddr;
use tokio::time::sleep;

use super::Listen;
use super::listener::Listener;
use crate::session::Shared;
use crate::socket::Setup;
use crate::unix::{Holder, address, explained, holder};

/// How often, and after which pause, the lock of a folder is asked for: another one holds it for a moment only.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// The listening socket of this name.
pub(super) async fn open(name: &UnixName, spec: &Listen, shared: &Shared) -> Result<Listener, Failure> {
    let address = address(name, "cannot listen on")?;
    let lock = match name {
        UnixName::Path(path) => lock(Path::new(path)).await,
        UnixName::Abstract(_) => None,
    };
    match bind(name, &address, spec, shared, lock.is_some()) {
        Ok(listener) => Ok(listener),
        Err(error) => Err(explained(name, move |name| cannot_listen(name, &error)).await),
    }
}

async fn lock(path: &Path) -> Option<FolderLock> {
    for _ in 0..TRIES {
        match lock_folder(path) {
            Ok(None) => sleep(PAUSE).await,
            Ok(lock) => return lock,
            Err(_) => return None,
        }
    }
    None
}

fn bind(
    name: &UnixName,
    address: &SockAddr,
    spec: &Listen,
    shared: &Shared,
    is_locked: bool,
) -> io::Result<Listener> {
    let setup = Setup::unix(shared.end, &shared.feed)?;
    let here = UnixAddress::from(name);
    let file = match name {
        UnixName::Abstract(_) => {
            setup.bind_name(&here, address)?;
            None
        }
        UnixName::Path(path) => {
            let path = Path::new(path);
            raccord_sys::unix::limit_permissions(setup.socket(), spec.unix_mode)?;
            let bind = || SocketFile::made_by(path, spec.unix_mode, || setup.bind_name(&here, address));
            match bind() {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_locked && is_stale(path) => {
                    std::fs::remove_file(path)?;
                    shared.warn(format!("replaced {}, which nobody answered on", spec.endpoint));
                    Some(bind()?)
                }
                made => Some(made?),
            }
        }
    };
    setup.listen_as(here, file, spec.backlog, spec.terms.tuning)
}

fn is_stale(path: &Path) -> bool {
    matches!(find(path), Ok(Found::Stale))
}

fn cannot_listen(name: &UnixName, error: &io::Error) -> Failure {
    let endpoint = Endpoint::Unix(name.clone());
    let failure = Failure::new(format!("cannot listen on {endpoint}"), said(error));
    let because = |reason: String, failure| Failure { reasons: vec![reason], ..failure };
    let path = match name {
        UnixName::Path(path) => Path::new(path),
        UnixName::Abstract(_) if error.kind() == io::ErrorKind::AddrInUse => {
            return because(whose(name), failure).remedy("end that program, or listen under another name");
        }
        UnixName::Abstract(_) => return failure,
    };
    let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder =
        parent.map_or_else(|| "the present folder".to_owned(), |folder| folder.display().to_string());
    match error.kind() {
        io::ErrorKind::AddrInUse => match find(path) {
            Ok(Found::Held) => {
                because(whose(name), failure).remedy("end that program, or listen at another path")
            }
            Ok(Found::Other(what)) => because(format!("{what} is there, and no socket"), failure)
                .remedy("listen at another path, or remove it if nobody needs it"),
            Ok(Found::Unknown) => because(
                "a socket is there to which you may not write, so nobody can be asked".to_owned(),
                failure,
            )
            .remedy("listen at another path, or as the user whose it is"),
            Ok(Found::Stale) => because(
                format!(
                    "a socket is there that nobody has any more, and {folder} cannot be locked to replace it"
                ),
                failure,
            )
            .remedy(format!("remove {}, if no server is being started there, and try again", path.display())),
            Ok(Found::Nothing) | Err(_) => failure.remedy("try again"),
        },
        io::ErrorKind::PermissionDenied => because(format!("you may not make a file in {folder}"), failure)
            .remedy("listen in a folder of yours, such as $XDG_RUNTIME_DIR or /tmp"),
        io::ErrorKind::NotFound if parent.is_some_and(Path::exists) => {
            failure.remedy(format!("{folder} takes no files: listen in another folder"))
        }
        io::ErrorKind::NotFound => because(format!("there is no folder {folder}"), failure)
            .remedy("make it, or listen at another path: a socket's file is made, its folder is not"),
        io::ErrorKind::NotADirectory => {
            because(format!("{folder} is no folder"), failure).remedy("check the path")
        }
        _ => failure,
    }
}

/// Who has the name.
fn whose(name: &UnixName) -> String {
    match holder(name) {
        Some(Holder { program, listens: true }) => format!("{program} listens there"),
        Some(Holder { program, listens: false }) => {
            format!("{program} has a socket there, and does not listen (yet)")
        }
        None => "a program that cannot be seen from here has a socket there".to_owned(),
    }
}
