//! Why a rule is refused.

use kafka_trial_wire::{ApiKey, ErrorCode};
use thiserror::Error;

use super::rule::{FaultAction, FaultRule, When};

/// Why a rule is not armed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FaultError {
    /// Another rule that is armed has this name.
    #[error("a rule {0:?} is armed already: disarm it first, or give this one a different name")]
    Known(String),
    /// The broker never serves this API, so the rule could not act.
    #[error("rule {id:?}: the broker does not serve {api}, so the rule would never act")]
    Unserved {
        /// The rule.
        id: String,
        /// The API.
        api: ApiKey,
    },
    /// No answer of this API has an error.
    #[error("rule {id:?}: an answer of {api} has no place for an error; cut or delay it")]
    NoError {
        /// The rule.
        id: String,
        /// The API.
        api: ApiKey,
    },
    /// NONE is not an error.
    #[error("rule {0:?}: NONE is not an error")]
    None(String),
    /// The numbers of `when` mean no request at all.
    #[error("rule {id:?}: {why}")]
    Never {
        /// The rule.
        id: String,
        /// What is wrong.
        why: String,
    },
    /// The cluster has stopped.
    #[error("the cluster has stopped")]
    Stopped,
    /// The journal is off, and rules match what it sees.
    #[error("faults need the journal: start the cluster with a journal_capacity above 0")]
    NoJournal,
}

/// Refuses a rule that could never act, or that contradicts itself.
pub(super) fn check(rule: &FaultRule) -> Result<(), FaultError> {
    let id = rule.id.clone();
    let never = |why: String| Err(FaultError::Never { id: id.clone(), why });
    match &rule.when {
        When::Nth(range) if *range.start() == 0 => return never("requests are counted from 1, not from 0".to_owned()),
        When::Nth(range) if range.is_empty() => {
            return never(format!("{} to {} holds no number", range.start(), range.end()));
        }
        When::Every(0) => return never("every 0th request is none: 1 is each".to_owned()),
        When::Probability(p) if !(*p > 0.0 && *p <= 1.0) => {
            return never(format!("the probability {p} is not above 0 and at most 1"));
        }
        _ => {}
    }
    if let FaultAction::Reject(code) | FaultAction::ApplyThenFail(code) = &rule.action {
        if *code == ErrorCode::NONE {
            return Err(FaultError::None(id));
        }
        if let Some(api) = rule.api.filter(|api| !super::stamp::has_error(*api)) {
            return Err(FaultError::NoError { id, api });
        }
    }
    Ok(())
}
