//! Following correlation ids.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use kafka_trial::client::Deadline;
use kafka_trial::flow::{self, Expect, Flow, Follow, Route, artifacts};
use kafka_trial::utilities::{FlowHop, FlowTracking, track_event_flow as track};
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::broker::Broker;
use crate::cluster::seconds;
use crate::errors::client_error;
use crate::reading::reading;
use crate::waiting::detached;

/// Follows a correlation id from its request to its response. Events are given as JSON text.
#[pyfunction]
pub(crate) fn track_event_flow<'py>(
    py: Python<'py>,
    bootstrap_servers: String,
    correlation_id: String,
    request_topic: String,
    response_topic: String,
    timeout_seconds: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let timeout = seconds("timeout_seconds", timeout_seconds)?;
    let tracking =
        detached(py, move || track(&bootstrap_servers, &correlation_id, &request_topic, &response_topic, timeout))?;
    as_dict(py, &tracking.map_err(|error| client_error(&error))?)
}

fn as_dict<'py>(py: Python<'py>, tracking: &FlowTracking) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("correlation_id", &tracking.correlation_id)?;
    dict.set_item("request_found", tracking.request_found)?;
    dict.set_item("response_found", tracking.response_found)?;
    dict.set_item("duration_ms", tracking.duration_ms)?;
    dict.set_item("request_event", tracking.request_event.as_ref().map(ToString::to_string))?;
    dict.set_item("response_event", tracking.response_event.as_ref().map(ToString::to_string))?;
    let hops = PyList::empty(py);
    for hop in &tracking.hops {
        hops.append(hop_dict(py, hop)?)?;
    }
    dict.set_item("hops", hops)?;
    Ok(dict)
}

fn hop_dict<'py>(py: Python<'py>, hop: &FlowHop) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("topic", &hop.topic)?;
    dict.set_item("partition", hop.partition)?;
    dict.set_item("offset", hop.offset)?;
    dict.set_item("timestamp", hop.timestamp)?;
    dict.set_item("matched_by", hop.matched_by.name())?;
    Ok(dict)
}

/// A flow as JSON, its report, its summary, and the values of its records.
type Told = (String, String, String, Vec<Option<Vec<u8>>>);

/// Follows ids through a cluster, and keeps what it has read and what it has followed.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug)]
pub(crate) struct FlowTracker {
    tracker: Arc<Mutex<flow::FlowTracker>>,
    followed: Mutex<Vec<Flow>>,
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
        update_golden: bool,
        timeout_seconds: f64,
    ) -> PyResult<Self> {
        let timeout = seconds("timeout_seconds", timeout_seconds)?;
        let locators = reading(&locators)?.locators;
        let tracker = match broker {
            Some(broker) => broker.get().with_cluster(py, |cluster| {
                flow::FlowTracker::on(cluster, Deadline::after(timeout)).map_err(|error| client_error(&error))
            })?,
            None => {
                let connect = move || flow::FlowTracker::connect(&bootstrap_servers, Deadline::after(timeout));
                detached(py, connect)?.map_err(|error| client_error(&error))?
            }
        };
        let tracker = tracker.locators(locators).update_golden(update_golden);
        Ok(Self { tracker: Arc::new(Mutex::new(tracker)), followed: Mutex::default() })
    }

    /// Follows an id along a route. Gives the flow as JSON, its report, in one line what is wrong with it, and the whole
    /// values of its records.
    /// Expectations are JSON objects in a list.
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
        let tracker = Arc::clone(&self.tracker);
        let flow =
            detached(py, move || tracker.lock().unwrap_or_else(PoisonError::into_inner).follow(&follow, timeout))?;
        let values = flow.observations.iter().map(|o| o.value.as_ref().map(|value| value.to_vec()));
        let told = (flow.to_json().to_string(), flow.to_string(), flow.summary(), values.collect());
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.retain(|known| known.id != flow.id || known.route != flow.route);
        followed.push(flow);
        Ok(told)
    }

    /// The reports of what was followed and is not as expected, with the command that repeats it.
    fn reports(&self, width: usize, repeat: &str) -> Vec<String> {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let others = followed.iter().filter(|flow| !flow.is_complete());
        others.map(|flow| flow.report_with(width, Some(repeat).filter(|repeat| !repeat.is_empty()))).collect()
    }

    /// The clients that should have done what did not happen.
    fn blocking_clients(&self) -> Vec<String> {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let others = followed.iter().filter(|flow| !flow.is_complete());
        others.flat_map(Flow::blocking_clients).map(str::to_owned).collect()
    }

    /// Writes the files of what was followed and gives the paths of the pages.
    fn write(&self, folder: PathBuf, test: &str) -> PyResult<Vec<PathBuf>> {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        artifacts::write(&folder, test, &followed).map_err(|error| PyOSError::new_err(error.to_string()))
    }
}

/// Puts all flows below a folder on one page and gives its path.
#[pyfunction]
pub(crate) fn flow_index(folder: PathBuf) -> PyResult<PathBuf> {
    let summary = artifacts::index(&folder).map_err(|error| PyOSError::new_err(error.to_string()))?;
    Ok(summary.page)
}
