//! A topic's configs reach its logs as typed values.

use std::collections::BTreeMap;

use kafka_trial_wire::records::Compression;

use super::{ConfigError, ConfigType, items, topic_config};
use crate::{Rng, Settings};

/// The configs of a topic that its logs apply.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    /// The largest batch that a producer may append, in bytes (`max.message.bytes`).
    pub max_message_bytes: i32,
    /// The codec of stored batches; `None` keeps the producer's.
    pub compression: Option<Compression>,
    /// The level of that codec; `None` is its default. lz4 has only one level here.
    pub compression_level: Option<i32>,
    pub(crate) retention_ms: i64,
    pub(crate) retention_bytes: i64,
    /// Whether the log is compacted (`cleanup.policy`).
    pub compact: bool,
    /// Whether old segments are deleted (`cleanup.policy`).
    pub delete: bool,
    /// Whether records get the broker's time when they are appended (`message.timestamp.type`).
    pub log_append_time: bool,
    /// How far in the past a record's timestamp may be, in milliseconds (`message.timestamp.before.max.ms`).
    pub timestamp_before_max_ms: i64,
    /// How far in the future a record's timestamp may be, in milliseconds (`message.timestamp.after.max.ms`).
    pub timestamp_after_max_ms: i64,
    /// How large a segment may grow, in bytes (`segment.bytes`).
    pub segment_bytes: i64,
    pub(crate) segment_ms: i64,
    pub(crate) segment_jitter_ms: i64,
    pub(crate) min_cleanable_ratio: f64,
    pub(crate) min_compaction_lag_ms: i64,
    pub(crate) max_compaction_lag_ms: i64,
    pub(crate) delete_retention_ms: i64,
    /// How many replicas must be in sync for `acks=all` (`min.insync.replicas`).
    pub min_insync_replicas: usize,
}

impl LogConfig {
    /// Combines a topic's own values with the broker's, and checks them (`LogConfig.validate`).
    pub fn resolve(overrides: &BTreeMap<String, String>, settings: &Settings) -> Result<Self, ConfigError> {
        for (name, value) in overrides {
            let unknown = || ConfigError::Unknown { kind: "topic", name: name.clone() };
            topic_config(name).ok_or_else(unknown)?.read(value)?;
        }
        let value = |name: &str| {
            let config = topic_config(name);
            let own = overrides.get(name).cloned().or_else(|| config.map(|config| config.inherited(settings)));
            let text = own.unwrap_or_default();
            // The topic's own values were checked above; the inherited ones were checked with the broker's properties.
            config.map_or(ConfigType::Text, |config| config.r#type).read(&text).unwrap_or(text)
        };
        let number = |name: &str| -> i64 { value(name).parse().unwrap_or_default() };
        if value("remote.storage.enable") == "true" {
            return Err(ConfigError::TieredStorage);
        }
        let (least, most) = (number("min.compaction.lag.ms"), number("max.compaction.lag.ms"));
        if least > most {
            return Err(ConfigError::CompactionLags { least, most });
        }
        let policy = value("cleanup.policy");
        let has = |wanted: &str| items(&policy).contains(&wanted);
        let level = |name: &str| i32::try_from(number(name)).ok().filter(|level| *level != -1);
        let (compression, compression_level) = match value("compression.type").as_str() {
            "uncompressed" => (Some(Compression::None), None),
            "gzip" => (Some(Compression::Gzip), level("compression.gzip.level")),
            "snappy" => (Some(Compression::Snappy), None),
            "lz4" => (Some(Compression::Lz4), None),
            "zstd" => (Some(Compression::Zstd), level("compression.zstd.level")),
            _ => (None, None),
        };
        Ok(Self {
            max_message_bytes: i32::try_from(number("max.message.bytes")).unwrap_or(i32::MAX),
            compression,
            compression_level,
            retention_ms: number("retention.ms"),
            retention_bytes: number("retention.bytes"),
            compact: has("compact"),
            delete: has("delete"),
            log_append_time: value("message.timestamp.type") == "LogAppendTime",
            timestamp_before_max_ms: number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: number("message.timestamp.after.max.ms"),
            segment_bytes: number("segment.bytes"),
            segment_ms: number("segment.ms"),
            segment_jitter_ms: number("segment.jitter.ms"),
            min_cleanable_ratio: value("min.cleanable.dirty.ratio").parse().unwrap_or_default(),
            min_compaction_lag_ms: least,
            max_compaction_lag_ms: most,
            delete_retention_ms: number("delete.retention.ms"),
            min_insync_replicas: usize::try_from(number("min.insync.replicas")).unwrap_or(1),
        })
    }

    /// Returns the longest time between the batches of a segment, in milliseconds: records must leave the active
    /// segment before `max.compaction.lag.ms` (`LogConfig.maxSegmentMs`).
    pub(crate) fn max_segment_ms(&self) -> i64 {
        if self.compact { self.segment_ms.min(self.max_compaction_lag_ms) } else { self.segment_ms }
    }

    /// Draws the time by which the next segment is full before `segment.ms`, in milliseconds, so that many partitions
    /// do not roll together (`LogConfig.randomSegmentJitter`). Without `segment.jitter.ms` nothing is drawn.
    pub(crate) fn segment_jitter(&self, rng: &mut Rng) -> i64 {
        let most = self.segment_jitter_ms.min(self.segment_ms);
        if most == 0 { 0 } else { i64::from(rng.next_u64() as u32 >> 1) % most }
    }
}
