//! The configs of brokers: their names, their values and their effects.
//!
//! - [`BrokerConfigs`]: the table of Kafka's broker configs, with their defaults (`table.txt`).
//! - `rules`: the valid values of a single config. `dynamic`: the checks of all values together at run time.
//! - [`ConfigSource`], [`Synonym`]: the layers in which a property can be set, and the one that counts.
//! - [`Settings`]: the properties as typed values, which the state machine reads.
//! - [`IgnoredProperty`]: a property that is set and has no effect, with the reason.

mod consumer_groups;
mod dynamic;
mod ignored;
mod layers;
mod rules;
mod settings;
mod source;
mod table;

pub use self::ignored::IgnoredProperty;
pub use self::layers::{ConfigSource, DynamicProperties, Synonym};
pub use self::settings::Settings;
pub use self::source::SettingError;
#[cfg(test)]
pub(crate) use self::table::Reader;
pub use self::table::{BrokerConfig, BrokerConfigs};
