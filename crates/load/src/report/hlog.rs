//! A report as an HdrHistogram log, which HistogramLogAnalyzer and HistogramLogProcessor read.

use std::time::Duration;

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::Report;
use crate::series::PackedSeriesError;
use crate::{Series, SeriesKind};

/// Values are microseconds; the log's own maxima are in milliseconds.
const MICROS_A_MILLI: f64 = 1000.0;

impl Report {
    /// One line of each series but `response` over the whole run, and of `response` a line a second, told apart by
    /// their tags.
    pub fn to_hlog(&self) -> Result<String, PackedSeriesError> {
        let (mut out, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
        let failed = |_| PackedSeriesError;
        let mut builder = IntervalLogWriterBuilder::new();
        builder.add_comment(&format!("[kafka-trial load, {}, seed {}]", self.schedule, self.seed));
        builder.with_max_value_divisor(MICROS_A_MILLI);
        let mut log = builder.begin_log_with(&mut out, &mut serializer).map_err(|_| PackedSeriesError)?;
        let tag = |kind: SeriesKind| Tag::new(kind.name());
        let whole = Duration::from_secs_f64(self.seconds.clamp(0.0, 1e9));
        for summary in self.series.iter().filter(|summary| summary.name != SeriesKind::Response) {
            let histogram = summary.series.histogram();
            log.write_histogram(histogram, Duration::ZERO, whole, tag(summary.name)).map_err(failed)?;
        }
        for interval in &self.intervals {
            let series = Series::try_from(&interval.log)?;
            let (start, second) = (Duration::from_secs(interval.second), Duration::from_secs(1));
            log.write_histogram(series.histogram(), start, second, tag(SeriesKind::Response)).map_err(failed)?;
        }
        String::from_utf8(out).map_err(|_| PackedSeriesError)
    }
}
