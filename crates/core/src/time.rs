//! Points in time come from the owner of the clock; the core never reads one.

use serde::{Deserialize, Serialize};

/// Microseconds since the Unix epoch.
///
/// A cluster's driver derives it from one monotonic clock, so it never runs backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub i64);

impl Time {
    /// Returns the milliseconds since the Unix epoch, the unit of record timestamps.
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the time of day in UTC, such as `09:30:07.250`.
    pub fn time_of_day(self) -> String {
        let ms = self.millis().rem_euclid(24 * 3_600_000);
        format!("{:02}:{:02}:{:02}.{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
    }

    /// Returns the time `ms` milliseconds later; a negative value counts as zero.
    pub fn plus_millis(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms.max(0).saturating_mul(1000)))
    }

    /// The point that is so much later.
    pub fn plus(self, time: std::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Returns the microseconds until `later`; zero when that is past.
    pub fn micros_until(self, later: Self) -> u64 {
        u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0)
    }
}
