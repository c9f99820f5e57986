//! Points in time as the core sees them: given by whoever owns the clock, never taken.

/// Microseconds since the Unix epoch.
///
/// The shell derives it from one monotonic clock, so it never runs backwards within a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Milliseconds since the Unix epoch: the unit of record timestamps.
    pub fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The point `ms` milliseconds later; negative values count as zero.
    pub fn plus_millis(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms.max(0).saturating_mul(1000)))
    }

    /// Microseconds from now until `later`; zero when that is past.
    pub fn micros_until(self, later: Self) -> u64 {
        u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0)
    }
}
