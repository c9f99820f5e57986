//! Waiting for events.

use std::sync::{Arc, Mutex, PoisonError};

use kafka_trial::client::{Deadline, ReceivedRecord};
use kafka_trial::matcher::{JsonSchema, Matcher};
use kafka_trial::{EventError, EventWindow as Window};
use pyo3::exceptions::{PyAssertionError, PyValueError};
use pyo3::prelude::*;
use serde_json::Value as Json;

use crate::cluster::seconds;
use crate::errors::client_error;
use crate::reading::reading;
use crate::record::Record;
use crate::schemas::Schemas;
use crate::waiting::detached;

/// What an event should look like. JSON comes as text; `check` takes the record and says why it is not the one.
#[derive(Debug, FromPyObject)]
struct Expected {
    topic: String,
    correlation_id: Option<String>,
    key: Option<Vec<u8>>,
    headers: Vec<(String, Vec<u8>)>,
    /// The value byte by byte, or none for a tombstone.
    value: Option<(Option<Vec<u8>>,)>,
    /// The value as JSON.
    json: Option<String>,
    fields: String,
    schema: Option<String>,
    check: Option<(String, Py<PyAny>)>,
}

impl Expected {
    fn matcher(self) -> PyResult<Matcher> {
        let wrong = |text: String| PyValueError::new_err(text);
        let json = |text: &str| serde_json::from_str::<Json>(text).map_err(|error| wrong(error.to_string()));
        let mut event = Matcher::on(self.topic);
        if let Some(id) = self.correlation_id {
            event = event.correlation_id(id);
        }
        if let Some(key) = self.key {
            event = event.key(key);
        }
        event = self.headers.into_iter().fold(event, |event, (name, value)| event.header(name, value));
        event = match self.value {
            Some((Some(value),)) => event.value(value),
            Some((None,)) => event.tombstone(),
            None => event,
        };
        if let Some(text) = self.json {
            event = event.json(json(&text)?);
        }
        let Json::Object(fields) = json(&self.fields)? else { return Err(wrong("fields is an object".to_owned())) };
        event = fields.into_iter().fold(event, |event, (at, value)| event.field(at, value));
        if let Some(schema) = self.schema {
            event = event.schema(&schema.parse::<JsonSchema>().map_err(|error| wrong(error.to_string()))?);
        }
        Ok(match self.check {
            Some((text, check)) => event.checked_by(text, move |record| why_not(&check, record)),
            None => event,
        })
    }
}

/// What a test's function says of a record; what goes wrong in it is a reason too.
fn why_not(check: &Py<PyAny>, record: &ReceivedRecord) -> Result<(), String> {
    let record = Record::from(record.clone());
    let said = Python::attach(|py| check.call1(py, (record,))?.extract::<Option<String>>(py));
    match said {
        Ok(None) => Ok(()),
        Ok(Some(reason)) => Err(reason),
        Err(error) => Err(error.to_string()),
    }
}

/// What comes on the topics of a cluster after this is opened.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug)]
pub(crate) struct EventWindow {
    window: Arc<Mutex<Window>>,
}

#[pymethods]
impl EventWindow {
    /// Opens at the present ends of all topics. Ids stand where the locators find them, before the usual places.
    #[staticmethod]
    fn open(
        py: Python<'_>,
        bootstrap_servers: String,
        locators: Vec<String>,
        schemas: &Schemas,
        timeout_seconds: f64,
    ) -> PyResult<Self> {
        let (timeout, reading) = (seconds("timeout_seconds", timeout_seconds)?, reading(&locators, schemas)?);
        let opened = detached(py, move || Window::open(&bootstrap_servers, Deadline::after(timeout)))?;
        let window = opened.map_err(|error| client_error(&error))?.reading(reading);
        Ok(Self { window: Arc::new(Mutex::new(window)) })
    }

    /// The first `count` such events, ordered by a JSON Pointer where that is said.
    fn expect(
        &self,
        py: Python<'_>,
        expected: Expected,
        count: usize,
        ordered_by: Option<String>,
        timeout_seconds: f64,
    ) -> PyResult<Vec<Record>> {
        let (event, timeout) = (expected.matcher()?, seconds("timeout_seconds", timeout_seconds)?);
        let found = self.ask(py, move |window| match ordered_by {
            Some(pointer) => window.expect_in_order(&event, count, &pointer, timeout),
            None => window.expect_all(&event, count, timeout),
        })?;
        Ok(found.map_err(|error| event_error(&error))?.into_iter().map(Record::from).collect())
    }

    /// That no such event comes.
    fn expect_none(&self, py: Python<'_>, expected: Expected, during_seconds: f64) -> PyResult<()> {
        let (event, during) = (expected.matcher()?, seconds("during_seconds", during_seconds)?);
        self.ask(py, move |window| window.expect_none(&event, during))?.map_err(|error| event_error(&error))
    }

    /// All events of a topic that are there now.
    fn all(&self, py: Python<'_>, topic: String) -> PyResult<Vec<Record>> {
        Ok(self.ask(py, move |window| window.all(&topic))?.into_iter().map(Record::from).collect())
    }
}

impl EventWindow {
    fn ask<T: Send + 'static>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&mut Window) -> T + Send + 'static,
    ) -> PyResult<T> {
        let window = Arc::clone(&self.window);
        detached(py, move || ask(&mut window.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// What was expected and did not come is an `AssertionError`.
fn event_error(error: &EventError) -> PyErr {
    match error {
        EventError::Client(error) => client_error(error),
        error => PyAssertionError::new_err(error.to_string()),
    }
}
