//! The fault rules of an embedded broker, for the methods of [`Broker`].

use std::path::Path;
use std::time::Duration;

use kafka_trial::faults::{FaultAction, FaultFile, never_acted, rule_from_json};
use kafka_trial::{EmbeddedCluster, FiredFault};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::broker::Broker;
use crate::cluster::seconds;
use crate::errors::inspect_error;

/// A request that a fault acted on: the rule, the API, the client id, the broker, the connection, the correlation id, and
/// microseconds since the Unix epoch.
pub(crate) type Fired = (String, String, String, i32, u64, i32, i64);

/// Arms a rule given as JSON; `ValueError` for one that is invalid or could never act. Returns what it does, in words.
pub(crate) fn arm(broker: &Broker, py: Python<'_>, rule: &str) -> PyResult<String> {
    let wrong = |text: String| PyValueError::new_err(text);
    let json = serde_json::from_str(rule).map_err(|error| wrong(error.to_string()))?;
    let rule = rule_from_json(&json).map_err(wrong)?;
    let action = rule.action.to_string();
    broker.with_cluster(py, |cluster| cluster.arm(rule).map_err(|error| PyValueError::new_err(error.to_string())))?;
    Ok(action)
}

/// A rule of a file that was armed: its id, what it does in words, the name of its hold if it has one, and whether it must
/// act.
pub(crate) type ArmedRule = (String, String, Option<String>, bool);

/// Arms the rules of a file, all or none; `ValueError` names file and line of what is wrong. With `optional` none of them must
/// act.
pub(crate) fn arm_file(broker: &Broker, py: Python<'_>, path: &str, optional: bool) -> PyResult<Vec<ArmedRule>> {
    let path = Path::new(path);
    let file = FaultFile::read(path).map_err(|error| PyValueError::new_err(error.to_string()))?;
    broker.with_cluster(py, |cluster| {
        let mut armed: Vec<ArmedRule> = Vec::new();
        for (mut rule, line) in file.rules.into_iter().zip(file.lines) {
            let hold = match &rule.action {
                FaultAction::HoldBefore(name) | FaultAction::HoldAfter(name) => Some(name.clone()),
                _ => None,
            };
            let summary = (rule.id.clone(), rule.action.to_string(), hold, rule.must_fire);
            rule.must_fire &= !optional;
            if let Err(error) = cluster.arm(rule) {
                for (id, ..) in armed {
                    cluster.disarm(&id).map_err(|error| inspect_error(&error))?;
                }
                return Err(PyValueError::new_err(format!("{}:{line}: {error}", path.display())));
            }
            armed.push(summary);
        }
        Ok(armed)
    })
}

/// Takes a rule away and releases what it holds. Returns what is to be reported of it: text if it had to act and never
/// did.
pub(crate) fn disarm(broker: &Broker, py: Python<'_>, id: String) -> PyResult<Option<String>> {
    broker.with_cluster(py, |cluster| {
        let status = cluster.disarm(&id).map_err(|error| inspect_error(&error))?;
        Ok(status.filter(|status| status.is_due()).map(|status| never_acted(&status)))
    })
}

/// The requests that a rule acted on, in order.
pub(crate) fn fired(broker: &Broker, py: Python<'_>, id: String) -> PyResult<Vec<Fired>> {
    broker.with_cluster(py, |cluster| {
        let fired = cluster.fired_faults().map_err(|error| inspect_error(&error))?;
        let of_rule = fired.into_iter().filter(|one| one.rule == id);
        Ok(of_rule
            .map(|one| {
                let FiredFault { rule, at, broker, connection, client_id, api, correlation_id, .. } = one;
                (rule, api.to_string(), client_id, broker, connection, correlation_id, at.0)
            })
            .collect())
    })
}

/// Releases what is held under a name; returns how many requests that were.
pub(crate) fn release(broker: &Broker, py: Python<'_>, name: String) -> PyResult<usize> {
    broker.with_cluster(py, |cluster| cluster.release(&name).map_err(|error| inspect_error(&error)))
}

/// Whether a request is held under a name within a time.
pub(crate) fn wait_held(broker: &Broker, py: Python<'_>, name: String, timeout_seconds: f64) -> PyResult<bool> {
    wait_for(broker, py, timeout_seconds, |cluster, timeout| cluster.wait_held(&name, timeout))
}

/// Whether a rule has acted on so many requests within a time.
pub(crate) fn wait_fired(
    broker: &Broker,
    py: Python<'_>,
    id: String,
    count: u64,
    timeout_seconds: f64,
) -> PyResult<bool> {
    wait_for(broker, py, timeout_seconds, |cluster, timeout| cluster.wait_fired(&id, count, timeout))
}

fn wait_for(
    broker: &Broker,
    py: Python<'_>,
    timeout_seconds: f64,
    wait: impl FnOnce(&EmbeddedCluster, Duration) -> Result<bool, kafka_trial::InspectError> + Send,
) -> PyResult<bool> {
    let timeout = seconds("timeout_seconds", timeout_seconds)?;
    broker.with_cluster(py, |cluster| wait(cluster, timeout).map_err(|error| inspect_error(&error)))
}
