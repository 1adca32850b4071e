//! `--frame`, `--frame-send` and `--max-message`: how messages are cut, and what makes one of what is sent.

use clap::{Args, ValueEnum};
use raccord_core::encoding::Encoding;
use raccord_core::event::End;
use raccord_core::framing::{Framing, MAX_MESSAGE};
use raccord_core::messages::Messages;
use raccord_core::notation::hex;
use raccord_core::quantity;

use super::Wrong;
use super::headings::MESSAGES;

/// The options as typed.
#[derive(Args, Debug)]
pub(super) struct Framed {
    /// How messages are cut: line, delim:HEX, fixed:N, len:u16be …
    ///
    /// What is cut is shown, counted and answered. read (default): each chunk is one. line: after each LF or CRLF.
    /// delim:HEX: after these bytes. fixed:N: N bytes each. len:TYPE: TYPE (u8, or u16, u32, u64 with be or le) is before
    /// each and says how many bytes follow. len:TYPE@OFFSET+N: it is behind OFFSET bytes, and the whole has N bytes more
    /// than it says (Modbus/TCP: len:u16be@4+6). idle:DUR: after so long a silence. What is sent gets its line ending
    /// (that of --eol, else LF), its delimiter, or its length (unless at an OFFSET: it holds its own); the bytes of stdin
    /// and of files go as they are.
    #[arg(long, value_name = "FRAMING", hide_short_help = true, help_heading = MESSAGES)]
    frame: Option<Framing>,
    /// What is sent is not framed: none
    ///
    /// What is received is cut as --frame says all the same.
    #[arg(long, value_name = "none", hide_short_help = true, hide_possible_values = true, help_heading = MESSAGES)]
    frame_send: Option<FrameSend>,
    /// The longest message that --frame collects (16MiB)
    ///
    /// A longer one is an error that ends the connection. From 1 byte to 1GiB.
    #[arg(long, value_name = "BYTES", value_parser = max_message, hide_short_help = true, help_heading = MESSAGES)]
    max_message: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FrameSend {
    None,
}

fn max_message(text: &str) -> Result<usize, String> {
    let size = quantity::bytes(text).map_err(|error| error.to_string())?;
    let size = usize::try_from(size).ok().filter(|size| (1..=1 << 30).contains(size));
    size.ok_or("from 1 byte to 1GiB".to_owned())
}

/// What they mean.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    /// How what is received is cut.
    pub(super) received: Framing,
    /// What is put around what is sent.
    pub(super) sent: Framing,
    pub(super) max_message: usize,
}

impl Framed {
    pub(super) fn mean(&self, encoding: Encoding) -> Result<Frames, Wrong> {
        self.check_that_messages_are_cut()?;
        let received = self.frame.clone().unwrap_or_default();
        let max_message = self.max_message.unwrap_or(MAX_MESSAGE);
        if received == Framing::Line {
            check_line_feed(encoding)?;
        }
        let shortest = received.shortest();
        if shortest > max_message {
            return Err(Wrong(format!(
                "a message of --frame {received} has {shortest} bytes at least, and --max-message allows {max_message}: \
                 raise it"
            )));
        }
        let sent = if self.frame_send == Some(FrameSend::None) { Framing::Read } else { received.clone() };
        Ok(Frames { received, sent, max_message })
    }

    /// Fails where an option says more about `--frame`, and that is not there.
    fn check_that_messages_are_cut(&self) -> Result<(), Wrong> {
        let others =
            [("--frame-send", self.frame_send.is_some()), ("--max-message", self.max_message.is_some())];
        match others.into_iter().find(|(_, given)| *given) {
            Some((option, _)) if self.frame.is_none() => Err(Wrong(format!(
                "`{option}` says more about `--frame`, which is not given: add `--frame FRAMING`, or leave it out"
            ))),
            _ => Ok(()),
        }
    }
}

/// Lines are found where a line feed is one byte that is nothing else.
fn check_line_feed(encoding: Encoding) -> Result<(), Wrong> {
    let line_feed = encoding.encode("\n")?;
    if line_feed == b"\n" {
        return Ok(());
    }
    let mut digits = String::new();
    hex::write_lower(&line_feed, &mut digits);
    Err(Wrong(format!(
        "--frame line ends a message at the byte 0a, which in {} may be a part of any character: use --frame \
         delim:{digits}",
        encoding.name()
    )))
}

impl Frames {
    /// What cuts what is shown at this end; none where it is shown as it came.
    pub(super) fn messages(&self, end: End) -> Option<Messages> {
        let (received, sent) = (self.received.clone(), self.sent.of_sent());
        if received == Framing::Read {
            return None;
        }
        let (up, down) = match end {
            End::Client => (sent, received),
            End::Server => (received, sent),
        };
        Some(Messages::new(up, down, self.max_message))
    }
}
