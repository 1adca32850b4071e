//! What `raccord encodings` writes.

use std::fmt::Write;

use raccord_core::encoding::Encoding;

use super::stderr;
use super::stdout::write;
use crate::exit::Exit;

/// The names' column; no name is longer.
const NAME: usize = 16;
/// Where a line of aliases or notes is broken.
const WIDTH: usize = 80;

/// A paragraph for each encoding whose name or alias contains `word`: name, aliases, and what to know.
pub(crate) fn encodings(word: Option<&str>) -> Exit {
    let word = word.unwrap_or_default().to_ascii_lowercase();
    let wanted = |encoding: &Encoding| {
        encoding.name().contains(&word) || encoding.aliases().any(|alias| alias.contains(&word))
    };
    let mut out = String::new();
    for encoding in Encoding::all().filter(wanted) {
        describe(encoding, &mut out);
    }
    if out.is_empty() {
        return stderr::failed(&format!(
            "no encoding has {word:?} in its name: `raccord encodings` lists all"
        ));
    }
    write(&out)
}

fn describe(encoding: Encoding, out: &mut String) {
    let aliases = encoding.aliases().filter(|alias| *alias != encoding.name()).collect::<Vec<_>>().join(" ");
    let note = encoding.note().unwrap_or_default();
    let lines = wrapped(&aliases).into_iter().chain(wrapped(note));
    let mut name = encoding.name();
    for line in lines {
        let _ = writeln!(out, "{}", format!("{name:NAME$} {line}").trim_end());
        name = "";
    }
    if !name.is_empty() {
        let _ = writeln!(out, "{name}");
    }
}

/// The words of a text in lines that fit beside the names.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if NAME + 1 + line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_and_every_name_stands_alone() {
        let mut out = String::new();
        Encoding::all().for_each(|encoding| describe(encoding, &mut out));
        for line in out.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        for encoding in Encoding::all() {
            let name = encoding.name();
            assert!(out.lines().any(|line| line.split(' ').next() == Some(name)), "{name}");
        }
    }
}
