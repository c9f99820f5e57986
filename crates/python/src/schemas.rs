//! The schema registry of a run, and what it decodes.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use kafka_trial::value::{Decode, Values};
use kafka_trial::{
    EmbeddedSchemaRegistry, RegistryError, RegistryFault, Schema, SchemaVersion, check_compatible as compatible,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::{registry_error, trial_error};
use crate::waiting::detached;

/// How the values of a run are read: by a registry, once there is one.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Default)]
pub(crate) struct Schemas {
    slot: Arc<OnceLock<Arc<dyn Decode>>>,
}

#[pymethods]
impl Schemas {
    #[new]
    fn new() -> Self {
        Self::default()
    }
}

impl Schemas {
    pub(crate) fn values(&self) -> Values {
        Values::decoded_later(Arc::clone(&self.slot))
    }
}

/// A schema by its parts: its type, its text, and what it refers to: names, subjects and versions.
#[derive(Clone, Debug, FromPyObject)]
pub(crate) struct Parts(String, String, Vec<(String, String, i32)>);

impl Parts {
    fn schema(self) -> PyResult<Schema> {
        let Self(kind, text, references) = self;
        let schema = Schema::of_type(&kind, text);
        let schema = schema.ok_or_else(|| {
            PyValueError::new_err(format!("type={kind:?}: \"AVRO\", \"JSON\" or \"PROTOBUF\" expected"))
        })?;
        let refer = |schema: Schema, (name, subject, version)| schema.reference(name, subject, version);
        Ok(references.into_iter().fold(schema, refer))
    }
}

/// Subjects with ids, and files with reasons.
type Loaded = (Vec<(String, i32)>, Vec<(PathBuf, String)>);

/// Subject, version, id, type and text.
type Version = (String, i32, i32, String, String);

fn version(version: SchemaVersion) -> Version {
    let SchemaVersion { subject, version, id, schema_type, schema, .. } = version;
    (subject, version, id, schema_type, schema)
}

/// A schema registry: the embedded one, or any by its URL.
#[pyclass(frozen, module = "kafka_trial._native")]
#[derive(Debug)]
pub(crate) struct SchemaRegistry {
    registry: kafka_trial::SchemaRegistry,
}

#[pymethods]
impl SchemaRegistry {
    /// Starts an empty one; it ends with the last object that uses it.
    #[staticmethod]
    fn start() -> PyResult<Self> {
        let registry = kafka_trial::SchemaRegistry::start().map_err(|error| registry_error(&error))?;
        Ok(Self { registry })
    }

    /// Uses the one at this URL; nothing is asked yet.
    #[staticmethod]
    fn at(url: &str) -> PyResult<Self> {
        let registry = kafka_trial::SchemaRegistry::at(url).map_err(|error| registry_error(&error))?;
        Ok(Self { registry })
    }

    #[getter]
    fn url(&self) -> &str {
        self.registry.url()
    }

    #[getter]
    fn is_embedded(&self) -> bool {
        self.registry.is_embedded()
    }

    /// Arms a fault in the embedded registry: `error`, `unknown_id`, `delay` or `cut`, with the number that belongs to it.
    #[pyo3(signature = (id, kind, status, error_code, schema_id, seconds, method, path, first, last, every))]
    #[expect(clippy::too_many_arguments, reason = "the parts of a fault, each by its name in Python")]
    fn arm_fault(
        &self,
        id: &str,
        kind: &str,
        status: u16,
        error_code: u32,
        schema_id: i32,
        seconds: f64,
        method: Option<String>,
        path: Option<String>,
        first: u64,
        last: u64,
        every: u64,
    ) -> PyResult<()> {
        let mut fault = match kind {
            "delay" => RegistryFault::delay(id, crate::cluster::seconds("delay", seconds)?),
            "cut" => RegistryFault::cut(id),
            "unknown_id" => RegistryFault::unknown_id(id, schema_id),
            _ => RegistryFault::error(id, status, error_code),
        };
        fault.method = method.or(fault.method);
        fault.path = path.or(fault.path);
        fault = if every > 0 { fault.every(every) } else { fault.nth(first..=last) };
        self.embedded()?.arm(fault).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// How many requests a fault acted on.
    fn fired_fault(&self, id: &str) -> PyResult<u64> {
        Ok(self.embedded()?.fault(id).map_or(0, |status| status.fired))
    }

    /// Disarms a fault; returns how many requests it acted on, and if none what came near.
    fn disarm_fault(&self, id: &str) -> PyResult<(u64, Option<String>)> {
        let status = self.embedded()?.disarm(id);
        Ok(status.map_or((0, None), |status| (status.fired, status.is_due().then(|| status.never_acted()))))
    }

    /// Values are decoded by this registry from now on, unless they are decoded by another one already.
    fn decode_for(&self, schemas: &Schemas) {
        // The first one stays: what has been read by it is kept.
        let _ = schemas.slot.set(self.registry.decoder());
    }

    fn register(&self, py: Python<'_>, subject: String, schema: Parts) -> PyResult<i32> {
        let schema = schema.schema()?;
        self.ask(py, move |registry| registry.register(&subject, &schema))
    }

    fn lookup(&self, py: Python<'_>, subject: String, schema: Parts) -> PyResult<Version> {
        let schema = schema.schema()?;
        self.ask(py, move |registry| registry.lookup(&subject, &schema)).map(version)
    }

    fn version(&self, py: Python<'_>, subject: String, number: Option<i32>) -> PyResult<Version> {
        self.ask(py, move |registry| registry.version(&subject, number)).map(version)
    }

    fn versions(&self, py: Python<'_>, subject: String) -> PyResult<Vec<i32>> {
        self.ask(py, move |registry| registry.versions(&subject))
    }

    fn subjects(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.ask(py, kafka_trial::SchemaRegistry::subjects)
    }

    fn delete(&self, py: Python<'_>, subject: String) -> PyResult<()> {
        self.ask(py, move |registry| registry.delete(&subject))
    }

    /// The subjects and ids of what was registered, and the files that were refused, each with its reason.
    fn load_folder(&self, py: Python<'_>, folder: PathBuf) -> PyResult<Loaded> {
        let loaded = self.ask(py, move |registry| registry.load_folder(folder))?;
        Ok((loaded.registered, loaded.refused))
    }

    fn set_compatibility(&self, py: Python<'_>, subject: Option<String>, level: String) -> PyResult<()> {
        self.ask(py, move |registry| registry.set_compatibility(subject.as_deref(), &level))
    }

    fn reset_compatibility(&self, py: Python<'_>, subject: Option<String>) -> PyResult<()> {
        self.ask(py, move |registry| registry.reset_compatibility(subject.as_deref()))
    }

    fn incompatibilities(&self, py: Python<'_>, subject: String, schema: Parts) -> PyResult<Vec<String>> {
        let schema = schema.schema()?;
        self.ask(py, move |registry| registry.incompatibilities(&subject, &schema))
    }

    /// A value, as the text of its JSON, by a subject's latest schema or that of an id.
    fn encode<'py>(
        &self,
        py: Python<'py>,
        subject: Option<String>,
        id: i32,
        value: &str,
        message: Option<String>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let value = serde_json::from_str(value).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let bytes = self.ask(py, move |registry| {
            let id = match subject {
                Some(subject) => registry.version(&subject, None)?.id,
                None => id,
            };
            registry.encode_message(id, &value, message.as_deref())
        })?;
        Ok(PyBytes::new(py, &bytes))
    }
}

impl SchemaRegistry {
    fn ask<T: Send + 'static>(
        &self,
        py: Python<'_>,
        ask: impl FnOnce(&kafka_trial::SchemaRegistry) -> Result<T, RegistryError> + Send + 'static,
    ) -> PyResult<T> {
        let registry = self.registry.clone();
        detached(py, move || ask(&registry))?.map_err(|error| registry_error(&error))
    }
}

/// Why one schema may not follow another by a level; nothing if it may.
#[pyfunction]
pub(crate) fn check_compatible(py: Python<'_>, old: Parts, new: Parts, level: String) -> PyResult<Vec<String>> {
    let (old, new) = (old.schema()?, new.schema()?);
    detached(py, move || compatible(&old, &new, &level))?.map_err(|error| registry_error(&error))
}

impl SchemaRegistry {
    fn embedded(&self) -> PyResult<&EmbeddedSchemaRegistry> {
        self.registry
            .embedded()
            .ok_or_else(|| trial_error("faults need the embedded schema registry, and this one runs elsewhere"))
    }
}
