//! What `raccord port` writes.

use std::fmt::Write as _;

use raccord_core::notation::visible;
use raccord_net::port::{Holder, Holders};
use serde::Serialize;

use super::stdout::write;
use crate::exit::Exit;

/// The holders of one port as sentences, then what to do.
pub(crate) fn holders(port: u16, seen: &Holders) -> Exit {
    let mut out = String::new();
    if seen.holders.is_empty() {
        let _ = writeln!(out, "port {port} is free");
    }
    for holder in &seen.holders {
        let _ = writeln!(out, "{holder}");
    }
    for remedy in seen.remedies() {
        let _ = writeln!(out, "  {remedy}");
    }
    what_was_not_seen(seen, &mut out);
    write(&out)
}

/// All listeners, a line each.
pub(crate) fn listeners(seen: &Holders) -> Exit {
    let mut out = String::new();
    if seen.holders.is_empty() {
        out.push_str("nothing listens on this machine\n");
    }
    for holder in &seen.holders {
        let _ = writeln!(out, "{holder}");
    }
    if seen.partial {
        out.push_str("other users' programs cannot be seen: sudo shows them\n");
    }
    write(&out)
}

fn what_was_not_seen(seen: &Holders, out: &mut String) {
    if seen.partial {
        out.push_str("  other users' programs cannot be seen: sudo shows them\n");
    }
    if !seen.sees_bound {
        out.push_str("  a socket that is bound and does not listen cannot be seen on this kernel (Linux 6.8 shows it)\n");
    }
}

/// One object a holder.
pub(crate) fn holders_as_json(seen: &Holders) -> Exit {
    let mut out = String::new();
    for holder in &seen.holders {
        if let Ok(line) = serde_json::to_string(&Line::of(holder)) {
            let _ = writeln!(out, "{line}");
        }
    }
    write(&out)
}

#[derive(Serialize)]
struct Line {
    port: u16,
    hold: &'static str,
    state: &'static str,
    local: String,
    peer: Option<String>,
    pid: Option<u32>,
    program: Option<String>,
    user: Option<String>,
    seconds_left: Option<u64>,
}

impl Line {
    fn of(holder: &Holder) -> Self {
        let process = holder.process();
        Self {
            port: holder.local.port(),
            hold: holder.hold.name(),
            state: holder.state.name(),
            local: holder.local.to_string(),
            peer: holder.peer.map(|peer| peer.to_string()),
            pid: process.map(|process| process.pid),
            program: process.map(|process| visible::foreign(&process.program)),
            user: holder.user.as_ref().map(visible::foreign),
            seconds_left: holder.seconds_left(),
        }
    }
}
