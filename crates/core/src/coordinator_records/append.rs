//! How records get into their partition, and what keeps that partition small.

use std::sync::Arc;

use kafka_trial_wire::records::{Batch, BatchBuilder};

use super::CoordinatorRecord;
use crate::cleaner::compact;
use crate::event::Event;
use crate::{InternalTopic, LogConfig, State};

/// The size of a segment here. Kafka's own is 100 MB, which its broker has on disk and this one would have in memory. A
/// closed segment is compacted as soon as the topic's configs allow: a partition takes about this much, and as much again
/// as its live records.
const SEGMENT_BYTES: i64 = 1 << 20;

impl State {
    /// Appends records of one coordinator in one batch. Offsets of an open transaction are part of it: `producer` is the
    /// id and epoch of its producer.
    pub(crate) fn write_records(
        &mut self,
        topic: InternalTopic,
        index: i32,
        records: &[CoordinatorRecord],
        producer: Option<(i64, i16)>,
    ) {
        if records.is_empty() {
            return;
        }
        self.ensure_internal_topic(topic);
        let now = self.now;
        let mut builder = BatchBuilder::new();
        if let Some((id, epoch)) = producer {
            builder = builder.producer(id, epoch, 0).transactional();
        }
        for CoordinatorRecord { key, value } in records {
            builder.push(now.millis(), Some(key), value.as_deref(), &[]);
        }
        let Some(batch) = builder.build().ok().and_then(|mut bytes| Batch::split(&mut bytes).ok()) else { return };
        let has_cleaner = self.settings.log_cleaner_enable;
        let Some(found) = self.topics.get_mut(topic.name()) else { return };
        let (name, id) = (Arc::clone(&found.name), found.id);
        let config =
            LogConfig { segment_bytes: found.config.segment_bytes.min(SEGMENT_BYTES), ..(*found.config).clone() };
        let Some(partition) = found.partition_mut(index) else { return };
        let segments = partition.log.segments.len();
        let first = partition.append_of_coordinator(batch, &config, now, &mut self.rng);
        let last = partition.log.end_offset() - 1;
        let is_closed = partition.log.segments.len() > segments;
        let mut is_compacted = false;
        if is_closed && has_cleaner && config.compact {
            let cleanable = partition.log.cleanable(partition.last_stable_offset(), &config, now);
            is_compacted = cleanable.is_due(&config);
            if is_compacted {
                compact(partition, cleanable, &config, now);
            }
        }
        self.note(Event::Appended { topic: Arc::clone(&name), id, partition: index, first, last });
        if is_compacted {
            self.note(Event::Compacted { topic: name, partition: index });
        }
    }
}
