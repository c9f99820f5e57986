//! What has become of a rule.

use kafka_trial_core::Time;
use kafka_trial_wire::ApiKey;
use serde::{Deserialize, Serialize};

use super::FaultRule;
use crate::journal::{Entry, names};

/// A rule, and what it has done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FaultStatus {
    /// The rule.
    pub rule: FaultRule,
    /// How many requests it meant.
    pub matched: u64,
    /// How many of those it acted on.
    pub fired: u64,
    /// While it has not acted: the requests that came nearest to it, nearest first, at most three.
    pub near: Vec<NearMiss>,
}

impl FaultStatus {
    /// Whether the rule must act and has not.
    pub fn is_due(&self) -> bool {
        self.rule.must_fire && self.fired == 0
    }
}

/// A request that a rule did not act on.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NearMiss {
    /// The request.
    pub request: Entry,
    /// The conditions that it missed, in words; none if the rule meant it and `when` did not.
    pub misses: Vec<String>,
}

/// One request that a rule acted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FiredFault {
    /// The rule.
    pub rule: String,
    /// When the request came.
    pub at: Time,
    /// The broker that was asked.
    pub broker: i32,
    /// The connection of the request.
    pub connection: u64,
    /// The name that the client gives itself.
    pub client_id: String,
    /// The API, by Kafka's name.
    #[serde(with = "names::api")]
    pub api: ApiKey,
    /// The number that the client gave the request.
    pub correlation_id: i32,
}
