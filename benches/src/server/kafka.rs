//! A real Apache Kafka, as the conformance checks start it.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use kafka_trial::client::pause;
use kafka_trial_real_kafka::{Cluster, Setup, missing};

use crate::raw::Raw;
use crate::topic::brokers;

/// How often it is asked whether it answers.
const RETRY: Duration = Duration::from_millis(5);

/// Whether what it needs is there. Maven fetches Kafka's jars the first time.
pub(super) fn check() -> Result<()> {
    match missing() {
        Some(program) => bail!("{program} is not here"),
        None => Ok(()),
    }
}

/// A broker with a port and data of its own; both go with it. It answers a while before the script that starts it is
/// through.
pub(super) fn start() -> Result<Cluster> {
    let kafka = Cluster::launch(&Setup::default())?;
    let address = kafka.bootstrap();
    while !Raw::connect(&address).and_then(|mut raw| brokers(&mut raw)).is_ok_and(|count| count == 1) {
        if kafka.has_ended()? {
            // It says what went wrong.
            kafka.ready()?;
        }
        pause(RETRY);
    }
    ensure!(!kafka.has_ended()?, "it has ended");
    Ok(kafka)
}
