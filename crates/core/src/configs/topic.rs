//! Topic configs have names, types, defaults and broker properties that they inherit (`TopicConfig`, `LogConfig`).

use super::definition::{ConfigDefinition, row};
use super::{ConfigType, Rule};
use crate::Settings;

use ConfigType::{Boolean, Double, Int, List, Long, Text};
use Rule::{Any, AtLeast, LevelOrDefault, OneOf, SomeOf, ThrottledReplicas, Within};

const COMPRESSIONS: Rule = OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]);
const TIMESTAMPS: Rule = OneOf(&["CreateTime", "LogAppendTime"]);
const POLICIES: Rule = SomeOf(&["compact", "delete"]);
const NATURAL: Rule = AtLeast(0);
const MAX: &str = "9223372036854775807";

/// Every topic config of Kafka 4.3.1 by name.
#[rustfmt::skip]
pub const TOPIC_CONFIGS: &[ConfigDefinition] = &[
    row("cleanup.policy", List, POLICIES, "delete", Some("log.cleanup.policy")),
    row("compression.gzip.level", Int, LevelOrDefault(1, 9), "-1", Some("compression.gzip.level")),
    row("compression.lz4.level", Int, Within(1, 17), "9", Some("compression.lz4.level")),
    row("compression.type", Text, COMPRESSIONS, "producer", Some("compression.type")),
    row("compression.zstd.level", Int, Within(-131_072, 22), "3", Some("compression.zstd.level")),
    row("delete.retention.ms", Long, NATURAL, "86400000", Some("log.cleaner.delete.retention.ms")),
    row("file.delete.delay.ms", Long, NATURAL, "60000", Some("log.segment.delete.delay.ms")),
    row("flush.messages", Long, AtLeast(1), MAX, Some("log.flush.interval.messages")),
    row("flush.ms", Long, NATURAL, MAX, Some("log.flush.interval.ms")),
    row("follower.replication.throttled.replicas", List, ThrottledReplicas, "", None),
    row("index.interval.bytes", Int, NATURAL, "4096", Some("log.index.interval.bytes")),
    row("leader.replication.throttled.replicas", List, ThrottledReplicas, "", None),
    row("local.retention.bytes", Long, AtLeast(-2), "-2", Some("log.local.retention.bytes")),
    row("local.retention.ms", Long, AtLeast(-2), "-2", Some("log.local.retention.ms")),
    row("max.compaction.lag.ms", Long, AtLeast(1), MAX, Some("log.cleaner.max.compaction.lag.ms")),
    row("max.message.bytes", Int, NATURAL, "1048588", Some("message.max.bytes")),
    row("message.timestamp.after.max.ms", Long, NATURAL, "3600000", Some("log.message.timestamp.after.max.ms")),
    row("message.timestamp.before.max.ms", Long, NATURAL, MAX, Some("log.message.timestamp.before.max.ms")),
    row("message.timestamp.type", Text, TIMESTAMPS, "CreateTime", Some("log.message.timestamp.type")),
    row("min.cleanable.dirty.ratio", Double, Within(0, 1), "0.5", Some("log.cleaner.min.cleanable.ratio")),
    row("min.compaction.lag.ms", Long, NATURAL, "0", Some("log.cleaner.min.compaction.lag.ms")),
    row("min.insync.replicas", Int, AtLeast(1), "1", Some("min.insync.replicas")),
    row("preallocate", Boolean, Any, "false", Some("log.preallocate")),
    row("remote.log.copy.disable", Boolean, Any, "false", None),
    row("remote.log.delete.on.disable", Boolean, Any, "false", None),
    row("remote.storage.enable", Boolean, Any, "false", None),
    row("retention.bytes", Long, Any, "-1", Some("log.retention.bytes")),
    row("retention.ms", Long, AtLeast(-1), "604800000", Some("log.retention.ms")),
    row("segment.bytes", Int, AtLeast(1_048_576), "1073741824", Some("log.segment.bytes")),
    row("segment.index.bytes", Int, AtLeast(4), "10485760", Some("log.index.size.max.bytes")),
    row("segment.jitter.ms", Long, NATURAL, "0", Some("log.roll.jitter.ms")),
    row("segment.ms", Long, AtLeast(1), "604800000", Some("log.roll.ms")),
    row("unclean.leader.election.enable", Boolean, Any, "false", Some("unclean.leader.election.enable")),
];

/// Returns the topic config with this name.
pub fn topic_config(name: &str) -> Option<&'static ConfigDefinition> {
    TOPIC_CONFIGS.iter().find(|config| config.name == name)
}

impl ConfigDefinition {
    /// Returns the value of a topic that has none of its own. Three broker properties have counterparts in coarser
    /// units, which count when the finer one is not set.
    pub fn inherited(&self, settings: &Settings) -> String {
        let in_ms = |key: &str, factor: i64| {
            let value: i64 = settings.property(key)?.trim().parse().ok()?;
            Some(if value < 0 { -1 } else { value.saturating_mul(factor) }.to_string())
        };
        let own = self.synonym.and_then(|key| settings.property(key)).map(|value| value.trim().to_owned());
        let coarser = || match self.name {
            "flush.ms" => in_ms("log.flush.scheduler.interval.ms", 1),
            "retention.ms" => {
                in_ms("log.retention.minutes", 60_000).or_else(|| in_ms("log.retention.hours", 3_600_000))
            }
            "segment.jitter.ms" => in_ms("log.roll.jitter.hours", 3_600_000),
            "segment.ms" => in_ms("log.roll.hours", 3_600_000),
            _ => None,
        };
        own.or_else(coarser).unwrap_or_else(|| self.default.to_owned())
    }
}
