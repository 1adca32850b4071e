//! What the tour says: every text, so that a language that lacks one does not compile.
//!
//! Names of calls, states, options and errors are the same in all languages. Numbers come from what was found.

use std::time::Duration;

use raccord_core::event::End;
use raccord_core::lang::Lang;

use super::en::English;
use super::fr::French;
use super::zh::Chinese;

/// The tour's words in one language.
pub(super) trait Words: Sync {
    /// What the tour is called.
    fn title(&self) -> &'static str;
    /// What is about to happen.
    fn opening(&self) -> &'static str;
    /// The headings of the chapters.
    fn chapters(&self) -> [&'static str; 5];
    /// What each chapter is about to do.
    fn openings(&self) -> [&'static str; 5];
    /// How to go on, between two chapters.
    fn any_key(&self) -> &'static str;
    /// The end, and what three commands are for: `listen`, `connect` and `port`.
    fn farewell(&self) -> (&'static str, [&'static str; 3]);

    /// An end's name, as a heading.
    fn end(&self, end: End) -> &'static str;
    /// No socket has the addresses any more.
    fn gone(&self) -> &'static str;
    /// So long is left of `TIME-WAIT`.
    fn left(&self, seconds: u64) -> String;

    /// An experiment could not be made, for this call said that.
    fn not_made(&self, call: &str, said: &str) -> String;
    /// The kernel's table cannot be read.
    fn unseen(&self) -> &'static str;
    /// What was found is not what was expected of Linux.
    fn unusual(&self) -> &'static str;

    /// Text and bytes of the answer: characters, bytes in GBK, and those of the one that takes two.
    fn in_gbk(&self, characters: usize, bytes: usize, wide: char, wide_bytes: &str) -> String;
    /// Who ended first, which leads to the next chapter.
    fn ended_first(&self, end: End) -> String;

    /// Two rows of a conversation that this end closed first: one has closed, both have.
    fn closing(&self, first: End) -> [&'static str; 2];
    /// What the states mean, once they were seen as they should be.
    fn time_wait(&self) -> [&'static str; 3];

    /// The columns: set by the old server, by the new one, what bind said.
    fn reuse_columns(&self) -> [&'static str; 3];
    /// Whether the option was set.
    fn set(&self, set: bool) -> &'static str;
    /// What bind said when it succeeded.
    fn bound(&self) -> &'static str;
    /// The old server's port was not in `TIME-WAIT` in each case.
    fn no_time_wait(&self) -> &'static str;
    /// What follows from the four cases.
    fn reuse_address(&self) -> [&'static str; 2];
    /// What bind said while the old server still listened, and both had set the option.
    fn while_listening(&self, said: &str) -> String;
    /// That it failed is as it should be.
    fn never_two(&self) -> &'static str;

    /// So many are connected though nobody accepted.
    fn connected(&self, clients: u32) -> String;
    /// The kernel's table of the listener's queue.
    fn queue(&self, waiting: u32, backlog: u32) -> String;
    /// The client after them has not come in.
    fn waits(&self, number: u32, watched: Duration) -> String;
    /// Its state.
    fn its_state(&self, state: &str) -> String;
    /// What that means.
    fn not_refused(&self) -> &'static str;
    /// The server accepted one; then the waiting client came in.
    fn let_in(&self, number: u32, after: Duration) -> String;
    /// The server accepted one; the waiting client did not come in.
    fn not_let_in(&self, number: u32) -> String;
    /// What follows.
    fn backlog(&self) -> &'static str;

    /// The question: sends, bytes, reads.
    fn question(&self, sends: usize, bytes: usize, reads: usize) -> String;
    /// The states between the question and the answer.
    fn half_closed(&self) -> &'static str;
    /// The answer.
    fn answer(&self, answer: &str) -> String;
    /// The two rows: one half has ended, both have closed.
    fn half_closing(&self) -> [&'static str; 2];
    /// Another client closed instead; its server's first and second send said this.
    fn closed_instead(&self, first: &str, second: &str) -> String;
    /// What follows, where the second failed.
    fn half_close(&self) -> &'static str;

    /// A state and what is to be known of it.
    fn and(&self, state: &str, more: &str) -> String {
        format!("{state}, {more}")
    }

    /// A text behind what it is of, set as [`typeset`](Self::typeset) would.
    fn labelled(&self, label: &str, text: &str) -> String {
        format!("{label}: {text}")
    }

    /// What stands between two sentences.
    fn between_sentences(&self) -> &'static str {
        " "
    }

    /// The language's typography, for what is written in the source with plain blanks.
    fn typeset(&self, text: &str) -> String {
        text.to_owned()
    }
}

/// The words of this language.
pub(super) fn words(lang: Lang) -> &'static dyn Words {
    match lang {
        Lang::English => &English,
        Lang::French => &French,
        Lang::Chinese => &Chinese,
    }
}
