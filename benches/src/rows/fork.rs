//! A cluster's state as a fork takes it along: 100 topics with 1,000,000 records.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use kafka_trial::client::Stopwatch;
use kafka_trial::{Cluster, ClusterConfig, ForkOptions, TopicSpec};
use kafka_trial_core::{LogConfig, Node, Settings, State, Time};
use kafka_trial_wire::records::{Batch, BatchBuilder};
use kafka_trial_wire::{Bytes, Uuid};

use crate::raw::Raw;
use crate::row::{Bench, Effort, median_time};
use crate::server::Kind;
use crate::topic::{self, Topic, produced};

const TOPICS: usize = 100;
const RECORDS: usize = 1_000_000;
const RECORDS_OF_A_BATCH: usize = 10;
/// When the records were appended.
const NOW: Time = Time(1_700_000_000_000_000);

fn batch(records: usize) -> Result<Bytes> {
    let mut builder = BatchBuilder::new();
    for _ in 0..records {
        builder.push(NOW.millis(), None, Some(&[b'x'; 100]), &[]);
    }
    Ok(builder.build()?)
}

fn append(state: &mut State, topic: Uuid, batch: &Bytes) -> Result<()> {
    let batch = Batch::split(&mut batch.clone())?;
    state.append(topic, 0, batch, None).ok().context("the batch is refused")?;
    Ok(())
}

/// A cluster with so many records, and one of its topics.
fn filled(records: usize) -> Result<(State, Uuid)> {
    let (settings, _) = Settings::parse(&BTreeMap::new())?;
    let config = LogConfig::resolve(&BTreeMap::new(), &settings)?;
    let node = Node { id: 0, host: "127.0.0.1".to_owned(), port: 9092, rack: None };
    let mut state = State::new(settings, vec![node], 1, NOW);
    let batch = batch(RECORDS_OF_A_BATCH)?;
    let mut last = Uuid::ZERO;
    for number in 0..TOPICS {
        last = state.add_topic(&format!("topic-{number}"), vec![vec![0]], BTreeMap::new(), config.clone());
        for _ in 0..records / TOPICS / RECORDS_OF_A_BATCH {
            append(&mut state, last, &batch)?;
        }
    }
    state.take_events(&mut Vec::new());
    Ok((state, last))
}

/// A running cluster with so many records.
fn running(records: usize) -> Result<Cluster> {
    let names: Vec<String> = (0..TOPICS).map(|number| format!("topic-{number}")).collect();
    let topics = names.iter().map(|name| TopicSpec::new(name, 1)).collect();
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() })?;
    let mut raw = Raw::connect(&cluster.bootstrap_servers())?;
    let batch = topic::batch(RECORDS_OF_A_BATCH, 100)?;
    for name in names {
        let request = Topic::named(name).produce(batch.clone())?;
        for _ in 0..records / TOPICS / RECORDS_OF_A_BATCH {
            raw.send(&request)?;
            produced(raw.receive()?)?;
        }
    }
    Ok(cluster)
}

/// A running cluster forked: the fork listens when this returns. Its limit is to create and fill one anew.
pub(crate) fn start(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let records = records(bench) / 10;
    match kind {
        Kind::Limit => {
            let watch = Stopwatch::start();
            let cluster = running(records)?;
            let time = watch.elapsed();
            cluster.stop();
            Ok(Some(time.as_secs_f64()))
        }
        Kind::KafkaTrial => {
            let seed = running(records)?;
            let mut times = Vec::new();
            for _ in 0..bench.effort.times(100) {
                let watch = Stopwatch::start();
                let fork = seed.fork(ForkOptions::default())?;
                times.push(watch.elapsed());
                fork.cluster.stop();
            }
            Ok(median_time(times))
        }
        _ => Ok(None),
    }
}

/// How many records there are.
fn records(bench: &Bench) -> usize {
    match bench.effort {
        Effort::Full => RECORDS,
        Effort::Smoke => RECORDS / 1000,
    }
}

/// Cloning the state.
pub(crate) fn fork(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if kind != Kind::KafkaTrial {
        return Ok(None);
    }
    let (state, _) = filled(records(bench))?;
    let mut times = Vec::new();
    for _ in 0..bench.effort.times(1000) {
        let watch = Stopwatch::start();
        let fork = state.clone();
        times.push(watch.elapsed());
        drop(fork);
    }
    Ok(median_time(times))
}

/// The first append to a clone whose original is still there; its limit is an append to a cluster that was not cloned.
pub(crate) fn append_after_fork(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    if !matches!(kind, Kind::KafkaTrial | Kind::Limit) {
        return Ok(None);
    }
    let (mut state, topic) = filled(records(bench))?;
    let batch = batch(1)?;
    let mut times = Vec::new();
    for _ in 0..bench.effort.times(1000) {
        let mut fork = if kind == Kind::KafkaTrial { Some(state.clone()) } else { None };
        let target = fork.as_mut().unwrap_or(&mut state);
        let watch = Stopwatch::start();
        append(target, topic, &batch)?;
        times.push(watch.elapsed());
    }
    Ok(median_time(times))
}
