//! Colour, where it is wanted: never the only carrier of a meaning.

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use raccord_core::event::Dir;

/// The styles of a run; all empty where colour is off.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Colour on a terminal, unless `NO_COLOR` is set (no-color.org) or the terminal is dumb; `--color` decides
    /// otherwise.
    pub(crate) fn choose(choice: ColorChoice, terminal: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let on = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !set("NO_COLOR") && !dumb,
        };
        Self { on }
    }

    /// For stdout.
    pub(crate) fn of_stdout(choice: ColorChoice) -> Self {
        Self::choose(choice, super::to_a_terminal())
    }

    /// Whether there is colour.
    pub(super) fn is_on(self) -> bool {
        self.on
    }

    /// For what is beside the bytes: numbers, counts, gutters.
    pub(crate) fn aside(self) -> Style {
        self.when(Style::new().dimmed())
    }

    /// For a direction's arrow.
    pub(crate) fn direction(self, dir: Dir) -> Style {
        let color = match dir {
            Dir::Up => AnsiColor::Cyan,
            Dir::Down => AnsiColor::Magenta,
        };
        self.when(color.on_default().bold())
    }

    /// For a heading, and for what is to be seen first.
    pub(crate) fn strong(self) -> Style {
        self.when(Style::new().bold())
    }

    /// For a failure.
    pub(crate) fn bad(self) -> Style {
        self.when(AnsiColor::Red.on_default())
    }

    fn when(self, style: Style) -> Style {
        if self.on { style } else { Style::new() }
    }
}
