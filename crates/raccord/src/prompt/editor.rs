//! The line editor: it stays at the foot of the screen while messages scroll above it.

use std::path::{Path, PathBuf};

use clap::ColorChoice;
use raccord_core::notation::visible;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Editor, Event, EventContext,
    EventHandler, ExternalPrinter, KeyEvent, Movement, RepeatCount,
};

use super::complete::Help;
use super::keyboard::Keyboard;
use super::{Wish, history, plain};
use crate::print::{self, Paint, screen};

const PROMPT: &str = "> ";
/// How many lines of earlier runs are kept.
const HISTORY: usize = 1000;

/// Reads until the end of input; where the terminal cannot carry the editor after all, without it.
pub(super) fn read(keyboard: Keyboard, color: ColorChoice) {
    match Prompt::open(&keyboard, color) {
        Ok(prompt) => prompt.read(keyboard),
        Err(error) => {
            print::warning(&format!("no line editor: {error}"));
            plain::read(keyboard);
        }
    }
}

/// An open line editor.
struct Prompt {
    editor: Editor<Help, FileHistory>,
    /// Prints what this thread has to say: it can wait for no other.
    above: Box<dyn ExternalPrinter + Send>,
    history: Option<PathBuf>,
}

impl Prompt {
    fn open(keyboard: &Keyboard, color: ColorChoice) -> rustyline::Result<Self> {
        let paint = Paint::of_stdout(color);
        let config = Config::builder()
            // colour or not, each drawing asks the helper first
            .color_mode(ColorMode::Forced)
            .completion_type(CompletionType::List)
            .history_ignore_space(true)
            .max_history_size(HISTORY)?
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Help::new(keyboard.commands.clone(), keyboard.wire.encoding, paint)));
        editor.bind_sequence(KeyEvent::ctrl('C'), EventHandler::Conditional(Box::new(Interrupt)));
        editor.bind_sequence(KeyEvent::from('\t'), EventHandler::Conditional(Box::new(Tab)));
        editor.bind_sequence(KeyEvent::ctrl('Z'), EventHandler::Conditional(Box::new(Suspend)));
        let (above, others) = (editor.create_external_printer()?, editor.create_external_printer()?);
        let mut prompt = Self { editor, above: Box::new(above), history: history::path() };
        prompt.recall();
        screen::open(Box::new(others))?;
        Ok(prompt)
    }

    fn read(mut self, mut keyboard: Keyboard) {
        if let Some(begun) = self.take_early(&mut keyboard) {
            self.read_on(&mut keyboard, &begun);
        }
        self.say(keyboard.over());
        drop(keyboard);
        // gone first: whoever prints may wait for it. The rest of the run prints as if there had been none
        drop(self);
        screen::abandon();
    }

    /// Takes the lines that were typed before the editor was there; gives the one that was begun, or nothing at the end of
    /// input.
    fn take_early(&mut self, keyboard: &mut Keyboard) -> Option<String> {
        // a terminal that cannot say so is asked key by key
        let typed = raccord_sys::terminal::typed_so_far().unwrap_or_default();
        let end = typed.iter().position(|byte| [0, 4].contains(byte));
        let mut lines: Vec<_> =
            typed[..end.unwrap_or(typed.len())].split(|byte| [b'\r', b'\n'].contains(byte)).collect();
        let begun = lines.pop().unwrap_or_default();
        for line in lines.into_iter().chain(end.map(|_| begun).filter(|begun| !begun.is_empty())) {
            match plain::text(print::charset(), line) {
                Ok(text) => self.take(keyboard, &without_controls(&text)),
                Err(sentence) => self.say(&format!("raccord: {sentence}\n")),
            }
        }
        // a character that is not whole is typed again
        let whole = begun.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        end.is_none().then(|| without_controls(whole))
    }

    fn take(&mut self, keyboard: &mut Keyboard, typed: &str) {
        self.remember(typed);
        let answer = keyboard.take(typed);
        self.say(&answer);
    }

    fn read_on(&mut self, keyboard: &mut Keyboard, begun: &str) {
        let mut begun = begun;
        loop {
            match self.editor.readline_with_initial(PROMPT, (std::mem::take(&mut begun), "")) {
                Ok(typed) => self.take(keyboard, &typed),
                Err(ReadlineError::Interrupted) => keyboard.wish(Wish::Interrupt),
                Err(ReadlineError::Eof) => return,
                Err(error) => return self.say(&format!("raccord: cannot read what is typed: {error}\n")),
            }
        }
    }

    fn say(&mut self, lines: &str) {
        if !lines.is_empty() {
            // a terminal that is gone has nobody to tell
            let _ = self.above.print(lines.to_owned());
        }
    }

    fn recall(&mut self) {
        let Some(path) = &self.history else { return };
        // the first run has none
        if path.exists()
            && let Err(error) = self.editor.load_history(path)
        {
            self.give_up_history(&error);
        }
    }

    /// Kept at once: a run may end at any moment.
    fn remember(&mut self, typed: &str) {
        let added = self.editor.add_history_entry(typed);
        let Some(path) = self.history.as_deref() else { return };
        let kept = added.and_then(|added| if added { append(&mut self.editor, path) } else { Ok(()) });
        if let Err(error) = kept {
            self.give_up_history(&error);
        }
    }

    fn give_up_history(&mut self, error: &ReadlineError) {
        let Some(path) = self.history.take() else { return };
        let path = visible::harmless(path.display().to_string());
        self.say(&format!("raccord: warning: lines are not kept for the next run: {path}: {error}\n"));
    }
}

/// Keys that the terminal turned into sequences, and that no editor took.
fn without_controls(text: &str) -> String {
    text.chars().filter(|character| !character.is_control() || *character == '\t').collect()
}

fn append(editor: &mut Editor<Help, FileHistory>, path: &Path) -> rustyline::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    editor.append_history(path)
}

/// Ctrl-C: clears what is typed, and on an empty line interrupts.
struct Interrupt;

impl ConditionalEventHandler for Interrupt {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        Some(if context.line().is_empty() { Cmd::Interrupt } else { Cmd::Kill(Movement::WholeBuffer) })
    }
}

/// Tab: completes commands, and is a character of every other text.
struct Tab;

impl ConditionalEventHandler for Tab {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        (!context.line().starts_with('/')).then_some(Cmd::Insert(1, "\t".to_owned()))
    }
}

/// Ctrl-Z: as the terminal does it. What happens then is up to the signal's handler, which knows the terminal's modes.
struct Suspend;

impl ConditionalEventHandler for Suspend {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        raccord_sys::terminal::suspend_group();
        Some(Cmd::Noop)
    }
}
