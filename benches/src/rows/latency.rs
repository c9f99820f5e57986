//! How long one record takes, when nothing else is under way.

use anyhow::{Result, ensure};
use kafka_trial::client::Stopwatch;
use kafka_trial_wire::messages::ApiVersionsRequest;

use crate::limit;
use crate::raw::Raw;
use crate::row::{Bench, median_time};
use crate::server::Kind;
use crate::topic::{Topic, batch, fetched, produced};

/// How often something is done before it is measured.
const WARM_UP: usize = 100;
const VALUE: usize = 100;
const MEASURED: usize = 500;
/// What the answer to a Produce takes, its size included.
const ACK: usize = 60;
/// What the answer to a Fetch takes that brings one such record.
const FETCHED: usize = 260;

pub(crate) fn produce_ack(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let mut raw = Raw::connect(bench.address(kind)?)?;
    if kind == Kind::Limit {
        return echo(bench, &mut raw, ACK);
    }
    let topic = Topic::create(&mut raw, bench.new_name())?;
    let request = topic.produce(batch(1, VALUE)?)?;
    let (mut times, warm_up) = (Vec::new(), bench.effort.times(WARM_UP));
    for offset in 0..warm_up + bench.effort.times(MEASURED) {
        let watch = Stopwatch::start();
        raw.send(&request)?;
        let reply = raw.receive()?;
        times.push(watch.elapsed());
        ensure!(produced(reply)? == i64::try_from(offset)?, "another offset than {offset}");
    }
    topic.delete(&mut raw)?;
    Ok(median_time(times.split_off(warm_up)))
}

/// A consumer's fetch waits on one connection; a producer's record on another lets it go.
pub(crate) fn parked_fetch(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let mut producer = Raw::connect(bench.address(kind)?)?;
    if kind == Kind::Limit {
        return echo(bench, &mut producer, FETCHED);
    }
    let mut consumer = Raw::connect(bench.address(kind)?)?;
    let topic = Topic::create(&mut producer, bench.new_name())?;
    let batch = batch(1, VALUE)?;
    let request = topic.produce(batch.clone())?;
    let (mut times, warm_up) = (Vec::new(), bench.effort.times(WARM_UP));
    for offset in 0..warm_up + bench.effort.times(MEASURED) {
        consumer.send(&topic.fetch(i64::try_from(offset)?, 1 << 20)?)?;
        // By the time this is answered, the fetch that came before it has been read.
        producer.ask(&ApiVersionsRequest::default(), 0)?;
        consumer.expect_silence()?;
        let watch = Stopwatch::start();
        producer.send(&request)?;
        let reply = consumer.receive()?;
        times.push(watch.elapsed());
        ensure!(fetched(reply)?.len() == batch.len(), "not the one batch of offset {offset}");
        produced(producer.receive()?)?;
    }
    topic.delete(&mut producer)?;
    Ok(median_time(times.split_off(warm_up)))
}

/// The limit of both: as many bytes there and back, and nothing else.
fn echo(bench: &Bench, raw: &mut Raw, reply: usize) -> Result<Option<f64>> {
    let size = Topic::named(bench.new_name()).produce(batch(1, VALUE)?)?.len();
    let request = limit::request(size, reply)?;
    let (mut times, warm_up) = (Vec::new(), bench.effort.times(WARM_UP));
    for _ in 0..warm_up + bench.effort.times(MEASURED) {
        let watch = Stopwatch::start();
        raw.send(&request)?;
        raw.take(reply)?;
        times.push(watch.elapsed());
    }
    Ok(median_time(times.split_off(warm_up)))
}
