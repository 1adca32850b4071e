//! The headings under which `--help` groups the options.

pub(crate) const ADDRESSES: &str = "Addresses";
pub(crate) const TEXT: &str = "Text";
pub(crate) const SENDING: &str = "Sending";
pub(crate) const ANSWERING: &str = "Answering";
pub(crate) const ENDING: &str = "Ending";
pub(crate) const INPUT: &str = "Input";
pub(crate) const OUTPUT: &str = "Output";
pub(crate) const SOCKET: &str = "Socket";
