//! Why a rule is refused.

use kafka_trial_wire::{ApiKey, ErrorCode};
use thiserror::Error;

use super::action::FaultAction;
use super::rule::{FaultRule, OncePer, When};

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
        When::Between(from, to) if from >= to => {
            return never(format!("between {from:?} and {to:?} is no time: the second must be later"));
        }
        When::OncePer(OncePer::Correlation) if !means_only(rule, &[ApiKey::Produce]) => {
            return never(
                "once_per correlation is for Produce, whose records have correlation ids: set api to Produce"
                    .to_owned(),
            );
        }
        _ => {}
    }
    if rule.limit == Some(0) {
        return never("a limit of 0 lets it act on no request: 1 is the least".to_owned());
    }
    for code in rule.action.codes() {
        if *code == ErrorCode::NONE {
            return Err(FaultError::None(id));
        }
        for api in &rule.apis {
            let levels = super::stamp::levels(*api);
            if levels.is_empty() {
                return Err(FaultError::NoError { id, api: *api });
            }
            if let Some(level) = rule.level.filter(|level| !levels.contains(level)) {
                let known: Vec<String> = levels.iter().map(ToString::to_string).collect();
                let known = known.join(", ");
                return never(format!("an answer of {api} has no error at level {level}; it has {known}"));
            }
        }
    }
    if rule.level.is_some() && rule.action.codes().is_empty() {
        return never("level says where an error stands, and the rule has no error: take level away".to_owned());
    }
    if matches!(&rule.action, FaultAction::RejectInTurn(codes) if codes.is_empty()) {
        return never("there is no error in the list: name one at least".to_owned());
    }
    check_action(rule).map_or(Ok(()), never)
}

/// Whether a rule is for nothing but these APIs, or for any.
fn means_only(rule: &FaultRule, apis: &[ApiKey]) -> bool {
    rule.apis.iter().all(|api| apis.contains(api))
}

/// What keeps the action from ever acting.
fn check_action(rule: &FaultRule) -> Option<String> {
    let only = |apis: &[ApiKey]| {
        let names: Vec<String> = apis.iter().map(ToString::to_string).collect();
        let odd = rule.apis.iter().find(|api| !apis.contains(api))?;
        Some(format!("to {} is for {}, not for {odd}", rule.action, names.join(", ")))
    };
    match &rule.action {
        FaultAction::CutAtAccept if !rule.apis.is_empty() => {
            let apis: Vec<String> = rule.apis.iter().map(ToString::to_string).collect();
            let apis = apis.join(", ");
            Some(format!("a new connection has sent no {apis} yet: match a broker only, or cut before"))
        }
        FaultAction::Lose => {
            let odd = rule.apis.iter().find(|api| super::armed::NEVER_LOST.contains(api))?;
            Some(format!("a request of {odd} has no effect to lose, or waits for others: use blackhole or swallow"))
        }
        FaultAction::Slow { bytes_per_s: 0, .. } => {
            Some("0 bytes a second never arrive: swallow the answer".to_owned())
        }
        FaultAction::Slow { chunk: 0, .. } => Some("pieces of 0 bytes carry nothing: 1 is the least".to_owned()),
        FaultAction::Corrupt(_) | FaultAction::SkewTime(_) => only(&[ApiKey::Fetch]),
        FaultAction::AppendTwice => only(&[ApiKey::Produce]),
        FaultAction::Rewind(records) if *records < 1 => {
            Some("0 records back is where it is: 1 is the least".to_owned())
        }
        FaultAction::Rewind(_) => only(&[ApiKey::OffsetFetch]),
        FaultAction::Advertise { .. } => only(&[ApiKey::Metadata, ApiKey::FindCoordinator, ApiKey::DescribeCluster]),
        FaultAction::Downgrade { .. } => only(&[ApiKey::ApiVersions]),
        FaultAction::Stale if rule.apis.is_empty() => {
            Some("a stale answer needs the APIs that get it: set api to Metadata, for one".to_owned())
        }
        FaultAction::Stale => only(&READS),
        FaultAction::Fence | FaultAction::TimeOutTransaction => only(&TRANSACTIONAL),
        FaultAction::ExpireMembers { .. } => only(&OF_MEMBERS),
        FaultAction::MoveLeader { .. } | FaultAction::Truncate => only(&OF_PARTITIONS),
        _ => None,
    }
}

/// The APIs that change nothing and show what a test may want to be out of date.
const READS: [ApiKey; 7] = [
    ApiKey::Metadata,
    ApiKey::FindCoordinator,
    ApiKey::ListOffsets,
    ApiKey::OffsetFetch,
    ApiKey::DescribeCluster,
    ApiKey::DescribeConfigs,
    ApiKey::DescribeTopicPartitions,
];
/// The APIs whose requests the journal knows a transactional id of.
const TRANSACTIONAL: [ApiKey; 5] =
    [ApiKey::Produce, ApiKey::InitProducerId, ApiKey::AddPartitionsToTxn, ApiKey::AddOffsetsToTxn, ApiKey::EndTxn];
/// The APIs whose requests the journal knows a member of.
const OF_MEMBERS: [ApiKey; 7] = [
    ApiKey::OffsetCommit,
    ApiKey::TxnOffsetCommit,
    ApiKey::JoinGroup,
    ApiKey::SyncGroup,
    ApiKey::Heartbeat,
    ApiKey::LeaveGroup,
    ApiKey::ConsumerGroupHeartbeat,
];
/// The APIs whose requests the journal knows the partitions of.
const OF_PARTITIONS: [ApiKey; 4] = [ApiKey::Produce, ApiKey::Fetch, ApiKey::OffsetCommit, ApiKey::TxnOffsetCommit];
