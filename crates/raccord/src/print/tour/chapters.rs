//! The four experiments: their findings as tables and sentences. What follows from a finding is said only where it was
//! what Linux does.

use raccord_core::event::End;
use raccord_core::step::{Standing, TcpState};
use raccord_net::tour::{Backlog, Closing, Ends, HalfClose, Look, NextClient, ReuseAddress, TimeWait, Try};

use super::page::Page;
use super::words::Words;

pub(super) fn time_wait(page: &mut Page, words: &dyn Words, found: &TimeWait) {
    let closings = [found.server_first, found.client_first];
    let rows: Vec<_> = closings.iter().flat_map(|closing| closing_rows(words, closing)).collect();
    if closings.iter().any(|closing| closing.after.server == Look::Unknown) {
        return page.paragraph(words.unseen());
    }
    page.table(["", words.end(End::Server), words.end(End::Client)], &rows);
    if closings.iter().all(is_as_usual) {
        words.time_wait().iter().for_each(|text| page.paragraph(text));
    } else {
        page.paragraph(words.unusual());
    }
}

fn closing_rows(words: &dyn Words, closing: &Closing) -> [[String; 3]; 2] {
    let [one, both] = words.closing(closing.first);
    [ends_row(words, one, closing.between), ends_row(words, both, closing.after)]
}

fn ends_row(words: &dyn Words, label: &str, ends: Ends) -> [String; 3] {
    [label.to_owned(), look(words, ends.server), look(words, ends.client)]
}

fn is_as_usual(closing: &Closing) -> bool {
    let (first, last) = match closing.first {
        End::Server => (End::Server, End::Client),
        End::Client => (End::Client, End::Server),
    };
    closing.between.of(first).is(TcpState::FinWait2)
        && closing.between.of(last).is(TcpState::CloseWait)
        && closing.after.of(first).is(TcpState::TimeWait)
        && closing.after.of(last) == Look::Gone
}

pub(super) fn reuse_address(page: &mut Page, words: &dyn Words, found: &ReuseAddress) {
    let said = |one: &Try| one.bind.as_ref().map_or_else(Clone::clone, |()| words.bound().to_owned());
    let rows: Vec<_> = found
        .after_the_end
        .iter()
        .map(|one| [words.set(one.old).to_owned(), words.set(one.new).to_owned(), said(one)])
        .collect();
    page.table(words.reuse_columns(), &rows);
    if found.after_the_end.iter().any(|one| !one.left.is(TcpState::TimeWait) && one.left != Look::Unknown) {
        page.paragraph(words.no_time_wait());
    }
    if found.after_the_end.iter().all(|one| one.bind.is_ok() == (one.old && one.new)) {
        words.reuse_address().iter().for_each(|text| page.paragraph(text));
    } else {
        page.paragraph(words.unusual());
    }
    let listening = words.while_listening(&said(&found.while_listening));
    let verdict = if found.while_listening.bind.is_err() { words.never_two() } else { words.unusual() };
    page.paragraph(&joined(words, &[&listening, verdict]));
}

pub(super) fn backlog(page: &mut Page, words: &dyn Words, found: &Backlog) {
    let connected = words.connected(found.connected);
    match found.queue {
        Some(queue) => {
            let queue = words.queue(queue.waiting, queue.backlog);
            page.paragraph(&joined(words, &[&connected, &queue]));
        }
        None => page.paragraph(&connected),
    }
    let number = found.connected + 1;
    match &found.next {
        Some(NextClient { state, watched, at_once: None, later }) => {
            let waits = words.waits(number, *watched);
            match state {
                Look::Unknown | Look::Gone => page.paragraph(&joined(words, &[&waits, words.not_refused()])),
                seen @ Look::Seen(_) => {
                    let state = words.its_state(&look(words, *seen));
                    page.paragraph(&joined(words, &[&waits, &state, words.not_refused()]));
                }
            }
            match later {
                Some((Ok(()), after)) => {
                    page.paragraph(&words.let_in(number, *after));
                    page.paragraph(words.backlog());
                }
                _ => page.paragraph(&joined(words, &[&words.not_let_in(number), words.unusual()])),
            }
        }
        _ => page.paragraph(words.unusual()),
    }
}

pub(super) fn half_close(page: &mut Page, words: &dyn Words, found: &HalfClose) {
    let question = words.question(found.sends, found.sent, found.reads);
    page.paragraph(&joined(words, &[&question, words.half_closed()]));
    page.paragraph(&words.answer(&found.answer));
    if found.between.server == Look::Unknown {
        page.paragraph(words.unseen());
    } else {
        let [half, both] = words.half_closing();
        let rows = [ends_row(words, half, found.between), ends_row(words, both, found.after)];
        page.table(["", words.end(End::Server), words.end(End::Client)], &rows);
    }
    let said = |sent: &Result<usize, String>| sent.as_ref().map_or_else(Clone::clone, usize::to_string);
    let (first, second) = (&found.closed.first, &found.closed.second);
    let instead = words.closed_instead(&said(first), &said(second));
    let verdict = if first.is_ok() && second.is_err() { words.half_close() } else { words.unusual() };
    page.paragraph(&joined(words, &[&instead, verdict]));
}

/// What the kernel's table showed: the state, and how long `TIME-WAIT` lasts still.
fn look(words: &dyn Words, look: Look) -> String {
    match look {
        Look::Unknown => "?".to_owned(),
        Look::Gone => words.gone().to_owned(),
        Look::Seen(Standing { state: state @ TcpState::TimeWait, left: Some(left) }) => {
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            words.and(state.name(), &words.left(seconds))
        }
        Look::Seen(standing) => standing.state.name().to_owned(),
    }
}

/// Sentences one after the other.
fn joined(words: &dyn Words, sentences: &[&str]) -> String {
    sentences.join(words.between_sentences())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use raccord_core::lang::Lang;
    use raccord_net::tour::WholeClose;

    use super::super::words::words;
    use super::*;
    use crate::print::paint::Paint;

    /// What is said of a finding in each language, without blanks, must hold some texts and lack others.
    fn says<T>(
        finding: &T,
        tell: fn(&mut Page, &dyn Words, &T),
        said: impl Fn(&dyn Words) -> Vec<String>,
        unsaid: impl Fn(&dyn Words) -> Vec<String>,
    ) {
        for lang in Lang::ALL {
            let words = words(lang);
            let bare = |text: &str| words.typeset(text).split_whitespace().collect::<String>();
            let mut page = Page::new(words, Paint::default(), 80);
            tell(&mut page, words, finding);
            let text = bare(&page.take());
            for sentence in said(words) {
                assert!(text.contains(&bare(&sentence)), "{sentence:?} is not in {text}");
            }
            for sentence in unsaid(words) {
                assert!(!text.contains(&bare(&sentence)), "{sentence:?} is in {text}");
            }
        }
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn seen(state: TcpState) -> Look {
        Look::Seen(Standing { state, left: Some(Duration::from_millis(59_001)) })
    }

    fn closing(first: End, between: [Look; 2], after: [Look; 2]) -> Closing {
        let ends = |[server, client]: [Look; 2]| Ends { server, client };
        Closing { first, between: ends(between), after: ends(after) }
    }

    #[test]
    fn time_wait_is_explained_where_it_was_seen() {
        let [fin, close, wait] = [TcpState::FinWait2, TcpState::CloseWait, TcpState::TimeWait].map(seen);
        let usual = TimeWait {
            server_first: closing(End::Server, [fin, close], [wait, Look::Gone]),
            client_first: closing(End::Client, [close, fin], [Look::Gone, wait]),
        };
        let explained = |words: &dyn Words| owned(&words.time_wait());
        let left = |words: &dyn Words| [explained(words), vec![words.left(60)]].concat();
        says(&usual, time_wait, left, |words| owned(&[words.unusual(), words.unseen()]));

        let odd = TimeWait { client_first: closing(End::Client, [close, fin], [wait, Look::Gone]), ..usual };
        says(&odd, time_wait, |words| owned(&[words.unusual(), words.gone()]), explained);

        let unknown = closing(End::Server, [Look::Unknown; 2], [Look::Unknown; 2]);
        let unseen = TimeWait { server_first: unknown, client_first: unknown };
        says(&unseen, time_wait, |words| owned(&[words.unseen()]), explained);
    }

    #[test]
    fn the_option_is_explained_where_the_four_cases_are_as_they_should_be() {
        let case = |old, new, left, fails: bool| Try {
            old,
            new,
            left,
            bind: if fails { Err("EADDRINUSE, in use".to_owned()) } else { Ok(()) },
        };
        let cases = |left, fails: [bool; 4]| ReuseAddress {
            after_the_end: vec![
                case(false, false, left, fails[0]),
                case(false, true, left, fails[1]),
                case(true, false, left, fails[2]),
                case(true, true, left, fails[3]),
            ],
            while_listening: case(true, true, seen(TcpState::Established), fails[0]),
        };
        let explained = |words: &dyn Words| owned(&words.reuse_address());
        let all = |words: &dyn Words| {
            [explained(words), owned(&[words.never_two(), words.bound(), "EADDRINUSE, in use"])].concat()
        };
        let wait = seen(TcpState::TimeWait);
        says(&cases(wait, [true, true, true, false]), reuse_address, all, |words| {
            owned(&[words.unusual(), words.no_time_wait()])
        });
        says(
            &cases(wait, [false; 4]),
            reuse_address,
            |words| owned(&[words.unusual()]),
            |words| [explained(words), owned(&[words.never_two()])].concat(),
        );
        says(
            &cases(Look::Gone, [false; 4]),
            reuse_address,
            |words| owned(&[words.no_time_wait()]),
            explained,
        );
    }

    #[test]
    fn the_backlog_is_explained_where_the_next_client_waited_and_came_in() {
        let waited = NextClient {
            state: seen(TcpState::SynSent),
            watched: Duration::from_millis(200),
            at_once: None,
            later: Some((Ok(()), Duration::from_millis(1030))),
        };
        let found = |next| Backlog { backlog: 1, connected: 2, queue: None, next };
        let explained = |words: &dyn Words| owned(&[words.backlog()]);
        says(
            &found(Some(waited.clone())),
            backlog,
            |words| {
                let state = words.its_state("SYN-SENT");
                [explained(words), vec![state, words.let_in(3, Duration::from_millis(1030))]].concat()
            },
            |words| owned(&[words.unusual()]),
        );
        let left_out = NextClient { state: Look::Unknown, later: None, ..waited.clone() };
        says(&found(Some(left_out)), backlog, |words| vec![words.not_let_in(3)], explained);
        let let_in_at_once = NextClient { at_once: Some(Ok(())), later: None, ..waited };
        for odd in [Some(let_in_at_once), None] {
            says(&found(odd), backlog, |words| owned(&[words.unusual()]), explained);
        }
    }

    #[test]
    fn half_close_is_explained_where_the_other_answer_was_lost() {
        let (fin, close) = (seen(TcpState::FinWait2), seen(TcpState::CloseWait));
        let lost = HalfClose {
            sends: 3,
            sent: 54,
            reads: 1,
            between: Ends { server: close, client: fin },
            answer: "54 bytes".to_owned(),
            after: Ends { server: Look::Gone, client: seen(TcpState::TimeWait) },
            closed: WholeClose {
                first: Ok(8),
                between: Ends { server: Look::Gone, client: Look::Gone },
                second: Err("EPIPE, Broken pipe".to_owned()),
            },
        };
        let explained = |words: &dyn Words| owned(&[words.half_close()]);
        let all = |words: &dyn Words| {
            [explained(words), vec![words.closed_instead("8", "EPIPE, Broken pipe")]].concat()
        };
        says(&lost, half_close, all, |words| owned(&[words.unusual(), words.unseen()]));

        let taken = WholeClose { second: Ok(8), ..lost.closed.clone() };
        let odd = HalfClose { closed: taken, ..lost };
        says(&odd, half_close, |words| owned(&[words.unusual()]), explained);
    }
}
