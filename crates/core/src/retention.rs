//! Retention deletes old segments, silent producers, transactional ids and committed offsets.

use std::sync::Arc;

use crate::cleaner::enforce_retention;
use crate::event::Event;
use crate::{State, Time, Topic, TopicRefusal};

impl State {
    /// Applies `retention.ms`, `retention.bytes` and `transactional.id.expiration.ms`.
    pub(crate) fn enforce_retention(&mut self) {
        let now = self.now;
        let has_cleaner = self.settings.log_cleaner_enable;
        let mut events = Vec::new();
        for topic in self.topics.iter_mut().filter(|topic| !(topic.config.compact && has_cleaner)) {
            truncate(topic, now, &mut events);
        }
        events.into_iter().for_each(|event| self.note(event));
        let kept_ms = self.settings.transactional_id_expiration_ms;
        let gone = self
            .transactions
            .retain(|transaction| !transaction.may_expire() || transaction.updated.plus_millis(kept_ms) > now);
        gone.into_iter().for_each(|id| self.write_transaction_tombstone(&id));
    }

    /// Applies `retention.ms` and `retention.bytes` of one topic now, before the next regular check.
    pub fn apply_retention(&mut self, name: &str) -> Result<(), TopicRefusal> {
        let now = self.now;
        let topic = self.topics.get_mut(name).ok_or_else(|| TopicRefusal::UnknownTopic(name.to_owned()))?;
        if !topic.config.delete {
            return Err(TopicRefusal::NotDeleted(name.to_owned()));
        }
        let mut events = Vec::new();
        truncate(topic, now, &mut events);
        events.into_iter().for_each(|event| self.note(event));
        Ok(())
    }

    /// Applies `offsets.retention.minutes`. A group without members and offsets is deleted by the first check.
    pub(crate) fn expire_offsets(&mut self) {
        let now = self.now;
        let kept_ms = self.settings.offsets_retention_minutes.saturating_mul(60_000);
        let pending = &self.transactional_offsets;
        let mut expired = Vec::new();
        let gone = self.groups.retain(|group| {
            let id = Arc::clone(&group.id);
            let offsets = group.expire_offsets(kept_ms, now, |topic, index| pending.is_unstable(&id, topic, index));
            expired.push((Arc::clone(&id), offsets));
            !(group.offsets.is_empty() && group.is_empty()) || pending.concerns(&id)
        });
        for (group, partitions) in expired {
            self.write_offset_tombstones(&group, &partitions);
        }
        for group in gone {
            self.write_of_group(&group.id, &group.tombstones());
            self.note(Event::GroupDeleted { group: Arc::clone(&group.id) });
        }
    }

    /// Applies `producer.id.expiration.ms`.
    pub(crate) fn expire_producers(&mut self) {
        let (now, expiration_ms) = (self.now, self.settings.producer_id_expiration_ms);
        let partitions = self.topics.iter_mut().flat_map(|topic| &mut topic.partitions);
        let of_producers = partitions.filter(|partition| partition.producers.has_any());
        of_producers.for_each(|partition| Arc::make_mut(partition).producers.expire(expiration_ms, now));
    }
}

fn truncate(topic: &mut Topic, now: Time, events: &mut Vec<Event>) {
    let Topic { name, id, config, partitions, .. } = topic;
    for (partition, index) in partitions.iter_mut().zip(0..) {
        if let Some(start) = enforce_retention(partition, config, now) {
            events.push(Event::Truncated { topic: Arc::clone(name), id: *id, partition: index, start });
        }
    }
}
