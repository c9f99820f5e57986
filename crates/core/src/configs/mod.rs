//! Topics, groups, client metrics subscriptions and brokers have configs.
//!
//! - [`ConfigDefinition`], [`ConfigType`], [`Rule`]: a config and its valid values.
//! - `topic`, `group`: the tables of the configs of topics, groups and client metrics subscriptions.
//! - [`LogConfig`]: the configs of one topic as typed values, which its logs read.
//! - `broker`: the table of the brokers' configs, and [`Settings`], their typed values.
//! - [`config_documentation`]: what each of them is for. `alter`: changing configs at run time.

mod alter;
mod broker;
mod definition;
mod documentation;
mod group;
mod log_config;
mod topic;
mod value;

#[cfg(test)]
pub(crate) use self::broker::Reader;
pub use self::broker::{
    BrokerConfig, BrokerConfigs, ConfigSource, DynamicProperties, IgnoredProperty, SettingError, Settings, Synonym,
};
pub use self::definition::ConfigDefinition;
pub use self::documentation::config_documentation;
#[cfg(test)]
pub(crate) use self::documentation::documented;
pub use self::group::{CLIENT_METRICS_CONFIGS, GROUP_CONFIGS};
pub use self::log_config::LogConfig;
pub use self::topic::{TOPIC_CONFIGS, topic_config};
pub use self::value::{ConfigError, ConfigType};
pub(crate) use self::value::{Rule, items};
