//! A classic group's subscribed topics are read from its members' JoinGroup requests.

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;

use super::super::consumer_protocol::{CONSUMER, read_topics};
use super::{ClassicGroup, ClassicGroupState};

impl ClassicGroup {
    fn is_of_consumers(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// Returns whether a member reads the topic. A consumer group whose subscriptions are unknown counts as subscribed
    /// to every topic (`ClassicGroup.isSubscribedToTopic`).
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        self.is_of_consumers() && self.subscribed_topics().is_none_or(|topics| topics.contains(topic))
    }

    /// Returns whether the coordinator knows the members' topics.
    pub(crate) fn knows_subscriptions(&self) -> bool {
        self.is_of_consumers() && self.subscribed_topics().is_some()
    }

    fn subscribed_topics(&self) -> Option<BTreeSet<String>> {
        if self.members.is_empty() {
            return Some(BTreeSet::new());
        }
        let protocol = self.protocol.as_deref()?;
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.extend(read_topics(member.metadata(protocol)).ok()?);
        }
        Some(topics)
    }

    /// Checks whether a client may delete committed offsets now (`ClassicGroup.validateOffsetDelete`).
    pub fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        if self.state == ClassicGroupState::Empty || self.is_of_consumers() {
            return Ok(());
        }
        Err(ErrorCode::NON_EMPTY_GROUP)
    }
}
