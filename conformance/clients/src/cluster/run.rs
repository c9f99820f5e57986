//! One run: a cluster, clients that work on it, and steps from a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use fastrand::Rng;
use kafka_trial::client::{Client, Deadline, Stopwatch, pause};
use kafka_trial::journal::Entry;
use kafka_trial::utilities::create_topics;
use kafka_trial::{Cluster, ClusterConfig, TopicSpec};

use super::Participant;
use super::model::{Model, Step};
use super::report::{Row, Run};
use super::stored;
use super::traffic::{PARTITIONS, Signals, TOPIC, consume, produce};
use crate::driver::Driver;

const BROKERS: u16 = 3;
const FIRST_BROKER: i32 = 1;
/// Where coordinators are: with the leader of a group's partition of it.
pub(super) const COORDINATORS: &str = "__consumer_offsets";
/// How long clients may take to be at work, and a broker to answer.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs `steps` steps from a seed.
pub(super) fn run(seed: u64, steps: usize, participants: &[Participant]) -> Result<Run> {
    let watch = Stopwatch::start();
    let cluster = start()?;
    let servers = cluster.bootstrap_servers();
    let mut producers = drivers(participants, &servers)?;
    let mut consumers = drivers(participants, &servers)?;
    let versions: Vec<String> = producers.iter().map(|driver| driver.version().to_owned()).collect();
    let mut story = Story::default();
    let signals = Signals::default();
    let (produced, consumed) = std::thread::scope(|scope| {
        let signals = &signals;
        let producing = std::iter::zip(participants, &mut producers)
            .map(|(who, driver)| scope.spawn(|| produce(driver, who.client.name, signals)));
        let producing: Vec<_> = producing.collect();
        let consuming = std::iter::zip(participants, &mut consumers)
            .map(|(who, driver)| scope.spawn(|| consume(driver, who.client.name, signals)));
        let consuming: Vec<_> = consuming.collect();
        let groups = 2 * participants.len();
        let ready = || signals.ready.load(Ordering::Relaxed) == groups;
        let ended = || {
            producing.iter().any(ScopedJoinHandle::is_finished) || consuming.iter().any(ScopedJoinHandle::is_finished)
        };
        if let Err(error) = story.unfold(&cluster, &mut Rng::with_seed(seed), steps, ready, ended) {
            story.differences.push(format!("{error:#}"));
        }
        signals.enough.store(true, Ordering::Relaxed);
        let produced: Vec<Result<_>> = producing.into_iter().map(joined).collect();
        let acknowledged = produced.iter().flatten().flat_map(|produced| produced.acknowledged.clone());
        // Nobody else sets it.
        let _ = signals.expected.set(acknowledged.collect());
        let consumed: Vec<Result<_>> = consuming.into_iter().map(joined).collect();
        (produced, consumed)
    });
    let acknowledged = signals.expected.get().context("nothing was to be read")?;
    story.differences.extend(stored::differences(&cluster, acknowledged)?);
    let clients = participants.iter().zip(versions).zip(produced.into_iter().zip(consumed));
    let rows = clients.map(|((who, version), (produced, consumed))| Row {
        client: who.client.name,
        version,
        produced,
        consumed,
    });
    let Story { steps, differences } = story;
    let run = Run { seed, steps, rows: rows.collect(), differences, took: watch.elapsed() };
    if !run.is_good() {
        write_journal(&cluster, &run.journal())?;
    }
    Ok(run)
}

fn joined<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().map_err(|_| anyhow!("its thread panicked"))?
}

/// What the clients asked and were answered, a line each, behind the milliseconds since the first.
fn write_journal(cluster: &Cluster, path: &str) -> Result<()> {
    let entries = cluster.journal(0)?.entries;
    let start = entries.first().map_or(0, |entry| entry.received.millis());
    let line = |entry: &Entry| format!("{:>7} broker {} {entry}\n", entry.received.millis() - start, entry.broker);
    std::fs::write(path, entries.iter().map(|entry| line(entry)).collect::<String>()).context(path.to_owned())
}

/// Three brokers with a replica of everything on each.
fn start() -> Result<Cluster> {
    let properties = [
        ("default.replication.factor", "3"),
        ("offsets.topic.num.partitions", "3"),
        ("group.consumer.min.heartbeat.interval.ms", "500"),
        ("group.consumer.heartbeat.interval.ms", "500"),
    ];
    let properties = properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let config =
        ClusterConfig { brokers: BROKERS, first_node_id: FIRST_BROKER, properties, ..ClusterConfig::default() };
    let cluster = Cluster::start(config)?;
    let mut client = Client::connect(cluster.bootstrap_servers(), Deadline::after(LIMIT))?;
    create_topics(&mut client, &[TopicSpec::new(TOPIC, PARTITIONS)], 3, Deadline::after(LIMIT))?;
    Ok(cluster)
}

fn drivers(participants: &[Participant], servers: &str) -> Result<Vec<Driver>> {
    let start = |who: &Participant| {
        Driver::start(who.client.name, &who.command, servers).with_context(|| who.client.name.to_owned())
    };
    participants.iter().map(start).collect()
}

/// What happened to the cluster, and where it did not look as it should.
#[derive(Default)]
struct Story {
    /// Each step with when it began, from the first on.
    steps: Vec<(Duration, Step)>,
    differences: Vec<String>,
}

impl Story {
    /// Waits until all groups are at work, takes the steps, and starts what is still stopped. It stops early where the
    /// cluster looks wrong or a client has given up.
    fn unfold(
        &mut self,
        cluster: &Cluster,
        rng: &mut Rng,
        steps: usize,
        ready: impl Fn() -> bool,
        ended: impl Fn() -> bool,
    ) -> Result<()> {
        let deadline = Deadline::after(LIMIT);
        while !ready() && !ended() {
            ensure!(!deadline.is_past(), "not every group had the topic's partitions within {} s", LIMIT.as_secs());
            pause(Duration::from_millis(20));
        }
        let addresses: BTreeMap<i32, String> =
            (FIRST_BROKER..).zip(cluster.addresses()).map(|(id, address)| (id, address.to_string())).collect();
        let mut client = Client::connect(cluster.bootstrap_servers(), Deadline::after(LIMIT))?;
        let topics = client.topics(Some(&[TOPIC, COORDINATORS]), Deadline::after(LIMIT))?;
        let mut model = Model::of(addresses.keys().copied().collect(), &topics);
        let watch = Stopwatch::start();
        for _ in 0..steps {
            if ended() || !self.differences.is_empty() {
                break;
            }
            pause(Duration::from_millis(rng.u64(200..1500)));
            self.take(model.choose(rng), &mut model, cluster, watch.elapsed())?;
            self.differences.extend(looked_at(&model, &addresses)?);
        }
        for id in model.stopped() {
            self.take(Step::Start(id), &mut model, cluster, watch.elapsed())?;
        }
        self.differences.extend(looked_at(&model, &addresses)?);
        Ok(())
    }

    fn take(&mut self, step: Step, model: &mut Model, cluster: &Cluster, when: Duration) -> Result<()> {
        model.apply(&step);
        self.steps.push((when, step.clone()));
        let taken = match &step {
            Step::Stop(id) => cluster.stop_broker(*id),
            Step::Start(id) => cluster.start_broker(*id),
            Step::MoveLeader { topic, partition, to } => cluster.move_leader(topic, *partition, *to),
        };
        taken.with_context(|| step.to_string())
    }
}

/// Asks every broker that runs what the cluster looks like.
fn looked_at(model: &Model, addresses: &BTreeMap<i32, String>) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    for id in model.running() {
        let address = addresses.get(id).with_context(|| format!("broker {id} has no address"))?;
        let deadline = Deadline::after(LIMIT);
        let mut client = Client::connect(address, deadline).with_context(|| format!("broker {id}"))?;
        let brokers: BTreeSet<i32> = client.brokers(deadline)?.into_iter().map(|broker| broker.id).collect();
        let topics = client.topics(Some(&[TOPIC, COORDINATORS]), deadline)?;
        differences.extend(model.differences(*id, &brokers, &topics));
    }
    Ok(differences)
}
