//! Clients that produce and consume all the while.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use kafka_trial::client::{Deadline, Stopwatch, pause};

use crate::driver::Driver;

/// The topic of all clients.
pub(super) const TOPIC: &str = "orders";
/// Its partitions.
pub(super) const PARTITIONS: i32 = 3;
/// How many records a producer sends at a time, and how long it rests then: what a group of each client reads of all
/// producers has to come through in time on a small machine.
const BATCH: usize = 10;
const REST: Duration = Duration::from_millis(60);
/// How many records of a kind a group may be given again: what it had polled, and could not commit.
const REWIND: usize = 500;
/// A consumer whose broker is away waits at most for its session, 45 s, before another gets its partitions.
const PATIENCE: Duration = Duration::from_secs(90);

/// How many records of each producer and partition were acknowledged, by the prefix of their values.
pub(super) type Acknowledged = BTreeMap<String, usize>;

/// What all threads of a run share.
#[derive(Default)]
pub(super) struct Signals {
    /// Producers come to an end.
    pub(super) enough: AtomicBool,
    /// How many groups have all of the topic's partitions.
    pub(super) ready: AtomicUsize,
    /// What there is to be read, once that is known; nothing where the run has failed before.
    pub(super) expected: OnceLock<Acknowledged>,
}

/// What a producer did.
pub(super) struct Produced {
    pub(super) acknowledged: Acknowledged,
    /// The longest time until records were acknowledged.
    pub(super) longest: Duration,
}

/// What a client's groups saw.
#[derive(Default)]
pub(super) struct Consumed {
    /// Records that a group was given twice, because a commit came too late.
    pub(super) again: usize,
    /// Polls and commits that the client gave up with an error.
    pub(super) errors: BTreeMap<String, usize>,
}

/// The prefix of the values of one producer in one partition.
fn prefix(client: &str, partition: i32) -> String {
    format!("{client}.{partition}")
}

/// A value's prefix and number.
pub(super) fn parts(value: &str) -> Option<(&str, usize)> {
    let mut parts = value.rsplitn(3, '-').skip(1);
    let number = parts.next()?.parse().ok()?;
    Some((parts.next()?, number))
}

/// Produces to all partitions in turn. An error is one that the client gives its user.
pub(super) fn produce(driver: &mut Driver, client: &str, signals: &Signals) -> Result<Produced> {
    let mut produced = Produced { acknowledged: Acknowledged::new(), longest: Duration::ZERO };
    for partition in (0..PARTITIONS).cycle() {
        if signals.enough.load(Ordering::Relaxed) {
            break;
        }
        let prefix = prefix(client, partition);
        let next = produced.acknowledged.entry(prefix.clone()).or_default();
        let watch = Stopwatch::start();
        driver.must(&format!("send {TOPIC} {partition} {prefix} {next} {BATCH}"))?;
        *next += BATCH;
        produced.longest = produced.longest.max(watch.elapsed());
        pause(REST);
    }
    Ok(produced)
}

/// A group with two members, and how far it has read.
struct Group {
    name: String,
    members: [String; 2],
    next: Acknowledged,
    is_ready: bool,
}

impl Group {
    fn join(driver: &mut Driver, client: &str, protocol: &str) -> Result<Self> {
        let name = format!("{client}-{protocol}");
        let members = [format!("{name}-a"), format!("{name}-b")];
        for member in &members {
            driver.must(&format!("join {member} {name} {TOPIC} {protocol}"))?;
        }
        Ok(Self { name, members, next: Acknowledged::new(), is_ready: false })
    }

    /// Polls each member once and commits. A group may see a record again, where its commit was lost; it may never
    /// see one before the one ahead of it.
    fn turn(&mut self, driver: &mut Driver, signals: &Signals, consumed: &mut Consumed) -> Result<()> {
        let mut assigned = 0;
        for member in &self.members {
            let words = match driver.must(&format!("poll {member}")) {
                Ok(words) => words,
                Err(error) => {
                    *consumed.errors.entry(format!("{error:#}")).or_default() += 1;
                    continue;
                }
            };
            let (partitions, values) = words.split_first().context("an answer without partitions")?;
            assigned += partitions.split(',').filter(|word| *word != "-").count();
            for value in values {
                let (prefix, number) = parts(value).with_context(|| format!("{value:?} was not produced here"))?;
                let next = self.next.entry(prefix.to_owned()).or_default();
                ensure!(number <= *next, "{member} got {prefix}-{number}, the group has seen {next} of these");
                if number == *next {
                    *next += 1;
                } else {
                    ensure!(
                        number + REWIND >= *next,
                        "{member} got {prefix}-{number} again, where the group has seen, and committed, {next} of these"
                    );
                    consumed.again += 1;
                }
            }
            if !values.is_empty()
                && let Err(error) = driver.must(&format!("commit {member}"))
            {
                *consumed.errors.entry(format!("{error:#}")).or_default() += 1;
            }
        }
        if !self.is_ready && assigned == usize::try_from(PARTITIONS)? {
            self.is_ready = true;
            signals.ready.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn missing(&self, expected: &Acknowledged) -> Vec<String> {
        let seen = |prefix: &String| self.next.get(prefix).copied().unwrap_or_default();
        let missing = expected.iter().filter(|(prefix, count)| seen(prefix) < **count);
        missing.map(|(prefix, count)| format!("{} saw {} of {count} of {prefix}", self.name, seen(prefix))).collect()
    }
}

/// Reads in a group of each protocol, until all that was acknowledged has been seen.
pub(super) fn consume(driver: &mut Driver, client: &str, signals: &Signals) -> Result<Consumed> {
    let mut groups = [Group::join(driver, client, "classic")?, Group::join(driver, client, "consumer")?];
    let mut consumed = Consumed::default();
    let mut deadline = None;
    loop {
        for group in &mut groups {
            group.turn(driver, signals, &mut consumed)?;
        }
        let Some(expected) = signals.expected.get() else { continue };
        let missing: Vec<String> = groups.iter().flat_map(|group| group.missing(expected)).collect();
        if missing.is_empty() {
            return Ok(consumed);
        }
        if deadline.get_or_insert_with(|| Deadline::after(PATIENCE)).is_past() {
            bail!(
                "not all was seen {} s after the last step: {}; errors: {:?}",
                PATIENCE.as_secs(),
                missing.join(", "),
                consumed.errors
            );
        }
    }
}
