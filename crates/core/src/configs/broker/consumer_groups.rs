//! The broker's configs for groups of the consumer protocol apply to groups without their own (KIP-848).

use super::source::{SettingError, Source};
use crate::configs::items;
use crate::{Assignor, ConsumerGroupConfig, MigrationPolicy};

pub(super) fn consumer_groups(source: &mut Source<'_>) -> Result<ConsumerGroupConfig, SettingError> {
    Ok(ConsumerGroupConfig {
        session_timeout_ms: bounded(
            source,
            "group.consumer.session.timeout.ms",
            ["group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms"],
            1,
        )?,
        heartbeat_interval_ms: bounded(
            source,
            "group.consumer.heartbeat.interval.ms",
            ["group.consumer.min.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms"],
            1,
        )?,
        assignment_interval_ms: bounded(
            source,
            "group.consumer.assignment.interval.ms",
            ["group.consumer.min.assignment.interval.ms", "group.consumer.max.assignment.interval.ms"],
            0,
        )?
        .into(),
        regex_refresh_interval_ms: source.unlisted("group.consumer.regex.refresh.interval.ms", 600_000, 10_000)?,
        max_size: source.number("group.consumer.max.size", 1)?,
        assignors: source.get("group.consumer.assignors", "uniform, range or both", |text| {
            items(text).into_iter().map(Assignor::named).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
        })?,
        migration_policy: source.get(
            "group.consumer.migration.policy",
            "bidirectional, upgrade, downgrade or disabled",
            MigrationPolicy::named,
        )?,
    })
}

/// Reads a number that must lie between two other properties when it is set.
fn bounded(
    source: &mut Source<'_>,
    key: &'static str,
    bounds: [&'static str; 2],
    least: i32,
) -> Result<i32, SettingError> {
    let [lowest, highest] = bounds;
    let allowed = source.number(lowest, least)?..=source.number(highest, least)?;
    let is_set = source.is_set(key);
    source.get(key, "a whole number between its min and its max", |text| {
        text.parse().ok().filter(|number| !is_set || allowed.contains(number))
    })
}
