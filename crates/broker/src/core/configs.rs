//! Topic configs: names, types, defaults and the broker properties they follow (`TopicConfig`, `LogConfig`).

use std::collections::BTreeMap;

use thiserror::Error;

use super::Settings;

/// What kind of value a config has; the codes are `ConfigResource`'s as DescribeConfigs shows them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ConfigType {
    Boolean,
    Text(&'static [&'static str]),
    Int { least: i64 },
    Long { least: i64 },
    Double,
    List(&'static [&'static str]),
}

impl ConfigType {
    /// `DescribeConfigsResponse.ConfigType`.
    pub(crate) fn code(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::Text(_) => 2,
            Self::Int { .. } => 3,
            Self::Long { .. } => 5,
            Self::Double => 6,
            Self::List(_) => 7,
        }
    }

    /// The name in Kafka's refusals (`ConfigDef.Type`).
    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "BOOLEAN",
            Self::Text(_) => "STRING",
            Self::Int { .. } => "INT",
            Self::Long { .. } => "LONG",
            Self::Double => "DOUBLE",
            Self::List(_) => "LIST",
        }
    }
}

/// A topic config and where its default comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TopicConfig {
    pub(crate) name: &'static str,
    pub(crate) r#type: ConfigType,
    pub(crate) default: &'static str,
    /// The broker property that topics inherit.
    pub(crate) synonym: Option<&'static str>,
}

const fn row(
    name: &'static str,
    r#type: ConfigType,
    default: &'static str,
    synonym: Option<&'static str>,
) -> TopicConfig {
    TopicConfig { name, r#type, default, synonym }
}

const COMPRESSIONS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];
const INT: ConfigType = ConfigType::Int { least: 0 };
const LONG: ConfigType = ConfigType::Long { least: 0 };

/// Every topic config of Kafka 4.3.1 by name.
pub(crate) const TOPIC_CONFIGS: &[TopicConfig] = &[
    row("cleanup.policy", ConfigType::List(&["compact", "delete"]), "delete", Some("log.cleanup.policy")),
    row("compression.gzip.level", ConfigType::Int { least: -1 }, "-1", Some("compression.gzip.level")),
    row("compression.lz4.level", ConfigType::Int { least: 1 }, "9", Some("compression.lz4.level")),
    row("compression.type", ConfigType::Text(COMPRESSIONS), "producer", Some("compression.type")),
    row("compression.zstd.level", ConfigType::Int { least: -131_072 }, "3", Some("compression.zstd.level")),
    row("delete.retention.ms", LONG, "86400000", Some("log.cleaner.delete.retention.ms")),
    row("file.delete.delay.ms", LONG, "60000", Some("log.segment.delete.delay.ms")),
    row("flush.messages", ConfigType::Long { least: 1 }, "9223372036854775807", Some("log.flush.interval.messages")),
    row("flush.ms", LONG, "9223372036854775807", Some("log.flush.interval.ms")),
    row("follower.replication.throttled.replicas", ConfigType::List(&[]), "", None),
    row("index.interval.bytes", INT, "4096", Some("log.index.interval.bytes")),
    row("leader.replication.throttled.replicas", ConfigType::List(&[]), "", None),
    row("local.retention.bytes", ConfigType::Long { least: -2 }, "-2", Some("log.local.retention.bytes")),
    row("local.retention.ms", ConfigType::Long { least: -2 }, "-2", Some("log.local.retention.ms")),
    row(
        "max.compaction.lag.ms",
        ConfigType::Long { least: 1 },
        "9223372036854775807",
        Some("log.cleaner.max.compaction.lag.ms"),
    ),
    row("max.message.bytes", INT, "1048588", Some("message.max.bytes")),
    row("message.timestamp.after.max.ms", LONG, "3600000", Some("log.message.timestamp.after.max.ms")),
    row("message.timestamp.before.max.ms", LONG, "9223372036854775807", Some("log.message.timestamp.before.max.ms")),
    row(
        "message.timestamp.type",
        ConfigType::Text(&["CreateTime", "LogAppendTime"]),
        "CreateTime",
        Some("log.message.timestamp.type"),
    ),
    row("min.cleanable.dirty.ratio", ConfigType::Double, "0.5", Some("log.cleaner.min.cleanable.ratio")),
    row("min.compaction.lag.ms", LONG, "0", Some("log.cleaner.min.compaction.lag.ms")),
    row("min.insync.replicas", ConfigType::Int { least: 1 }, "1", Some("min.insync.replicas")),
    row("preallocate", ConfigType::Boolean, "false", Some("log.preallocate")),
    row("remote.log.copy.disable", ConfigType::Boolean, "false", None),
    row("remote.log.delete.on.disable", ConfigType::Boolean, "false", None),
    row("remote.storage.enable", ConfigType::Boolean, "false", None),
    row("retention.bytes", ConfigType::Long { least: i64::MIN }, "-1", Some("log.retention.bytes")),
    row("retention.ms", ConfigType::Long { least: -1 }, "604800000", Some("log.retention.ms")),
    row("segment.bytes", ConfigType::Int { least: 1_048_576 }, "1073741824", Some("log.segment.bytes")),
    row("segment.index.bytes", ConfigType::Int { least: 4 }, "10485760", Some("log.index.size.max.bytes")),
    row("segment.jitter.ms", LONG, "0", Some("log.roll.jitter.ms")),
    row("segment.ms", ConfigType::Long { least: 1 }, "604800000", Some("log.roll.ms")),
    row("unclean.leader.election.enable", ConfigType::Boolean, "false", Some("unclean.leader.election.enable")),
];

/// A config that a topic cannot have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(crate) enum ConfigError {
    #[error("Unknown topic config name: {0}")]
    Unknown(String),
    #[error("Invalid value {value} for configuration {name}: {reason}")]
    Invalid { name: String, value: String, reason: String },
}

impl TopicConfig {
    pub(crate) fn named(name: &str) -> Option<&'static TopicConfig> {
        TOPIC_CONFIGS.iter().find(|config| config.name == name)
    }

    /// Checks a value as `ConfigDef` does.
    pub(crate) fn check(&self, value: &str) -> Result<(), ConfigError> {
        let invalid =
            |reason: String| Err(ConfigError::Invalid { name: self.name.to_owned(), value: value.to_owned(), reason });
        let value = value.trim();
        match self.r#type {
            ConfigType::Boolean if !matches!(value.to_ascii_lowercase().as_str(), "true" | "false") => {
                invalid("Expected value to be either true or false".to_owned())
            }
            ConfigType::Int { least } | ConfigType::Long { least } => {
                let is_int = matches!(self.r#type, ConfigType::Int { .. });
                match value.parse::<i64>() {
                    Ok(number) if is_int && i32::try_from(number).is_err() => {
                        invalid(format!("Not a number of type {}", self.r#type.name()))
                    }
                    Ok(number) if number < least => invalid(format!("Value must be at least {least}")),
                    Ok(_) => Ok(()),
                    Err(_) => invalid(format!("Not a number of type {}", self.r#type.name())),
                }
            }
            ConfigType::Double if value.parse::<f64>().is_err() => invalid("Not a number of type DOUBLE".to_owned()),
            ConfigType::Text(allowed) if !allowed.contains(&value) => {
                invalid(format!("String must be one of: {}", allowed.join(", ")))
            }
            ConfigType::List(allowed) if !allowed.is_empty() => {
                let stray = value.split(',').map(str::trim).find(|item| !item.is_empty() && !allowed.contains(item));
                match stray {
                    Some(_) => invalid(format!("String must be one of: {}", allowed.join(", "))),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// What a topic without an own value has.
    pub(crate) fn inherited(&self, settings: &Settings) -> String {
        let set = |key: &str| settings.properties.get(key).cloned();
        let in_ms = |key: &str, factor: i64| {
            let value: i64 = set(key)?.trim().parse().ok()?;
            Some(if value < 0 { -1 } else { value.saturating_mul(factor) }.to_string())
        };
        let own = self.synonym.and_then(set);
        let coarser = match self.name {
            "retention.ms" => {
                in_ms("log.retention.minutes", 60_000).or_else(|| in_ms("log.retention.hours", 3_600_000))
            }
            "segment.ms" => in_ms("log.roll.hours", 3_600_000),
            _ => None,
        };
        own.or(coarser).unwrap_or_else(|| self.default.to_owned())
    }
}

/// The configs of a topic that the log acts on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogConfig {
    pub(crate) max_message_bytes: i32,
    pub(crate) retention_ms: i64,
    pub(crate) retention_bytes: i64,
    pub(crate) compact: bool,
    pub(crate) delete: bool,
    pub(crate) log_append_time: bool,
    pub(crate) timestamp_before_max_ms: i64,
    pub(crate) timestamp_after_max_ms: i64,
    pub(crate) segment_bytes: i64,
    pub(crate) segment_ms: i64,
}

impl LogConfig {
    /// Puts a topic's own values over the broker's.
    pub(crate) fn resolve(overrides: &BTreeMap<String, String>, settings: &Settings) -> Result<Self, ConfigError> {
        for (name, value) in overrides {
            TopicConfig::named(name).ok_or_else(|| ConfigError::Unknown(name.clone()))?.check(value)?;
        }
        let value = |name: &str| match overrides.get(name) {
            Some(value) => value.trim().to_owned(),
            None => TopicConfig::named(name).map(|config| config.inherited(settings)).unwrap_or_default(),
        };
        let number = |name: &str| -> i64 { value(name).parse().unwrap_or_default() };
        let policy = value("cleanup.policy");
        let has = |wanted: &str| policy.split(',').any(|item| item.trim() == wanted);
        Ok(Self {
            max_message_bytes: i32::try_from(number("max.message.bytes")).unwrap_or(i32::MAX),
            retention_ms: number("retention.ms"),
            retention_bytes: number("retention.bytes"),
            compact: has("compact"),
            delete: has("delete"),
            log_append_time: value("message.timestamp.type") == "LogAppendTime",
            timestamp_before_max_ms: number("message.timestamp.before.max.ms"),
            timestamp_after_max_ms: number("message.timestamp.after.max.ms"),
            segment_bytes: number("segment.bytes"),
            segment_ms: number("segment.ms"),
        })
    }
}
