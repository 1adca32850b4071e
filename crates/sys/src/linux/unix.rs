//! Unix sockets: their files, their peers, and the list in `/proc/net/unix` (proc(5)).

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, FileType, FlockOperation, Mode, OFlags, Stat, chmod, fchmod, flock, fstat, open, statat,
};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use crate::owners::owners;
use crate::tcp::AsSocket;
use crate::unix::{Found, Holder, Name};

pub(crate) const LONGEST_NAME: usize = 107;

pub(crate) type Lock = OwnedFd;

/// Device and inode.
pub(crate) type Identity = (u64, u64);

pub(crate) fn peer(socket: &impl AsSocket) -> io::Result<Option<u32>> {
    let mut peer = libc::ucred { pid: 0, uid: 0, gid: 0 };
    let mut size = libc::socklen_t::try_from(size_of_val(&peer)).unwrap_or_default();
    // rustix has no peer without a number, and the kernel has: in another PID namespace it is 0
    // SAFETY: both pointers are to what SO_PEERCRED writes, for as long as the call takes, and the size is the first one's.
    let asked = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut peer).cast(),
            &raw mut size,
        )
    };
    if asked != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(u32::try_from(peer.pid).ok().filter(|pid| *pid != 0))
}

pub(crate) fn limit_permissions(socket: &impl AsSocket, mode: u32) -> io::Result<()> {
    // bind gives its file the permissions of the socket's own inode, less the umask
    Ok(fchmod(socket.as_fd(), Mode::from_raw_mode(mode))?)
}

pub(crate) fn lock_folder(path: &Path) -> io::Result<Option<Lock>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(folder)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn find(path: &Path) -> io::Result<Found> {
    let found = match statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(Found::Nothing),
        found => FileType::from_raw_mode(found?.st_mode),
    };
    match found {
        FileType::Socket => {}
        FileType::RegularFile => return Ok(Found::Other("a regular file")),
        FileType::Directory => return Ok(Found::Other("a folder")),
        FileType::Symlink => return Ok(Found::Other("a symbolic link")),
        FileType::Fifo => return Ok(Found::Other("a named pipe")),
        FileType::CharacterDevice | FileType::BlockDevice => return Ok(Found::Other("a device")),
        FileType::Unknown => return Ok(Found::Other("a file that is no socket")),
    }
    let probe = socket_with(
        AddressFamily::UNIX,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        None,
    )?;
    match connect(&probe, &SocketAddrUnix::new(path)?) {
        Err(Errno::CONNREFUSED) => Ok(Found::Stale),
        // a stream socket has it; or a datagram socket, of which ours is a peer until it is closed, or may not be one
        Err(Errno::PROTOTYPE | Errno::PERM) | Ok(()) => Ok(Found::Held),
        Err(Errno::NOENT) => Ok(Found::Nothing),
        Err(Errno::ACCESS) => Ok(Found::Unknown),
        Err(error) => Err(error.into()),
    }
}

/// The file is opened as a place only (`O_PATH`), so that what gets the permissions is what was looked at.
pub(crate) fn set_permissions(path: &Path, file: &Identity, mode: u32) -> io::Result<()> {
    let place = open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let found = fstat(&place)?;
    if identity_of(&found) != *file || FileType::from_raw_mode(found.st_mode) != FileType::Socket {
        return Err(io::Error::other("another file took its place"));
    }
    let mode = Mode::from_raw_mode(mode);
    if Mode::from_raw_mode(found.st_mode) != mode {
        chmod(format!("/proc/self/fd/{}", place.as_raw_fd()), mode)?;
    }
    Ok(())
}

pub(crate) fn identity(path: &Path) -> io::Result<Identity> {
    Ok(identity_of(&statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)?))
}

#[allow(clippy::useless_conversion, clippy::unnecessary_cast, reason = "the types differ between machines")]
fn identity_of(found: &Stat) -> Identity {
    (found.st_dev as u64, found.st_ino as u64)
}

pub(crate) fn holders(name: &Name<'_>) -> io::Result<Vec<Holder>> {
    let list = std::fs::read("/proc/net/unix")?;
    let named = named(&list);
    Ok(match name {
        Name::Abstract(wanted) => named
            .filter(|(_, name)| name.strip_prefix(b"@") == Some(*wanted))
            .map(|(holder, _)| holder)
            .collect(),
        Name::Path(path) => {
            let wanted = path.canonicalize()?;
            let is_it = |holder: &Holder, name: &[u8]| {
                is_file(Path::new(OsStr::from_bytes(name)), holder.inode, &wanted)
            };
            named.filter(|(holder, name)| is_it(holder, name)).map(|(holder, _)| holder).collect()
        }
    })
}

/// Whether the path that a process gave to this socket leads to the file, which has a path without links. What is relative
/// is so to the process.
fn is_file(given: &Path, inode: u64, file: &Path) -> bool {
    if given.file_name() != file.file_name() {
        return false;
    }
    let leads_there = |path: &Path| path.canonicalize().is_ok_and(|path| path == file);
    if given.is_absolute() {
        return leads_there(given);
    }
    let owners = owners(&[inode]).unwrap_or_default();
    owners.found.iter().any(|(_, owner)| {
        leads_there(&Path::new("/proc").join(owner.pid.to_string()).join("cwd").join(given))
    })
}

/// The sockets of the list that have a name and are no end of a conversation, each with its name.
fn named(list: &[u8]) -> impl Iterator<Item = (Holder, &[u8])> {
    list.split(|byte| *byte == b'\n').filter_map(holder)
}

/// A line has seven words, divided by blanks, and behind one more blank the name, whatever bytes it has; but a line feed in
/// a name begins a new line.
fn holder(line: &[u8]) -> Option<(Holder, &[u8])> {
    /// `__SO_ACCEPTCON` of the kernel: it listens.
    const LISTENS: u32 = 1 << 16;
    /// `SS_UNCONNECTED` of the kernel.
    const UNCONNECTED: &str = "01";

    let mut rest = line;
    let mut words = [""; 7];
    for word in &mut words {
        rest = rest.trim_ascii_start();
        let end = rest.iter().position(|byte| *byte == b' ')?;
        *word = str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end..];
    }
    let [_, _, _, flags, _, state, inode] = words;
    let listens = u32::from_str_radix(flags, 16).ok()? & LISTENS != 0;
    let holder = Holder { inode: inode.parse().ok()?, listens };
    Some((holder, rest.strip_prefix(b" ")?)).filter(|_| state == UNCONNECTED)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};

    use super::*;
    use crate::unix::SocketFile;

    type Result = std::result::Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_list_is_read_by_words_and_a_name_by_bytes() {
        let list = b"Num       RefCount Protocol Flags    Type St Inode Path\n\
            ffff8f: 00000002 00000000 00010000 0001 01 26 /run/a b\n\
            ffff8f: 00000002 00000000 00010000 0001 01    27 @a\n\
            ffff8f: 00000003 00000000 00000000 0001 03 28 /run/a b\n\
            ffff8f: 00000002 00000000 00000000 0001 01 29 /run/a\n\
            ffff8f: 00000002 00000000 00010000 0001 01 30\n";
        let holder = |inode, listens| Holder { inode, listens };
        let found: Vec<_> = named(list).collect();
        let expected: [(Holder, &[u8]); 3] =
            [(holder(26, true), b"/run/a b"), (holder(27, true), b"@a"), (holder(29, false), b"/run/a")];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_path_is_that_of_a_file_and_a_relative_one_of_its_process() -> Result {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("s");
        // another process, in another folder, whose socket has the same relative name
        std::fs::create_dir(folder.path().join("other"))?;
        let listens = |folder: &Path| {
            std::process::Command::new("socat")
                .args(["UNIX-LISTEN:s", "-"])
                .stdin(std::process::Stdio::piped())
                .current_dir(folder)
                .spawn()
        };
        let (mut one, mut other) = (listens(folder.path())?, listens(&folder.path().join("other"))?);
        let pids = |path: &Path| {
            // the file is there before it listens
            let found = holders(&Name::Path(path)).unwrap_or_default();
            let inodes: Vec<_> =
                found.iter().filter(|holder| holder.listens).map(|holder| holder.inode).collect();
            owners(&inodes).map(|owners| owners.found.iter().map(|(_, owner)| owner.pid).collect::<Vec<_>>())
        };
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let (mut here, mut there) = (Vec::new(), Vec::new());
        while (here.is_empty() || there.is_empty()) && std::time::Instant::now() < deadline {
            (here, there) = (pids(&path)?, pids(&folder.path().join("other/../other/s"))?);
        }
        one.kill().and_then(|()| one.wait())?;
        other.kill().and_then(|()| other.wait())?;
        assert_eq!((here, there), (vec![one.id()], vec![other.id()]));
        Ok(())
    }

    #[test]
    fn what_is_at_a_path_is_known() -> Result {
        let folder = tempfile::tempdir()?;
        let path = |name: &str| folder.path().join(name);
        assert_eq!(find(&path("none"))?, Found::Nothing);
        std::fs::write(path("file"), "")?;
        assert_eq!(find(&path("file"))?, Found::Other("a regular file"));
        assert_eq!(find(folder.path())?, Found::Other("a folder"));

        let listener = UnixListener::bind(path("socket"))?;
        listener.set_nonblocking(true)?;
        assert_eq!(find(&path("socket"))?, Found::Held);
        let nobody = listener.accept().map(drop).map_err(|error| error.kind());
        assert_eq!(nobody, Err(io::ErrorKind::WouldBlock), "nobody was seen by the server");
        std::os::unix::fs::symlink(path("socket"), path("link"))?;
        assert_eq!(find(&path("link"))?, Found::Other("a symbolic link"));
        drop(listener);
        assert_eq!(find(&path("socket"))?, Found::Stale);
        let datagrams = UnixDatagram::bind(path("datagrams"))?;
        assert_eq!(find(&path("datagrams"))?, Found::Held);
        drop(datagrams);
        Ok(())
    }

    #[test]
    fn a_listener_is_found_with_its_owner() -> Result {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("a b");
        let _listener = UnixListener::bind(&path)?;
        let found = holders(&Name::Path(&path))?;
        assert!(found.len() == 1 && found[0].listens, "{found:?}");
        assert_eq!(owners(&[found[0].inode])?.found[0].1.pid, std::process::id());

        let name = format!("raccord-sys-{}", std::process::id());
        let address = <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(&name)?;
        let _listener = UnixListener::bind_addr(&address)?;
        assert_eq!(holders(&Name::Abstract(name.as_bytes()))?.len(), 1);
        Ok(())
    }

    #[test]
    fn both_ends_know_each_other() -> Result {
        let (one, other) = UnixStream::pair()?;
        assert_eq!(peer(&one)?, Some(std::process::id()));
        assert_eq!(peer(&other)?, Some(std::process::id()));
        Ok(())
    }

    #[test]
    fn a_file_has_its_permissions_before_it_is_there() -> Result {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("socket");
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        limit_permissions(&socket, 0o604)?;
        let bind = || rustix::net::bind(&socket, &SocketAddrUnix::new(&path)?);
        let mode =
            |path: &Path| Ok::<_, io::Error>(std::fs::symlink_metadata(path)?.permissions().mode() & 0o777);
        let bind_and_look = || {
            bind()?;
            assert_eq!(mode(&path)? & !0o604, 0);
            Ok(())
        };
        let file = SocketFile::made_by(&path, 0o666, bind_and_look)?;
        assert_eq!(mode(&path)?, 0o666);
        drop(file);
        assert_eq!(find(&path)?, Found::Nothing);
        Ok(())
    }

    #[test]
    fn what_took_the_place_of_our_file_is_not_removed() -> Result {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("socket");
        let mut ours = None;
        let file = SocketFile::made_by(&path, 0o600, || {
            ours = Some(UnixListener::bind(&path)?);
            Ok(())
        })?;
        std::fs::remove_file(&path)?;
        let theirs = UnixListener::bind(&path)?;
        drop(file);
        assert_eq!(find(&path)?, Found::Held);
        drop((ours, theirs));
        Ok(())
    }

    #[test]
    fn a_folder_is_locked_by_one() -> Result {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("socket");
        let first = lock_folder(&path)?;
        assert!(first.is_some());
        assert!(lock_folder(&path)?.is_none());
        drop(first);
        assert!(lock_folder(&path)?.is_some());
        Ok(())
    }
}
