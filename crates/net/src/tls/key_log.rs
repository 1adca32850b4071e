//! The secrets of connections, for whoever decrypts a capture: written to the file that SSLKEYLOGFILE names.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use raccord_core::failure::said;
use raccord_core::notation::visible::foreign;
use rustls::{KeyLog, NoKeyLog};

/// A file in NSS's key log format, which Wireshark reads.
#[derive(Debug)]
struct KeyLogFile(Mutex<File>);

/// Where secrets go, as the environment says; and a warning where they cannot go there.
pub(super) fn from_environment() -> (Arc<dyn KeyLog>, Option<String>) {
    to_file(std::env::var_os("SSLKEYLOGFILE"))
}

fn to_file(path: Option<OsString>) -> (Arc<dyn KeyLog>, Option<String>) {
    let Some(path) = path.filter(|path| !path.is_empty()) else { return (Arc::new(NoKeyLog), None) };
    match OpenOptions::new().append(true).create(true).open(&path) {
        Ok(file) => (Arc::new(KeyLogFile(Mutex::new(file))), None),
        Err(error) => {
            let path = foreign(path.as_encoded_bytes());
            let warning =
                format!("the secrets of TLS are not written to SSLKEYLOGFILE {path}: {}", said(&error));
            (Arc::new(NoKeyLog), Some(warning))
        }
    }
}

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // a full disk must not end a conversation
        let _ = file.write_all(line.as_bytes());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_is_a_line_behind_those_that_are_there() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "before\n").unwrap();
        let (log, warning) = to_file(Some(file.path().into()));
        log.log("CLIENT_RANDOM", &[0, 255], &[16]);
        assert_eq!(warning, None);
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "before\nCLIENT_RANDOM 00ff 10\n");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told_and_ends_nothing() {
        let (log, warning) = to_file(Some("/nowhere/at all".into()));
        log.log("CLIENT_RANDOM", &[], &[]);
        assert_eq!(
            warning.unwrap(),
            "the secrets of TLS are not written to SSLKEYLOGFILE /nowhere/at all: No such file or directory"
        );
        assert_eq!(to_file(Some("".into())).1, None);
        assert_eq!(to_file(None).1, None);
    }
}
