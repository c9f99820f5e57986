//! Following a correlation id.

use kafka_trial::utilities::{FlowHop, FlowTracking, track_event_flow as track};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::cluster::seconds;
use crate::errors::client_error;
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
