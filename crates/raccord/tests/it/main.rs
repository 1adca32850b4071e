//! The program through its real binary, against peers that are not raccord; one file a theme.
#![allow(unreachable_pub, reason = "the harness is a module of a test binary, written like a library")]

mod basics;
mod course;
mod harness;
mod output;
mod picture;
