//! Following correlation ids.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kafka_trial::client::Deadline;
use kafka_trial::flow::{self, Expect, Flow, Follow, Observation, Route, SharedTracker, artifacts};
use kafka_trial::utilities::{FlowHop, FlowTracking};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::broker::Broker;
use crate::cluster::seconds;
use crate::errors::client_error;
use crate::reading::reading;
use crate::record::Record;
use crate::schemas::Schemas;
use crate::waiting::detached;

fn hop_dict<'py>(py: Python<'py>, hop: &FlowHop) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("topic", &hop.topic)?;
    dict.set_item("partition", hop.partition)?;
    dict.set_item("offset", hop.offset)?;
    dict.set_item("timestamp", hop.timestamp)?;
    dict.set_item("matched_by", hop.matched_by.name())?;
    Ok(dict)
}

/// A flow as JSON, its report, its summary, and its records.
type Told = (String, String, String, Vec<Record>);

/// Follows ids through a cluster, for all that do so in a run: what it has read it does not read again.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug)]
pub(crate) struct FlowTracker {
    tracker: SharedTracker,
}

#[pymethods]
impl FlowTracker {
    /// On an embedded broker its journal is read too. With `update_golden` golden files are written.
    #[staticmethod]
    fn connect(
        py: Python<'_>,
        bootstrap_servers: String,
        broker: Option<Bound<'_, Broker>>,
        locators: Vec<String>,
        schemas: &Schemas,
        update_golden: bool,
        timeout_seconds: f64,
    ) -> PyResult<Self> {
        let timeout = seconds("timeout_seconds", timeout_seconds)?;
        let reading = reading(&locators, schemas)?;
        let tracker = match broker {
            Some(broker) => broker.get().with_cluster(py, |cluster| {
                flow::FlowTracker::on(cluster, Deadline::after(timeout)).map_err(|error| client_error(&error))
            })?,
            None => {
                let connect = move || flow::FlowTracker::connect(&bootstrap_servers, Deadline::after(timeout));
                detached(py, connect)?.map_err(|error| client_error(&error))?
            }
        };
        let tracker =
            SharedTracker::new(tracker.locators(reading.locators).values(reading.values).update_golden(update_golden));
        Ok(Self { tracker })
    }

    /// Follows an id along a route. Returns the flow as JSON, its report, in one line what is wrong with it, and its
    /// records. Expectations are JSON objects in a list.
    #[expect(clippy::too_many_arguments, reason = "called by one place")]
    fn follow(
        &self,
        py: Python<'_>,
        id: String,
        topics: Vec<String>,
        dead_letters: Option<Vec<String>>,
        group: Option<String>,
        within_seconds: Option<f64>,
        expected: &str,
        timeout_seconds: f64,
        followed: &Followed,
    ) -> PyResult<Told> {
        let timeout = seconds("timeout_seconds", timeout_seconds)?;
        let mut route = Route::through(topics);
        if let Some(topics) = dead_letters {
            route = route.dead_letters(topics);
        }
        if let Some(group) = group {
            route = route.handled_by(group);
        }
        if let Some(limit) = within_seconds {
            route = route.within(seconds("within_ms", limit)?);
        }
        let expected: Vec<serde_json::Value> =
            serde_json::from_str(expected).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let mut follow = Follow::new(id, route);
        for json in &expected {
            let expect = Expect::from_json(json).map_err(|error| PyValueError::new_err(error.to_string()))?;
            follow = follow.expect(expect);
        }
        let tracker = self.tracker.clone();
        let flow = detached(py, move || tracker.follow(&follow, timeout))?;
        let records = flow.observations.iter().map(|o| Record::from(o.record()));
        let told = (flow.to_json().to_string(), flow.to_string(), flow.summary(), records.collect());
        followed.keep(flow, None);
        Ok(told)
    }

    /// Follows a correlation id from its request to its response, as the spec wants it. Events are given as texts of JSON.
    fn track<'py>(
        &self,
        py: Python<'py>,
        id: String,
        request_topic: String,
        response_topic: String,
        timeout_seconds: f64,
        followed: &Followed,
    ) -> PyResult<Bound<'py, PyDict>> {
        let timeout = seconds("timeout_seconds", timeout_seconds)?;
        let follow = Follow::new(id, Route::through([request_topic, response_topic]));
        let (tracker, again) = (self.tracker.clone(), follow.clone());
        let flow = detached(py, move || tracker.seen(&follow, timeout))?;
        let dict = PyDict::new(py);
        let value = |observation: Option<&Observation>| {
            observation.and_then(|o| Some(PyBytes::new(py, &o.record().json_text().ok()?)))
        };
        dict.set_item("correlation_id", &flow.id)?;
        dict.set_item("request_found", flow.request().is_some())?;
        dict.set_item("response_found", flow.response().is_some())?;
        dict.set_item("duration_ms", flow.duration_ms())?;
        dict.set_item("request_event", value(flow.request()))?;
        dict.set_item("response_event", value(flow.response()))?;
        let hops = PyList::empty(py);
        for hop in &FlowTracking::from(&flow).hops {
            hops.append(hop_dict(py, hop)?)?;
        }
        dict.set_item("hops", hops)?;
        followed.keep(flow, Some((self.tracker.clone(), again, timeout)));
        Ok(dict)
    }
}

/// How a flow is looked at again: by whom, for what, and how long was waited.
type Again = (SharedTracker, Follow, Duration);

/// What a test has followed, as it was seen last.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug, Default)]
pub(crate) struct Followed {
    flows: Mutex<Vec<(Flow, Option<Again>)>>,
}

#[pymethods]
impl Followed {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Looks closer at those flows that were only tracked and are not complete: at groups, other topics, and answers that
    /// came late.
    fn look_again(&self, py: Python<'_>) -> PyResult<()> {
        let open: Vec<Again> = {
            let mut flows = self.flows();
            let open = flows.iter_mut().filter(|(flow, _)| !flow.is_complete());
            open.filter_map(|(_, again)| again.take()).collect()
        };
        for (tracker, follow, waited) in open {
            let flow = detached(py, move || tracker.again(&follow, waited))?;
            self.keep(flow, None);
        }
        Ok(())
    }

    /// The reports of what was followed and is not as expected, with the command that repeats it.
    fn reports(&self, width: usize, repeat: &str) -> Vec<String> {
        let repeat = Some(repeat).filter(|repeat| !repeat.is_empty());
        let flows = self.flows();
        let others = flows.iter().filter(|(flow, _)| !flow.is_complete());
        others.map(|(flow, _)| flow.report_with(width, repeat)).collect()
    }

    /// The records that name a schema which is not there or does not read them.
    fn unreadable(&self, py: Python<'_>) -> Vec<String> {
        let flows: Vec<Flow> = self.flows().iter().map(|(flow, _)| flow.clone()).collect();
        py.detach(|| flows.iter().flat_map(Flow::unreadable).collect())
    }

    /// The clients that should have done what did not happen.
    fn blocking_clients(&self) -> Vec<String> {
        let flows = self.flows();
        let others = flows.iter().filter(|(flow, _)| !flow.is_complete());
        others.flat_map(|(flow, _)| flow.blocking_clients()).map(str::to_owned).collect()
    }

    /// Writes the files of what was followed and returns the paths of the pages.
    fn write(&self, folder: PathBuf, test: &str) -> PyResult<Vec<PathBuf>> {
        let flows: Vec<Flow> = self.flows().iter().map(|(flow, _)| flow.clone()).collect();
        if flows.is_empty() {
            return Ok(Vec::new());
        }
        artifacts::write(&folder, test, &flows).map_err(|error| PyOSError::new_err(error.to_string()))
    }
}

impl Followed {
    fn flows(&self) -> MutexGuard<'_, Vec<(Flow, Option<Again>)>> {
        self.flows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One that is followed again replaces what was seen of it before.
    fn keep(&self, flow: Flow, again: Option<Again>) {
        let mut flows = self.flows();
        match flows.iter_mut().find(|(known, _)| known.id == flow.id && known.route == flow.route) {
            Some(known) => *known = (flow, again),
            None => flows.push((flow, again)),
        }
    }
}

/// Puts all flows below a folder on one page and gives its path.
#[pyfunction]
pub(crate) fn flow_index(folder: PathBuf) -> PyResult<PathBuf> {
    let summary = artifacts::index(&folder).map_err(|error| PyOSError::new_err(error.to_string()))?;
    Ok(summary.page)
}
