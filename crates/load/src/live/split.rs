//! Where the time of an answer goes, on the embedded broker.
//!
//! ```text
//! driver ──> appended ──────────> fetched ────────> appended ────────────> fetched ──> driver
//!  client       │      queue         │     handler      │       broker        │       client
//!            request topic        service         response topic           driver
//! ```
//! The four inner times stand in the broker's journal, all on its one clock, so no clocks are compared: what is left of
//! the service time is the client's. A request whose way the journal does not show whole is left out of the split.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kafka_trial::journal::{Detail, Entry, Offsets};
use kafka_trial::{EmbeddedCluster, Time};

use super::{LiveError, Payload, Progress, Ready, Target};
use crate::report::SeriesSummary;
use crate::{Plan, Report, Series, SeriesKind, Threshold};

/// How long the journal is waited for at a time.
const TURN: Duration = Duration::from_millis(50);
/// The most requests that are split; the others of a longer run are left out.
const MOST: usize = 1_000_000;

/// A partition and an offset.
pub(super) type Place = (i32, i64);

/// Where requests and their first answers are in the logs.
#[derive(Debug, Default)]
pub(super) struct Places {
    requests: HashMap<u64, Place>,
    answers: Vec<(u64, Place, Duration)>,
}

impl Places {
    /// A request has been appended there.
    pub(super) fn requested(&mut self, number: u64, place: Place) {
        if self.requests.len() < MOST {
            self.requests.insert(number, place);
        }
    }

    /// Its first answer was there, and came so long after it was sent.
    pub(super) fn answered(&mut self, number: u64, place: Place, service: Duration) {
        if self.answers.len() < MOST {
            self.answers.push((number, place, service));
        }
    }
}

/// Drives a plan on an embedded cluster, as [`drive`](super::drive) does; the report has the series `queue`, `handler`,
/// `broker` and `client` too, and thresholds may name them.
pub fn drive_embedded(
    cluster: &EmbeddedCluster,
    topics: (&str, &str),
    payload: Payload,
    plan: Plan,
    thresholds: &[Threshold],
    stop: &AtomicBool,
    watch: impl FnMut(Progress<'_>),
) -> Result<Report, LiveError> {
    let target = Target { payload, ..Target::new(cluster.bootstrap_servers(), topics.0, topics.1)? };
    let ready = Ready::open(&target, plan)?;
    let start = cluster.journal(u64::MAX).map_or(0, |page| page.next);
    let mut places = Places::default();
    let done = AtomicBool::new(false);
    let (mut report, ways) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| read_journal(cluster, topics, start, &done));
        let report = ready.drive_noting(thresholds, stop, watch, Some(&mut places));
        done.store(true, Ordering::Relaxed);
        // Without its reader there is nothing to split; its panic has been printed.
        (report, reading.join().unwrap_or_default())
    });
    report.series.extend(split(&places, &ways, &report));
    report.judge(thresholds, None);
    Ok(report)
}

/// When the records of one topic were appended, and first fetched.
#[derive(Debug, Default)]
struct Way {
    /// By partition and first offset: the last offset, and when.
    appended: BTreeMap<Place, (i64, Time)>,
    fetched: BTreeMap<Place, (i64, Time)>,
}

impl Way {
    fn append(&mut self, partition: i32, offsets: Offsets, at: Time) {
        self.appended.insert((partition, offsets.first), (offsets.last, at));
    }

    /// Of several readers the first counts.
    fn fetch(&mut self, partition: i32, offsets: Offsets, at: Time) {
        let before = self.fetched.range(..=(partition, i64::MAX)).next_back();
        let read = before.filter(|((other, _), _)| *other == partition).map_or(-1, |(_, (last, _))| *last);
        if offsets.last > read {
            self.fetched.insert((partition, offsets.first.max(read + 1)), (offsets.last, at));
        }
    }

    /// When a record was appended and fetched.
    fn times(&self, place: Place) -> Option<(Time, Time)> {
        let find = |all: &BTreeMap<Place, (i64, Time)>| {
            let ((partition, _), (last, at)) = all.range(..=place).next_back()?;
            (*partition == place.0 && place.1 <= *last).then_some(*at)
        };
        Some((find(&self.appended)?, find(&self.fetched)?))
    }
}

/// The ways of requests and of answers.
#[derive(Debug, Default)]
struct Ways {
    requests: Way,
    answers: Way,
}

impl Ways {
    fn of(&mut self, topic: &str, (requests, answers): (&str, &str)) -> Option<&mut Way> {
        if topic == requests { Some(&mut self.requests) } else { (topic == answers).then_some(&mut self.answers) }
    }

    fn note(&mut self, entry: &Entry, topics: (&str, &str)) {
        match (&entry.detail, entry.ended) {
            (Detail::Produce(produce), _) => {
                for of in &produce.partitions {
                    if let Some((way, offsets)) = self.of(&of.topic, topics).zip(of.offsets) {
                        way.append(of.partition, offsets, entry.received);
                    }
                }
            }
            (Detail::Fetch(fetch), Some(ended)) => {
                for of in &fetch.partitions {
                    if let Some((way, offsets)) = self.of(&of.topic, topics).zip(of.offsets) {
                        way.fetch(of.partition, offsets, ended);
                    }
                }
            }
            _ => {}
        }
    }
}

fn read_journal(cluster: &EmbeddedCluster, topics: (&str, &str), start: u64, done: &AtomicBool) -> Ways {
    let mut ways = Ways::default();
    let mut since = start;
    loop {
        // Asked before it is read: what ended before the run did is in this page.
        let is_last = done.load(Ordering::Relaxed);
        let Ok(page) = cluster.wait_for_journal(since, TURN) else { return ways };
        since = page.next;
        page.entries.iter().for_each(|entry| ways.note(entry, topics));
        if is_last && page.entries.is_empty() {
            return ways;
        }
    }
}

fn split(places: &Places, Ways { requests, answers }: &Ways, report: &Report) -> Vec<SeriesSummary> {
    let mut series = SeriesKind::SPLIT.map(|kind| (kind, Series::new()));
    for (number, answer, service) in &places.answers {
        let request = places.requests.get(number).and_then(|place| requests.times(*place));
        let Some(((asked, taken), (answered, given))) = request.zip(answers.times(*answer)) else { continue };
        let between = |from: Time, to| Duration::from_micros(from.micros_until(to));
        let (queue, handler, broker) = (between(asked, taken), between(taken, answered), between(answered, given));
        let client = service.saturating_sub(between(asked, given));
        for ((_, series), time) in series.iter_mut().zip([queue, handler, broker, client]) {
            series.record(time);
        }
    }
    series.into_iter().map(|(kind, series)| SeriesSummary::new(kind, series, &report.counts)).collect()
}
