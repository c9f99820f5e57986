//! What groups of the consumer protocol have when they have no configs of their own (KIP-848).

use super::source::{SettingError, Source};
use crate::configs::items;
use crate::{Assignor, ConsumerGroupConfig, MigrationPolicy};

pub(super) fn consumer_groups(source: &mut Source<'_>) -> Result<ConsumerGroupConfig, SettingError> {
    let bounded = |source: &mut Source<'_>, keys: [&'static str; 3], defaults: [i32; 3], least: i32| {
        let [value, lowest, highest] = defaults;
        let [key, lowest_key, highest_key] = keys;
        let lowest = source.number(lowest_key, lowest, least)?;
        let highest = source.number(highest_key, highest, least)?;
        source.get(key, value, "a whole number between its min and its max", |text| {
            text.parse().ok().filter(|number| (lowest..=highest).contains(number))
        })
    };
    let session = [
        "group.consumer.session.timeout.ms",
        "group.consumer.min.session.timeout.ms",
        "group.consumer.max.session.timeout.ms",
    ];
    let heartbeat = [
        "group.consumer.heartbeat.interval.ms",
        "group.consumer.min.heartbeat.interval.ms",
        "group.consumer.max.heartbeat.interval.ms",
    ];
    let assignment = [
        "group.consumer.assignment.interval.ms",
        "group.consumer.min.assignment.interval.ms",
        "group.consumer.max.assignment.interval.ms",
    ];
    Ok(ConsumerGroupConfig {
        session_timeout_ms: bounded(source, session, [45_000, 45_000, 60_000], 1)?,
        heartbeat_interval_ms: bounded(source, heartbeat, [5000, 5000, 15_000], 1)?,
        assignment_interval_ms: bounded(source, assignment, [1000, 0, 15_000], 0)?.into(),
        regex_refresh_interval_ms: source.number("group.consumer.regex.refresh.interval.ms", 600_000, 10_000)?,
        max_size: source.number("group.consumer.max.size", i32::MAX.cast_unsigned() as usize, 1)?,
        assignors: source.get(
            "group.consumer.assignors",
            vec![Assignor::Uniform, Assignor::Range],
            "uniform, range or both",
            |text| {
                items(text).into_iter().map(Assignor::named).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
            },
        )?,
        migration_policy: source.get(
            "group.consumer.migration.policy",
            MigrationPolicy::Bidirectional,
            "bidirectional, upgrade, downgrade or disabled",
            MigrationPolicy::named,
        )?,
    })
}
