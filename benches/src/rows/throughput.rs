//! How many bytes and records go in and out, over one connection with five requests under way, as many as Kafka's
//! producer has (`max.in.flight.requests.per.connection`).

use std::time::Duration;

use anyhow::{Result, ensure};
use kafka_trial::client::Stopwatch;
use kafka_trial_wire::Bytes;

use crate::limit;
use crate::raw::Raw;
use crate::row::Bench;
use crate::server::{Kind, Server};
use crate::topic::{Topic, batch, produced};

pub(super) const IN_FLIGHT: usize = 5;

/// What goes in or out again and again.
pub(super) struct Load {
    pub(super) batch: Bytes,
    pub(super) records: usize,
    /// How many batches one fetch asks for.
    fetched: usize,
}

impl Load {
    /// A thousand records of 1,000 bytes: nearly the largest batch that Kafka takes by default.
    pub(super) fn large() -> Result<Self> {
        Ok(Self { batch: batch(1000, 1000)?, records: 1000, fetched: 1 })
    }

    /// Records of 100 bytes in batches of 16 KB, which is Kafka's default `batch.size`; 1 MB a fetch.
    fn small() -> Result<Self> {
        Ok(Self { batch: batch(150, 100)?, records: 150, fetched: 60 })
    }

    fn count(&self, bench: &Bench) -> usize {
        bench.effort.times(128 * 1024 * 1024 / self.batch.len())
    }
}

pub(crate) fn bytes_in(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let load = Load::large()?;
    let (count, time) = into(bench, kind, &load, limit::request)?;
    Ok(Some(per_second(count * load.batch.len(), time)))
}

/// Beside a bare server that keeps what it reads, as every broker in memory has to. The others stand in `bytes-in`.
pub(crate) fn bytes_kept(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if !matches!(kind, Kind::Limit | Kind::KafkaTrial | Kind::WithoutJournal) {
        return Ok(None);
    }
    let load = Load::large()?;
    let (count, time) = into(bench, kind, &load, limit::kept)?;
    Ok(Some(per_second(count * load.batch.len(), time)))
}

pub(crate) fn records_in(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let load = Load::small()?;
    let (count, time) = into(bench, kind, &load, limit::request)?;
    Ok(Some(per_second(count * load.records, time)))
}

pub(crate) fn bytes_out(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let load = Load::large()?;
    let (count, time) = out_of(bench, kind, &load)?;
    Ok(Some(per_second(count * load.batch.len(), time)))
}

pub(crate) fn records_out(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let load = Load::small()?;
    let (count, time) = out_of(bench, kind, &load)?;
    Ok(Some(per_second(count * load.records, time)))
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits is shown")]
pub(super) fn per_second(amount: usize, time: Duration) -> f64 {
    amount as f64 / time.as_secs_f64()
}

/// Produces; gives how many batches in which time. The bare server is sent what `bare` makes of the same size.
///
/// Each round has a new server, as a suite has: none writes into memory that an earlier round has warmed. Only Kafka, which
/// takes seconds to start and keeps its records in files, goes on.
fn into(
    bench: &Bench,
    kind: Kind,
    load: &Load,
    bare: fn(usize, usize) -> Result<Vec<u8>>,
) -> Result<(usize, Duration)> {
    let fresh = match kind {
        Kind::Kafka => None,
        _ => Some(Server::start(&bench.installation, kind, &[])?),
    };
    let mut raw = Raw::connect(fresh.as_ref().map_or(bench.address(kind)?, |server| &server.address))?;
    let count = load.count(bench);
    if kind == Kind::Limit {
        let size = Topic::named(bench.new_name()).produce(load.batch.clone())?.len();
        let (request, last) = (bare(size, 0)?, bare(size, 1)?);
        let watch = Stopwatch::start();
        for _ in 1..count {
            raw.send(&request)?;
        }
        raw.send(&last)?;
        raw.take(1)?;
        return Ok((count, watch.elapsed()));
    }
    let topic = Topic::create(&mut raw, bench.new_name())?;
    let time = fill(&mut raw, &topic, load, count)?;
    topic.delete(&mut raw)?;
    Ok((count, time))
}

fn fill(raw: &mut Raw, topic: &Topic, load: &Load, count: usize) -> Result<Duration> {
    let request = topic.produce(load.batch.clone())?;
    let watch = Stopwatch::start();
    for sent in 0..count + IN_FLIGHT {
        if let Some(answered) = sent.checked_sub(IN_FLIGHT) {
            ensure!(produced(raw.receive()?)? == i64::try_from(answered * load.records)?, "another offset");
        }
        if sent < count {
            raw.send(&request)?;
        }
    }
    Ok(watch.elapsed())
}

/// Fetches what was produced before; gives how many batches in which time.
fn out_of(bench: &Bench, kind: Kind, load: &Load) -> Result<(usize, Duration)> {
    let mut raw = Raw::connect(bench.address(kind)?)?;
    let fetches = (load.count(bench) / load.fetched).max(1);
    let count = fetches * load.fetched;
    let size = load.fetched * load.batch.len();
    if kind == Kind::Limit {
        let request = limit::request(100, size)?;
        let watch = Stopwatch::start();
        for sent in 0..fetches + IN_FLIGHT {
            if sent >= IN_FLIGHT {
                raw.take(size)?;
            }
            if sent < fetches {
                raw.send(&request)?;
            }
        }
        return Ok((count, watch.elapsed()));
    }
    let topic = Topic::create(&mut raw, bench.new_name())?;
    fill(&mut raw, &topic, load, count)?;
    let frames = (0..fetches)
        .map(|fetch| topic.fetch(i64::try_from(fetch * load.fetched * load.records)?, i32::try_from(size)?));
    let frames = frames.collect::<Result<Vec<_>>>()?;
    let watch = Stopwatch::start();
    for sent in 0..fetches + IN_FLIGHT {
        if sent >= IN_FLIGHT {
            let reply = raw.receive()?.len();
            ensure!(reply >= size, "{reply} bytes instead of {size}");
        }
        if let Some(frame) = frames.get(sent) {
            raw.send(frame)?;
        }
    }
    let time = watch.elapsed();
    topic.delete(&mut raw)?;
    Ok((count, time))
}
