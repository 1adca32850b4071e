//! How people write bytes and how bytes are shown to them: escapes, hexadecimal digits, safe text, a dump; and names in a command.

pub mod command;
pub mod dump;
pub mod escape;
pub mod hex;
pub mod visible;
pub mod wrap;
