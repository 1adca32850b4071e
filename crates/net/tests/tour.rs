//! The tour's experiments, made for real, and what Linux does in each.

use std::time::Duration;

use raccord_core::event::{End, EventKind};
use raccord_core::step::{Standing, TcpState};
use raccord_net::tour::{
    ANSWER, Closing, Look, QUESTION, backlog, conversation, encoding, half_close, reuse_address, time_wait,
};

#[tokio::test]
async fn the_courses_words_go_each_way_in_gbk() {
    let moments = conversation().await;
    let received = |end| {
        let of_end = moments.iter().filter(move |moment| moment.end == end);
        let bytes = of_end.filter_map(|moment| match &moment.event.kind {
            EventKind::Received(data) => Some(data.bytes.to_vec()),
            _ => None,
        });
        bytes.collect::<Vec<_>>().concat()
    };
    assert_eq!(received(End::Server), encoding().encode(QUESTION).unwrap());
    assert_eq!(received(End::Client), b"ok,  Le probl\xa8\xa8me est en cours ...");
    assert_eq!(encoding().decode(&received(End::Client)).text, ANSWER);
}

#[tokio::test]
async fn each_step_of_the_course_is_made_in_its_order() {
    let moments = conversation().await;
    assert!(moments.is_sorted_by_key(|moment| moment.event.time));
    for (end, steps) in [
        (End::Server, &["socket", "bind", "listen", "accept", "recv", "send", "close"][..]),
        (End::Client, &["socket", "connect", "send", "recv", "close"]),
    ] {
        let mut calls =
            moments.iter().filter(|moment| moment.end == end).filter_map(|moment| match &moment.event.kind {
                EventKind::Step(step) => Some(step.call.name()),
                _ => None,
            });
        for step in steps {
            assert!(calls.any(|call| call == *step), "{end:?}: {step} in its place");
        }
    }
}

#[test]
fn time_wait_is_with_the_end_that_closed_first() {
    let found = time_wait().unwrap();
    for (Closing { first, between, after }, expected) in
        [(found.server_first, End::Server), (found.client_first, End::Client)]
    {
        let other = if first == End::Server { End::Client } else { End::Server };
        assert_eq!(first, expected);
        assert!(between.of(first).is(TcpState::FinWait2), "{between:?}");
        assert!(between.of(other).is(TcpState::CloseWait), "{between:?}");
        let Look::Seen(Standing { state: TcpState::TimeWait, left: Some(left) }) = after.of(first) else {
            panic!("{after:?}")
        };
        assert!(Duration::from_secs(50) < left && left <= Duration::from_mins(1), "{left:?}");
        assert_eq!(after.of(other), Look::Gone);
    }
}

#[test]
fn the_option_helps_only_where_both_had_set_it() {
    let found = reuse_address().unwrap();
    assert_eq!(found.after_the_end.len(), 4);
    for one in &found.after_the_end {
        assert!(one.left.is(TcpState::TimeWait), "{one:?}");
        assert_eq!(one.bind.is_ok(), one.old && one.new, "{one:?}");
    }
    let refused =
        found.after_the_end.iter().chain([&found.while_listening]).filter_map(|one| one.bind.as_ref().err());
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused.len(), 4, "nor while the old server listens");
    assert!(refused.iter().all(|said| said.starts_with("EADDRINUSE, ")), "{refused:?}");
}

#[test]
fn a_full_backlog_lets_the_next_client_wait() {
    let found = backlog().unwrap();
    assert_eq!((found.backlog, found.connected), (1, 2));
    let queue = found.queue.unwrap();
    assert_eq!((queue.waiting, queue.backlog), (2, 1));
    let next = found.next.unwrap();
    assert!(next.state.is(TcpState::SynSent), "{next:?}");
    assert_eq!(next.at_once, None);
    let (said, after) = next.later.unwrap();
    assert_eq!(said, Ok(()));
    assert!(after > next.watched, "{after:?}");
}

#[test]
fn a_half_that_ended_lets_the_answer_through_and_a_close_does_not() {
    let found = half_close().unwrap();
    assert_eq!(found.sends, 3);
    assert_eq!(found.answer, format!("{} bytes", found.sent));
    assert!(found.between.client.is(TcpState::FinWait2), "{found:?}");
    assert!(found.between.server.is(TcpState::CloseWait), "{found:?}");
    assert!(found.after.client.is(TcpState::TimeWait), "{found:?}");
    assert_eq!(found.after.server, Look::Gone);

    assert_eq!(found.closed.first, Ok(found.answer.len()));
    assert_eq!(found.closed.between.server, Look::Gone, "reset");
    assert_eq!(found.closed.second.map_err(|said| said.starts_with("EPIPE, ")), Err(true));
}
