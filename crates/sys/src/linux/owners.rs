//! Who holds a socket: the links in `/proc/PID/fd` (proc(5)).

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::users;
use crate::owners::{Owners, Process};

pub(crate) fn owners(inodes: &[u64]) -> io::Result<Owners> {
    let wanted = inodes.iter().copied().collect::<BTreeSet<_>>();
    let mut found = Vec::new();
    let mut refused = false;
    for (pid, folder) in processes()? {
        match held(&folder, &wanted) {
            Ok(held) if held.is_empty() => {}
            Ok(held) => {
                let process = describe(pid, &folder);
                found.extend(held.into_iter().map(|inode| (inode, process.clone())));
            }
            // any other error: it has just ended
            Err(error) => refused |= error.kind() == io::ErrorKind::PermissionDenied,
        }
    }
    let missing = wanted.iter().any(|inode| found.iter().all(|(held, _)| held != inode));
    Ok(Owners { found, partial: refused && missing })
}

fn processes() -> io::Result<impl Iterator<Item = (u32, PathBuf)>> {
    Ok(fs::read_dir("/proc")?.flatten().filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        Some((pid, entry.path()))
    }))
}

/// Those of the wanted inodes that the process holds; each once, however many descriptors it has on it.
fn held(process: &Path, wanted: &BTreeSet<u64>) -> io::Result<BTreeSet<u64>> {
    let descriptors = fs::read_dir(process.join("fd"))?;
    let targets = descriptors.flatten().flat_map(|entry| fs::read_link(entry.path()));
    Ok(targets.filter_map(|target| socket_inode(&target)).filter(|inode| wanted.contains(inode)).collect())
}

/// The number in `socket:[123]`.
fn socket_inode(target: &Path) -> Option<u64> {
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

fn describe(pid: u32, process: &Path) -> Process {
    let read = |name: &str| fs::read(process.join(name)).unwrap_or_default();
    Process {
        pid,
        program: program(&read("comm"), &read("cmdline")),
        user: effective_uid(&String::from_utf8_lossy(&read("status")))
            .map(|uid| users::name(uid).unwrap_or_else(|| uid.to_string())),
    }
}

/// The name the kernel knows a program by. It keeps 15 bytes of it: the command line may have the rest.
fn program(comm: &[u8], cmdline: &[u8]) -> String {
    let comm = comm.strip_suffix(b"\n").unwrap_or(comm);
    let command = cmdline.split(|byte| *byte == 0).next().unwrap_or_default();
    let file = command.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let name = if comm.len() == 15 && file.starts_with(comm) { file } else { comm };
    String::from_utf8_lossy(name).into_owned()
}

/// The second number of the line `Uid:` (real, effective, saved, of the file system).
fn effective_uid(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, os::fd::AsFd, process};

    use super::*;

    #[test]
    fn a_name_cut_short_is_completed_from_the_command_line() {
        for (comm, cmdline, name) in [
            (&b"python3\n"[..], &b"/usr/bin/python3\0client.py\0"[..], "python3"),
            (b"a-rather-long-n\n", b"/opt/a-rather-long-name\0-x\0", "a-rather-long-name"),
            (b"a-rather-long-n\n", b"renamed\0", "a-rather-long-n"),
            (b"", b"", ""),
            (b"\xff\x1b[2J\n", b"", "\u{fffd}\u{1b}[2J"),
        ] {
            assert_eq!(program(comm, cmdline), name);
        }
    }

    #[test]
    fn links_and_status_are_read() {
        for (target, inode) in [("socket:[17]", Some(17)), ("pipe:[17]", None), ("/tmp/socket:[17]", None)] {
            assert_eq!(socket_inode(Path::new(target)), inode);
        }
        assert_eq!(effective_uid("Name:\tx\nUid:\t0\t65534\t0\t0\nGid:\t1\t1\t1\t1\n"), Some(65534));
        assert_eq!(effective_uid("Name:\tx\n"), None);
    }

    #[test]
    fn our_own_socket_is_ours() -> io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let inode = rustix::fs::fstat(listener.as_fd())?.st_ino;
        let owners = owners(&[inode])?;
        assert!(
            owners.found.iter().any(|(held, owner)| *held == inode && owner.pid == process::id()),
            "{owners:?}"
        );
        assert!(!owners.partial);
        Ok(())
    }
}
