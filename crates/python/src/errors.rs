//! Errors of the kit as Python's exceptions.

use kafka_trial::client::ClientError;
use kafka_trial::{ControlError, InspectError, StartError};
use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::{PyConnectionError, PyException, PyOSError, PyTimeoutError, PyValueError};

create_exception!(kafka_trial, KafkaTrialError, PyException, "Kafka, or the embedded broker, refused something.");

/// Unreachable is `ConnectionError`, too late is `TimeoutError`, refused is `KafkaTrialError`.
pub(crate) fn client_error(error: &ClientError) -> PyErr {
    let text = error.to_string();
    match error {
        ClientError::Resolve { .. } | ClientError::Connect { .. } | ClientError::Broken { .. } => {
            PyConnectionError::new_err(text)
        }
        ClientError::Address(_) => PyValueError::new_err(text),
        ClientError::TimedOut { .. } | ClientError::NotStable { .. } => PyTimeoutError::new_err(text),
        _ => KafkaTrialError::new_err(text),
    }
}

/// A port in use is an `OSError`, a setting that cannot be is a `ValueError`.
pub(crate) fn start_error(error: &StartError) -> PyErr {
    let text = error.to_string();
    match error {
        StartError::Bind { .. } if error.is_about_the_port() => {
            PyOSError::new_err(format!("{text}; port=0 takes any free one"))
        }
        StartError::Bind { .. } => PyOSError::new_err(text),
        StartError::Setting(_) | StartError::NoBrokers => PyValueError::new_err(text),
        _ => KafkaTrialError::new_err(text),
    }
}

/// A port that others have taken meanwhile is an `OSError`, all else a `KafkaTrialError`.
pub(crate) fn control_error(error: &ControlError) -> PyErr {
    let text = error.to_string();
    match error {
        ControlError::Bind { .. } => PyOSError::new_err(text),
        _ => KafkaTrialError::new_err(text),
    }
}

/// What the embedded broker refuses is a `KafkaTrialError`.
pub(crate) fn inspect_error(error: &InspectError) -> PyErr {
    KafkaTrialError::new_err(error.to_string())
}
