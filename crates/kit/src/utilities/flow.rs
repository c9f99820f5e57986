//! Following one correlation id from a request topic to a response topic: what the spec asks for of a [`Flow`].

use std::time::Duration;

use serde_json::Value as Json;

use super::MatchedBy;
use crate::client::{ClientError, Deadline, ToEndpoint};
use crate::flow::{Flow, FlowTracker, Follow, Observation, Route};

/// A record of the flow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct FlowTracking {
    /// The id that was followed.
    pub correlation_id: String,
    /// Whether the request topic has it.
    pub request_found: bool,
    /// Whether the response topic has it.
    pub response_found: bool,
    /// From the request's append to the response's, in milliseconds; `None` where one of them is missing. By the broker's
    /// append times where the tracker knows them, otherwise by the records' own timestamps, which across hosts may be zero
    /// or negative. It is [`Flow::duration_ms`].
    pub duration_ms: Option<f64>,
    /// The request's body.
    pub request_event: Option<Json>,
    /// The response's body.
    pub response_event: Option<Json>,
    /// The records in the order of their times.
    pub hops: Vec<FlowHop>,
}

/// Follows a correlation id until its request and its response are found, it has gone to the dead letters, or the time
/// is over. A miss is a result, not an error; topics that do not exist yet are waited for. Where both sides use one
/// topic, the first record with the id is the request and the next the response.
///
/// [`FlowTracker`] tells more: why there is no response, what else there is, and how it hangs together.
pub fn track_event_flow(
    endpoint: impl ToEndpoint,
    correlation_id: &str,
    request_topic: &str,
    response_topic: &str,
    timeout: Duration,
) -> Result<FlowTracking, ClientError> {
    let mut tracker = FlowTracker::connect(endpoint, Deadline::after(timeout))?;
    let follow = Follow::new(correlation_id, Route::through([request_topic, response_topic]));
    Ok(FlowTracking::from(&tracker.seen(&follow, timeout)))
}

impl From<&Flow> for FlowTracking {
    fn from(flow: &Flow) -> Self {
        let (request, response) = (flow.request(), flow.response());
        let event = |o: Option<&Observation>| o.and_then(Observation::json).filter(Json::is_object);
        let hop = |o: &Observation| {
            Some(FlowHop {
                topic: o.place.topic.clone(),
                partition: o.place.partition,
                offset: o.place.offset,
                timestamp: o.timestamp,
                matched_by: o.matched_by?,
            })
        };
        Self {
            correlation_id: flow.id.clone(),
            request_found: request.is_some(),
            response_found: response.is_some(),
            duration_ms: flow.duration_ms(),
            request_event: event(request),
            response_event: event(response),
            hops: flow.observations.iter().filter_map(hop).collect(),
        }
    }
}
