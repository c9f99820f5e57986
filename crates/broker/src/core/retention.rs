//! What goes away by itself: old segments and silent producers.

use super::Core;

impl Core {
    /// Applies `retention.ms`, `retention.bytes` and `producer.id.expiration.ms` everywhere.
    pub(crate) fn enforce_retention(&mut self) {
        let now = self.now;
        let expiration_ms = self.settings.producer_id_expiration_ms;
        for topic in self.topics.iter_mut() {
            for partition in &mut topic.partitions {
                partition.log.enforce_retention(&topic.config, now);
                partition.producers.expire(expiration_ms, now);
            }
        }
    }
}
