//! Latencies: histograms that are merged, packed, and written as text.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2Serializer};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest time that is told apart: an hour.
const LONGEST_MICROS: u64 = 3_600_000_000;
/// The first bytes of a histogram in the V2 encoding, up to the number of bytes that follow its header.
const V2_COOKIE: [u8; 4] = [0x1c, 0x84, 0x93, 0x13];
const V2_HEADER: usize = 40;
/// The most bytes of packed counts: nine for each that a histogram of these bounds has.
const MOST_PACKED: usize = 256 << 10;

/// From where to where a time is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeriesKind {
    /// From the intended send to the first answer: what a caller feels.
    Response,
    /// From the actual send to the first answer.
    Service,
    /// From the intended send to the actual one: how late the driver itself was.
    Lag,
    /// From the actual send to the cluster's acknowledgement.
    Ack,
    /// Of a closed load: `response`, corrected for the requests that were not sent during a stall. A guess, by the usual
    /// time between two requests of a caller; an open load measures it.
    Corrected,
    /// How long the service's consumer group was not stable, each time.
    Rebalance,
    /// On the embedded broker: from the append of the request to its fetch by the service.
    Queue,
    /// On the embedded broker: from that fetch to the append of the answer.
    Handler,
    /// On the embedded broker: from that append to the answer's fetch by the driver.
    Broker,
    /// On the embedded broker: what is left of the service time, on the driver's own side.
    Client,
}

impl SeriesKind {
    /// Those that every run measures, in the order in which reports show them.
    pub const MEASURED: [Self; 4] = [Self::Response, Self::Service, Self::Lag, Self::Ack];
    /// What the service time consists of, where [`drive_embedded`](crate::live::drive_embedded) measures it.
    pub const SPLIT: [Self; 4] = [Self::Queue, Self::Handler, Self::Broker, Self::Client];

    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        let beside = [Self::Corrected, Self::Rebalance];
        Self::MEASURED.into_iter().chain(beside).chain(Self::SPLIT)
    }

    /// The word for it in thresholds and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Service => "service",
            Self::Lag => "lag",
            Self::Ack => "ack",
            Self::Corrected => "corrected",
            Self::Rebalance => "rebalance",
            Self::Queue => "queue",
            Self::Handler => "handler",
            Self::Broker => "broker",
            Self::Client => "client",
        }
    }

    /// Whether a request without an answer has no time of this kind.
    pub fn ends_with_the_answer(self) -> bool {
        matches!(self, Self::Response | Self::Corrected | Self::Service)
    }
}

/// Times in microseconds, to three significant digits up to an hour. Its written form is that of [`PackedSeries`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PackedSeries", into = "PackedSeries")]
pub struct Series {
    histogram: Histogram<u64>,
}

impl fmt::Debug for Series {
    /// Twenty thousand counts, most of them zero, help nobody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, min, max) = (self.len(), self.min(), self.max());
        f.debug_struct("Series").field("count", &count).field("min", &min).field("max", &max).finish()
    }
}

impl Series {
    /// An empty series.
    #[expect(clippy::expect_used, reason = "the bounds are constant and legal")]
    pub fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, LONGEST_MICROS, 3);
        Self { histogram: histogram.expect("bounds of a histogram") }
    }

    pub(crate) fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST_MICROS);
        self.histogram.saturating_record(micros.max(1));
    }

    /// How many times there are.
    pub fn len(&self) -> u64 {
        self.histogram.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.histogram.is_empty()
    }

    /// The time below which `percent` of all lie, by nearest rank. `unanswered` more count as slower than any.
    pub fn percentile(&self, percent: f64, unanswered: u64) -> Option<Duration> {
        let rank = nearest_rank(percent, self.len() + unanswered)?;
        if rank > self.len() {
            return None;
        }
        let mut seen = 0;
        for bucket in self.histogram.iter_recorded() {
            seen += bucket.count_since_last_iteration();
            if seen >= rank {
                return Some(Duration::from_micros(bucket.value_iterated_to()));
            }
        }
        None
    }

    /// The shortest time.
    pub fn min(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_micros(self.histogram.min()))
    }

    /// The longest time.
    pub fn max(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_micros(self.histogram.max()))
    }

    /// The average.
    pub fn mean(&self) -> Option<Duration> {
        (!self.is_empty()).then(|| Duration::from_secs_f64(self.histogram.mean() / 1e6))
    }

    /// The histogram itself, for logs.
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }

    /// Adds the times of another series. Percentiles of the sum are those of all times together.
    pub fn add(&mut self, other: &Self) {
        // Both have the same bounds, so nothing is out of range.
        let _ = self.histogram.add(&other.histogram);
    }

    /// The same corrected for coordinated omission: a time of many intervals stands for those that were not measured
    /// meanwhile too.
    pub(crate) fn corrected(&self, interval: Duration) -> Self {
        let interval = u64::try_from(interval.as_micros()).unwrap_or(LONGEST_MICROS).max(1);
        Self { histogram: self.histogram.clone_correct(interval) }
    }

    pub(crate) fn clear(&mut self) {
        self.histogram.reset();
    }
}

/// A series as text: HdrHistogram's V2 encoding in base64. Small where a [`Series`] is large.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PackedSeries(String);

/// A text that is no series of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a series is base64 of a histogram in HdrHistogram's V2 encoding, in microseconds up to an hour")]
pub struct PackedSeriesError;

impl From<&Series> for PackedSeries {
    fn from(series: &Series) -> Self {
        if series.is_empty() {
            return Self::default();
        }
        let mut bytes = Vec::new();
        // A Vec takes all bytes.
        let _ = V2Serializer::new().serialize(&series.histogram, &mut bytes);
        Self(BASE64_STANDARD.encode(bytes))
    }
}

impl From<Series> for PackedSeries {
    fn from(series: Series) -> Self {
        Self::from(&series)
    }
}

impl TryFrom<&PackedSeries> for Series {
    type Error = PackedSeriesError;

    fn try_from(packed: &PackedSeries) -> Result<Self, PackedSeriesError> {
        if packed.0.is_empty() {
            return Ok(Self::new());
        }
        let bytes = BASE64_STANDARD.decode(&packed.0).map_err(|_| PackedSeriesError)?;
        // The decoder believes the lengths and bounds of the header; they have to be those of this crate.
        let empty = Self::new();
        let mut expected = Vec::new();
        V2Serializer::new().serialize(&empty.histogram, &mut expected).map_err(|_| PackedSeriesError)?;
        let counts = bytes.len().checked_sub(V2_HEADER).filter(|counts| *counts <= MOST_PACKED);
        let counts = counts.and_then(|counts| u32::try_from(counts).ok()).ok_or(PackedSeriesError)?;
        let is_ours = bytes.get(..4) == Some(&V2_COOKIE)
            && bytes.get(4..8) == Some(&counts.to_be_bytes())
            && bytes.get(8..V2_HEADER) == expected.get(8..V2_HEADER);
        if !is_ours {
            return Err(PackedSeriesError);
        }
        let histogram = Deserializer::new().deserialize(&mut bytes.as_slice()).map_err(|_| PackedSeriesError)?;
        Ok(Self { histogram })
    }
}

impl TryFrom<PackedSeries> for Series {
    type Error = PackedSeriesError;

    fn try_from(packed: PackedSeries) -> Result<Self, PackedSeriesError> {
        Self::try_from(&packed)
    }
}

impl Default for Series {
    fn default() -> Self {
        Self::new()
    }
}

/// The rank of a percentile among `count` values, at least 1, in whole numbers: a percentage is taken to a millionth.
fn nearest_rank(percent: f64, count: u64) -> Option<u64> {
    if count == 0 {
        return None;
    }
    let millionths = (percent.clamp(0.0, 100.0) * 1e6).round() as u128;
    let rank = (millionths * u128::from(count)).div_ceil(100_000_000);
    Some(u64::try_from(rank).unwrap_or(count).clamp(1, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_nearest_and_whole() {
        assert_eq!(nearest_rank(99.9, 2000), Some(1998), "in floating point it becomes 1999");
        assert_eq!(nearest_rank(99.9999, 1_000_000), Some(999_999));
        assert_eq!(nearest_rank(50.0, 1), Some(1));
        assert_eq!(nearest_rank(0.0, 10), Some(1));
        assert_eq!(nearest_rank(100.0, 10), Some(10));
        assert_eq!(nearest_rank(99.0, 0), None);
    }

    #[test]
    fn what_was_never_answered_counts_as_slower_than_any() {
        let mut series = Series::new();
        (0..98).for_each(|_| series.record(Duration::from_millis(1)));
        assert_eq!(series.percentile(98.0, 2).unwrap().as_millis(), 1);
        assert_eq!(series.percentile(99.0, 2), None);
        assert!(series.percentile(99.0, 0).is_some());
    }

    #[test]
    fn a_packed_series_is_the_same_when_it_is_unpacked() {
        let mut series = Series::new();
        assert_eq!(Series::try_from(PackedSeries::from(&series)), Ok(series.clone()));
        for micros in [1, 999, 2_000_000, LONGEST_MICROS] {
            (0..micros % 7 + 1).for_each(|_| series.record(Duration::from_micros(micros)));
        }
        let packed = PackedSeries::from(&series);
        assert!(packed.0.starts_with("HISTE"), "what other tools know it by: {}", packed.0);
        assert_eq!(Series::try_from(&packed), Ok(series));
    }

    #[test]
    fn what_is_no_series_is_refused_before_anything_is_allocated_for_it() {
        let mut other = Histogram::<u64>::new_with_bounds(1, u64::MAX / 2, 5).unwrap();
        other.record(1).unwrap();
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&other, &mut bytes).unwrap();
        let huge = [&V2_COOKIE[..], &[0xff; 36]].concat();
        for bytes in [bytes, huge, vec![0; 8], V2_COOKIE.to_vec()] {
            let packed = PackedSeries(BASE64_STANDARD.encode(bytes));
            assert_eq!(Series::try_from(&packed), Err(PackedSeriesError));
        }
        assert_eq!(Series::try_from(PackedSeries("no base64!".to_owned())), Err(PackedSeriesError));
    }
}
