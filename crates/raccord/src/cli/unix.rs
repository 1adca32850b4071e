//! A Unix socket as endpoint: which options say nothing about it, and the permissions of its file.

use raccord_core::endpoint::{Endpoint, UnixName};

use super::Wrong;

/// An option, whether it was given, and what it does that a Unix socket has no use for.
pub(super) type Given = (&'static str, bool, &'static str);

/// Fails where one of these options was given.
pub(super) fn refuse(endpoint: &Endpoint, options: &[&[Given]]) -> Result<(), Wrong> {
    match options.iter().copied().flatten().find(|(_, given, _)| *given) {
        Some((option, _, does)) => Err(Wrong(format!(
            "`{option}` {does}, and {} is a Unix socket: leave it out",
            raccord_core::notation::visible::harmless(endpoint.to_string())
        ))),
        None => Ok(()),
    }
}

/// Fails where permissions were given and there is no file to have them.
pub(super) fn refuse_mode(endpoint: &Endpoint, mode: Option<u32>) -> Result<(), Wrong> {
    let why = match endpoint {
        Endpoint::Unix(UnixName::Path(_)) => return Ok(()),
        Endpoint::Unix(UnixName::Abstract(_)) => {
            "a name in the abstract namespace has no file: every program of this machine may connect"
        }
        Endpoint::Inet { .. } => {
            "only the file of a Unix socket has permissions, as that of `unix:/tmp/socket`"
        }
    };
    mode.map_or(Ok(()), |mode| Err(Wrong(format!("`--unix-mode {mode:04o}`: {why}"))))
}

/// Permissions as chmod(1) takes them in octal: `0600`, `660`.
pub(super) fn mode(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let is_octal = !digits.is_empty() && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let mode = if is_octal { u32::from_str_radix(digits, 8).ok() } else { None };
    mode.filter(|mode| *mode <= 0o777)
        .ok_or_else(|| "permissions are three digits from 0 to 7, as in 0600 or 0660".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_octal() {
        for (text, expected) in
            [("0600", Some(0o600)), ("660", Some(0o660)), ("0o777", Some(0o777)), ("0", Some(0))]
        {
            assert_eq!(mode(text).ok(), expected, "{text}");
        }
        for text in ["", "1000", "u+rw", "0800", "-1", "+600", "0x1ff", "77777777777"] {
            assert!(mode(text).is_err(), "{text}");
        }
    }
}
