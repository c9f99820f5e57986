//! The common part of the config APIs: resources, their entries, and changes.

mod broker_change;
mod change;
mod entries;
mod resource;

pub(in crate::api) use self::broker_change::{current_properties, replace_properties};
pub(in crate::api) use self::change::{Configs, current, invalid, replace};
pub(in crate::api) use self::entries::{ConfigEntry, broker_entries, cluster_entries, defined_entries, topic_entries};
pub(in crate::api) use self::resource::{
    Altered, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC, alter_each, broker_of, check_keys,
};
