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
/// not an error; topics that do not exist yet are waited for.
pub fn track_event_flow(
    bootstrap_servers: &str,
    correlation_id: &str,
    request_topic: &str,
    response_topic: &str,
    timeout: Duration,
) -> Result<FlowTracking, ClientError> {
    let deadline = Deadline::after(timeout);
    let mut reader = read_topics(bootstrap_servers, &[request_topic, response_topic], deadline)?;
    let mut tracking = FlowTracking { correlation_id: correlation_id.to_owned(), ..FlowTracking::default() };
    loop {
        let complete = reader.has_all_topics();
        let wait = if complete { deadline.left() } else { deadline.left().min(LOOK) };
        for record in reader.poll(wait)? {
            if let Some(matched_by) = matches(&record, correlation_id) {
                tracking.add(&record, matched_by, request_topic, response_topic);
            }
        }
        if (tracking.request_found && tracking.response_found) || deadline.is_past() {
            return Ok(tracking.finish(request_topic, response_topic));
        }
        if !complete {
            pause(LOOK_AGAIN.min(deadline.left()));
            reader.look_again(Deadline::after(deadline.left().max(LOOK)))?;
        }
    }
}

impl FlowTracking {
    fn add(&mut self, record: &ReceivedRecord, matched_by: MatchedBy, request_topic: &str, response_topic: &str) {
        self.hops.push(FlowHop {
            topic: record.topic.clone(),
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            matched_by,
        });
        if record.topic == request_topic && !self.request_found {
            self.request_found = true;
            self.request_event = event_of(record);
        }
        if record.topic == response_topic && !self.response_found {
            self.response_found = true;
            self.response_event = event_of(record);
        }
    }

    fn finish(mut self, request_topic: &str, response_topic: &str) -> Self {
        self.hops.sort_by_key(|hop| (hop.timestamp, hop.topic != request_topic, hop.partition, hop.offset));
        let first = |topic: &str| self.hops.iter().find(|hop| hop.topic == topic).map(|hop| hop.timestamp);
        if let (Some(request), Some(response)) = (first(request_topic), first(response_topic)) {
            // Timestamps in milliseconds fit a float exactly for the next 280,000 years.
            self.duration_ms = Some((response - request) as f64);
        }
        self
    }
}
