//! Configs of topics, groups, client metrics subscriptions and brokers.
//!
//! - [`ConfigDefinition`], [`ConfigType`], [`Rule`]: what there is and which values it takes.
//! - [`LogConfig`]: what a topic's configs amount to.
//! - [`IgnoredProperty`]: what is given and changes nothing.
//! - [`Synonym`], [`ConfigSource`]: the values a config has, by where they come from.

mod alter;
mod broker;
mod broker_values;
mod definition;
mod group;
mod ignored;
mod log_config;
mod settings;
mod topic;
mod value;

pub use self::broker::{BrokerConfigs, ConfigSource, DynamicProperties, Synonym};
pub use self::definition::ConfigDefinition;
pub use self::group::{CLIENT_METRICS_CONFIGS, GROUP_CONFIGS};
pub use self::ignored::IgnoredProperty;
pub use self::log_config::LogConfig;
pub use self::settings::{SettingError, Settings};
pub use self::topic::{TOPIC_CONFIGS, topic_config};
pub use self::value::{ConfigError, ConfigType};
pub(crate) use self::value::{Rule, items};
