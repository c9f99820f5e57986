//! A config has a type and a rule for its values (`ConfigDef`).

use thiserror::Error;

/// The type of a config; the codes are those of `DescribeConfigsResponse.ConfigType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigType {
    /// `true` or `false`.
    Boolean,
    /// A string.
    Text,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 16 bits.
    Short,
    /// A whole number of 64 bits.
    Long,
    /// A floating point number of 64 bits.
    Double,
    /// Strings, separated by commas.
    List,
    /// The name of a Java class.
    Class,
    /// A string that is never shown.
    Password,
    /// The type of a property that Kafka does not know.
    Unknown,
}

impl ConfigType {
    /// Returns Kafka's number for the type, as DescribeConfigs sends it.
    pub fn code(self) -> i8 {
        match self {
            Self::Unknown => 0,
            Self::Boolean => 1,
            Self::Text => 2,
            Self::Int => 3,
            Self::Short => 4,
            Self::Long => 5,
            Self::Double => 6,
            Self::List => 7,
            Self::Class => 8,
            Self::Password => 9,
        }
    }

    /// Returns the type with this name in lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "boolean" => Self::Boolean,
            "string" => Self::Text,
            "int" => Self::Int,
            "short" => Self::Short,
            "long" => Self::Long,
            "double" => Self::Double,
            "list" => Self::List,
            "class" => Self::Class,
            "password" => Self::Password,
            _ => return None,
        })
    }

    /// Reads a value and returns it as Kafka shows it: `+5` is `5`, `TRUE` is `true`, ` a , b, a` is `a,b`. The error
    /// is Kafka's reason.
    pub fn read(self, value: &str) -> Result<String, String> {
        let value = value.trim();
        let whole = |least: i64, most: i64, name: &str| match value.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
            _ => Err(format!("Not a number of type {name}")),
        };
        match self {
            Self::Boolean => match value.to_ascii_lowercase() {
                word if word == "true" || word == "false" => Ok(word),
                _ => Err("Expected value to be either true or false".to_owned()),
            },
            Self::Int => whole(i32::MIN.into(), i32::MAX.into(), "INT"),
            Self::Short => whole(i16::MIN.into(), i16::MAX.into(), "SHORT"),
            Self::Long => whole(i64::MIN, i64::MAX, "LONG"),
            Self::Double => match value.parse::<f64>() {
                Ok(number) => Ok(shown(number)),
                Err(_) => Err("Not a number of type DOUBLE".to_owned()),
            },
            Self::List => {
                let mut distinct = Vec::new();
                items(value).into_iter().for_each(|item| {
                    if !distinct.contains(&item) {
                        distinct.push(item);
                    }
                });
                Ok(distinct.join(","))
            }
            Self::Text | Self::Class | Self::Password | Self::Unknown => Ok(value.to_owned()),
        }
    }
}

/// Returns a number as Java's `Double.toString` writes it: `0.5`, `1.0E7`.
fn shown(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) || !number.is_finite() {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    if text.contains('.') { text } else { text.replacen('E', ".0E", 1) }
}

/// Returns the items of a list; the empty string has none.
pub(crate) fn items(list: &str) -> Vec<&str> {
    if list.trim().is_empty() { Vec::new() } else { list.split(',').map(str::trim).collect() }
}

/// The rule for the values of a config.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rule {
    Any,
    AtLeast(i64),
    Within(i64, i64),
    /// -1 for the codec's default, otherwise a level.
    LevelOrDefault(i64, i64),
    OneOf(&'static [&'static str]),
    /// A list of some of these items.
    SomeOf(&'static [&'static str]),
    /// `earliest`, `latest`, or `by_duration:` with a time of ISO 8601.
    OffsetReset,
    /// `*` or a list of partition:broker pairs.
    ThrottledReplicas,
}

/// A config that cannot be set like this, in Kafka's words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Kafka has no config of this name.
    #[error("Unknown {kind} config name: {name}")]
    Unknown {
        /// The kind of the config: `topic`, `group` and so on.
        kind: &'static str,
        /// The config's name.
        name: String,
    },
    /// The config does not take this value.
    #[error("Invalid value {value} for configuration {name}: {reason}")]
    Invalid {
        /// The config's name.
        name: String,
        /// The value, as given.
        value: String,
        /// The reason, in Kafka's words.
        reason: String,
    },
    /// A list has an empty item.
    #[error("Configuration '{0}' values must not be empty.")]
    EmptyItem(String),
    /// The longest compaction lag is below the shortest.
    #[error("conflict topic config setting min.compaction.lag.ms ({least}) > max.compaction.lag.ms ({most})")]
    CompactionLags {
        /// `min.compaction.lag.ms`.
        least: i64,
        /// `max.compaction.lag.ms`.
        most: i64,
    },
    /// The topic asks for tiered storage, which no broker here supports.
    #[error(
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage."
    )]
    TieredStorage,
}

impl Rule {
    /// Checks a value of the right type. `name` is the config's.
    pub(super) fn check(self, name: &str, value: &str) -> Result<(), ConfigError> {
        let invalid = |value: &str, reason: String| {
            Err(ConfigError::Invalid { name: name.to_owned(), value: value.to_owned(), reason })
        };
        let is_below = |least: i64| value.parse::<f64>().is_ok_and(|number| number < least as f64);
        let is_above = |most: i64| value.parse::<f64>().is_ok_and(|number| number > most as f64);
        match self {
            Self::AtLeast(least) | Self::Within(least, _) if is_below(least) => {
                invalid(value, format!("Value must be at least {least}"))
            }
            Self::Within(_, most) if is_above(most) => invalid(value, format!("Value must be no more than {most}")),
            Self::LevelOrDefault(least, most) if value != "-1" && (is_below(least) || is_above(most)) => {
                invalid(value, format!("Value must be between {least} and {most} or equal to -1"))
            }
            Self::OneOf(allowed) if !allowed.contains(&value) => {
                invalid(value, format!("String must be one of: {}", allowed.join(", ")))
            }
            Self::SomeOf(allowed) => match items(value).into_iter().find(|item| !allowed.contains(item)) {
                Some("") => Err(ConfigError::EmptyItem(name.to_owned())),
                Some(stray) => invalid(stray, format!("String must be one of: {}", allowed.join(", "))),
                None => Ok(()),
            },
            Self::OffsetReset if !is_offset_reset(value) => {
                let reason = format!(
                    "Invalid value `{value}` for configuration {name}. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
                );
                invalid(value, reason)
            }
            Self::ThrottledReplicas if value != "*" && !items(value).into_iter().all(is_pair) => {
                let reason = format!(
                    "{name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],..."
                );
                invalid(&format!("[{}]", items(value).join(", ")), reason)
            }
            _ => Ok(()),
        }
    }
}

fn is_offset_reset(value: &str) -> bool {
    matches!(value, "earliest" | "latest") || value.strip_prefix("by_duration:").is_some_and(is_duration)
}

/// Returns whether Java's `Duration.parse` accepts the text as a time that is not negative: `P1DT2H3M4.5S`, in which
/// each part is optional.
fn is_duration(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let Some(rest) = upper.strip_prefix('+').unwrap_or(&upper).strip_prefix('P') else { return false };
    let (days, time) = rest.split_once('T').map_or((rest, None), |(days, time)| (days, Some(time)));
    let is_count = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut left = time.unwrap_or_default();
    for unit in ['H', 'M'] {
        if let Some((count, after)) = left.split_once(unit) {
            if !is_count(count) {
                return false;
            }
            left = after;
        }
    }
    let seconds = left.strip_suffix('S').map(|count| count.split_once('.').unwrap_or((count, "0")));
    let has_seconds = seconds.is_some_and(|(whole, part)| is_count(whole) && (is_count(part) || part.is_empty()));
    let has_days = days.strip_suffix('D').is_some_and(is_count);
    (has_days || days.is_empty() && time.is_some_and(|time| !time.is_empty()))
        && (has_seconds || left.is_empty())
        && time != Some("")
}

fn is_pair(item: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    item.split_once(':').is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
}
