//! Waiting without the interpreter.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// How long Ctrl-C may go unnoticed.
pub(crate) const LOOK: Duration = Duration::from_millis(50);

/// Runs something that blocks on a thread of its own while other Python threads go on. When a signal ends the wait,
/// the thread is left to its own deadline.
pub(crate) fn detached<T: Send + 'static>(py: Python<'_>, work: impl FnOnce() -> T + Send + 'static) -> PyResult<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let worker = thread::Builder::new().name("kafka-trial-call".to_owned()).spawn(move || {
        // Nobody waits any more when this fails.
        let _ = sender.send(work());
    })?;
    py.detach(move || {
        let result = loop {
            match receiver.recv_timeout(LOOK) {
                Ok(result) => break result,
                Err(RecvTimeoutError::Timeout) => Python::attach(|py| py.check_signals())?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(PyRuntimeError::new_err("kafka-trial: a native call ended without a result"));
                }
            }
        };
        // The result is there, so the thread is at its end.
        let _ = worker.join();
        Ok(result)
    })
}
