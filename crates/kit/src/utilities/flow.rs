//! Following one correlation id from a request topic to a response topic.

use std::time::Duration;

use serde_json::Value as Json;

use super::{LOOK_AGAIN, event_of, matches, read_topics};
use crate::client::{ClientError, Deadline, ReceivedRecord, pause};

/// How long one look for records takes at most before missing topics are looked for again.
const LOOK: Duration = Duration::from_millis(500);

/// Where the correlation id stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchedBy {
    /// In the body's `correlation_id`.
    Value,
    /// The record's key.
    Key,
    /// A header named `correlation_id`.
    Header,
}

impl MatchedBy {
    /// `value`, `key` or `header`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Key => "key",
            Self::Header => "header",
        }
    }
}

/// A record of the flow.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowHop {
    /// Where it was found.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Milliseconds since the Unix epoch, by the record's own timestamp.
    pub timestamp: i64,
    /// Where in the record the correlation id stood.
    pub matched_by: MatchedBy,
}

/// What was seen of a flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowTracking {
    /// The id that was followed.
    pub correlation_id: String,
    /// Whether the request topic has it.
    pub request_found: bool,
    /// Whether the response topic has it.
    pub response_found: bool,
    /// The response's timestamp less the request's, in milliseconds. The clocks are the clients', so across hosts
    /// it may be zero or negative.
    pub duration_ms: Option<f64>,
    /// The request's body.
    pub request_event: Option<Json>,
    /// The response's body.
    pub response_event: Option<Json>,
    /// The records in the order of their times.
    pub hops: Vec<FlowHop>,
}

/// Follows a correlation id until its request and its response are found or the time is over. A miss is a result,
/// not an error; topics that do not exist yet are waited for. Where both sides use one topic, the first record with
/// the id is the request and the next the response.
pub fn track_event_flow(
    bootstrap_servers: &str,
    correlation_id: &str,
    request_topic: &str,
    response_topic: &str,
    timeout: Duration,
) -> Result<FlowTracking, ClientError> {
    let deadline = Deadline::after(timeout);
    let mut reader = read_topics(bootstrap_servers, &[request_topic, response_topic], deadline)?;
    let mut sightings = Sightings { request_topic, response_topic, seen: Vec::new() };
    loop {
        let complete = reader.has_all_topics();
        let wait = if complete { deadline.left() } else { deadline.left().min(LOOK) };
        for record in reader.poll(wait)? {
            if let Some(matched_by) = matches(&record, correlation_id) {
                sightings.add(&record, matched_by);
            }
        }
        if sightings.response().is_some() || deadline.is_past() {
            return Ok(sightings.tracking(correlation_id));
        }
        if !complete {
            pause(LOOK_AGAIN.min(deadline.left()));
            reader.look_again(Deadline::after(deadline.left().max(LOOK)))?;
        }
    }
}

/// The records with the id, in the order of their times; of one time, requests come first.
struct Sightings<'a> {
    request_topic: &'a str,
    response_topic: &'a str,
    seen: Vec<(FlowHop, Option<Json>)>,
}

impl Sightings<'_> {
    fn add(&mut self, record: &ReceivedRecord, matched_by: MatchedBy) {
        let hop = FlowHop {
            topic: record.topic.clone(),
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            matched_by,
        };
        self.seen.push((hop, event_of(record)));
        self.seen.sort_by_key(|(hop, _)| (hop.timestamp, hop.topic != self.request_topic, hop.partition, hop.offset));
    }

    fn request(&self) -> Option<&(FlowHop, Option<Json>)> {
        self.seen.iter().find(|(hop, _)| hop.topic == self.request_topic)
    }

    /// Clocks differ, so a response may bear an earlier time than its request; it only must be another record.
    fn response(&self) -> Option<&(FlowHop, Option<Json>)> {
        let request = &self.request()?.0;
        self.seen.iter().find(|(hop, _)| hop.topic == self.response_topic && hop != request)
    }

    fn tracking(self, correlation_id: &str) -> FlowTracking {
        // A response may be there although its request is not: it has been deleted, or never was.
        let request = self.request();
        let response = match request {
            Some(_) => self.response(),
            None => self.seen.iter().find(|(hop, _)| hop.topic == self.response_topic),
        };
        let duration =
            request.zip(response).map(|((request, _), (response, _))| response.timestamp - request.timestamp);
        FlowTracking {
            correlation_id: correlation_id.to_owned(),
            request_found: request.is_some(),
            response_found: response.is_some(),
            // Timestamps in milliseconds fit a float exactly for the next 280,000 years.
            duration_ms: duration.map(|millis| millis as f64),
            request_event: request.and_then(|(_, event)| event.clone()),
            response_event: response.and_then(|(_, event)| event.clone()),
            hops: self.seen.into_iter().map(|(hop, _)| hop).collect(),
        }
    }
}
