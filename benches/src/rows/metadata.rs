//! What a cluster with many topics answers to a client that asks for all of them.

use anyhow::{Result, ensure};
use kafka_trial::client::Stopwatch;

use crate::limit;
use crate::raw::Raw;
use crate::row::{Bench, median_time};
use crate::server::{Kind, Server};
use crate::topic::{create, metadata, topics};

const TOPICS: usize = 1000;
const PARTITIONS: i32 = 10;
/// How many topics one request creates.
const AT_ONCE: usize = 100;
/// What the answer takes, its size included.
const ANSWER: usize = 315_000;

pub(crate) fn many_topics(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    // Ten thousand folders on a disk are no measure for what this is about.
    if kind == Kind::Kafka {
        return Ok(None);
    }
    let mut times = Vec::new();
    let count = bench.effort.times(20);
    let server = Server::start(&bench.installation, kind, &[])?;
    let mut raw = Raw::connect(&server.address)?;
    if kind == Kind::Limit {
        let request = limit::request(metadata()?.len(), ANSWER)?;
        for _ in 0..count {
            let watch = Stopwatch::start();
            raw.send(&request)?;
            raw.take(ANSWER)?;
            times.push(watch.elapsed());
        }
    } else {
        // A request may not ask for more than 10,000 partitions, those that are there counted in.
        for first in (0..TOPICS).step_by(AT_ONCE) {
            let names = (first..first + AT_ONCE).map(|topic| format!("topic-{topic:04}"));
            create(&mut raw, names, PARTITIONS, &[])?;
        }
        let request = metadata()?;
        for _ in 0..count {
            let watch = Stopwatch::start();
            raw.send(&request)?;
            let reply = raw.receive()?;
            times.push(watch.elapsed());
            ensure!(topics(reply)? == TOPICS, "not all topics");
        }
    }
    Ok(median_time(times))
}
