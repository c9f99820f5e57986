//! What a user sees: the same through librdkafka, the client of most languages. Its own work is in the figures.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use kafka_trial::client::{Deadline, Stopwatch};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};

use super::throughput::per_second;
use crate::raw::Raw;
use crate::row::{Bench, median_time};
use crate::server::Kind;
use crate::topic::create;

const VALUE: [u8; 100] = [b'x'; 100];
/// How long anything may take before the run fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// After this the consumer has had its answers and waits for more.
const IDLE: Duration = Duration::from_millis(20);
/// How many records go in or out in a round.
const RECORDS: usize = 200_000;

/// A client's settings on a server, with those that a row changes.
fn client(address: &str, settings: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address);
    settings.iter().for_each(|(key, value)| {
        config.set(*key, *value);
    });
    config
}

/// A new topic, and where its server listens; nothing for the bare server, which no client can use.
fn topic(bench: &Bench, kind: Kind) -> Result<Option<(&str, String)>> {
    if kind == Kind::Limit {
        return Ok(None);
    }
    let (address, name) = (bench.address(kind)?, bench.new_name());
    create(&mut Raw::connect(address)?, [name.clone()], 1, &[])?;
    Ok(Some((address, name)))
}

pub(crate) fn first_message(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let Some((address, topic)) = topic(bench, kind)? else { return Ok(None) };
    produce(&producer(address)?, &topic, 1)?;
    let group = bench.new_name();
    let settings = [("group.id", group.as_str()), ("auto.offset.reset", "earliest")];
    let consumer: BaseConsumer = client(address, &settings).create()?;
    let watch = Stopwatch::start();
    consumer.subscribe(&[&topic])?;
    next(&consumer)?;
    Ok(Some(watch.elapsed().as_secs_f64()))
}

pub(crate) fn idle_consumer(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let Some((address, topic)) = topic(bench, kind)? else { return Ok(None) };
    let producer: BaseProducer = client(address, &[("linger.ms", "0")]).create()?;
    let consumer = reader(address, &topic)?;
    // The first record finds no connection yet.
    produce(&producer, &topic, 1)?;
    next(&consumer)?;
    let mut times = Vec::new();
    for _ in 0..bench.effort.times(20) {
        ensure!(consumer.poll(IDLE).is_none(), "a record that nobody has sent");
        let watch = Stopwatch::start();
        send(&producer, &topic)?;
        next(&consumer)?;
        times.push(watch.elapsed());
        producer.poll(Duration::ZERO);
    }
    Ok(median_time(times))
}

pub(crate) fn records_in(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let Some((address, topic)) = topic(bench, kind)? else { return Ok(None) };
    let producer = producer(address)?;
    produce(&producer, &topic, 1)?;
    let count = bench.effort.times(RECORDS);
    let watch = Stopwatch::start();
    produce(&producer, &topic, count)?;
    Ok(Some(per_second(count, watch.elapsed())))
}

pub(crate) fn records_out(bench: &Bench, kind: Kind) -> Result<Option<f64>> {
    let Some((address, topic)) = topic(bench, kind)? else { return Ok(None) };
    let count = bench.effort.times(RECORDS);
    produce(&producer(address)?, &topic, count)?;
    let consumer = reader(address, &topic)?;
    let watch = Stopwatch::start();
    for _ in 0..count {
        next(&consumer)?;
    }
    Ok(Some(per_second(count, watch.elapsed())))
}

fn producer(address: &str) -> Result<BaseProducer> {
    Ok(client(address, &[("queue.buffering.max.messages", "1000000")]).create()?)
}

/// A consumer without a group, from the first record on.
fn reader(address: &str, topic: &str) -> Result<BaseConsumer> {
    let consumer: BaseConsumer =
        client(address, &[("group.id", "unused"), ("enable.auto.commit", "false")]).create()?;
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset(topic, 0, Offset::Beginning)?;
    consumer.assign(&partitions)?;
    Ok(consumer)
}

/// Sends so many records and waits until all are acknowledged.
fn produce(producer: &BaseProducer, topic: &str, count: usize) -> Result<()> {
    for _ in 0..count {
        send(producer, topic)?;
    }
    Ok(producer.flush(PATIENCE)?)
}

fn send(producer: &BaseProducer, topic: &str) -> Result<()> {
    let mut record = BaseRecord::<(), [u8; 100]>::to(topic).payload(&VALUE);
    while let Err((error, returned)) = producer.send(record) {
        let is_full = error == KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
        ensure!(is_full, "not sent: {error}");
        producer.poll(IDLE);
        record = returned;
    }
    Ok(())
}

/// The next record, whole.
fn next(consumer: &BaseConsumer) -> Result<()> {
    let deadline = Deadline::after(PATIENCE);
    while !deadline.is_past() {
        match consumer.poll(deadline.left()) {
            Some(Ok(message)) => {
                let size = message.payload().context("a record without a value")?.len();
                ensure!(size == VALUE.len(), "{size} bytes instead of {}", VALUE.len());
                return Ok(());
            }
            // It tries again by itself.
            Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::UnknownTopicOrPartition))) | None => {}
            Some(Err(error)) => return Err(error.into()),
        }
    }
    bail!("no record within {PATIENCE:?}")
}
