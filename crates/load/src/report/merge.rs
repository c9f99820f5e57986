//! One report of several drivers that shared a load.

use std::collections::BTreeMap;

use super::{Interval, Report, SeriesSummary};
use crate::series::PackedSeriesError;
use crate::{Series, Stall, Threshold};

/// The shortest common silence that is still a stall, in seconds.
const SHORTEST: f64 = 0.1;

impl Report {
    /// The report of a load that several drivers shared, each with its own part. Histograms are added, never
    /// percentiles averaged. A part that is invalid makes the whole invalid. None where there is no part.
    pub fn merge(parts: Vec<Self>, thresholds: &[Threshold]) -> Result<Option<Self>, PackedSeriesError> {
        let workers = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let mut parts = parts.into_iter();
        let Some(mut whole) = parts.next() else { return Ok(None) };
        let mut intervals = BTreeMap::new();
        join(&mut intervals, std::mem::take(&mut whole.intervals))?;
        for (part, worker) in parts.zip(1..) {
            let requests = whole.counts.requests() + part.counts.requests();
            whole.seconds = whole.seconds.max(part.seconds);
            whole.asked_rate = whole.asked_rate.zip(part.asked_rate).map(|(a, b)| a + b);
            whole.achieved_rate = requests as f64 / whole.seconds;
            whole.counts.add(&part.counts);
            whole.broken = whole.broken.or(part.broken.map(|why| format!("worker {worker}: {why}")));
            whole.refusal = whole.refusal.or(part.refusal);
            whole.complaint = whole.complaint.or(part.complaint);
            whole.interrupted |= part.interrupted;
            whole.stalls = common(&whole.stalls, &part.stalls);
            whole.invalid_because =
                whole.invalid_because.or(part.invalid_because.map(|why| format!("worker {worker}: {why}")));
            for summary in part.series {
                if let Some(of_whole) = whole.series.iter_mut().find(|of_whole| of_whole.name == summary.name) {
                    of_whole.series.add(&summary.series);
                }
            }
            join(&mut intervals, part.intervals)?;
        }
        let added = std::mem::take(&mut whole.series).into_iter();
        whole.series = added.map(|one| SeriesSummary::new(one.name, one.series, &whole.counts)).collect();
        whole.intervals = intervals.into_values().map(|(interval, _)| interval).collect();
        whole.setting.workers = workers;
        whole.judge(thresholds, None);
        Ok(Some(whole))
    }
}

/// Adds intervals to those of the same second.
fn join(all: &mut BTreeMap<u64, (Interval, Series)>, intervals: Vec<Interval>) -> Result<(), PackedSeriesError> {
    for interval in intervals {
        let series = Series::try_from(&interval.log)?;
        let Some((joined, times)) = all.get_mut(&interval.second) else {
            all.insert(interval.second, (interval, series));
            continue;
        };
        joined.sent += interval.sent;
        joined.answered += interval.answered;
        joined.ok += interval.ok;
        times.add(&series);
        joined.set(times);
    }
    Ok(())
}

/// What was silent for both.
fn common(a: &[Stall], b: &[Stall]) -> Vec<Stall> {
    let overlap = |a: &Stall, b: &Stall| Stall { from: a.from.max(b.from), to: a.to.min(b.to) };
    let pairs = a.iter().flat_map(|a| b.iter().map(move |b| overlap(a, b)));
    pairs.filter(|stall| stall.to - stall.from >= SHORTEST).collect()
}
