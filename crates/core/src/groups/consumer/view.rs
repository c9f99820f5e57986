//! A group sees the cluster's topics, brokers and configs through a view.

use super::Assignor;
use crate::{Node, State, Topics};

/// Whether groups may change between the protocols while they have members (`group.consumer.migration.policy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationPolicy {
    /// Groups may change in both directions.
    Bidirectional,
    /// Classic groups may become consumer groups.
    Upgrade,
    /// Consumer groups may become classic groups.
    Downgrade,
    /// Groups keep their protocol while they have members.
    Disabled,
}

impl MigrationPolicy {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "bidirectional" => Some(Self::Bidirectional),
            "upgrade" => Some(Self::Upgrade),
            "downgrade" => Some(Self::Downgrade),
            "disabled" => Some(Self::Disabled),
            _ => None,
        }
    }

    pub(crate) fn allows_upgrade(self) -> bool {
        matches!(self, Self::Bidirectional | Self::Upgrade)
    }

    pub(crate) fn allows_downgrade(self) -> bool {
        matches!(self, Self::Bidirectional | Self::Downgrade)
    }
}

/// The configs of groups of the consumer protocol (`group.consumer.*`).
#[derive(Clone, Debug)]
pub struct ConsumerGroupConfig {
    /// How often members send a heartbeat, in milliseconds.
    pub heartbeat_interval_ms: i32,
    /// How long a member may be silent, in milliseconds.
    pub session_timeout_ms: i32,
    /// The least time between two target assignments, in milliseconds.
    pub(crate) assignment_interval_ms: i64,
    pub(crate) regex_refresh_interval_ms: i64,
    /// How many members a group may have.
    pub max_size: usize,
    /// The assignors of the broker; the first one is the default.
    pub assignors: Vec<Assignor>,
    pub(crate) migration_policy: MigrationPolicy,
}

impl ConsumerGroupConfig {
    /// Returns the first assignor of the list, for groups whose members ask for none.
    pub fn default_assignor(&self) -> Assignor {
        self.assignors.first().copied().unwrap_or(Assignor::Uniform)
    }
}

/// The cluster as a group sees it, with the group's effective configs.
#[derive(Debug)]
pub(crate) struct GroupView<'a> {
    pub topics: &'a Topics,
    pub nodes: &'a [Node],
    pub config: ConsumerGroupConfig,
    /// `group.max.size`, for a group that becomes classic.
    pub(crate) classic_max_size: usize,
}

impl State {
    /// Returns a group's effective configs: its own override the broker's.
    pub fn consumer_group_config(&self, group: &str) -> ConsumerGroupConfig {
        let mut config = self.settings.consumer_groups.clone();
        let Some(own) = self.group_configs.get(group) else { return config };
        let number = |name: &str| own.get(name).and_then(|value| value.trim().parse::<i32>().ok());
        if let Some(ms) = number("consumer.heartbeat.interval.ms") {
            config.heartbeat_interval_ms = ms;
        }
        if let Some(ms) = number("consumer.session.timeout.ms") {
            config.session_timeout_ms = ms;
        }
        if let Some(ms) = number("consumer.assignment.interval.ms") {
            config.assignment_interval_ms = ms.into();
        }
        config
    }
}
