//! The reference service in this process.

use std::sync::Mutex;

use kafka_trial::responder::Responder;
use kafka_trial_reference::Operation;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::client_error;
use crate::waiting::detached;

/// The four handlers, answering on the default topics until it is stopped.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug)]
pub(crate) struct Codegen {
    responder: Mutex<Option<Responder>>,
}

#[pymethods]
impl Codegen {
    /// Starts reading at the end of the request topics of some operations, of all where none is named: what is produced
    /// after this returns is answered.
    #[staticmethod]
    #[pyo3(signature = (bootstrap_servers, operations = Vec::new()))]
    fn start(py: Python<'_>, bootstrap_servers: String, operations: Vec<String>) -> PyResult<Self> {
        let operations: Vec<Operation> = match operations.as_slice() {
            [] => Operation::ALL.to_vec(),
            names => names.iter().map(|name| operation(name)).collect::<PyResult<_>>()?,
        };
        let started = detached(py, move || kafka_trial_reference::start_some(&bootstrap_servers, &operations))?;
        Ok(Self { responder: Mutex::new(Some(started.map_err(|error| client_error(&error))?)) })
    }

    /// How many requests were handled.
    #[getter]
    fn handled(&self) -> u64 {
        self.with_responder(Responder::handled).unwrap_or_default()
    }

    /// Why reading or answering failed last.
    #[getter]
    fn last_error(&self) -> Option<String> {
        self.with_responder(Responder::last_error).flatten()
    }

    /// Ends the service. Stopping it again does nothing.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| drop(self.responder.lock().ok().and_then(|mut responder| responder.take())));
    }
}

impl Codegen {
    fn with_responder<T>(&self, look: impl FnOnce(&Responder) -> T) -> Option<T> {
        self.responder.lock().ok().and_then(|responder| responder.as_ref().map(look))
    }
}

fn operation(name: &str) -> PyResult<Operation> {
    Operation::of_name(name).ok_or_else(|| {
        let known = Operation::ALL.map(Operation::name).join(", ");
        PyValueError::new_err(format!("{name:?} is no operation of the reference service: {known} are"))
    })
}
