//! The cleaner compacts logs every `log.cleaner.backoff.ms`, and when a test asks for it (`LogCleaner`).

use std::sync::Arc;

use crate::event::Event;
use crate::{Cleanable, LogConfig, Partition, State, Time, Topic, TopicRefusal};

impl State {
    /// Compacts the logs that are due, and applies the retention of compacted topics, which is the cleaner's task in
    /// Kafka too.
    pub(crate) fn clean_logs(&mut self) {
        if !self.settings.log_cleaner_enable {
            return;
        }
        let now = self.now;
        let mut events = Vec::new();
        for topic in self.topics.iter_mut().filter(|topic| topic.config.compact) {
            let Topic { name, id, config, partitions, .. } = topic;
            for (partition, index) in partitions.iter_mut().zip(0..) {
                let cleanable = partition.log.cleanable(partition.last_stable_offset(), config, now);
                if cleanable.is_due(config) {
                    compact(Arc::make_mut(partition), cleanable, config, now);
                    events.push(Event::Compacted { topic: Arc::clone(name), partition: index });
                }
                if let Some(start) = enforce_retention(partition, config, now) {
                    events.push(Event::Truncated { topic: Arc::clone(name), id: *id, partition: index, start });
                }
            }
        }
        events.into_iter().for_each(|event| self.note(event));
    }

    /// Compacts a topic now, whether its configs make that due or not: the active segment of each partition is closed
    /// first. Records of an open transaction wait for its end.
    pub fn compact_topic(&mut self, name: &str) -> Result<(), TopicRefusal> {
        let now = self.now;
        let topic = self.topics.get_mut(name).ok_or_else(|| TopicRefusal::UnknownTopic(name.to_owned()))?;
        if !topic.config.compact {
            return Err(TopicRefusal::NotCompacted(name.to_owned()));
        }
        let config = LogConfig { min_compaction_lag_ms: 0, ..(*topic.config).clone() };
        for partition in &mut topic.partitions {
            let partition = Arc::make_mut(partition);
            partition.log.roll(&config, now, &mut self.rng);
            let cleanable = partition.log.cleanable(partition.last_stable_offset(), &config, now);
            compact(partition, cleanable, &config, now);
        }
        let (name, partitions) = (Arc::clone(&topic.name), topic.count());
        for partition in 0..partitions {
            self.note(Event::Compacted { topic: Arc::clone(&name), partition });
        }
        Ok(())
    }
}

/// A log with a record that cannot be read is left as it is, as on Kafka.
pub(crate) fn compact(partition: &mut Partition, cleanable: Cleanable, config: &LogConfig, now: Time) {
    if let Ok(gone) = partition.log.compact(cleanable, &partition.producers, config, now) {
        partition.producers.aborted.forget(&gone);
    }
}

/// Applies a topic's retention to a partition. Returns the new start of the log if it moved.
pub(crate) fn enforce_retention(partition: &mut Arc<Partition>, config: &LogConfig, now: Time) -> Option<i64> {
    if !partition.log.has_expired(config, now) {
        return None;
    }
    let partition = Arc::make_mut(partition);
    partition.log.enforce_retention(config, now);
    partition.producers.aborted.delete_before(partition.log.start_offset());
    Some(partition.log.start_offset())
}
