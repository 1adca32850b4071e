//! The first chapter: each step of the conversation in the lane of its end, what it means, and the bytes that moved.

use raccord_core::encoding::Encoding;
use raccord_core::event::{Data, Dir, End, EventKind};
use raccord_core::lang::Lang;
use raccord_core::narration::{Meaning, Narrator};
use raccord_core::notation::visible;
use raccord_core::step::{Call, Later, Outcome, Standing, States, Step, TcpState};
use raccord_net::tour::{ANSWER, Moment, encoding};

use super::page::{Lane, Page};
use super::words::Words;

pub(super) fn conversation(page: &mut Page, words: &dyn Words, lang: Lang, moments: &[Moment]) {
    let mut telling =
        Telling { page, words, lang, narrator: Narrator::default(), steps: 0, states: String::new() };
    for moment in moments {
        telling.moment(moment);
    }
    page.blank();
    conclude(page, words, moments);
}

/// What the steps told together.
fn conclude(page: &mut Page, words: &dyn Words, moments: &[Moment]) {
    let has_arrived =
        |moment: &Moment| matches!(&moment.event.kind, EventKind::Received(Data { dir: Dir::Down, .. }));
    if moments.iter().any(has_arrived) {
        let gbk = encoding().encode(ANSWER).unwrap_or_default();
        // the first character beyond ASCII
        if let Some(wide) = ANSWER.chars().find(|character| !character.is_ascii()) {
            let bytes = encoding().encode(&wide.to_string()).unwrap_or_default();
            let bytes = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat();
            page.paragraph(&words.in_gbk(ANSWER.chars().count(), gbk.len(), wide, &bytes));
        }
    }
    let ended = |moment: &&Moment| matches!(moment.event.kind, EventKind::Shutdown { dir } if dir == moment.end.sends());
    if let Some(first) = moments.iter().find(ended) {
        page.paragraph(&words.ended_first(first.end));
    }
}

struct Telling<'a> {
    page: &'a mut Page,
    words: &'a dyn Words,
    lang: Lang,
    narrator: Narrator,
    /// How many were told.
    steps: usize,
    /// The states that were told last.
    states: String,
}

impl Telling<'_> {
    fn moment(&mut self, moment: &Moment) {
        let lane = self.page.lane(moment.end);
        match &moment.event.kind {
            EventKind::Step(step) => self.step(lane, step),
            EventKind::Sent(data) | EventKind::Received(data) => self.bytes(lane, data),
            EventKind::Failed(failure) => {
                let text = self.words.not_made(&failure.tried, &failure.said);
                self.page.paragraph(&text);
            }
            _ => {}
        }
    }

    fn step(&mut self, lane: Lane, step: &Step) {
        let told = self.narrator.tell(step);
        if is_a_question(told.meaning) {
            return;
        }
        let end = self.words.end(step.end);
        let who = told.stage.map_or_else(
            || end.to_owned(),
            |stage| format!("{end} {}/{} {}", stage.number, stage.of_how_many(), stage.name(self.lang)),
        );
        if self.steps > 0 {
            self.page.blank();
        }
        self.steps += 1;
        self.page.step(lane, step.end, &who, &call(step));
        if told.is_new {
            let words = told.meaning.words(self.lang);
            self.page.about(lane, &self.words.typeset(&words));
        }
        if let Some(States { here, there }) = step.states {
            self.states(lane, step.end, here, there);
        }
    }

    /// The states of both ends, the server's first, where they are others than before.
    fn states(&mut self, lane: Lane, end: End, here: Option<Standing>, there: Option<Standing>) {
        let (server, client) = if end == End::Server { (here, there) } else { (there, here) };
        let of = |end: End, standing: Option<Standing>| {
            standing.map(|standing| format!("{} {}", self.words.end(end), standing.state))
        };
        let states: Vec<_> =
            [of(End::Server, server), of(End::Client, client)].into_iter().flatten().collect();
        let states = states.join(" · ");
        if !states.is_empty() && states != self.states {
            self.page.aside(lane, &states);
            self.states = states;
        }
    }

    /// The text, and the bytes as the course's Python prints them.
    fn bytes(&mut self, lane: Lane, data: &Data) {
        let decoded = encoding().decode(&data.bytes);
        for line in visible::lines(&decoded) {
            self.page.verbatim(lane, data.dir, &line.to_string());
        }
        self.page.verbatim(lane, data.dir, &as_python(&data.bytes));
    }
}

/// What raccord asks the kernel beside the course's steps, and a try that found nothing yet.
fn is_a_question(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::LocalAddress
            | Meaning::PeerAddress
            | Meaning::NoPeer
            | Meaning::Peek
            | Meaning::WaitingError
            | Meaning::NothingYet
    )
}

/// `listen(9, 128) = 0`: as a programmer writes it, in no language.
fn call(step: &Step) -> String {
    let arguments = [step.socket.map(|socket| socket.to_string()), Some(arguments(&step.call))];
    let arguments = arguments.into_iter().flatten().filter(|argument| !argument.is_empty());
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    format!("{}({arguments}) = {}", step.call.name(), outcome(&step.outcome))
}

fn arguments(call: &Call) -> String {
    match call {
        Call::Listen { backlog } => backlog.to_string(),
        Call::Send { bytes: count } | Call::Receive { most: count } => count.to_string(),
        call => call.to_string(),
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { socket, peer } => format!("{socket}, {peer}"),
        Outcome::Later(begun, later) => {
            let begun = begun.name.unwrap_or(&begun.said);
            match later {
                Later::Established => format!("-1 {begun} → {}", TcpState::Established),
                Later::Failed(error) => format!("-1 {begun} → {error}"),
                Later::NoAnswer | Later::Overtaken => format!("-1 {begun}"),
            }
        }
        outcome => outcome.to_string(),
    }
}

/// `b'probl\xa8\xa8me'`.
fn as_python(bytes: &[u8]) -> String {
    let decoded = Encoding::for_label("ascii").unwrap_or(Encoding::UTF_8).decode(bytes);
    let lines = visible::lines(&decoded).map(|line| line.to_string()).collect::<Vec<_>>();
    format!("b'{}'", lines.join("\\n"))
}
