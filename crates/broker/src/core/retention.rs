//! What goes away by itself: old segments, silent producers, transactional ids, offsets of groups that
//! nobody is in.

use super::{Core, LogConfig, Partition, Time};
use crate::InspectError;

impl Core {
    /// Applies `retention.ms`, `retention.bytes` and `transactional.id.expiration.ms`.
    pub(crate) fn enforce_retention(&mut self) {
        let now = self.now;
        let has_cleaner = self.settings.log_cleaner_enable;
        for topic in self.topics.iter_mut() {
            for partition in &mut topic.partitions {
                if !(topic.config.compact && has_cleaner) {
                    partition.enforce_retention(&topic.config, now);
                }
            }
        }
        let kept_ms = self.settings.transactional_id_expiration_ms;
        self.transactions
            .retain(|transaction| !transaction.may_expire() || transaction.updated.plus_millis(kept_ms) > now);
    }

    /// Applies a topic's retention now, whenever the next check is due.
    pub(crate) fn apply_retention(&mut self, name: &str) -> Result<(), InspectError> {
        let now = self.now;
        let topic = self.topics.get_mut(name).ok_or_else(|| InspectError::UnknownTopic(name.to_owned()))?;
        if !topic.config.delete {
            let refusal = format!("topic {name} keeps its records: its cleanup.policy does not say delete");
            return Err(InspectError::Refused(refusal));
        }
        topic.partitions.iter_mut().for_each(|partition| partition.enforce_retention(&topic.config, now));
        Ok(())
    }

    /// Applies `offsets.retention.minutes`. A group that has neither members nor offsets goes the first time that it is
    /// looked at.
    pub(crate) fn expire_offsets(&mut self) {
        let now = self.now;
        let kept_ms = self.settings.offsets_retention_minutes.saturating_mul(60_000);
        let pending = &self.transactional_offsets;
        self.groups.retain(|group| {
            let id = group.id.clone();
            let has_none = group.expire_offsets(kept_ms, now, |topic, index| pending.is_unstable(&id, topic, index));
            !(has_none && group.is_empty()) || pending.concerns(&id)
        });
    }
}

impl Core {
    /// Applies `producer.id.expiration.ms`.
    pub(super) fn expire_producers(&mut self) {
        let (now, expiration_ms) = (self.now, self.settings.producer_id_expiration_ms);
        let partitions = self.topics.iter_mut().flat_map(|topic| &mut topic.partitions);
        partitions.for_each(|partition| partition.producers.expire(expiration_ms, now));
    }
}

impl Partition {
    /// Drops the segments that a topic's retention no longer keeps, and what is known of transactions in them.
    pub(super) fn enforce_retention(&mut self, config: &LogConfig, now: Time) {
        self.log.enforce_retention(config, now);
        self.producers.aborted.delete_before(self.log.start_offset());
    }
}
