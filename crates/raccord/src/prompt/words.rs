//! What the prompt has to say.

use std::fmt::Write;

use raccord_core::event::ConnId;
use raccord_net::Connection;

use super::command::COMMANDS;

/// `/help`.
pub(super) fn help(is_server: bool) -> String {
    let whom = if is_server { "to every client" } else { "to the server" };
    let mut help =
        format!("A line goes {whom}, with its line ending. Ctrl-D on an empty line ends our half.\n");
    for entry in &COMMANDS {
        let usage = format!("{} {}", entry.word, entry.arguments);
        let _ = writeln!(help, "  {usage:<16} {}", entry.does);
    }
    help.push_str("A text that begins with / is written with a second one: //.\n");
    help
}

/// `/peers`.
pub(super) fn peers(connections: &[Connection]) -> String {
    if connections.is_empty() {
        return "nobody is connected\n".to_owned();
    }
    let mut peers = String::new();
    for Connection { conn, local, peer, received, sent } in connections {
        let _ = writeln!(peers, "{conn} {peer} · here {local} · {received} in, {sent} out");
    }
    peers
}

/// Why nothing was done for a connection that is not there.
pub(super) fn not_connected(conn: ConnId, connections: &[Connection]) -> String {
    let open: Vec<_> = connections.iter().map(|connection| connection.conn.to_string()).collect();
    match open.as_slice() {
        [] => format!("there is no connection {conn}: nobody is connected"),
        [only] => format!("there is no connection {conn}, only {only}"),
        _ => format!("there is no connection {conn}: open are {}", open.join(", ")),
    }
}

/// Why a connection is not closed at once.
pub(super) fn closes_later(conn: ConnId) -> String {
    format!("{conn} is closed behind what is still being sent; /reset {} does not wait\n", conn.0)
}

/// What Ctrl-D means for a server.
pub(super) const INPUT_IS_OVER: &str = "our half of each connection ends, of later ones at once; nothing more can be typed, Ctrl-C ends raccord\n";
