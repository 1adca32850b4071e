//! The program through its real binary, against peers that are not raccord; one file a theme.

mod basics;
mod harness;
