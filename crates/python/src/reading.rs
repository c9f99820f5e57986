//! What a record says: its ids, and the JSON of its value. One room in Rust decides it for both languages.

use kafka_trial::client::ReceivedRecord;
use kafka_trial::flow::{Locator, Locators, Reading};
use kafka_trial::matcher::RequestMatcher;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::record::Headers;
use crate::schemas::Schemas;

/// Locators before the usual ones; `ValueError` says where a text stops being one.
pub(crate) fn reading(locators: &[String], schemas: &Schemas) -> PyResult<Reading> {
    let parsed = locators.iter().map(|text| text.parse::<Locator>()).collect::<Result<Vec<_>, _>>();
    let locators = Locators::first(parsed.map_err(|error| PyValueError::new_err(error.to_string()))?);
    Ok(Reading { locators, values: schemas.values() })
}

/// The text of the JSON in a value, or why there is none.
#[pyfunction]
pub(crate) fn json_text<'py>(
    py: Python<'py>,
    value: Option<Vec<u8>>,
    headers: Headers,
    schemas: &Schemas,
) -> (Option<Bound<'py, PyBytes>>, Option<String>) {
    let record = received(None, value, headers).read_by(&schemas.values());
    // A schema that is not known yet is asked for.
    match py.detach(|| record.json_text()) {
        Ok(text) => (Some(PyBytes::new(py, &text)), None),
        Err(reason) => (None, Some(reason.to_string())),
    }
}

fn received(key: Option<Vec<u8>>, value: Option<Vec<u8>>, headers: Headers) -> ReceivedRecord {
    let mut record = ReceivedRecord::at("", 0, 0);
    record.key = key.map(Into::into);
    record.value = value.map(Into::into);
    let header = |(name, value): (String, Option<Vec<u8>>)| (name.into_bytes().into(), value.map(Into::into));
    record.headers = headers.into_iter().map(header).collect();
    record
}

/// What a request should look like, from JSON; `ValueError` for a name that Kafka does not have.
pub(crate) fn request_matcher(wanted: Option<&str>) -> PyResult<RequestMatcher> {
    let wrong = |text: String| PyValueError::new_err(text);
    let Some(text) = wanted else { return Ok(RequestMatcher::any()) };
    let json = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    RequestMatcher::from_json(&json).map_err(wrong)
}

/// The same in words.
#[pyfunction]
pub(crate) fn describe_matcher(wanted: &str) -> PyResult<String> {
    Ok(request_matcher(Some(wanted))?.to_string())
}

/// Where the ids of records stand.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug)]
pub(crate) struct IdFinder {
    reading: Reading,
}

#[pymethods]
impl IdFinder {
    #[new]
    fn new(locators: Vec<String>, schemas: &Schemas) -> PyResult<Self> {
        Ok(Self { reading: reading(&locators, schemas)? })
    }

    /// The ids of a record in the order of trust.
    fn find(&self, py: Python<'_>, key: Option<Vec<u8>>, value: Option<Vec<u8>>, headers: Headers) -> Vec<String> {
        let record = received(key, value, headers);
        py.detach(|| self.reading.ids(&record))
    }
}
