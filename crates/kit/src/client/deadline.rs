//! The one place where the kit takes the time.
#![expect(clippy::disallowed_methods, reason = "this is the owner of the clock")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// When a call has to be done.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    started: Instant,
    limit: Duration,
}

impl Deadline {
    /// `limit` from now.
    pub fn after(limit: Duration) -> Self {
        Self { started: Instant::now(), limit }
    }

    /// What is left; zero when it is past.
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.started.elapsed())
    }

    /// Whether it is past.
    pub fn is_past(&self) -> bool {
        self.left().is_zero()
    }

    /// How long it was from its start.
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// The part of what is left that one of `count` has.
    pub(super) fn share(&self, count: usize) -> Self {
        Self::after(self.left() / u32::try_from(count).unwrap_or(u32::MAX).max(1))
    }

    /// The earlier of this and `limit` from now.
    pub fn within(&self, limit: Duration) -> Self {
        Self::after(self.left().min(limit))
    }
}

/// Measures from its start.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Milliseconds since the Unix epoch: the unit of record timestamps.
pub fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// Rests before something outside is asked again that cannot tell us when it has changed.
pub fn pause(length: Duration) {
    std::thread::sleep(length);
}
