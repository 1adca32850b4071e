//! `--explain`: each socket call with its stage, its result and the states of TCP; and, the first time, what it means.

use std::fmt::Write;

use raccord_core::event::ConnId;
use raccord_core::lang::Lang;
use raccord_core::narration::{Narrator, Stage};
use raccord_core::notation::visible;
use raccord_core::notation::wrap::{columns, wrap};
use raccord_core::secured::Certificate;
use raccord_core::step::{Outcome, Step};

use super::lines::milliseconds;
use super::paint::Paint;

/// Writes steps as lines for people.
pub(super) struct Steps {
    narrator: Narrator,
    paint: Paint,
    /// The columns of the terminal.
    width: usize,
}

/// The columns of `server 7/7` and of what is left free behind it.
const GUTTER: usize = 12;
/// How far what belongs to a call is indented under it.
const INDENT: usize = 2;
const MEANING: usize = GUTTER + INDENT;
/// Where the width is not known, or no terminal's.
const WIDTH: usize = 80;
/// Text that is narrower is not readable: longer lines are then for the terminal to break.
const NARROWEST: usize = 20;

impl Steps {
    /// For a terminal of so many columns.
    pub(super) fn new(paint: Paint, width: Option<u16>) -> Self {
        Self { narrator: Narrator::default(), paint, width: width.map_or(WIDTH, usize::from) }
    }

    /// The lines of one step.
    pub(super) fn show(&mut self, conn: Option<ConnId>, step: &Step) -> String {
        let narration = self.narrator.tell(step);
        let stage = narration.stage.map(stage).unwrap_or_default();
        let aside = self.paint.aside();
        let mut text = format!("{aside}{stage:GUTTER$}{aside:#}");
        let room = self.width.saturating_sub(GUTTER).max(NARROWEST);
        text.push_str(&call(conn, step, room).join(&format!("\n{:GUTTER$}", "")));
        for certificate in certificates(step) {
            for line in wrap(&certificate, room.saturating_sub(INDENT)) {
                let _ = write!(text, "\n{:MEANING$}{line}", "");
            }
        }
        if narration.is_new {
            let words = narration.meaning.words(Lang::English);
            for line in wrap(&words, room.saturating_sub(INDENT)) {
                let _ = write!(text, "\n{:MEANING$}{aside}{line}{aside:#}", "");
            }
        }
        text
    }
}

/// What the other end showed in the handshake of TLS, from its own certificate to those of its issuers.
fn certificates(step: &Step) -> Vec<String> {
    let Outcome::Secured(secured) = &step.outcome else { return Vec::new() };
    let one = |certificate: &Certificate| {
        let issuer = match certificate.issuer.as_str() {
            _ if certificate.is_self_signed() => "itself",
            issuer => issuer,
        };
        format!(
            "certificate {}, issued by {issuer}, valid until {}",
            certificate.title(),
            certificate.not_after
        )
    };
    secured.certificates.iter().map(one).collect()
}

fn stage(stage: Stage) -> String {
    format!("{} {}/{}", stage.end.name(), stage.number, stage.of_how_many())
}

/// The call in lines of at most so many columns: what it took, and the states, stand behind it as far as there is room.
fn call(conn: Option<ConnId>, step: &Step, room: usize) -> Vec<String> {
    let conn = conn.map_or_else(String::new, |conn| format!("{conn} "));
    // a name that was typed may hold anything
    let made = format!("{conn}{}({}) = {}", step.call.name(), arguments(step), step.outcome);
    let mut lines = broken(&visible::harmless(made), room);
    let states = step.states.map(|states| states.to_string()).filter(|states| !states.is_empty());
    for piece in [Some(milliseconds(step.took)), states].into_iter().flatten() {
        match lines.last_mut() {
            Some(line) if columns(line) + columns(&piece) + 3 <= room => {
                line.push_str(" · ");
                line.push_str(&piece);
            }
            _ => lines.push(format!("{:INDENT$}{piece}", "")),
        }
    }
    lines
}

fn broken(made: &str, room: usize) -> Vec<String> {
    if columns(made) <= room {
        return vec![made.to_owned()];
    }
    let mut lines: Vec<_> = wrap(made, room.saturating_sub(INDENT)).into_iter().map(str::to_owned).collect();
    lines.iter_mut().skip(1).for_each(|line| line.insert_str(0, &" ".repeat(INDENT)));
    lines
}

/// The socket and the arguments, as a programmer writes them.
fn arguments(step: &Step) -> String {
    let arguments = step.call.to_string();
    match step.socket {
        None => arguments,
        Some(socket) if arguments.is_empty() => socket.to_string(),
        Some(socket) => format!("{socket}, {arguments}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::SocketAddr;
    use std::time::Duration;

    use clap::ColorChoice;
    use raccord_core::event::End;
    use raccord_core::step::{Call, Errno, Later, Standing, States, TcpState};

    use super::*;

    fn connect() -> Step {
        let standing = Some(Standing { state: TcpState::Established, left: None });
        let in_progress = Errno::new(&ErrorKind::Other.into(), Some("EINPROGRESS"));
        Step {
            end: End::Client,
            call: Call::Connect { to: SocketAddr::from(([127, 0, 0, 1], 8989)).into() },
            socket: Some(9),
            outcome: Outcome::Later(in_progress, Later::Established),
            took: Duration::from_micros(103),
            states: Some(States { here: standing, there: standing }),
        }
    }

    fn shown(width: Option<u16>) -> String {
        let mut steps = Steps::new(Paint::default(), width);
        let first = steps.show(None, &connect());
        let second = steps.show(Some(ConnId(1)), &connect());
        first + "\n" + &second
    }

    #[test]
    fn what_has_no_room_stands_below() {
        let wide = shown(Some(100));
        let line = "client 2/5  connect(9, 127.0.0.1:8989) = -1 EINPROGRESS, then established · 103 µs";
        assert!(wide.starts_with(&format!("{line}\n              both ends ESTABLISHED\n")), "{wide}");
        let second = "client 2/5  #1 connect(9, 127.0.0.1:8989) = -1 EINPROGRESS, then established · 103 µs";
        assert!(
            wide.ends_with(&format!("{second}\n              both ends ESTABLISHED")),
            "explained once: {wide}"
        );

        for (width, most) in [(None, 80), (Some(60), 60), (Some(44), 44)] {
            let shown = shown(width);
            assert!(shown.lines().all(|line| columns(line) <= most), "{most}: {shown}");
            let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains("(SYN, SYN-ACK, ACK)"), "{shown}");
        }
        // a terminal that says it has next to nothing is not believed
        assert!(shown(Some(1)).contains("ESTABLISHED"));
    }

    #[test]
    fn what_is_beside_the_call_is_dimmed() {
        let mut steps = Steps::new(Paint::choose(ColorChoice::Always, false), None);
        let shown = steps.show(None, &connect());
        assert!(shown.starts_with("\u{1b}[2mclient 2/5  \u{1b}[0mconnect("), "{shown:?}");
        assert!(shown.contains("\n              \u{1b}[2mThe handshake"), "{shown:?}");
    }
}
