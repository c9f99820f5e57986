//! A service in this process whose answers Python makes.

use std::sync::Mutex;

use kafka_trial::client::ReceivedRecord;
use kafka_trial::responder::Responder as Service;
use pyo3::prelude::*;

use crate::errors::client_error;
use crate::record::{Headers, Record, outgoing};
use crate::schemas::Schemas;
use crate::waiting::detached;

/// What a handler returns: key, value and headers of the answer, or nothing.
type Reply = Option<(Option<Vec<u8>>, Vec<u8>, Headers)>;

/// Answers the records of one topic on another until it is stopped.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug)]
pub(crate) struct Responder {
    service: Mutex<Option<Service>>,
}

#[pymethods]
impl Responder {
    /// Starts reading at the end of the topic: what is produced after this returns is given to `handler`.
    #[staticmethod]
    fn start(
        py: Python<'_>,
        bootstrap_servers: String,
        request_topic: String,
        response_topic: String,
        schemas: &Schemas,
        handler: Py<PyAny>,
    ) -> PyResult<Self> {
        let values = schemas.values();
        let answer = move |record: &ReceivedRecord| {
            let reply = Python::attach(|py| {
                let reply = handler.call1(py, (Record::from(record.clone().read_by(&values)),))?;
                reply.extract::<Reply>(py)
            });
            // What goes wrong in there is kept there.
            let answer = reply.ok().flatten();
            let record = |(key, value, headers)| outgoing(response_topic.clone(), key, Some(value), headers);
            answer.map(record).into_iter().collect()
        };
        let started = detached(py, move || Service::start(&bootstrap_servers, &[&request_topic], answer))?;
        Ok(Self { service: Mutex::new(Some(started.map_err(|error| client_error(&error))?)) })
    }

    /// Why reading or answering failed last.
    #[getter]
    fn last_error(&self) -> Option<String> {
        self.service.lock().ok().and_then(|service| service.as_ref().and_then(Service::last_error))
    }

    /// Ends the service. Stopping it again does nothing.
    fn stop(&self, py: Python<'_>) {
        // Its thread may be waiting for the interpreter.
        py.detach(|| self.end());
    }
}

impl Responder {
    fn end(&self) {
        drop(self.service.lock().ok().and_then(|mut service| service.take()));
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        // Without an interpreter there is no thread that waits for it either.
        if Python::try_attach(|py| py.detach(|| self.end())).is_none() {
            self.end();
        }
    }
}
