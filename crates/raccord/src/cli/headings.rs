//! The headings under which `--help` groups the options.

pub(crate) const ADDRESSES: &str = "Addresses";
pub(crate) const TEXT: &str = "Text";
pub(crate) const SENDING: &str = "Sending";
pub(crate) const MESSAGES: &str = "Messages";
pub(crate) const ANSWERING: &str = "Answering";
pub(crate) const ENDING: &str = "Ending";
pub(crate) const INPUT: &str = "Input";
pub(crate) const OUTPUT: &str = "Output";
pub(crate) const TLS: &str = "TLS";
pub(crate) const SOCKET: &str = "Socket";

/// What stands behind the options: how values are written, then the examples.
pub(crate) fn after_options(examples: &str) -> String {
    format!(
        "DUR: 500ms, 10s, 5m, 1h; a bare number is seconds. BYTES: 4096, 64KiB, 1MiB.\n\n\
         On a terminal each typed line is sent. One that begins with / is a command:\n\
         /to, /hex, /file, /peers, /close, /reset, /quit; /help explains them.\n\
         \u{2191} is from the client to the server, \u{2193} the other way.\n\n{examples}"
    )
}
