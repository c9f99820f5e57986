//! Errors of the kit as the exceptions of `kafka_trial._errors`.

use kafka_trial::client::ClientError;
use kafka_trial::{ControlError, InspectError, RegistryError, StartError};
use kafka_trial_wire::ErrorCode;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A class of `kafka_trial._errors`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    KafkaTrialError,
    Unreachable,
    TimedOut,
    Refused,
    Invalid,
    CannotListen,
}

/// An exception in the making.
#[derive(Debug)]
struct Raised {
    class: Class,
    text: String,
    code: Option<String>,
    api: Option<String>,
    subject: Option<String>,
}

impl Raised {
    fn new(class: Class, text: String) -> Self {
        Self { class, text, code: None, api: None, subject: None }
    }

    fn code(self, code: impl ToString) -> Self {
        Self { code: Some(code.to_string()), ..self }
    }

    fn api(self, api: impl ToString) -> Self {
        Self { api: Some(api.to_string()), ..self }
    }

    fn subject(self, subject: impl ToString) -> Self {
        let subject = subject.to_string();
        Self { subject: (!subject.is_empty()).then_some(subject), ..self }
    }

    /// The exception; what keeps it from being made is raised in its place.
    fn into_error(self) -> PyErr {
        Python::attach(|py| {
            let fields = PyDict::new(py);
            fields.set_item("code", self.code)?;
            fields.set_item("api", self.api)?;
            fields.set_item("subject", self.subject)?;
            let class = py.import("kafka_trial._errors")?.getattr(format!("{:?}", self.class))?;
            Ok(PyErr::from_value(class.call((self.text,), Some(&fields))?))
        })
        .unwrap_or_else(|error: PyErr| error)
    }
}

/// Kafka's name for the number of an error, as other clients report it.
#[pyfunction]
pub(crate) fn error_name(code: i16) -> String {
    ErrorCode(code).to_string()
}

/// An error that is no more than a sentence.
pub(crate) fn trial_error(text: impl ToString) -> PyErr {
    Raised::new(Class::KafkaTrialError, text.to_string()).into_error()
}

/// What went wrong between this process and a cluster.
pub(crate) fn client_error(error: &ClientError) -> PyErr {
    let raised = |class| Raised::new(class, error.to_string());
    match error {
        ClientError::Resolve { address, .. } | ClientError::Connect { address, .. } => {
            raised(Class::Unreachable).subject(address)
        }
        ClientError::Broken { address, api, .. } => raised(Class::Unreachable).api(api).subject(address),
        ClientError::NoServer(_) => raised(Class::Unreachable),
        ClientError::Address(text) => raised(Class::Invalid).subject(text),
        ClientError::Security { servers, .. } => raised(Class::Invalid).subject(servers),
        ClientError::TimedOut { address, api, .. } => raised(Class::TimedOut).api(api).subject(address),
        ClientError::NotStable { group, .. } | ClientError::NotCaughtUp { group, .. } => {
            raised(Class::TimedOut).subject(group)
        }
        ClientError::Kafka { api, subject, code, .. } => raised(Class::Refused).code(code).api(api).subject(subject),
        ClientError::UnknownTopic(topic) => raised(Class::Refused).code(UNKNOWN).subject(topic),
        ClientError::UnknownPartition { topic, partition, .. } => {
            raised(Class::Refused).code(UNKNOWN).subject(format!("{topic}-{partition}"))
        }
        ClientError::NoLeader { topic, partition } => {
            raised(Class::Refused).code("LEADER_NOT_AVAILABLE").subject(format!("{topic}-{partition}"))
        }
        ClientError::Garbage { address, api, .. } | ClientError::Versions { address, api, .. } => {
            raised(Class::KafkaTrialError).api(api).subject(address)
        }
        ClientError::Encode { api, .. } => raised(Class::KafkaTrialError).api(api),
        ClientError::Records { subject, .. } => raised(Class::KafkaTrialError).subject(subject),
        _ => raised(Class::KafkaTrialError),
    }
    .into_error()
}

/// What went wrong between this process and a schema registry.
pub(crate) fn registry_error(error: &RegistryError) -> PyErr {
    let raised = |class| Raised::new(class, error.to_string());
    match error {
        RegistryError::Start(_) => raised(Class::CannotListen),
        RegistryError::Url { url, .. } => raised(Class::Invalid).subject(url),
        RegistryError::Unreachable { url, .. } => raised(Class::Unreachable).subject(url),
        RegistryError::Refused { code, request, .. } => raised(Class::Refused).code(code).subject(request),
        RegistryError::Value { .. } => raised(Class::Invalid),
        _ => raised(Class::KafkaTrialError),
    }
    .into_error()
}

/// Kafka's name for a topic or a partition that does not exist.
const UNKNOWN: &str = "UNKNOWN_TOPIC_OR_PARTITION";

/// Why an embedded broker did not start.
pub(crate) fn start_error(error: &StartError) -> PyErr {
    let text = error.to_string();
    match error {
        StartError::Bind { .. } if error.is_about_the_port() => {
            Raised::new(Class::CannotListen, format!("{text}; port=0 takes any free one"))
        }
        StartError::Bind { .. } => Raised::new(Class::CannotListen, text),
        StartError::Setting(_)
        | StartError::NoBrokers
        | StartError::Advertised(_)
        | StartError::NothingToAdvertise { .. } => Raised::new(Class::Invalid, text),
        StartError::Topic { name, .. } => Raised::new(Class::Refused, text).subject(name),
        _ => Raised::new(Class::KafkaTrialError, text),
    }
    .into_error()
}

/// Why a broker did not stop or start, or a leader did not move.
pub(crate) fn control_error(error: &ControlError) -> PyErr {
    let class = match error {
        ControlError::Bind { .. } => Class::CannotListen,
        _ => Class::Refused,
    };
    Raised::new(class, error.to_string()).into_error()
}

/// What the embedded broker refuses.
pub(crate) fn inspect_error(error: &InspectError) -> PyErr {
    let raised = |class| Raised::new(class, error.to_string());
    match error {
        InspectError::UnknownTopic(topic) => raised(Class::Refused).code(UNKNOWN).subject(topic),
        InspectError::UnknownPartition { topic, partition, .. } => {
            raised(Class::Refused).code(UNKNOWN).subject(format!("{topic}-{partition}"))
        }
        InspectError::TopicExists(topic) => raised(Class::Refused).code("TOPIC_ALREADY_EXISTS").subject(topic),
        InspectError::Refused(_) => raised(Class::Refused),
        _ => raised(Class::KafkaTrialError),
    }
    .into_error()
}
