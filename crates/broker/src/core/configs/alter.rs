//! Changing configs at run time.

use std::collections::BTreeMap;

use super::{ConfigError, DynamicProperties, LogConfig};
use crate::core::{Core, SettingError};

impl Core {
    /// Gives a topic other configs of its own; they count from the next append or retention check on.
    pub(crate) fn set_topic_configs(
        &mut self,
        name: &str,
        overrides: BTreeMap<String, String>,
    ) -> Result<(), ConfigError> {
        let config = LogConfig::resolve(&overrides, &self.settings)?;
        if let Some(topic) = self.topics.get_mut(name) {
            topic.overrides = overrides;
            topic.config = config;
        }
        Ok(())
    }

    /// Sets broker properties at run time. Topics inherit them at once.
    pub(crate) fn set_dynamic_properties(&mut self, dynamic: DynamicProperties) -> Result<(), SettingError> {
        self.settings = self.settings.changed(dynamic)?;
        for topic in self.topics.iter_mut() {
            // A topic whose own values no longer go with the broker's keeps what it had.
            if let Ok(config) = LogConfig::resolve(&topic.overrides, &self.settings) {
                topic.config = config;
            }
        }
        Ok(())
    }
}
