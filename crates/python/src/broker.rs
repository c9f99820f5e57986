//! The embedded cluster.

use std::collections::BTreeMap;
use std::sync::Mutex;

use kafka_trial::value::unreadable_records;
use kafka_trial::{
    Cluster, ClusterConfig, ForkError, ForkOptions, Happened, Release, StartError, TopicSpec, UnknownRelease,
    last_requests,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::cluster::seconds;
use crate::errors::{control_error, inspect_error, start_error, trial_error};
use crate::faults::{self, ArmedRule, Fired};
use crate::reading::request_matcher;
use crate::record::Record;
use crate::schemas::Schemas;

/// `ValueError` for a release whose API versions cannot be shown.
#[pyfunction]
pub(crate) fn check_release(release: &str) -> PyResult<()> {
    parse_release(release).map(drop)
}

fn parse_release(release: &str) -> PyResult<Release> {
    release.parse().map_err(|error: UnknownRelease| PyValueError::new_err(error.to_string()))
}

/// Entries of the journal, each as JSON, as a line, and with what keeps it from being what is wanted; the number to go on
/// from; how many were dropped.
type JournalPage = (Vec<(String, String, Vec<String>)>, u64, u64);

/// A fork; the members that left their groups in it, by group and member id; the transactional ids whose transactions were
/// aborted.
type Forked = (Broker, Vec<(String, String)>, Vec<String>);

/// A running embedded cluster. Stopping it closes its sockets; dropping it does the same.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug)]
pub(crate) struct Broker {
    cluster: Mutex<Option<Cluster>>,
    #[pyo3(get)]
    bootstrap_servers: String,
    /// What is to be said of properties that nothing acts on.
    #[pyo3(get)]
    ignored_properties: Vec<String>,
    /// Where the cluster's thread is: a forked child does not have it.
    process: u32,
}

#[pymethods]
impl Broker {
    #[staticmethod]
    #[pyo3(signature = (*, brokers, host, port, advertised, topics, properties, seed, api))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments: Python gives each by its name")]
    fn start(
        brokers: u16,
        host: String,
        port: u16,
        advertised: Vec<String>,
        topics: Vec<(String, i32, BTreeMap<String, String>)>,
        properties: BTreeMap<String, String>,
        seed: Option<u64>,
        api: Option<String>,
    ) -> PyResult<Self> {
        let release = api.map_or(Ok(Release::LATEST), |api| parse_release(&api))?;
        let advertised = advertised.iter().map(|text| text.parse().map_err(StartError::Advertised));
        let advertised = advertised.collect::<Result<_, _>>().map_err(|error| start_error(&error))?;
        let cluster = Cluster::start(ClusterConfig {
            brokers,
            host,
            ports: vec![port],
            advertised,
            topics: topics
                .into_iter()
                .map(|(name, partitions, configs)| TopicSpec { name, partitions, configs })
                .collect(),
            properties,
            seed,
            release,
            ..ClusterConfig::default()
        });
        Ok(Self::of(cluster.map_err(|error| start_error(&error))?))
    }

    /// Starts a second cluster from the present state of this one.
    fn fork(&self, py: Python<'_>, keep_members: bool, keep_transactions: bool) -> PyResult<Forked> {
        let options = ForkOptions { keep_members, keep_transactions };
        let fork = self.with_cluster(py, |cluster| match cluster.fork(options) {
            Ok(fork) => Ok(fork),
            Err(ForkError::Start(error)) => Err(start_error(&error)),
            Err(error) => Err(trial_error(error)),
        })?;
        Ok((Self::of(fork.cluster.into()), fork.left_behind.members, fork.left_behind.transactions))
    }

    /// The records of a topic, or of one partition, from offset `start` on; those of aborted and open transactions only
    /// where they are asked for.
    fn records(
        &self,
        py: Python<'_>,
        topic: String,
        partition: Option<i32>,
        start: i64,
        uncommitted: bool,
    ) -> PyResult<Vec<Record>> {
        let stored = self.with_cluster(py, |cluster| {
            cluster.records(&topic, partition, start).map_err(|error| inspect_error(&error))
        })?;
        let seen = stored.into_iter().filter(|record| uncommitted || record.is_committed);
        Ok(seen.map(|record| Record::stored(&topic, record)).collect())
    }

    /// The records that name a schema which is not there or does not read them, each with its place and the reason.
    fn unreadable(&self, py: Python<'_>, schemas: &Schemas, since: i64) -> PyResult<Vec<String>> {
        let values = schemas.values();
        self.with_cluster(py, |cluster| Ok(unreadable_records(cluster, &values, since)))
    }

    /// Compacts all that is in a topic now.
    fn compact(&self, py: Python<'_>, topic: String) -> PyResult<()> {
        self.with_cluster(py, |cluster| cluster.compact(&topic).map_err(|error| inspect_error(&error)))
    }

    /// Applies a topic's retention now.
    fn apply_retention(&self, py: Python<'_>, topic: String) -> PyResult<()> {
        self.with_cluster(py, |cluster| cluster.apply_retention(&topic).map_err(|error| inspect_error(&error)))
    }

    /// Moves the clock ahead; returns what has happened.
    fn advance_clock(&self, py: Python<'_>, by_seconds: f64, expire: Vec<String>) -> PyResult<Vec<String>> {
        let by = seconds("by", by_seconds)?;
        self.with_cluster(py, |cluster| {
            let groups: Vec<&str> = expire.iter().map(String::as_str).collect();
            let happened = cluster.advance_clock_expiring(by, &groups).map_err(|error| inspect_error(&error))?;
            Ok(texts(&happened))
        })
    }

    /// Moves the clock to its next timer of a kind; returns what has happened.
    fn advance_clock_to_next(&self, py: Python<'_>, timer: &str) -> PyResult<Vec<String>> {
        let kind = timer.parse().map_err(|error: String| PyValueError::new_err(error))?;
        let next = self
            .with_cluster(py, |cluster| cluster.advance_clock_to_next(kind).map_err(|error| inspect_error(&error)))?;
        match next {
            Some((_, happened)) => Ok(texts(&happened)),
            None => Err(PyValueError::new_err(format!("no timer of the kind {kind} is set"))),
        }
    }

    /// What the clock will do: times in microseconds, and what.
    fn due(&self, py: Python<'_>) -> PyResult<Vec<(i64, String)>> {
        self.with_cluster(py, |cluster| {
            let due = cluster.due().map_err(|error| inspect_error(&error))?;
            Ok(due.iter().map(|due| (due.at.0, due.to_string())).collect())
        })
    }

    /// The cluster's time, in microseconds.
    fn now(&self, py: Python<'_>) -> PyResult<i64> {
        self.with_cluster(py, |cluster| Ok(cluster.now().map_err(|error| inspect_error(&error))?.0))
    }

    /// Stops the clock; returns whether it ran.
    fn freeze_clock(&self, py: Python<'_>) -> PyResult<bool> {
        self.with_cluster(py, |cluster| cluster.freeze_clock().map_err(|error| inspect_error(&error)))
    }

    /// Restarts the clock.
    fn run_clock(&self, py: Python<'_>) -> PyResult<()> {
        self.with_cluster(py, |cluster| cluster.run_clock().map_err(|error| inspect_error(&error)))
    }

    /// What the journal has from entry `since` on: each entry as JSON and as a line, the number to go on from, and how
    /// many were dropped. Waits up to `timeout_seconds` for the first one.
    fn journal(&self, py: Python<'_>, since: u64, timeout_seconds: f64, wanted: Option<&str>) -> PyResult<JournalPage> {
        let (timeout, wanted) = (seconds("timeout_seconds", timeout_seconds)?, request_matcher(wanted)?);
        self.with_cluster(py, |cluster| {
            let page = cluster.wait_for_journal(since, timeout).map_err(|error| inspect_error(&error))?;
            let entries = page.entries.iter().map(|entry| {
                let json = serde_json::to_string(&**entry);
                let misses = wanted.misses(entry).iter().map(ToString::to_string).collect();
                Ok((json.map_err(trial_error)?, entry.to_string(), misses))
            });
            Ok((entries.collect::<PyResult<_>>()?, page.next, page.dropped))
        })
    }

    /// The last requests from entry `since` on and the connections that brokers closed, as a report shows them: those of
    /// `clients`, if there are any.
    fn last_requests(&self, py: Python<'_>, since: u64, clients: Vec<String>) -> PyResult<Vec<String>> {
        self.with_cluster(py, |cluster| {
            let clients: Vec<&str> = clients.iter().map(String::as_str).collect();
            last_requests(cluster, since, &clients).map_err(|error| inspect_error(&error))
        })
    }

    /// Arms a fault rule given as JSON; returns what it does, in words.
    fn arm_fault(&self, py: Python<'_>, rule: &str) -> PyResult<String> {
        faults::arm(self, py, rule)
    }

    /// Arms the fault rules of a file; with `optional` none of them must act.
    fn arm_fault_file(&self, py: Python<'_>, path: &str, optional: bool) -> PyResult<Vec<ArmedRule>> {
        faults::arm_file(self, py, path, optional)
    }

    /// Ends the sessions of members of a group now; returns how many.
    fn expire_members(&self, py: Python<'_>, group: String, member: String) -> PyResult<usize> {
        self.with_cluster(py, |cluster| cluster.expire_members(&group, &member).map_err(|error| inspect_error(&error)))
    }

    /// Ends the ongoing transaction of a transactional id now.
    fn time_out_transaction(&self, py: Python<'_>, transactional_id: String) -> PyResult<()> {
        self.with_cluster(py, |cluster| {
            cluster.time_out_transaction(&transactional_id).map_err(|error| inspect_error(&error))
        })
    }

    /// Takes a fault rule away, and releases what it holds. Returns text if the rule had to act and never did.
    fn disarm_fault(&self, py: Python<'_>, id: String) -> PyResult<Option<String>> {
        faults::disarm(self, py, id)
    }

    /// The requests that a fault rule acted on, in order.
    fn fired_faults(&self, py: Python<'_>, id: String) -> PyResult<Vec<Fired>> {
        faults::fired(self, py, id)
    }

    /// Releases what is held under a name; returns how many requests that were.
    fn release_hold(&self, py: Python<'_>, name: String) -> PyResult<usize> {
        faults::release(self, py, name)
    }

    /// Whether a request is held under a name within a time.
    fn wait_held(&self, py: Python<'_>, name: String, timeout_seconds: f64) -> PyResult<bool> {
        faults::wait_held(self, py, name, timeout_seconds)
    }

    /// Whether a fault rule has acted on so many requests within a time.
    fn wait_fired(&self, py: Python<'_>, id: String, count: u64, timeout_seconds: f64) -> PyResult<bool> {
        faults::wait_fired(self, py, id, count, timeout_seconds)
    }

    /// Stops one broker of the cluster; its port refuses when this returns.
    fn stop_broker(&self, py: Python<'_>, broker_id: i32) -> PyResult<()> {
        self.with_cluster(py, |cluster| cluster.stop_broker(broker_id).map_err(|error| control_error(&error)))
    }

    /// Starts a stopped broker on the port it had.
    fn start_broker(&self, py: Python<'_>, broker_id: i32) -> PyResult<()> {
        self.with_cluster(py, |cluster| cluster.start_broker(broker_id).map_err(|error| control_error(&error)))
    }

    /// Lets another in-sync replica lead a partition.
    fn move_leader(&self, py: Python<'_>, topic: String, partition: i32, broker_id: i32) -> PyResult<()> {
        self.with_cluster(py, |cluster| {
            cluster.move_leader(&topic, partition, broker_id).map_err(|error| control_error(&error))
        })
    }

    /// Stops the cluster; its port refuses when this returns. Stopping it again does nothing.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.end());
    }
}

fn texts(happened: &[Happened]) -> Vec<String> {
    happened.iter().map(|happened| happened.event.to_string()).collect()
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.end();
    }
}

impl Broker {
    fn of(cluster: Cluster) -> Self {
        Self {
            bootstrap_servers: cluster.bootstrap_servers(),
            ignored_properties: cluster.ignored_properties().iter().map(ToString::to_string).collect(),
            cluster: Mutex::new(Some(cluster)),
            process: std::process::id(),
        }
    }

    fn end(&self) {
        let cluster = self.cluster.lock().ok().and_then(|mut cluster| cluster.take());
        if self.process != std::process::id() {
            // A forked child must not wait for a thread that only its parent has.
            std::mem::forget(cluster);
        }
    }

    /// Looks into the running cluster without the interpreter.
    pub(crate) fn with_cluster<T: Send>(
        &self,
        py: Python<'_>,
        look: impl FnOnce(&Cluster) -> PyResult<T> + Send,
    ) -> PyResult<T> {
        if self.process != std::process::id() {
            return Err(trial_error(format!(
                "the embedded broker runs in process {}; in a forked child only its address can be used",
                self.process
            )));
        }
        py.detach(|| {
            let cluster = self.cluster.lock().ok();
            match cluster.as_deref() {
                Some(Some(cluster)) => look(cluster),
                _ => Err(trial_error("the embedded broker has stopped")),
            }
        })
    }
}
