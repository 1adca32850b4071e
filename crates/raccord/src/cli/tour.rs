//! `raccord tour`: the course's client and server meet on loopback, and four experiments about what TCP does.

mod pause;

use std::io::IsTerminal;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use raccord_core::failure::said;
use raccord_core::lang::Lang;
use raccord_net::tour;

use self::pause::Pause;
use crate::exit::Exit;
use crate::locale::{locale, variable};
use crate::print::{self, CHAPTERS, Tour};

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Typed {
    /// Language: en, fr or zh; by default the locale's
    ///
    /// The locale is the first that is set of LC_ALL, LC_MESSAGES and LANG. One in another language gives English.
    #[arg(long, value_name = "LANG", hide_possible_values = true, value_parser = lang())]
    lang: Option<Lang>,
    /// Colour: auto (default), always, never
    ///
    /// auto is on a terminal, unless NO_COLOR is set or TERM is dumb.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    color: clap::ColorChoice,
}

const EXAMPLES: &str = "\
Examples:
  raccord tour                               on a terminal, a key leads on
  raccord tour --lang fr                     en français
  raccord tour --lang zh | less              用中文";

pub(crate) fn run(typed: &Typed) -> Exit {
    let terminal = std::io::stdin().is_terminal() && print::to_a_terminal();
    let lang = typed.lang.or_else(lang_of_locale).unwrap_or_default();
    let mut tour = Tour::new(lang, typed.color);
    let pause = terminal.then(|| Pause::new(&tour));
    match give(&mut tour, pause.as_ref()) {
        Ok(()) => Exit::Done,
        Err(exit) => exit,
    }
}

/// Chapter after chapter; fails with the end of the program where it ends early.
fn give(tour: &mut Tour, pause: Option<&Pause>) -> Result<(), Exit> {
    tour.open()?;
    for chapter in 1..=CHAPTERS {
        if let Some(pause) = pause.filter(|_| chapter > 1) {
            pause.wait()?;
        }
        tour.begin(chapter)?;
        match chapter {
            1 => tour.conversation(&converse()?)?,
            2 => tour.time_wait(&tour::time_wait())?,
            3 => tour.reuse_address(&tour::reuse_address())?,
            4 => tour.backlog(&tour::backlog())?,
            _ => tour.half_close(&tour::half_close())?,
        }
    }
    tour.close()
}

fn converse() -> Result<Vec<tour::Moment>, Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| print::failed(&format!("cannot start: {}", said(&error))))?;
    Ok(runtime.block_on(tour::conversation()))
}

/// The codes are listed, so that a shell can complete them.
fn lang() -> impl TypedValueParser<Value = Lang> {
    PossibleValuesParser::new(Lang::ALL.map(Lang::code)).try_map(|code| code.parse())
}

/// The language of the locale for messages.
fn lang_of_locale() -> Option<Lang> {
    Lang::from_locale(&locale("LC_MESSAGES", variable)?)
}
