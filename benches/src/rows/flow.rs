//! What following a flow takes.

use std::time::Duration;

use anyhow::{Result, ensure};
use kafka_trial::Record;
use kafka_trial::TopicSpec;
use kafka_trial::client::{Client, Deadline, Start, Stopwatch, TopicReader};
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
