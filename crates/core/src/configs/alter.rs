//! Configs change at run time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ConfigError, DynamicProperties, LogConfig};
use crate::{SettingError, State};

impl State {
    /// Replaces a topic's own configs; they take effect at the next append or retention check.
    pub fn set_topic_configs(&mut self, name: &str, overrides: BTreeMap<String, String>) -> Result<(), ConfigError> {
        let config = LogConfig::resolve(&overrides, &self.settings)?;
        if let Some(topic) = self.topics.get_mut(name) {
            topic.overrides = Arc::new(overrides);
            topic.config = Arc::new(config);
        }
        Ok(())
    }

    /// Sets broker properties at run time. Topics inherit them at once.
    pub fn set_dynamic_properties(&mut self, dynamic: DynamicProperties) -> Result<(), SettingError> {
        self.settings = self.settings.changed(dynamic)?;
        for topic in self.topics.iter_mut() {
            // A topic whose own values conflict with the broker's new ones keeps its former configs.
            if let Ok(config) = LogConfig::resolve(&topic.overrides, &self.settings) {
                topic.config = Arc::new(config);
            }
        }
        Ok(())
    }

    /// Returns the groups' own configs, by group id.
    pub fn group_configs(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.group_configs
    }

    /// Returns the client metrics subscriptions by name (KIP-714).
    pub fn client_metrics(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.client_metrics
    }

    /// Replaces a group's own configs; without any, the broker's apply again.
    pub fn set_group_configs(&mut self, group: &str, configs: BTreeMap<String, String>) {
        keep(&mut self.group_configs, group, configs);
    }

    /// Replaces the configs of a client metrics subscription; without any, the subscription is deleted.
    pub fn set_client_metrics(&mut self, name: &str, configs: BTreeMap<String, String>) {
        keep(&mut self.client_metrics, name, configs);
    }
}

fn keep(all: &mut BTreeMap<String, BTreeMap<String, String>>, name: &str, configs: BTreeMap<String, String>) {
    if configs.is_empty() {
        all.remove(name);
    } else {
        all.insert(name.to_owned(), configs);
    }
}
