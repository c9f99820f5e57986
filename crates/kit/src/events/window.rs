//! The records of a cluster from a moment on.

use std::time::Duration;

use serde_json::Value as Json;

use super::search::{Search, misses};
use super::{EventError, NearMiss};
use crate::client::{ClientError, Deadline, ReceivedRecord, ToEndpoint};
use crate::evidence::{Entry, Index, Log, Place, Reading};
use crate::matcher::{Matcher, pointer_of};
use crate::value::shown;

/// How long one look takes at most before topics that are missing are looked for again.
const LOOK: Duration = Duration::from_millis(100);
/// How long what is there already may take to be read, however short the wait for more is.
const CATCH_UP: Duration = Duration::from_secs(5);
/// How many events that came near an error shows.
const NEAREST: usize = 5;

/// What comes on the topics of a cluster after this is opened. Nothing is taken out of it: who asks again gets the same.
/// Records of aborted transactions are no events, and those of open ones not yet.
///
/// ```
/// use std::time::Duration;
/// use kafka_trial::client::Deadline;
/// use kafka_trial::{Cluster, ClusterConfig, EventWindow, Matcher, TopicSpec};
///
/// let cluster = Cluster::start(ClusterConfig { topics: vec![TopicSpec::new("orders", 1)], ..Default::default() })?;
/// let mut events = EventWindow::open(&cluster.bootstrap_servers(), Deadline::after(Duration::from_secs(5)))?;
/// let paid = Matcher::on("orders").correlation_id("7");
/// let error = events.expect(&paid, Duration::ZERO).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"no event on orders with correlation id "7" within 0ns; nothing else came there"#
/// );
/// # Ok::<(), kafka_trial::Error>(())
/// ```
#[derive(Debug)]
pub struct EventWindow {
    log: Log,
    index: Index,
    reading: Reading,
}

impl EventWindow {
    /// Opens at the present ends of all topics. Topics that come later are read from their beginning.
    pub fn open(endpoint: impl ToEndpoint, deadline: Deadline) -> Result<Self, ClientError> {
        let log = Log::open_at_ends(&endpoint.to_endpoint()?, deadline)?;
        Ok(Self { log, index: Index::new(usize::MAX), reading: Reading::default() })
    }

    /// Finds correlation ids, and reads values, in this way from now on.
    pub fn reading(mut self, reading: Reading) -> Self {
        self.reading = reading;
        self
    }

    /// The first such event: one that is there already, or the next that comes within `timeout`.
    pub fn expect(&mut self, expected: &Matcher, timeout: Duration) -> Result<ReceivedRecord, EventError> {
        let mut found = self.expect_all(expected, 1, timeout)?;
        found.pop().ok_or_else(|| self.missing(expected, 1, 0, timeout))
    }

    /// The first `count` such events, as soon as so many are there, in the order in which they were read.
    pub fn expect_all(
        &mut self,
        expected: &Matcher,
        count: usize,
        timeout: Duration,
    ) -> Result<Vec<ReceivedRecord>, EventError> {
        let found = self.wait(expected, count, timeout)?;
        let found: Vec<ReceivedRecord> = found
            .into_iter()
            .filter_map(|number| self.index.get(number))
            .map(|entry| entry.stored.record.clone())
            .collect();
        if found.len() < count {
            return Err(self.missing(expected, count, found.len(), timeout));
        }
        Ok(found)
    }

    /// The same, each with a larger number, or a later text, at this JSON Pointer than the one that came before it.
    pub fn expect_in_order(
        &mut self,
        expected: &Matcher,
        count: usize,
        pointer: &str,
        timeout: Duration,
    ) -> Result<Vec<ReceivedRecord>, EventError> {
        let found = self.expect_all(expected, count, timeout)?;
        self.in_order(expected, &pointer_of(pointer.to_owned()), &found).map(|()| found)
    }

    /// That there is no such event, and that none comes during this time.
    pub fn expect_none(&mut self, expected: &Matcher, during: Duration) -> Result<(), EventError> {
        let found = self.wait(expected, 1, during)?;
        let unwanted = |entry: &Entry| EventError::Unwanted {
            expected: expected.to_string(),
            place: entry.place(),
            value: shown(&self.reading.values, &entry.stored.record),
        };
        found.first().and_then(|number| self.index.get(*number)).map_or(Ok(()), |entry| Err(unwanted(entry)))
    }

    /// All events of a topic that are there now.
    pub fn all(&mut self, topic: &str) -> Vec<ReceivedRecord> {
        self.catch_up(topic);
        self.index.visible(topic).map(|entry| entry.stored.record.clone()).collect()
    }

    fn catch_up(&mut self, topic: &str) {
        self.log.add_topic(topic);
        self.log.look_again();
        self.log.catch_up(&mut self.index, &self.reading, &[topic], Deadline::after(CATCH_UP));
    }

    /// Reads what is there, and then until enough was found or the time is over. Returns the numbers of the first in the
    /// index, in the order in which they were read.
    fn wait(&mut self, expected: &Matcher, wanted: usize, timeout: Duration) -> Result<Vec<usize>, EventError> {
        let deadline = Deadline::after(timeout);
        let topic = expected.topic().ok_or_else(|| EventError::NoTopic { expected: expected.to_string() })?;
        self.catch_up(topic);
        let mut search = Search::of(expected, &self.reading);
        while search.look(&self.index) < wanted && !deadline.is_past() {
            let is_any = self.log.read(&mut self.index, &self.reading, deadline.left().min(LOOK));
            if !is_any && !self.log.has_topic(topic) {
                self.log.look_again();
            }
        }
        Ok(search.found().take(wanted).collect())
    }

    fn missing(&self, expected: &Matcher, wanted: usize, found: usize, waited: Duration) -> EventError {
        let near = |entry: &Entry| {
            let misses = misses(expected, entry, &self.reading);
            (!misses.is_empty()).then(|| NearMiss { place: entry.place(), misses })
        };
        let topic = expected.topic().unwrap_or_default();
        let mut nearest: Vec<NearMiss> = self.index.visible(topic).filter_map(near).collect();
        let others = nearest.len();
        nearest.sort_by_key(|near| near.misses.len());
        nearest.truncate(NEAREST);
        let mut remarks = self.log.remarks().to_vec();
        if !self.log.has_topic(topic) {
            remarks.push(format!("topic {topic} does not exist"));
        }
        EventError::Missing { expected: expected.to_string(), wanted, found, others, waited, nearest, remarks }
    }

    fn in_order(&self, expected: &Matcher, pointer: &str, found: &[ReceivedRecord]) -> Result<(), EventError> {
        let values = &self.reading.values;
        let at = |record: &ReceivedRecord| values.of(record).ok()?.pointer(pointer).cloned();
        let mut pairs = found.iter().zip(found.iter().skip(1));
        let is_wrong = |(first, second): &(&ReceivedRecord, &ReceivedRecord)| !is_before(at(first), at(second));
        let Some((first, second)) = pairs.find(is_wrong) else { return Ok(()) };
        let shown = |record: &ReceivedRecord| at(record).map_or("nothing".to_owned(), |json| json.to_string());
        Err(EventError::Misordered {
            expected: expected.to_string(),
            pointer: pointer.to_owned(),
            first: Box::new(Place::of(first)),
            before: shown(first),
            second: Box::new(Place::of(second)),
            after: shown(second),
        })
    }
}

/// Numbers by their size, texts by their characters; nothing else has an order.
fn is_before(first: Option<Json>, second: Option<Json>) -> bool {
    match (first, second) {
        (Some(Json::Number(first)), Some(Json::Number(second))) => match (first.as_i64(), second.as_i64()) {
            (Some(first), Some(second)) => first < second,
            _ => first.as_f64() < second.as_f64(),
        },
        (Some(Json::String(first)), Some(Json::String(second))) => first < second,
        _ => false,
    }
}
