//! The program through its real binary, against peers that are not raccord; one file a theme.
#![allow(unreachable_pub, reason = "the harness is a module of a test binary, written like a library")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at the first surprise"
)]

mod addresses;
mod animation;
mod basics;
mod both_ends;
mod certificates;
mod check;
mod course;
mod each_option;
mod endings;
mod exec;
mod explain;
mod foreign_terminal;
mod frames;
mod harness;
mod interop;
mod load;
mod output;
mod packagers;
mod picture;
mod port;
mod prompt;
mod race;
mod reconnect;
mod recording;
mod resets;
mod run;
mod sends;
mod signals;
mod sockets;
mod stdio;
mod text;
mod tls;
mod tls_refused;
mod tour;
mod tty;
mod unix;
mod unix_file;
mod usage;
