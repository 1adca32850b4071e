//! A page of the tour: paragraphs, tables and steps in lines that fit the terminal.

use std::fmt::Write as _;

use anstyle::Style;
use raccord_core::event::{Dir, End};
use raccord_core::notation::wrap::{columns, wrap};

use super::words::Words;
use crate::print::paint::Paint;

/// Between two columns of a table.
const GAP: usize = 3;
/// How far what belongs to a line stands behind its beginning.
const INDENT: usize = 2;
/// A lane as wide as the course's question is long, with its arrow and as bytes, where the page is.
const LANE: usize = 58;

/// Text that is being laid out.
pub(super) struct Page {
    words: &'static dyn Words,
    paint: Paint,
    pub(super) columns: usize,
    out: String,
}

/// The lane of one end: the server's begins at the left, the client's further right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    start: usize,
    columns: usize,
}

impl Page {
    pub(super) fn new(words: &'static dyn Words, paint: Paint, columns: usize) -> Self {
        Self { words, paint, columns, out: String::new() }
    }

    /// What was laid out since the last time.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }

    /// A heading under an empty line, a rule, and another empty line.
    pub(super) fn heading(&mut self, text: &str) {
        let (strong, aside) = (self.paint.strong(), self.paint.aside());
        let lines = lines(&self.words.typeset(text), self.columns);
        let rule = "─".repeat(lines.iter().map(|line| columns(line)).max().unwrap_or(0));
        self.out.push('\n');
        for line in lines {
            let _ = writeln!(self.out, "{strong}{line}{strong:#}");
        }
        let _ = writeln!(self.out, "{aside}{rule}{aside:#}\n");
    }

    /// A paragraph and an empty line.
    pub(super) fn paragraph(&mut self, text: &str) {
        for line in lines(&self.words.typeset(text), self.columns) {
            let _ = writeln!(self.out, "{line}");
        }
        self.out.push('\n');
    }

    /// Rows under a head, in columns where they fit, else one cell below the other; and an empty line.
    pub(super) fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        let rows: Vec<_> =
            rows.iter().map(|row| row.each_ref().map(|cell| self.words.typeset(cell))).collect();
        let widest = |column: usize| {
            let cells = rows.iter().map(|row| row[column].as_str()).chain([head[column]]);
            cells.map(columns).max().unwrap_or(0)
        };
        let widths: [usize; N] = std::array::from_fn(widest);
        if widths.iter().sum::<usize>() + GAP * (N - 1) + INDENT <= self.columns {
            self.row(&head, &widths, self.paint.aside());
            for row in &rows {
                self.row(&row.each_ref().map(String::as_str), &widths, Style::new());
            }
        } else {
            for row in &rows {
                self.cells(&head, row);
            }
        }
        self.out.push('\n');
    }

    fn row<const N: usize>(&mut self, cells: &[&str; N], widths: &[usize; N], style: Style) {
        let padded =
            cells.iter().zip(widths).map(|(cell, most)| format!("{cell}{:1$}", "", most - columns(cell)));
        let line = padded.collect::<Vec<_>>().join(&" ".repeat(GAP));
        let _ = writeln!(self.out, "{:INDENT$}{style}{}{style:#}", "", line.trim_end());
    }

    fn cells<const N: usize>(&mut self, head: &[&str; N], row: &[String; N]) {
        for (index, (head, cell)) in head.iter().zip(row).enumerate() {
            let text = if head.is_empty() { cell.clone() } else { self.words.labelled(head, cell) };
            let indent = if index == 0 { 0 } else { INDENT };
            for line in lines(&text, self.columns - indent) {
                let _ = writeln!(self.out, "{:indent$}{line}", "");
            }
        }
    }

    /// A command and what it is for.
    pub(super) fn command(&mut self, command: &str, meaning: &str) {
        let aside = self.paint.aside();
        let meaning = self.words.typeset(meaning);
        for line in cut(command, self.columns - INDENT) {
            let _ = writeln!(self.out, "{:INDENT$}{line}", "");
        }
        for line in lines(&meaning, self.columns - 2 * INDENT) {
            let _ = writeln!(self.out, "{:1$}{aside}{line}{aside:#}", "", 2 * INDENT);
        }
    }

    pub(super) fn lane(&self, end: End) -> Lane {
        let columns = (self.columns * 7 / 10).max(LANE).min(self.columns - INDENT);
        let start = match end {
            End::Server => 0,
            End::Client => self.columns - columns,
        };
        Lane { start, columns }
    }

    /// The first line of a step: who made it, and the call, in the colour of its end.
    pub(super) fn step(&mut self, lane: Lane, end: End, who: &str, call: &str) {
        let (style, strong) = (self.paint.direction(end.sends()), self.paint.strong());
        let indent = columns(who) + INDENT;
        let room = lane.columns.saturating_sub(indent);
        // a call that does not fit beside the name stands below it
        if columns(call) <= room {
            self.line(lane, 0, &format!("{style}{who}{style:#}{:INDENT$}{strong}{call}{strong:#}", ""));
            return;
        }
        for line in lines(who, lane.columns) {
            self.line(lane, 0, &format!("{style}{line}{style:#}"));
        }
        for line in lines(call, lane.columns - INDENT) {
            self.line(lane, INDENT, &format!("{strong}{line}{strong:#}"));
        }
    }

    /// A sentence about a step.
    pub(super) fn about(&mut self, lane: Lane, text: &str) {
        for line in lines(text, lane.columns - INDENT) {
            self.line(lane, INDENT, &line);
        }
    }

    /// Something beside it, less important.
    pub(super) fn aside(&mut self, lane: Lane, text: &str) {
        let aside = self.paint.aside();
        for line in lines(text, lane.columns - INDENT) {
            self.line(lane, INDENT, &format!("{aside}{line}{aside:#}"));
        }
    }

    /// A text as it is, blanks included, behind the arrow of its direction.
    pub(super) fn verbatim(&mut self, lane: Lane, dir: Dir, text: &str) {
        let style = self.paint.direction(dir);
        let mut arrow = dir.arrow();
        for line in cut(text, lane.columns - INDENT - 2) {
            self.line(lane, INDENT, &format!("{style}{arrow}{style:#} {line}"));
            arrow = " ";
        }
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    fn line(&mut self, lane: Lane, indent: usize, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", lane.start + indent);
    }
}

/// A text in lines of at most so many columns: broken where the language allows it, and cut where a word is longer.
fn lines(text: &str, most: usize) -> Vec<String> {
    wrap(text, most).into_iter().flat_map(|line| cut(line, most)).collect()
}

/// A text as it is, blanks included, in pieces of at most so many columns.
fn cut(text: &str, most: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut taken = 0;
    for character in text.chars() {
        let wide = columns(character.encode_utf8(&mut [0; 4]));
        if taken + wide > most {
            pieces.push(String::new());
            taken = 0;
        }
        taken += wide;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use raccord_core::lang::Lang;

    use super::super::words::words;
    use super::*;

    #[test]
    fn no_line_is_wider_than_it_may_be() {
        assert_eq!(cut("a  b", 2), ["a ", " b"]);
        assert_eq!(cut("", 2), [""]);
        assert_eq!(lines("one EADDRINUSE, two", 6), ["one", "EADDRI", "NUSE,", "two"]);
        assert_eq!(lines("半关闭 close()", 6), ["半关闭", "close(", ")"]);
    }

    #[test]
    fn a_cell_without_a_column_is_labelled_as_its_language_does() {
        for (lang, shown) in [
            (Lang::English, "port: 8989"),
            (Lang::French, "port\u{202f}: 8989"),
            (Lang::Chinese, "port：8989"),
        ] {
            let mut page = Page::new(words(lang), Paint::default(), 20);
            page.table(["", "port"], &[["a name of twenty....".to_owned(), "8989".to_owned()]]);
            assert_eq!(page.take(), format!("a name of twenty....\n  {shown}\n\n"));
        }
    }
}
