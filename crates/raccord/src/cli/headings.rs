//! The headings under which `--help` groups the options.

pub(crate) const ADDRESSES: &str = "Addresses";
pub(crate) const TEXT: &str = "Text";
pub(crate) const SENDING: &str = "Sending";
pub(crate) const ANSWERING: &str = "Answering";
pub(crate) const ENDING: &str = "Ending";
pub(crate) const INPUT: &str = "Input";
pub(crate) const OUTPUT: &str = "Output";
pub(crate) const SOCKET: &str = "Socket";

/// What stands behind the options: how values are written, then the examples.
pub(crate) fn after_options(examples: &str) -> String {
    format!("DUR: 500ms, 10s, 5m, 1h; a bare number is seconds. BYTES: 4096, 64KiB, 1MiB.\n\n{examples}")
}
