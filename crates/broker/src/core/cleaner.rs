//! When logs are compacted (`LogCleaner`): every `log.cleaner.backoff.ms`, and when a test says so.

use super::{Cleanable, Core, LogConfig, Partition, Time, Topic};
use crate::InspectError;

impl Core {
    /// One pass of the cleaner: compacts what is due in compacted topics, and applies their retention, which Kafka
    /// leaves to the cleaner too.
    pub(crate) fn clean_logs(&mut self) {
        if !self.settings.log_cleaner_enable {
            return;
        }
        let now = self.now;
        for Topic { config, partitions, .. } in self.topics.iter_mut().filter(|topic| topic.config.compact) {
            for partition in partitions {
                let cleanable = partition.log.cleanable(partition.last_stable_offset(), config, now);
                if cleanable.is_due(config) {
                    compact(partition, cleanable, config, now);
                }
                partition.enforce_retention(config, now);
            }
        }
    }

    /// Compacts all that is in a topic now, whatever its configs say of when that is due: the active segment of each
    /// partition is closed first. What belongs to an open transaction waits for its end.
    pub(crate) fn compact_topic(&mut self, name: &str) -> Result<(), InspectError> {
        let now = self.now;
        let topic = self.topics.get_mut(name).ok_or_else(|| InspectError::UnknownTopic(name.to_owned()))?;
        if !topic.config.compact {
            let refusal = format!("topic {name} is not compacted: its cleanup.policy does not say so");
            return Err(InspectError::Refused(refusal));
        }
        let config = LogConfig { min_compaction_lag_ms: 0, ..topic.config.clone() };
        for partition in &mut topic.partitions {
            partition.log.roll(&config, now, &mut self.rng);
            let cleanable = partition.log.cleanable(partition.last_stable_offset(), &config, now);
            compact(partition, cleanable, &config, now);
        }
        Ok(())
    }
}

/// A log with a record that cannot be read is left as it is, as on Kafka.
fn compact(partition: &mut Partition, cleanable: Cleanable, config: &LogConfig, now: Time) {
    if let Ok(gone) = partition.log.compact(cleanable, &partition.producers, config, now) {
        partition.producers.aborted.forget(&gone);
    }
}
