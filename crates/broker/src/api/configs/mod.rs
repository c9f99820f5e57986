//! What the APIs of configs have in common: resources, their entries, and changes.

mod broker_change;
mod change;
mod entries;
mod resource;

pub(super) use self::broker_change::{current_properties, replace_properties};
pub(super) use self::change::{Configs, current, invalid, replace};
pub(super) use self::entries::{ConfigEntry, broker_entries, cluster_entries, defined_entries, topic_entries};
pub(super) use self::resource::{
    BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC, broker_of, check_keys, named_twice, refuse_duplicate_resource,
};
