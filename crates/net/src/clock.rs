//! The time of events: one look at the wall clock, then the monotonic one, so that times never go back.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use raccord_core::event::Time;

/// A clock that was set once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    wall: u64,
    start: Instant,
}

impl Clock {
    /// Set now.
    pub(crate) fn set() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { wall: u64::try_from(since_epoch.as_nanos()).unwrap_or(u64::MAX), start: Instant::now() }
    }

    /// How long it is until `time`; nothing once that is past.
    pub(crate) fn until(&self, time: Time) -> Duration {
        Duration::from_nanos(time.0.saturating_sub(self.now().0))
    }

    /// The time now.
    pub(crate) fn now(&self) -> Time {
        let elapsed = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Time(self.wall.saturating_add(elapsed))
    }
}
