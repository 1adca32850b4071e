//! When a conversation ends: the rules by which an end of a connection ends its half, and knows that all is over.
//!
//! A pure machine. The driver tells it what happened (`input_ended`, `sends_done`, `message`, `peer_ended`, …) and
//! asks two questions: [`Ending::ends_ours`], may our half end once everything queued is written, and
//! [`Ending::over`], is the conversation over.

use crate::event::Reason;

/// Where what we send comes from, apart from what was given beforehand and from a responder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// A person types: the conversation is theirs to end.
    Keyboard,
    /// A stream of bytes with an end.
    Bytes,
    /// Nothing.
    #[default]
    None,
}

/// What answers, as far as an ending cares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// Nothing.
    #[default]
    Nothing,
    /// A responder that has an answer for each message.
    EachMessage,
    /// A program, which says what it likes until its output ends.
    Program,
}

/// What is known beforehand about how one end of a conversation goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Where input comes from.
    pub input: Input,
    /// Whether something is sent on connecting.
    pub sends: bool,
    /// What answers.
    pub responder: Answers,
    /// End after so many messages came (for a responder: were answered); after none, where all that is wanted is that
    /// there is a connection.
    pub replies: Option<u64>,
    /// Never end our half before the peer ended its half.
    pub waits_for_peer: bool,
}

/// The state of one conversation's ending.
#[derive(Clone, Debug)]
pub struct Ending {
    plan: Plan,
    messages: u64,
    input_ended: bool,
    output_ended: bool,
    sends_done: bool,
    told: Option<Told>,
    /// The halves that ended, in their order.
    first: Option<Side>,
    second: Option<Side>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Ours,
    Peers,
}

/// What raccord was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Close,
    Stop,
}

impl Ending {
    /// A conversation that has just been opened.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            messages: 0,
            input_ended: false,
            output_ended: false,
            sends_done: !plan.sends,
            told: None,
            first: None,
            second: None,
        }
    }

    /// The input has ended: Ctrl-D at the keyboard, or the end of the bytes.
    pub fn input_ended(&mut self) {
        self.input_ended = true;
    }

    /// The output of the program that answers has ended, and the last of it was queued.
    pub fn output_ended(&mut self) {
        self.output_ended = true;
    }

    /// The last of what is sent on connecting was queued.
    pub fn sends_done(&mut self) {
        self.sends_done = true;
    }

    /// A message came, or was answered where a responder answers.
    pub fn message(&mut self) {
        self.messages += 1;
    }

    /// The peer's half ended (FIN).
    pub fn peer_ended(&mut self) {
        self.end(Side::Peers);
    }

    /// Our half ended: everything was written and FIN was sent.
    pub fn ours_ended(&mut self) {
        self.end(Side::Ours);
    }

    /// Somebody told raccord to stop, or time is up: finish what is being written, and close.
    pub fn stop(&mut self) {
        self.told = Some(Told::Stop);
    }

    /// Somebody is done with this conversation: the same, and nothing was interrupted.
    pub fn close(&mut self) {
        self.told.get_or_insert(Told::Close);
    }

    fn end(&mut self, side: Side) {
        match self.first {
            None => self.first = Some(side),
            Some(first) if first != side => self.second = Some(side),
            Some(_) => {}
        }
    }

    fn has_ended(&self, side: Side) -> bool {
        self.first == Some(side) || self.second == Some(side)
    }

    /// Whether the peer's half has ended.
    pub fn has_peer_ended(&self) -> bool {
        self.has_ended(Side::Peers)
    }

    /// Whether our half has ended.
    pub fn has_ours_ended(&self) -> bool {
        self.has_ended(Side::Ours)
    }

    /// Whether one half has ended and the other has not.
    pub fn is_half_closed(&self) -> bool {
        self.first.is_some() && self.second.is_none()
    }

    /// Whether as many messages came as were asked for.
    pub fn has_enough(&self) -> bool {
        self.plan.replies.is_some_and(|replies| self.messages >= replies)
    }

    /// Whether our half ends as soon as everything that is queued has been written: the first row that fits.
    pub fn ends_ours(&self) -> bool {
        if self.told.is_some() {
            return true;
        }
        self.sends_done && self.row_says_so()
    }

    fn row_says_so(&self) -> bool {
        let peer_ended = self.has_peer_ended();
        if self.has_enough() {
            return true;
        }
        if self.plan.waits_for_peer && !peer_ended {
            return false;
        }
        if self.plan.responder == Answers::Program {
            return self.output_says_so();
        }
        match self.plan.input {
            Input::Keyboard => self.input_ended || peer_ended,
            // not before so many messages came: none will come any more
            _ if self.plan.replies.is_some() => peer_ended,
            Input::Bytes => self.input_ended,
            Input::None if self.plan.responder == Answers::EachMessage => peer_ended,
            Input::None if self.plan.sends => true,
            Input::None => peer_ended,
        }
    }

    /// The same where a program answers: what the peer's end makes it say is still to come.
    fn output_says_so(&self) -> bool {
        match self.plan.input {
            Input::Keyboard => self.input_ended || self.output_ended,
            Input::Bytes => self.input_ended && self.output_ended,
            Input::None => self.output_ended,
        }
    }

    /// Whether somebody is done with this conversation, and was not told to stop everything.
    pub fn is_closing(&self) -> bool {
        self.told == Some(Told::Close)
    }

    /// Whether nothing more is wanted of this conversation: raccord was told to end it, or has what it came for.
    pub fn wants_no_more(&self) -> bool {
        self.told.is_some() || self.has_enough()
    }

    /// Whether raccord closes the connection although the peer's half goes on.
    pub fn closes(&self) -> bool {
        self.has_ours_ended() && !self.has_peer_ended() && self.wants_no_more()
    }

    /// Whether both halves have ended, or raccord closes.
    pub fn over(&self) -> bool {
        self.second.is_some() || self.closes()
    }

    /// How many replies came and how many were asked for, where some are missing.
    pub fn missing(&self) -> Option<(u64, u64)> {
        let replies = self.plan.replies?;
        (self.messages < replies).then_some((self.messages, replies))
    }

    /// Why it ended, when it ended in order.
    pub fn reason(&self) -> Reason {
        match self.first {
            _ if self.told == Some(Told::Stop) => Reason::Interrupted,
            Some(Side::Peers) if !self.has_enough() => Reason::Peer,
            _ => Reason::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of these lets our half end: each row of the contract's table, told as what happens in turn.
    #[test]
    fn our_half_ends_by_the_first_row_that_fits() {
        let none = Plan::default();
        let keyboard = Plan { input: Input::Keyboard, ..none };
        let bytes = Plan { input: Input::Bytes, ..none };
        let responder = Plan { responder: Answers::EachMessage, ..none };
        let program = Plan { responder: Answers::Program, ..none };
        let sends = Plan { sends: true, ..none };
        let reply = Plan { replies: Some(2), ..none };
        let rows: &[(&str, Plan, &str, bool)] = &[
            ("keyboard: Ctrl-D", keyboard, "i", true),
            ("keyboard: not before", keyboard, "mm", false),
            ("keyboard: the peer ends it", keyboard, "p", true),
            ("bytes: at the end of stdin", bytes, "i", true),
            ("bytes: goes on after the peer's end", bytes, "p", false),
            (
                "bytes, a responder: still the bytes",
                Plan { responder: Answers::EachMessage, ..bytes },
                "p",
                false,
            ),
            ("bytes, replies: not at the end of stdin", Plan { replies: Some(2), ..bytes }, "im", false),
            ("bytes, replies: when they came", Plan { replies: Some(2), ..bytes }, "imm", true),
            ("replies that will not come", reply, "mp", true),
            ("replies before the sends are out", Plan { sends: true, ..reply }, "mm", false),
            ("responder: when the peer ended", responder, "p", true),
            ("responder: not after a message", responder, "m", false),
            ("program: at the end of its output", program, "e", true),
            ("program: not when the peer ended", program, "p", false),
            ("program, sends: after both", Plan { sends: true, ..program }, "e", false),
            (
                "program, keyboard: at the end of its output",
                Plan { input: Input::Keyboard, ..program },
                "e",
                true,
            ),
            ("program, keyboard: Ctrl-D", Plan { input: Input::Keyboard, ..program }, "i", true),
            (
                "program, keyboard: not when the peer ended",
                Plan { input: Input::Keyboard, ..program },
                "p",
                false,
            ),
            ("program, bytes: at the end of both", Plan { input: Input::Bytes, ..program }, "ei", true),
            (
                "program, bytes: not when one of them goes on",
                Plan { input: Input::Bytes, ..program },
                "i",
                false,
            ),
            ("sends: after the last", sends, "s", true),
            ("sends: not before", sends, "p", false),
            ("nothing to send: when the peer ended", none, "p", true),
            ("nothing to send: not before", none, "m", false),
            ("never first", Plan { waits_for_peer: true, ..sends }, "s", false),
            ("never first, and the peer was", Plan { waits_for_peer: true, ..sends }, "sp", true),
            ("nothing is wanted but a connection", Plan { replies: Some(0), ..none }, "", true),
            ("told to stop", keyboard, "!", true),
            ("told to close", keyboard, "c", true),
        ];
        for (row, plan, happened, ends) in rows {
            assert_eq!(told(*plan, happened).ends_ours(), *ends, "{row}");
        }
    }

    #[test]
    fn over_when_both_halves_ended_or_raccord_had_enough() {
        let one = Plan { replies: Some(1), ..Plan::default() };
        let rows: &[(&str, Plan, &str, bool, Reason)] = &[
            ("peer first", Plan::default(), "po", true, Reason::Peer),
            ("ours first", Plan::default(), "op", true, Reason::Done),
            ("one half", Plan::default(), "o", false, Reason::Done),
            ("the reply came", one, "mo", true, Reason::Done),
            ("the reply came, and the peer left", one, "mpo", true, Reason::Done),
            ("nothing was wanted", Plan { replies: Some(0), ..Plan::default() }, "o", true, Reason::Done),
            ("stopped", Plan::default(), "!o", true, Reason::Interrupted),
            ("closed", Plan::default(), "co", true, Reason::Done),
            ("closed before what is queued was written", Plan::default(), "c", false, Reason::Done),
        ];
        for (row, plan, happened, over, reason) in rows {
            let ending = told(*plan, happened);
            assert_eq!((ending.over(), ending.reason()), (*over, *reason), "{row}");
        }
        assert_eq!(told(one, "po").missing(), Some((0, 1)));
        assert_eq!(told(one, "mo").missing(), None);
    }

    fn told(plan: Plan, happened: &str) -> Ending {
        let mut ending = Ending::new(plan);
        for what in happened.chars() {
            match what {
                'i' => ending.input_ended(),
                'e' => ending.output_ended(),
                's' => ending.sends_done(),
                'm' => ending.message(),
                'p' => ending.peer_ended(),
                'o' => ending.ours_ended(),
                'c' => ending.close(),
                _ => ending.stop(),
            }
        }
        ending
    }
}
