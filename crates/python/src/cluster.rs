//! Any cluster, reached by the direct client.

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_trial::TopicSpec;
use kafka_trial::client::Endpoint;
use kafka_trial::utilities::{create_test_topics, delete_test_topics, verify_kafka_connectivity};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::client_error;
use crate::waiting::detached;

/// Seconds as Python gives them; what is no time is an error instead of a panic.
pub(crate) fn seconds(name: &str, value: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value)
        .map_err(|_| PyValueError::new_err(format!("{name}={value}: a number of seconds from 0 on expected")))
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

/// Creates topics and waits until they have leaders; those that exist are left as they are.
#[pyfunction]
pub(crate) fn create_topics(
    py: Python<'_>,
    bootstrap_servers: String,
    topics: Vec<String>,
    num_partitions: i32,
    replication_factor: i16,
    configs: BTreeMap<String, String>,
) -> PyResult<()> {
    let spec = |name| TopicSpec { name, partitions: num_partitions, configs: configs.clone() };
    let topics: Vec<TopicSpec> = topics.into_iter().map(spec).collect();
    detached(py, move || create_test_topics(&bootstrap_servers, &topics, replication_factor))?
        .map_err(|error| client_error(&error))
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
