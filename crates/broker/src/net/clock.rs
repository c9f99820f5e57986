//! Only this clock reads the real time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use kafka_trial_core::Time;

/// The wall clock at the start, continued by the monotonic clock: it never runs backwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    origin: Time,
}

#[expect(clippy::disallowed_methods, reason = "this is the owner of the clock")]
impl Clock {
    pub(crate) fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), origin: Time(i64::try_from(wall.as_micros()).unwrap_or(i64::MAX)) }
    }

    pub(crate) fn now(&self) -> Time {
        let passed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        Time(self.origin.0.saturating_add(passed))
    }

    /// Returns the duration until `time`; zero if that is past.
    pub(crate) fn until(&self, time: Time) -> Duration {
        Duration::from_micros(self.now().micros_until(time))
    }
}
