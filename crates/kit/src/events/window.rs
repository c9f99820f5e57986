//! The records of a cluster from a moment on.

use std::time::Duration;

use serde_json::Value as Json;

use super::search::Search;
use super::{EventError, ExpectedEvent, NearMiss};
use crate::client::{ClientError, Deadline, ReceivedRecord, ToEndpoint};
use crate::flow::{Entry, Index, Locators, Log, Place, shown};

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
/// use kafka_trial::{Cluster, ClusterConfig, EventWindow, ExpectedEvent, TopicSpec};
///
/// let cluster = Cluster::start(ClusterConfig { topics: vec![TopicSpec::new("orders", 1)], ..Default::default() })?;
/// let mut events = EventWindow::open(&cluster.bootstrap_servers(), Deadline::after(Duration::from_secs(5)))?;
/// let paid = ExpectedEvent::on("orders").correlation_id("7");
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
    locators: Locators,
}

impl EventWindow {
    /// Opens at the present ends of all topics. Topics that come later are read from their beginning.
    pub fn open(endpoint: impl ToEndpoint, deadline: Deadline) -> Result<Self, ClientError> {
        let log = Log::open_at_ends(&endpoint.to_endpoint()?, deadline)?;
        Ok(Self { log, index: Index::new(usize::MAX), locators: Locators::default() })
    }

    /// Finds correlation ids by these locators instead of the default ones, in what is read from now on.
    pub fn locators(mut self, locators: Locators) -> Self {
        self.locators = locators;
        self
    }

    /// The first such event: one that is there already, or the next that comes within `timeout`.
    pub fn expect(&mut self, expected: &ExpectedEvent, timeout: Duration) -> Result<ReceivedRecord, EventError> {
        let mut found = self.expect_all(expected, 1, timeout)?;
        found.pop().ok_or_else(|| self.missing(expected, 1, 0, timeout))
    }

    /// The first `count` such events, as soon as so many are there, in the order in which they were read.
    pub fn expect_all(
        &mut self,
        expected: &ExpectedEvent,
        count: usize,
        timeout: Duration,
    ) -> Result<Vec<ReceivedRecord>, EventError> {
        let search = self.wait(expected, count, timeout);
        let found: Vec<ReceivedRecord> =
            search.found(&self.index).take(count).map(|entry| entry.record.clone()).collect();
        if found.len() < count {
            return Err(self.missing(expected, count, found.len(), timeout));
        }
        match expected.order() {
            Some(pointer) => in_order(expected, pointer, &found).map(|()| found),
            None => Ok(found),
        }
    }

    /// That there is no such event, and that none comes during this time.
    pub fn expect_none(&mut self, expected: &ExpectedEvent, during: Duration) -> Result<(), EventError> {
        let search = self.wait(expected, 1, during);
        let unwanted = |entry: &Entry| EventError::Unwanted {
            expected: expected.to_string(),
            place: entry.place(),
            value: shown(entry.record.value.as_ref()),
        };
        search.found(&self.index).next().map_or(Ok(()), |entry| Err(unwanted(entry)))
    }

    /// All events of a topic that are there now.
    pub fn all(&mut self, topic: &str) -> Vec<ReceivedRecord> {
        self.catch_up(topic);
        self.index.visible(topic).map(|entry| entry.record.clone()).collect()
    }

    fn catch_up(&mut self, topic: &str) {
        self.log.add_topic(topic);
        self.log.look_again();
        self.log.catch_up(&mut self.index, &self.locators, &[topic], Deadline::after(CATCH_UP));
    }

    /// Reads what is there, and then until enough was found or the time is over.
    fn wait<'a>(&mut self, expected: &'a ExpectedEvent, wanted: usize, timeout: Duration) -> Search<'a> {
        let deadline = Deadline::after(timeout);
        let mut search = Search::of(expected);
        self.catch_up(expected.topic());
        while search.look(&self.index) < wanted && !deadline.is_past() {
            let is_any = self.log.read(&mut self.index, &self.locators, deadline.left().min(LOOK));
            if !is_any && !self.log.has_topic(expected.topic()) {
                self.log.look_again();
            }
        }
        search
    }

    fn missing(&self, expected: &ExpectedEvent, wanted: usize, found: usize, waited: Duration) -> EventError {
        let near = |entry: &Entry| {
            let misses = expected.misses(&entry.record, &entry.ids());
            (!misses.is_empty()).then(|| NearMiss { place: entry.place(), misses })
        };
        let mut nearest: Vec<NearMiss> = self.index.visible(expected.topic()).filter_map(near).collect();
        let others = nearest.len();
        nearest.sort_by_key(|near| near.misses.len());
        nearest.truncate(NEAREST);
        let mut remarks = self.log.remarks().to_vec();
        if !self.log.has_topic(expected.topic()) {
            remarks.push(format!("topic {} does not exist", expected.topic()));
        }
        EventError::Missing { expected: expected.to_string(), wanted, found, others, waited, nearest, remarks }
    }
}

fn in_order(expected: &ExpectedEvent, pointer: &str, found: &[ReceivedRecord]) -> Result<(), EventError> {
    let at = |record: &ReceivedRecord| record.json().ok().and_then(|json| json.pointer(pointer).cloned());
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
