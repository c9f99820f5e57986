//! What following a flow takes.

use std::time::Duration;

use anyhow::{Result, ensure};
use kafka_trial::Record;
use kafka_trial::TopicSpec;
use kafka_trial::client::{Client, Deadline, Start, Stopwatch, TopicReader};
use kafka_trial::flow::{FlowTracker, Follow, Route, Verdict};
use kafka_trial::responder::Responder;
use kafka_trial::utilities::track_event_flow;

use crate::row::{Bench, median_time};
use crate::server::Kind;

const FLOWS: usize = 20;
/// How long one flow, or one step of preparing it, may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The spec's `track_event_flow`, of a flow that is complete: it connects, and reads both topics from their beginning. The
/// limit is the flow itself on our broker.
pub(crate) fn track(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let address = bench.address(if kind == Kind::Limit { Kind::KafkaTrial } else { kind })?;
    let (requests, responses) = (bench.new_name(), bench.new_name());
    let deadline = || Deadline::after(LIMIT);
    let mut client = Client::connect(address, deadline())?;
    let topics = [&requests, &responses].map(|topic| TopicSpec::new(topic, 1));
    client.create_topics(&topics, 1, deadline())?;
    let mut reader =
        TopicReader::open(Client::connect(address, deadline())?, &[&responses], Start::Earliest, deadline())?;
    while !reader.has_all_topics() {
        reader.look_again(deadline())?;
    }
    let to = responses.clone();
    let responder = Responder::start(address, &[&requests], move |request| vec![request.forward_to(&to)])?;
    let mut times = Vec::new();
    for number in 0..bench.effort.times(FLOWS) {
        let id = format!("order-{number}");
        let request = Record::new(&requests, format!(r#"{{"correlation_id": "{id}"}}"#));
        let watch = Stopwatch::start();
        client.produce(&request, deadline())?;
        let limit = deadline();
        while reader.poll(limit.left())?.is_empty() {
            ensure!(!limit.is_past(), "{id} was not answered");
        }
        let itself = watch.elapsed();
        let flow = track_event_flow(address, &id, &requests, &responses, LIMIT)?;
        ensure!(flow.response_found, "{id} was not found");
        times.push(if kind == Kind::Limit { itself } else { watch.elapsed() - itself });
    }
    drop(responder);
    client.delete_topics(&[&requests, &responses], deadline())?;
    Ok(median_time(times))
}

const MANY: usize = 10_000;

/// A new tracker that reads a topic of requests and one of answers, and tells 10,000 flows of them apart.
pub(crate) fn follow_many(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if kind == Kind::Limit {
        return Ok(None);
    }
    let address = bench.address(kind)?;
    let deadline = || Deadline::after(LIMIT);
    let (requests, responses) = (bench.new_name(), bench.new_name());
    let topics = [requests.as_str(), responses.as_str()];
    let mut client = Client::connect(address, deadline())?;
    client.create_topics(&topics.map(|topic| TopicSpec::new(topic, 1)), 1, deadline())?;
    let ids: Vec<String> = (0..bench.effort.times(MANY)).map(|number| format!("order-{number}")).collect();
    for topic in topics {
        let record = |id: &String| Record::new(topic, format!(r#"{{"correlation_id": "{id}"}}"#)).partition(0);
        client.produce_all(&ids.iter().map(record).collect::<Vec<_>>(), deadline())?;
    }
    let follows: Vec<Follow> = ids.iter().map(|id| Follow::new(id, Route::through(topics))).collect();
    let watch = Stopwatch::start();
    let flows = FlowTracker::connect(address, deadline())?.follow_all(&follows, Duration::ZERO);
    let took = watch.elapsed();
    ensure!(flows.iter().all(|flow| flow.verdict == Verdict::Complete), "not every flow is complete");
    client.delete_topics(&topics, deadline())?;
    Ok(Some(took.as_secs_f64()))
}
