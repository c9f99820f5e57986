//! Kafka's internal topics are created when a client first looks for a coordinator (`AutoTopicCreationManager`).
//!
//! Clients see the internal topics in Metadata and skip them. They stay empty here, because coordinators keep their
//! state themselves. Kafka answers COORDINATOR_NOT_AVAILABLE until the topic exists; here it exists at once.

use std::collections::BTreeMap;

use crate::{LogConfig, State};

/// A topic in which a coordinator keeps its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InternalTopic {
    /// `__consumer_offsets`.
    ConsumerOffsets,
    /// `__transaction_state`.
    TransactionState,
}

impl InternalTopic {
    /// Returns the internal topic with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::ConsumerOffsets, Self::TransactionState].into_iter().find(|topic| topic.name() == name)
    }

    /// Returns the topic's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConsumerOffsets => "__consumer_offsets",
            Self::TransactionState => "__transaction_state",
        }
    }

    /// Returns the configs of the topic (`GroupCoordinatorService.groupMetadataTopicConfigs`,
    /// `TransactionStateManager.transactionTopicConfigs`).
    fn configs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::ConsumerOffsets => {
                &[("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", "104857600")]
            }
            Self::TransactionState => &[
                ("cleanup.policy", "compact"),
                ("compression.type", "uncompressed"),
                ("segment.bytes", "104857600"),
                ("unclean.leader.election.enable", "false"),
            ],
        }
    }
}

impl State {
    /// Returns how many replicas the topic has or will have: at most one per broker.
    pub(crate) fn replicas_of(&self, topic: InternalTopic) -> i16 {
        let wanted = match topic {
            InternalTopic::ConsumerOffsets => self.settings.offsets_topic_replication_factor,
            InternalTopic::TransactionState => self.settings.transaction_state_log_replication_factor,
        };
        wanted.min(i16::try_from(self.nodes().len()).unwrap_or(i16::MAX))
    }

    /// Creates the topic unless it exists.
    pub fn ensure_internal_topic(&mut self, topic: InternalTopic) {
        if self.topics.get(topic.name()).is_some() {
            return;
        }
        let partitions = match topic {
            InternalTopic::ConsumerOffsets => self.settings.offsets_topic_num_partitions,
            InternalTopic::TransactionState => self.settings.transaction_state_log_num_partitions,
        };
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let mut overrides: BTreeMap<String, String> = topic.configs().iter().map(own).collect();
        let replicas = self.replicas_of(topic);
        if topic == InternalTopic::TransactionState {
            let in_sync = self.settings.transaction_state_log_min_isr.min(replicas);
            overrides.insert("min.insync.replicas".to_owned(), in_sync.to_string());
        }
        let config = LogConfig::resolve(&overrides, &self.settings);
        debug_assert!(config.is_ok(), "the configs of {} are constants that topics can have", topic.name());
        let Ok(config) = config else { return };
        let assignments = self.place_replicas(partitions, replicas, 0);
        self.add_topic(topic.name(), assignments, overrides, config);
    }
}
