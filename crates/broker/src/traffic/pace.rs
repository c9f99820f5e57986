//! How an answer leaves its connection.

use std::time::Duration;

/// How fast an answer leaves, and how long its connection is muted afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) bytes_per_s: Option<u64>,
    /// How many bytes leave at once.
    pub(crate) chunk: usize,
    /// How long nothing is read from the connection after the answer.
    pub(crate) mute: Duration,
}

impl Pace {
    /// How long so many bytes take.
    pub(crate) fn time(&self, bytes: usize) -> Duration {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let micros = self.bytes_per_s.map_or(0, |rate| bytes.saturating_mul(1_000_000) / rate.max(1));
        Duration::from_micros(micros)
    }
}
