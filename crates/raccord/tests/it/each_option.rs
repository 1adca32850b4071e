//! Each option of `connect` and `listen` does what it says: what is seen without it, and what with it. The list of options
//! is clap's own, as the completions have it.

mod looks;
mod peers;
mod secure;
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use socket2::Socket;

use crate::certificates::Certificates;
use crate::harness::{kept_port, raccord};

/// An option, and how one sees that it is there.
#[derive(Clone)]
pub struct Row {
    ends: &'static [End],
    /// Each way to write it, with its value behind a blank; all must do the same.
    forms: &'static [&'static str],
    /// Options beside it, with it and without it.
    beside: &'static [&'static str],
    input: Option<&'static str>,
    look: Look,
    without: &'static str,
    with: &'static str,
    /// It is only accepted, for users of netcat.
    changes_nothing: bool,
}

/// A small conversation: what is seen of it.
type Look = fn(&Asked) -> String;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Connect,
    Listen,
}

/// What one conversation is held with.
pub struct Asked<'a> {
    end: End,
    words: Vec<String>,
    input: Option<&'static str>,
    place: &'a Place,
}

/// What rows write as `{dir}` and `{port}`.
pub struct Place {
    /// `{dir}`: the certificates, and `hi.txt`.
    made: Certificates,
    /// `{port}`: one that the system gives to nobody else.
    port: u16,
    _kept: Socket,
}

/// An option of both ends.
fn both(forms: &'static [&'static str]) -> Row {
    option(&[End::Connect, End::Listen], forms)
}

/// An option of `connect`, or what it does there.
fn connect(forms: &'static [&'static str]) -> Row {
    option(&[End::Connect], forms)
}

/// An option of `listen`, or what it does there.
fn listen(forms: &'static [&'static str]) -> Row {
    option(&[End::Listen], forms)
}

fn option(ends: &'static [End], forms: &'static [&'static str]) -> Row {
    let nothing: Look = |_| String::new();
    Row {
        ends,
        forms,
        beside: &[],
        input: None,
        look: nothing,
        without: "",
        with: "",
        changes_nothing: false,
    }
}

impl Row {
    fn beside(self, beside: &'static [&'static str]) -> Self {
        Self { beside, ..self }
    }

    /// The text of a stdin that is no terminal; without it stdin is /dev/null.
    fn input(self, text: &'static str) -> Self {
        Self { input: Some(text), ..self }
    }

    fn sees(self, look: Look, without: &'static str, with: &'static str) -> Self {
        Self { look, without, with, ..self }
    }

    fn changes_nothing(self, look: Look, seen: &'static str) -> Self {
        Self { look, without: seen, with: seen, changes_nothing: true, ..self }
    }
}

#[test]
fn each_option_does_what_it_says() {
    let place = Place::new();
    let rows = table::rows();
    for row in &rows {
        assert_eq!(
            row.with == row.without,
            row.changes_nothing,
            "{:?}: nothing tells that it is there",
            row.forms
        );
    }
    let conversations = rows.iter().flat_map(|row| {
        let forms = row.forms.iter().map(Some).chain([None]);
        forms.flat_map(move |form| row.ends.iter().map(move |end| (row, *end, form.copied())))
    });
    let left = Mutex::new(conversations);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((row, end, form)) = { left.lock().unwrap().next() } {
                    let complaint = row.complaint(end, form, &place);
                    wrong.lock().unwrap().extend(complaint);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Most conversations wait for others rather than for a processor.
const AT_ONCE: usize = 16;

impl Row {
    /// What is wrong with one conversation, with the option written so or without it.
    fn complaint(&self, end: End, form: Option<&'static str>, place: &Place) -> Option<String> {
        let typed = self.beside.iter().copied().chain(form);
        let words = typed.flat_map(|option| option.splitn(2, ' ')).map(|word| place.fill(word)).collect();
        let asked = Asked { end, words, input: self.input, place };
        let expected = if form.is_some() { self.with } else { self.without };
        let named = format!("{} {}", end.command(), asked.words.join(" "));
        match catch_unwind(AssertUnwindSafe(|| (self.look)(&asked))) {
            Ok(seen) if seen == expected => None,
            Ok(seen) => Some(format!("raccord {named}: saw {seen:?} instead of {expected:?}")),
            Err(_) => Some(format!("raccord {named}: what is said above")),
        }
    }
}

impl End {
    fn command(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Listen => "listen",
        }
    }
}

impl Place {
    fn new() -> Self {
        let made = Certificates::new();
        std::fs::write(made.path("hi.txt"), "hi").unwrap();
        let (kept, port) = kept_port();
        Self { made, port, _kept: kept }
    }

    fn fill(&self, word: &str) -> String {
        let dir = self.made.path("");
        word.replace("{dir}/", &dir).replace("{port}", &self.port.to_string())
    }
}

#[test]
fn each_option_has_a_row() {
    let rows = table::rows();
    for end in [End::Connect, End::Listen] {
        let of_end = rows.iter().filter(|row| row.ends.contains(&end));
        let tried: Vec<_> =
            of_end.flat_map(|row| row.forms).filter_map(|form| form.split(' ').next()).collect();
        let missing: Vec<_> =
            options(end).into_iter().filter(|option| !tried.contains(&option.as_str())).collect();
        assert!(
            missing.is_empty(),
            "no row tries {missing:?} of `raccord {command}`. Write one into crates/raccord/tests/it/each_option/table.rs, \
             with each form of the option, what is looked at (looks.rs and peers.rs beside it), what is seen without the option, \
             and what with it:\n    \
             {command}(&[\"-x value\", \"--long value\"]).beside(&[\"--send hi\"]).sees(wire, \"hi\", \"hi there\"),",
            command = end.command()
        );
    }
}

/// Each form of each option of a command, the hidden ones too.
fn options(end: End) -> Vec<String> {
    let completions = raccord(["completions", "fish"]).run().expect(0).out();
    let begin = format!("complete -c raccord -n \"__fish_raccord_using_subcommand {}\" ", end.command());
    let described = completions.lines().filter_map(|line| line.strip_prefix(&begin)?.split(" -d ").next());
    let forms = described.flat_map(|option| {
        let words: Vec<_> = option.split(' ').collect();
        let pairs = words.windows(2).filter_map(|pair| match pair[0] {
            "-s" => Some(format!("-{}", pair[1])),
            "-l" => Some(format!("--{}", pair[1])),
            _ => None,
        });
        pairs.collect::<Vec<_>>()
    });
    // the snapshots of the help try its own
    let forms: Vec<_> = forms.filter(|form| !["-h", "--help"].contains(&form.as_str())).collect();
    assert!(forms.len() > 40, "the completions have another shape: {forms:?}");
    forms
}
