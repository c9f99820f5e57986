//! A flow as JSON: what `kafka-trial flow --json` prints and `flow.json` holds.

use kafka_trial_wire::records::TimestampType;
use serde_json::{Value as Json, json};

use super::groups::GroupState;
use super::model::Flow;
use super::observation::Observation;
use crate::evidence::Handling;
use crate::evidence::Transaction;
use crate::value::preview;

/// The name and version of the form. The number grows when a key goes or changes its meaning; new keys may come.
pub const SCHEMA: &str = "kafka-trial/flow/1";

impl Flow {
    /// The flow as JSON, with the keys of the spec's `track_event_flow` first. What is not known is null.
    pub fn to_json(&self) -> Json {
        let (request, response) = (self.request(), self.response());
        let event = |o: Option<&Observation>| o.and_then(Observation::json).filter(Json::is_object);
        let numbered = self.observations.iter().enumerate();
        json!({
            "schema": SCHEMA,
            "correlation_id": self.id,
            "request_found": request.is_some(),
            "response_found": response.is_some(),
            "duration_ms": self.duration_ms(),
            "request_event": event(request),
            "response_event": event(response),
            "verdict": self.verdict.name(),
            "explanation": self.explanation,
            "complete": self.is_complete(),
            "source": self.source.name(),
            "topics": self.route.topics(),
            "timeout_ms": u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX),
            "hops": numbered.map(|(number, o)| self.hop_json(number, o)).collect::<Vec<_>>(),
            "steps": self.steps.iter().map(|step| json!({
                "from": step.from,
                "to": step.to,
                "verdict": step.verdict.name(),
                "explanation": step.explanation,
                "request": step.request,
                "answer": step.answer,
            })).collect::<Vec<_>>(),
            "anomalies": self.anomalies.iter().map(|anomaly| json!({
                "kind": anomaly.name(),
                "text": anomaly.to_string(),
            })).collect::<Vec<_>>(),
            "unmet": self.unmet.iter().map(|unmet| json!({
                "expected": unmet.expected,
                "seen": unmet.seen,
                "location": unmet.location,
                "differences": unmet.differences.iter().map(|difference| json!({
                    "record": difference.record,
                    "pointer": difference.pointer,
                    "expected": difference.expected,
                    "received": difference.received,
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "groups": self.groups.iter().map(group_json).collect::<Vec<_>>(),
            "remarks": self.remarks,
        })
    }

    fn hop_json(&self, number: usize, observation: &Observation) -> Json {
        let hop = self.hop_to(number);
        let text = |bytes: &bytes::Bytes| String::from_utf8_lossy(bytes).into_owned();
        let headers = observation.headers.iter();
        json!({
            "topic": observation.place.topic,
            "partition": observation.place.partition,
            "offset": observation.place.offset,
            "timestamp": observation.timestamp,
            "timestamp_type": match observation.timestamp_type {
                TimestampType::CreateTime => "create",
                TimestampType::LogAppendTime => "log_append",
            },
            "appended_us": observation.appended,
            "matched_by": observation.matched_by.map(|part| part.name()),
            "locator": observation.locator,
            "from": hop.map(|hop| hop.from),
            "kind": hop.map(|hop| hop.kind.name()),
            "after_ms": hop.map(|hop| millis(hop.micros)),
            "to_fetch_ms": hop.and_then(|hop| hop.to_fetch).map(millis),
            "key": observation.key.as_ref().map(text),
            "headers": headers.map(|(name, value)| json!([text(name), value.as_ref().map(text)])).collect::<Vec<_>>(),
            "value": observation.value.as_ref().map(|_| preview(&observation.record())),
            "size": observation.value.as_ref().map(bytes::Bytes::len),
            "event_id": observation.event_id,
            "causation_id": observation.causation_id,
            "trace_id": observation.trace_id,
            "error": observation.error,
            "transaction": match observation.transaction {
                Transaction::None => "none",
                Transaction::Open => "open",
                Transaction::Committed => "committed",
                Transaction::Aborted => "aborted",
            },
            "producer": observation.producer.map(|producer| json!({
                "id": producer.id,
                "epoch": producer.epoch,
                "sequence": producer.sequence,
            })),
            "produced_by": observation.produced_by,
            "handled": observation.handled.as_ref().map(|all| all.iter().map(handling_json).collect::<Vec<_>>()),
        })
    }
}

fn handling_json(handling: &Handling) -> Json {
    json!({
        "client_id": handling.client_id,
        "group": handling.group,
        "groups": handling.candidates,
        "member": handling.member,
        "fetched_us": handling.fetched_at,
        "committed_us": handling.committed_at,
    })
}

fn group_json(group: &GroupState) -> Json {
    let members = group.members.iter().map(|member| {
        json!({ "member": member.id, "client_id": member.client_id, "host": member.host, "partitions": member.assigned.len() })
    });
    let positions = group.positions.iter().map(|position| {
        json!({
            "topic": position.partition.topic,
            "partition": position.partition.partition,
            "committed": position.committed,
            "end": position.end,
            "lag": position.lag(),
            "client_id": position.client_id,
        })
    });
    json!({
        "group": group.id,
        "state": group.state,
        "members": members.collect::<Vec<_>>(),
        "offsets": positions.collect::<Vec<_>>(),
    })
}

fn millis(micros: i64) -> f64 {
    micros as f64 / 1e3
}
