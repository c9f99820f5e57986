//! A broker checks its values together when they change at run time (`AbstractKafkaConfig.validateValues`,
//! `DynamicBrokerConfig`).

use std::num::ParseIntError;

use super::rules::POOLS;
use super::{DynamicProperties, Settings};
use crate::configs::items;

/// The least share of `log.cleaner.dedupe.buffer.size` for each cleaner thread, in bytes.
const LEAST_DEDUPE_BYTES: i64 = 1 << 20;

impl Settings {
    /// Returns why the broker would refuse these values together, in Kafka's words; `None` when it accepts them.
    pub fn refusal_of(&self, next: &DynamicProperties) -> Option<String> {
        let next = Next { settings: self, dynamic: next };
        next.unmet_requirement().or_else(|| next.refused_reconfiguration())
    }

    fn number_now(&self, name: &str) -> Option<i64> {
        self.property(name).or_else(|| self.known.default_of(name))?.trim().parse().ok()
    }
}

/// The values that a broker would have after a change.
struct Next<'a> {
    settings: &'a Settings,
    dynamic: &'a DynamicProperties,
}

impl Next<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        let own = self.dynamic.brokers.values().find_map(|properties| properties.get(name));
        let set = own.or_else(|| self.dynamic.cluster.get(name)).or_else(|| self.settings.properties.get(name));
        set.map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.value(name).or_else(|| self.settings.known.default_of(name))?.trim().parse().ok()
    }

    /// Returns the first requirement of `AbstractKafkaConfig.validateValues` that the values do not meet.
    fn unmet_requirement(&self) -> Option<String> {
        let failed = |text: String| Some(format!("requirement failed: {text}"));
        for (name, least) in [("log.roll.ms", 1), ("log.roll.jitter.ms", 0)] {
            if self.value(name).is_some() && self.number(name) < Some(least) {
                return failed(format!("{name} must be greater than or equal to {least}"));
            }
        }
        if self.number("log.retention.ms") == Some(0) {
            return failed("log.retention.ms must be unlimited (-1) or, greater than or equal to 1".to_owned());
        }
        let (buffer, threads) = (self.number("log.cleaner.dedupe.buffer.size")?, self.number("log.cleaner.threads")?);
        match buffer.checked_div(threads) {
            None => return Some("/ by zero".to_owned()),
            Some(share) if share < LEAST_DEDUPE_BYTES => {
                return failed("log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.".to_owned());
            }
            Some(_) => {}
        }
        let overrides = items(self.value(OVERRIDES).unwrap_or_default());
        if self.number("max.connections.per.ip") == Some(0) && overrides.is_empty() {
            return failed(format!("max.connections.per.ip can be set to zero only if {OVERRIDES} property is set."));
        }
        if let Some(refusal) = overrides.into_iter().find_map(|item| override_of_an_ip(item).err()) {
            return Some(refusal);
        }
        ["consumer", "share", "streams"].into_iter().find_map(|kind| {
            let name = format!("group.{kind}.assignment.interval.ms");
            let most = format!("group.{kind}.max.assignment.interval.ms");
            let is_above = self.number(&name) > self.number(&most);
            is_above.then(|| format!("{name} must be less than or equal to {most}"))
        })
    }

    /// Returns the first refusal of a broker's components that take new values while they run.
    fn refused_reconfiguration(&self) -> Option<String> {
        let refused = |text: String| {
            Some(format!(
                "Invalid value org.apache.kafka.common.config.ConfigException: {text} for configuration Invalid dynamic configuration"
            ))
        };
        let is_zero = |name: &&str| self.number(name) == Some(0);
        if let Some(name) = ["max.connections", "max.connection.creation.rate"].into_iter().find(is_zero) {
            return refused(format!("Invalid {name} 0"));
        }
        let (threads, now) = (self.number("log.cleaner.threads")?, self.settings.number_now("log.cleaner.threads")?);
        if threads > now.saturating_mul(2) {
            return refused(format!(
                "Log cleaner threads cannot be increased to more than double the current value {now}"
            ));
        }
        if threads < now / 2 {
            return refused(format!("Log cleaner threads cannot be reduced to less than half the current value {now}"));
        }
        for name in POOLS {
            let (Some(size), Some(now)) = (self.number(name), self.settings.number_now(name)) else { continue };
            let bound = if size > now.saturating_mul(2) {
                format!("value should not be greater than double the current value {now}")
            } else if size < now / 2 {
                format!("value should be at least half the current value {now}")
            } else {
                continue;
            };
            return refused(format!("Dynamic thread count update validation failed for {name}={size}, {bound}"));
        }
        let known = self.settings.known.default_of("metric.reporters");
        let is_strange = |class: &str| Some(class) != known;
        if items(self.value("metric.reporters").unwrap_or_default()).into_iter().any(is_strange) {
            return refused(
                "Validation of dynamic config update of Set(metric.reporters) failed with class class kafka.server.DynamicMetricsReporters"
                    .to_owned(),
            );
        }
        None
    }
}

const OVERRIDES: &str = "max.connections.per.ip.overrides";

/// Reads `HOST:COUNT`. The error is the text of Java's exception.
fn override_of_an_ip(item: &str) -> Result<(), String> {
    let Some((_, count)) = item.rsplit_once(':') else {
        let length = item.chars().count();
        return Err(format!("Error parsing configuration property '{OVERRIDES}': begin 0, end -1, length {length}"));
    };
    count.trim().parse().map(|_: i32| ()).map_err(|_: ParseIntError| format!("For input string: \"{count}\""))
}
