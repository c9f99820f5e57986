//! The armed faults.

use super::rule::{RegistryFault, RegistryFaultAction};
use super::status::{FaultyRequest, MOST_KEPT, MOST_NEAR, RegistryFaultStatus};
use crate::query::decode;

/// The faults of a running registry, in the order in which they were armed.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<RegistryFaultStatus>,
}

/// Why a fault cannot be armed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// A fault of this name is armed.
    #[error("a fault named \"{id}\" is armed already: choose another name, or disarm it")]
    Armed {
        /// The name.
        id: String,
    },
    /// The status is no error.
    #[error("the fault \"{id}\" answers status {status}: expected 400 to 599")]
    Status {
        /// The name of the fault.
        id: String,
        /// The status.
        status: u16,
    },
}

impl Faults {
    pub(crate) fn arm(&mut self, fault: RegistryFault) -> Result<(), FaultError> {
        let id = fault.id.clone();
        if self.status(&id).is_some() {
            return Err(FaultError::Armed { id });
        }
        if let RegistryFaultAction::Error { status, .. } = fault.action
            && !(400..600).contains(&status)
        {
            return Err(FaultError::Status { id, status });
        }
        self.armed.push(RegistryFaultStatus { fault, matched: 0, fired: 0, requests: Vec::new(), near: Vec::new() });
        Ok(())
    }

    pub(crate) fn disarm(&mut self, id: &str) -> Option<RegistryFaultStatus> {
        let at = self.armed.iter().position(|status| status.fault.id == id)?;
        Some(self.armed.remove(at))
    }

    pub(crate) fn status(&self, id: &str) -> Option<&RegistryFaultStatus> {
        self.armed.iter().find(|status| status.fault.id == id)
    }

    pub(crate) fn all(&self) -> &[RegistryFaultStatus] {
        &self.armed
    }

    /// What is done to a request, by the first fault that acts on it.
    pub(crate) fn judge(&mut self, method: &str, target: &str) -> Option<RegistryFaultAction> {
        if self.armed.is_empty() {
            return None;
        }
        let path = decode(target.split('?').next().unwrap_or_default());
        for status in &mut self.armed {
            let request = FaultyRequest { method: method.to_owned(), path: path.clone().into_owned() };
            let misses = status.fault.misses(method, &path);
            if misses.is_empty() {
                status.matched += 1;
                if status.fault.acts_on(status.matched) {
                    status.fired += 1;
                    keep(&mut status.requests, request, MOST_KEPT);
                    return Some(status.fault.action.clone());
                }
            } else {
                keep(&mut status.near, (request, misses), MOST_NEAR);
            }
        }
        None
    }
}

fn keep<T>(list: &mut Vec<T>, item: T, most: usize) {
    if list.len() == most {
        list.remove(0);
    }
    list.push(item);
}
