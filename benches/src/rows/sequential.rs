//! Ten gigabytes through one partition whose retention keeps a small part of them: what comes in is fetched once and
//! goes. Shows that memory is bounded by retention and not by what passes.

use std::time::Duration;

use anyhow::{Result, ensure};
use kafka_trial::client::Stopwatch;

use super::throughput::{IN_FLIGHT, Load, per_second};
use crate::limit;
use crate::raw::Raw;
use crate::row::{Bench, Effort};
use crate::server::{Kind, Server};
use crate::topic::{Topic, create, produced};

const BYTES: usize = 10_000_000_000;
/// What stays, in bytes, and how it is parted.
const CONFIGS: &[(&str, &str)] = &[("retention.bytes", "268435456"), ("segment.bytes", "67108864")];
/// Kafka looks every five minutes, after which nothing would have gone here.
const PROPERTY: &str = "log.retention.check.interval.ms=100";
/// What the answer to a Produce and a request to fetch take.
const SMALL: usize = 100;

pub(crate) fn bytes(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let Some(server) = server(bench, kind)? else { return Ok(None) };
    let load = Load::large()?;
    let count = count(bench, &load);
    let time = pass(&server, &load, count)?;
    Ok(Some(per_second(count * load.batch.len(), time)))
}

/// The most memory that was resident at any time.
pub(crate) fn memory(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let Some(server) = server(bench, kind)? else { return Ok(None) };
    let load = Load::large()?;
    pass(&server, &load, count(bench, &load))?;
    server.memory("VmHWM").map(Some)
}

/// The peers keep their data elsewhere or for ever.
fn server(bench: &Bench, kind: Kind) -> Result<Option<Server>> {
    match kind {
        Kind::Limit | Kind::KafkaTrial | Kind::WithoutJournal => {
            Server::start(&bench.installation, kind, &[PROPERTY]).map(Some)
        }
        Kind::Kfake | Kind::Kafka => Ok(None),
    }
}

fn count(bench: &Bench, load: &Load) -> usize {
    match bench.effort {
        Effort::Full => BYTES / load.batch.len(),
        Effort::Smoke => 2 * IN_FLIGHT,
    }
}

/// Each batch is fetched on a second connection as soon as it is acknowledged.
fn pass(server: &Server, load: &Load, count: usize) -> Result<Duration> {
    let (mut producer, mut consumer) = (Raw::connect(&server.address)?, Raw::connect(&server.address)?);
    let (batch, size) = (&load.batch, load.batch.len());
    let topic = Topic::named("sequential".to_owned());
    let is_limit = server.kind == Kind::Limit;
    let request = if is_limit {
        limit::request(size, SMALL)?
    } else {
        create(&mut producer, ["sequential".to_owned()], 1, CONFIGS)?;
        topic.produce(batch.clone())?
    };
    let watch = Stopwatch::start();
    for sent in 0..count + IN_FLIGHT {
        if let Some(answered) = sent.checked_sub(IN_FLIGHT) {
            let offset = i64::try_from(answered * load.records)?;
            if is_limit {
                producer.take(SMALL)?;
                consumer.send(&limit::request(SMALL, size)?)?;
                consumer.take(size)?;
            } else {
                ensure!(produced(producer.receive()?)? == offset, "another offset than {offset}");
                consumer.send(&topic.fetch(offset, i32::try_from(size)?)?)?;
                let reply = consumer.receive()?.len();
                ensure!(reply >= size, "{reply} bytes instead of {size} from offset {offset}");
            }
        }
        if sent < count {
            producer.send(&request)?;
        }
    }
    Ok(watch.elapsed())
}
