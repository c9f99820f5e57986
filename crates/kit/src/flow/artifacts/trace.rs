//! A flow in the Trace Event Format, which Perfetto and chrome://tracing open. Topics are threads of one process.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::flow::model::Flow;

/// The events: a slice from the record that caused it to each record, and an instant for each append.
pub(super) fn trace(flow: &Flow) -> Json {
    let mut events = vec![json!({"ph": "M", "pid": 1, "name": "process_name", "args": {"name": flow.id}})];
    let mut threads: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, observation) in flow.observations.iter().enumerate() {
        let topic = observation.place.topic.as_str();
        let next = threads.len() + 1;
        let thread = *threads.entry(topic).or_insert_with(|| {
            let name = json!({"ph": "M", "pid": 1, "tid": next, "name": "thread_name", "args": {"name": topic}});
            events.push(name);
            next
        });
        let at = observation.micros();
        let place = observation.place.to_string();
        let arguments = json!({ "locator": observation.locator, "error": observation.error });
        events.push(json!({
            "ph": "i", "s": "t", "pid": 1, "tid": thread, "ts": at, "name": place, "cat": "append", "args": arguments,
        }));
        let slice = |name: &str, from: i64, to: i64| json!({"ph": "X", "pid": 1, "tid": thread, "ts": from.min(to), "dur": (to - from).abs(), "name": name, "cat": "hop"});
        let Some(hop) = flow.hop_to(number) else { continue };
        let begin = at - hop.micros;
        match hop.to_fetch {
            Some(to_fetch) => events.extend([
                slice("append to fetch", begin, begin + to_fetch),
                slice("fetch to append", begin + to_fetch, at),
            ]),
            None => events.push(slice("append to append", begin, at)),
        }
    }
    json!({
        "displayTimeUnit": "ms",
        "otherData": { "verdict": flow.verdict.name(), "explanation": flow.explanation },
        "traceEvents": events,
    })
}
