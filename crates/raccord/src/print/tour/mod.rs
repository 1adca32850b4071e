//! `raccord tour`: what happened, as a text to read in one of three languages.

mod chapters;
mod en;
mod fr;
mod page;
mod steps;
mod words;
mod zh;

use clap::ColorChoice;
use raccord_core::lang::Lang;
use raccord_core::notation::wrap::{self, wrap};
use raccord_net::tour::{Backlog, Broken, HalfClose, Moment, ReuseAddress, TimeWait};

use self::page::Page;
use self::words::{Words, words};
use super::paint::Paint;
use super::printer::to_a_terminal;
use super::stdout;
use crate::exit::Exit;

/// The widest and the narrowest page, and that for a stdout that is no terminal, in columns.
const WIDEST: usize = 100;
const NARROWEST: usize = 20;
const USUAL: usize = 80;

/// How many chapters there are.
pub(crate) const CHAPTERS: usize = 5;

/// The tour's text, written to stdout as it comes to be. Each of its parts fails with the end of the program where
/// stdout takes no more.
pub(crate) struct Tour {
    lang: Lang,
    words: &'static dyn Words,
    page: Page,
    paint: Paint,
}

impl Tour {
    /// In this language.
    pub(crate) fn new(lang: Lang, color: ColorChoice) -> Self {
        let paint = Paint::choose(color, to_a_terminal());
        let words = words(lang);
        Self { lang, words, page: Page::new(words, paint, columns()), paint }
    }

    /// The title, and what is about to happen.
    pub(crate) fn open(&mut self) -> Result<(), Exit> {
        self.page.heading(self.words.title());
        self.page.paragraph(self.words.opening());
        self.write()
    }

    /// The heading of a chapter, counted from 1, and what it is about to do.
    pub(crate) fn begin(&mut self, chapter: usize) -> Result<(), Exit> {
        // a terminal may have become wider or narrower
        self.page.columns = columns();
        let (titles, openings) = (self.words.chapters(), self.words.openings());
        if let (Some(title), Some(opening)) = (titles.get(chapter - 1), openings.get(chapter - 1)) {
            self.page.heading(&format!("{chapter}/{CHAPTERS} · {title}"));
            self.page.paragraph(opening);
        }
        self.write()
    }

    /// The steps of the conversation.
    pub(crate) fn conversation(&mut self, moments: &[Moment]) -> Result<(), Exit> {
        steps::conversation(&mut self.page, self.words, self.lang, moments);
        self.write()
    }

    pub(crate) fn time_wait(&mut self, found: &Result<TimeWait, Broken>) -> Result<(), Exit> {
        self.found(found, chapters::time_wait)
    }

    pub(crate) fn reuse_address(&mut self, found: &Result<ReuseAddress, Broken>) -> Result<(), Exit> {
        self.found(found, chapters::reuse_address)
    }

    pub(crate) fn backlog(&mut self, found: &Result<Backlog, Broken>) -> Result<(), Exit> {
        self.found(found, chapters::backlog)
    }

    pub(crate) fn half_close(&mut self, found: &Result<HalfClose, Broken>) -> Result<(), Exit> {
        self.found(found, chapters::half_close)
    }

    /// The end, and where to go from here.
    pub(crate) fn close(&mut self) -> Result<(), Exit> {
        let (text, meanings) = self.words.farewell();
        self.page.paragraph(text);
        let commands =
            ["raccord listen 8989 --explain", "raccord connect localhost:8989", "raccord port 8989"];
        for (command, meaning) in commands.into_iter().zip(meanings) {
            self.page.command(command, meaning);
        }
        self.write()
    }

    /// How to go on; [`unask`](Self::unask) takes it away again.
    pub(crate) fn question(&self) -> String {
        let aside = self.paint.aside();
        let asked = self.asked();
        format!("{aside}{}{aside:#}", wrap(&asked, columns()).join("\n"))
    }

    /// Takes the question away, where it is one line of the terminal.
    pub(crate) fn unask(&self) -> String {
        let width = wrap::columns(&self.asked());
        if width < columns() { format!("\r{:width$}\r", "") } else { "\n".to_owned() }
    }

    fn asked(&self) -> String {
        format!("[ {} ]", self.words.typeset(self.words.any_key()))
    }

    fn found<T>(
        &mut self,
        found: &Result<T, Broken>,
        tell: fn(&mut Page, &dyn Words, &T),
    ) -> Result<(), Exit> {
        match found {
            Ok(found) => tell(&mut self.page, self.words, found),
            Err(Broken { call, said }) => {
                self.page.paragraph(&self.words.not_made(&format!("{call}()"), said));
            }
        }
        self.write()
    }

    fn write(&mut self) -> Result<(), Exit> {
        stdout::part(&self.page.take())
    }
}

/// The width of a page.
fn columns() -> usize {
    let columns = raccord_sys::terminal::columns_of_stdout().map_or(USUAL, usize::from);
    columns.clamp(NARROWEST, WIDEST)
}

/// Writes what [`Tour::question`] and [`Tour::unask`] gave.
pub(crate) fn ask(text: &str) -> Result<(), Exit> {
    stdout::part(text)
}
