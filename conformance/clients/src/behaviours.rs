//! What every client must be able to do.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use kafka_trial_registry::RegistryClient;
use serde_json::Value;

use crate::driver::{Answer, Driver};
use crate::scene::{Scene, until};

/// How one client did in one behaviour.
pub(crate) enum Outcome {
    Passed,
    /// The client has no such thing.
    Unsupported(String),
    Failed(String),
}

/// Something that a client must be able to do.
pub(crate) struct Behaviour {
    pub(crate) name: &'static str,
    pub(crate) run: fn(&mut Driver, &mut Scene) -> Result<Outcome>,
}

/// All behaviours, as columns of the report.
pub(crate) const BEHAVIOURS: &[Behaviour] = &[
    Behaviour { name: "topics", run: topics },
    Behaviour { name: "none", run: |driver, scene| codec(driver, scene, "none") },
    Behaviour { name: "gzip", run: |driver, scene| codec(driver, scene, "gzip") },
    Behaviour { name: "snappy", run: |driver, scene| codec(driver, scene, "snappy") },
    Behaviour { name: "lz4", run: |driver, scene| codec(driver, scene, "lz4") },
    Behaviour { name: "zstd", run: |driver, scene| codec(driver, scene, "zstd") },
    Behaviour { name: "group", run: group },
    Behaviour { name: "registry", run: registry },
];

/// How long the registry may take for one answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How many records one codec is tried with.
const RECORDS: usize = 300;

/// Creates, lists and deletes a topic.
fn topics(driver: &mut Driver, scene: &mut Scene) -> Result<Outcome> {
    let topic = scene.name().to_owned();
    if let Answer::Unsupported(why) = driver.ask(&format!("create {topic} 3"))? {
        return Ok(Outcome::Unsupported(why));
    }
    let mut list = || driver.must("list");
    until("the topic is listed", &mut list, |topics| topics.contains(&topic))?;
    driver.must(&format!("delete {topic}"))?;
    until("the topic is gone", || driver.must("list"), |topics| !topics.contains(&topic))?;
    Ok(Outcome::Passed)
}

/// Produces with a codec, which the stored batches must have, and reads the records back as they went. A batch that does
/// not shrink, as one of a single record, goes unpacked.
fn codec(driver: &mut Driver, scene: &mut Scene, codec: &str) -> Result<Outcome> {
    let topic = scene.topic(1)?;
    if let Answer::Unsupported(why) = driver.ask(&format!("produce {topic} 0 {codec} v {RECORDS}"))? {
        return Ok(Outcome::Unsupported(why));
    }
    let stored = scene.stored_codecs(&topic)?;
    let is_stored = stored.iter().any(|stored| stored == codec);
    ensure!(
        is_stored && stored.iter().all(|stored| stored == codec || stored == "none"),
        "produced with {codec}, and stored with {stored:?}"
    );
    let expected: Vec<String> = (0..RECORDS).map(|number| value("v", number)).collect();
    let received = match driver.ask(&format!("join reader {topic} {topic}"))? {
        Answer::Ok(_) => {
            let mut received = Vec::new();
            let read = || {
                received.extend(poll(driver, "reader")?.1);
                Ok(received.clone())
            };
            let received = until("all records are read", read, |received| received.len() >= RECORDS)?;
            driver.must("leave reader")?;
            received
        }
        Answer::Unsupported(_) => driver.must(&format!("read {topic} {RECORDS}"))?,
    };
    ensure!(received == expected, "{} records came back, and not as they went", received.len());
    Ok(Outcome::Passed)
}

/// Two members share a topic, each gets the records of its partitions; a third goes on where they committed.
fn group(driver: &mut Driver, scene: &mut Scene) -> Result<Outcome> {
    let topic = scene.topic(4)?;
    let group = topic.as_str();
    if let Answer::Unsupported(why) = driver.ask(&format!("join a {group} {topic}"))? {
        return Ok(Outcome::Unsupported(why));
    }
    until("the first member has all", || Ok(poll(driver, "a")?.0), |assigned| assigned.len() == 4)?;
    driver.must(&format!("join b {group} {topic}"))?;
    let mut received = [Vec::new(), Vec::new()];
    let turn = |driver: &mut Driver, received: &mut [Vec<String>; 2]| {
        let mut shares = Vec::new();
        for (member, received) in ["a", "b"].into_iter().zip(received) {
            let (assigned, values) = poll(driver, member)?;
            received.extend(values);
            shares.push(assigned);
        }
        Ok(shares)
    };
    let shares = until(
        "the members share the partitions",
        || turn(driver, &mut received),
        |shares| {
            shares.iter().all(|share| share.len() == 2) && shares.iter().flatten().collect::<BTreeSet<_>>().len() == 4
        },
    )?;
    for partition in 0..4 {
        driver.must(&format!("produce {topic} {partition} none before-{partition} 1"))?;
    }
    until(
        "each member gets its two records",
        || turn(driver, &mut received).map(|_| received.clone()),
        |received| received.iter().all(|values| values.len() >= 2),
    )?;
    for (share, received) in shares.iter().zip(&mut received) {
        received.sort();
        let expected: Vec<String> = share.iter().map(|partition| value(&format!("before-{partition}"), 0)).collect();
        ensure!(*received == expected, "a member of {share:?} got {received:?}");
    }
    for member in ["a", "b"] {
        driver.must(&format!("commit {member}"))?;
    }
    for member in ["a", "b"] {
        driver.must(&format!("leave {member}"))?;
    }
    driver.must(&format!("produce {topic} 2 none after 1"))?;
    driver.must(&format!("join c {group} {topic}"))?;
    let resumed = until("the third member gets a record", || Ok(poll(driver, "c")?.1), |values| !values.is_empty())?;
    driver.must("leave c")?;
    ensure!(resumed == [value("after", 0)], "after the commits, the third member got {resumed:?}");
    Ok(Outcome::Passed)
}

/// Registers two schemas, one of which refers to the other, and sends a value by them from the client to itself.
fn registry(driver: &mut Driver, scene: &mut Scene) -> Result<Outcome> {
    let Some(url) = scene.registry() else {
        return Ok(Outcome::Unsupported("no schema registry is named; --registry names one".to_owned()));
    };
    let topic = scene.name();
    let words = match driver.ask(&format!("registry {url} {topic}"))? {
        Answer::Ok(words) => words,
        Answer::Unsupported(why) => return Ok(Outcome::Unsupported(why)),
    };
    let [id, message, cents] = words.as_slice() else { bail!("registry: answered {words:?}") };
    ensure!(cents == "1234", "1234 cents came back as {cents}");
    let id: i32 = id.parse().with_context(|| format!("{id} is no id"))?;
    ensure!(message.starts_with(&format!("00{id:08x}")), "the value of schema {id} begins otherwise: {message}");
    let client = RegistryClient::new(url, ANSWER)?;
    let reply = client.ask("GET", &format!("/subjects/{topic}-value/versions/latest"), "")?;
    let kept: Value = serde_json::from_str(&reply.body)?;
    ensure!(kept.get("id") == Some(&id.into()), "the client says {id}, the registry has {kept}");
    let referred = kept.pointer("/references/0/subject").and_then(Value::as_str);
    ensure!(referred == Some(&*format!("{topic}-money")), "it refers to {referred:?}");
    Ok(Outcome::Passed)
}

/// What a member is assigned, and what came.
fn poll(driver: &mut Driver, member: &str) -> Result<(BTreeSet<i32>, Vec<String>)> {
    let mut words = driver.must(&format!("poll {member}"))?.into_iter();
    let assigned = words.next().unwrap_or_default();
    let Ok(assigned) = assigned.split(',').filter(|word| *word != "-").map(str::parse).collect() else {
        bail!("poll {member}: {assigned:?} are no partitions");
    };
    Ok((assigned, words.collect()))
}

/// The value that `produce` sends under a prefix and a number.
fn value(prefix: &str, number: usize) -> String {
    format!("{prefix}-{number}-{}", "x".repeat(number % 100))
}
