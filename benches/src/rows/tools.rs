//! Kafka's own performance tools, from its published jars.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::load::{BYTES, create};
use crate::row::{Bench, Effort};
use crate::server::Kind;

/// For how many seconds records are sent at a rate, and how many are sent one after the other.
const SECONDS: u32 = 5;
const ONE_BY_ONE: &str = "2000";

/// The percentile of the acknowledgements, in seconds.
pub(super) fn producer_perf_test(bench: &Bench, kind: Kind, rate: u32, percent: u32) -> Result<Option<f64>> {
    let (records, rate, size) = ((rate * SECONDS).to_string(), rate.to_string(), BYTES.to_string());
    let options = ["--num-records", &records, "--throughput", &rate, "--record-size", &size];
    let said = run(bench, kind, "org.apache.kafka.tools.ProducerPerformance", &options)?;
    // "1 ms 50th, 2 ms 95th, 24 ms 99th, 60 ms 99.9th."
    let found = |said: &str| {
        let part = said.split(',').find(|part| part.trim().trim_end_matches('.').ends_with(&format!("{percent}th")))?;
        part.split_whitespace().next()?.parse::<f64>().ok()
    };
    said.map(|said| Ok(found(&said).with_context(|| format!("no {percent}th in {said}"))? / 1e3)).transpose()
}

/// The percentile of the way of one record there and back, in seconds.
pub(super) fn end_to_end_latency(bench: &Bench, kind: Kind, percent: u32) -> Result<Option<f64>> {
    let size = BYTES.to_string();
    let options = ["--num-records", ONE_BY_ONE, "--producer-acks", "all", "--record-size", &size];
    let said = run(bench, kind, "org.apache.kafka.tools.EndToEndLatency", &options)?;
    // "Percentiles: 50th = 0, 99th = 7, 99.9th = 12"
    let found = |said: &str| {
        let (_, rest) = said.split_once(&format!(" {percent}th = "))?;
        rest.split(',').next()?.trim().parse::<f64>().ok()
    };
    said.map(|said| Ok(found(&said).with_context(|| format!("no {percent}th in {said}"))? / 1e3)).transpose()
}

/// The last line that a tool prints; none where Kafka is not there, and for tiny counts.
fn run(bench: &Bench, kind: Kind, class: &str, options: &[&str]) -> Result<Option<String>> {
    let is_wanted = matches!(kind, Kind::KafkaTrial | Kind::Kafka) && bench.effort == Effort::Full;
    if !is_wanted || !bench.installation.has_kafka() {
        return Ok(None);
    }
    let libraries = kafka_trial_real_kafka::script()?.arg("libs").output()?;
    ensure!(libraries.status.success(), "{}", String::from_utf8_lossy(&libraries.stderr));
    let libraries = String::from_utf8(libraries.stdout)?;
    let folder = libraries.lines().last().context("start.sh libs printed no folder")?;
    let address = bench.address(kind)?;
    let topic = create(bench, address)?;
    let mut tool = Command::new("java");
    tool.args(["-Xmx256m", "-XX:+UseSerialGC", "-cp", &format!("{folder}/*"), class, "--topic", &topic]);
    let output = tool.args(["--bootstrap-server", address]).args(options).output()?;
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{class}: {said}{complained}");
    Ok(Some(said.lines().last().with_context(|| format!("{class} said nothing: {complained}"))?.to_owned()))
}
