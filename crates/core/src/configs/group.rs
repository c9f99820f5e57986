//! Groups (`GroupConfig`) and client metrics subscriptions (`ClientMetricsConfigs`) have configs.
//!
//! The configs of consumer groups take effect. The others are only kept and shown, because share groups, streams groups
//! and telemetry are not served yet.

use super::definition::{ConfigDefinition, row};
use super::{ConfigType, Rule};

use ConfigType::{Boolean, Int, List, Text};
use Rule::{Any, AtLeast, OffsetReset, OneOf, Within};

const LEVELS: Rule = OneOf(&["read_committed", "read_uncommitted"]);

/// Every group config of Kafka 4.3.1 by name.
#[rustfmt::skip]
pub const GROUP_CONFIGS: &[ConfigDefinition] = &[
    row("consumer.assignment.interval.ms", Int, AtLeast(0), "1000", Some("group.consumer.assignment.interval.ms")),
    row("consumer.heartbeat.interval.ms", Int, AtLeast(1), "5000", Some("group.consumer.heartbeat.interval.ms")),
    row("consumer.session.timeout.ms", Int, AtLeast(1), "45000", Some("group.consumer.session.timeout.ms")),
    row("share.assignment.interval.ms", Int, AtLeast(0), "1000", Some("group.share.assignment.interval.ms")),
    row("share.auto.offset.reset", Text, OffsetReset, "latest", Some("share.auto.offset.reset")),
    row("share.delivery.count.limit", Int, AtLeast(2), "5", Some("group.share.delivery.count.limit")),
    row("share.heartbeat.interval.ms", Int, AtLeast(1), "5000", Some("group.share.heartbeat.interval.ms")),
    row("share.isolation.level", Text, LEVELS, "read_uncommitted", Some("share.isolation.level")),
    row("share.partition.max.record.locks", Int, AtLeast(100), "2000", Some("group.share.partition.max.record.locks")),
    row("share.record.lock.duration.ms", Int, AtLeast(1000), "30000", Some("group.share.record.lock.duration.ms")),
    row("share.renew.acknowledge.enable", Boolean, Any, "true", Some("share.renew.acknowledge.enable")),
    row("share.session.timeout.ms", Int, AtLeast(1), "45000", Some("group.share.session.timeout.ms")),
    row("streams.assignment.interval.ms", Int, AtLeast(0), "1000", Some("group.streams.assignment.interval.ms")),
    row("streams.heartbeat.interval.ms", Int, AtLeast(1), "5000", Some("group.streams.heartbeat.interval.ms")),
    row("streams.initial.rebalance.delay.ms", Int, AtLeast(0), "3000", Some("group.streams.initial.rebalance.delay.ms")),
    row("streams.num.standby.replicas", Int, AtLeast(0), "0", Some("group.streams.num.standby.replicas")),
    row("streams.session.timeout.ms", Int, AtLeast(1), "45000", Some("group.streams.session.timeout.ms")),
];

/// Every config of a client metrics subscription (KIP-714).
pub const CLIENT_METRICS_CONFIGS: &[ConfigDefinition] = &[
    row("interval.ms", Int, Within(100, 3_600_000), "300000", None),
    row("match", List, Any, "", None),
    row("metrics", List, Any, "", None),
];
