//! One connection after the other: after the end of one a client connects again, for as long as it is wanted.

use std::sync::Arc;
use std::time::Duration;

use raccord_core::ending::Input;
use raccord_core::failure::Failure;
use tokio::time::{Instant, sleep};

use super::{Failed, Trying, hold};
use crate::conversation::Made;
use crate::session::{Outcome, Shared};

/// The shortest pause before a further connection: a server that ends each at once must not make us spin.
const LEAST_PAUSE: Duration = Duration::from_millis(100);

/// Connects again after each end, `pause` later; returns how the last connection ended, once no more is wanted, or why
/// no more can be had.
pub(super) async fn go_on(trying: &Trying, pause: Duration, first: Outcome, shared: &Arc<Shared>) -> Outcome {
    let pause = pause.max(LEAST_PAUSE);
    let mut last = first;
    loop {
        let made = tokio::select! {
            biased;
            () = no_more_is_wanted(shared) => return last,
            made = outlast(trying, pause, shared) => made,
        };
        last = match made {
            Ok(made) => hold(made, shared).await,
            Err(failure) => return shared.fail(failure),
        };
    }
}

/// Waits until the session retires or stops, or the person at the keyboard has nothing more to say. A stream of bytes
/// that has ended ends nothing: what comes may still be wanted.
async fn no_more_is_wanted(shared: &Shared) {
    tokio::select! {
        () = shared.retire.cancelled() => {}
        () = shared.input_ended.cancelled(), if shared.terms.input == Input::Keyboard => {}
    }
}

/// Tries until somebody is there again; an outage is told when it begins and when it is over. Fails where trying further
/// is no use.
async fn outlast(trying: &Trying, pause: Duration, shared: &Shared) -> Result<Made, Failure> {
    let start = Instant::now();
    let mut is_told = false;
    loop {
        sleep(pause).await;
        match trying.once(shared).await {
            Ok(made) => {
                if is_told {
                    let (peer, seconds) = (&made.peer, start.elapsed().as_secs_f64());
                    shared.warn(format!("connected to {peer} again after {seconds:.1} s"));
                }
                return Ok(made);
            }
            Err(Failed { failure, is_final: true }) => return Err(failure),
            Err(Failed { failure, .. }) => {
                if !std::mem::replace(&mut is_told, true) {
                    let seconds = pause.as_secs_f64();
                    shared.warn(format!("{}; trying again every {seconds} s", failure.sentence()));
                }
            }
        }
    }
}
