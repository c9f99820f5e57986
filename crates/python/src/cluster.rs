//! Any cluster, reached by the direct client.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_trial::TopicSpec;
use kafka_trial::client::{Client, ClientError, Deadline, Endpoint, Isolation, Start, TopicReader};
use kafka_trial::utilities::{delete_test_topics, verify_kafka_connectivity};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::client_error;
use crate::record::Record;
use crate::waiting::detached;

/// How long creating topics may take.
const ADMIN: Duration = Duration::from_secs(30);

/// Seconds as Python gives them; what is no time is an error instead of a panic.
pub(crate) fn seconds(name: &str, value: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| PyValueError::new_err(format!("{name}={value}: expected a number of seconds from 0 on")))
}

/// Whether a cluster answers: `None`, or the reason why not.
#[pyfunction]
pub(crate) fn probe(py: Python<'_>, bootstrap_servers: String, timeout_seconds: f64) -> PyResult<Option<String>> {
    let timeout = seconds("timeout_seconds", timeout_seconds)?;
    let endpoint: Endpoint = bootstrap_servers.parse().map_err(|error| client_error(&error))?;
    detached(py, move || verify_kafka_connectivity(&endpoint, timeout).err().map(|error| error.reason()))
}

/// `ValueError` for the first of the comma-separated addresses that is not `host:port`.
#[pyfunction]
pub(crate) fn check_addresses(bootstrap_servers: &str) -> PyResult<()> {
    bootstrap_servers.parse::<Endpoint>().map(drop).map_err(|error| client_error(&error))
}

/// Creates topics and waits until they have leaders; those that exist are left as they are, and their names returned.
#[pyfunction]
pub(crate) fn create_topics(
    py: Python<'_>,
    bootstrap_servers: String,
    topics: Vec<String>,
    num_partitions: i32,
    replication_factor: i16,
    configs: BTreeMap<String, String>,
) -> PyResult<Vec<String>> {
    let spec = |name| TopicSpec { name, partitions: num_partitions, configs: configs.clone() };
    let topics: Vec<TopicSpec> = topics.into_iter().map(spec).collect();
    detached(py, move || {
        let deadline = Deadline::after(ADMIN);
        let mut client = Client::connect(&bootstrap_servers, deadline)?;
        kafka_trial::utilities::create_topics(&mut client, &topics, replication_factor, deadline)
    })?
    .map_err(|error| client_error(&error))
}

/// The records of a topic, or of one partition, from offset `start` on, read over a connection. Those of aborted and
/// open transactions only when they are asked for.
#[pyfunction]
pub(crate) fn read_records(
    py: Python<'_>,
    bootstrap_servers: String,
    topic: String,
    partition: Option<i32>,
    start: i64,
    uncommitted: bool,
    timeout_seconds: f64,
) -> PyResult<Vec<Record>> {
    let deadline = Deadline::after(seconds("timeout_seconds", timeout_seconds)?);
    let isolation = if uncommitted { Isolation::ReadUncommitted } else { Isolation::ReadCommitted };
    let read = detached(py, move || {
        let mut client = Client::connect(&bootstrap_servers, deadline)?;
        let views = client.topics(Some(&[&topic]), deadline)?;
        let view = views.first().ok_or_else(|| ClientError::UnknownTopic(topic.clone()))?;
        let partitions = view.partitions.len();
        if let Some(partition) = partition.filter(|wanted| view.partitions.iter().all(|known| known.index != *wanted)) {
            return Err(ClientError::UnknownPartition { topic, partition, partitions });
        }
        let reader = TopicReader::open(client, &[&topic], Start::Earliest, deadline)?;
        reader.isolation(isolation).read_to_end(deadline)
    })?;
    let mut records = read.map_err(|error| client_error(&error))?;
    records.retain(|record| record.offset >= start && partition.is_none_or(|wanted| wanted == record.partition));
    records.sort_by_key(|record| (record.partition, record.offset));
    Ok(records.into_iter().map(Record::from).collect())
}

/// Deletes topics; those that do not exist are passed over.
#[pyfunction]
pub(crate) fn delete_topics(py: Python<'_>, bootstrap_servers: String, topics: Vec<String>) -> PyResult<()> {
    detached(py, move || {
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        delete_test_topics(&bootstrap_servers, &names)
    })?
    .map_err(|error| client_error(&error))
}
