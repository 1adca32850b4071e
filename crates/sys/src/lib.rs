//! What raccord asks of the operating system.
//!
//! Callers never write a `cfg`: every function exists everywhere, and answers [`io::ErrorKind::Unsupported`]
//! where the system has nothing to give. The modules here hold the types and the documentation; a folder per
//! platform holds the work, chosen once, below.
//!
//! [`io::ErrorKind::Unsupported`]: std::io::ErrorKind::Unsupported

#[cfg(all(target_os = "linux", not(feature = "nothing")))]
#[path = "linux/mod.rs"]
mod here;

#[cfg(not(all(target_os = "linux", not(feature = "nothing"))))]
#[path = "nothing/mod.rs"]
mod here;

pub mod child;
pub mod errno;
pub mod limits;
pub mod owners;
pub mod ports;
pub mod signal;
pub mod sockets;
pub mod stdio;
pub mod tcp;
pub mod terminal;
pub mod unix;
