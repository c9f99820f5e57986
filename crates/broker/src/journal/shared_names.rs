//! Entries share names, because the same few occur again and again.

use std::collections::HashSet;
use std::sync::Arc;

use kafka_trial_wire::{Text, Uuid};

use kafka_trial_core::Topics;

/// How many names are remembered. After that all are forgotten, and the ones in use return.
const REMEMBERED: usize = 1024;
/// The longest remembered name, in bytes, so that the names take little memory.
const LONGEST: usize = 256;

/// The names of recent requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(HashSet<Arc<str>>);

impl Names {
    /// Returns the name as text that does not keep a frame in memory.
    pub(crate) fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        if name.len() <= LONGEST {
            if self.0.len() >= REMEMBERED {
                self.0.clear();
            }
            self.0.insert(Arc::clone(&new));
        }
        new
    }

    /// Returns the shared name; `None` if the text is missing or empty, which means the same.
    pub(super) fn shared_or_none(&mut self, name: Option<&Text>) -> Option<Arc<str>> {
        name.filter(|name| !name.is_empty()).map(|name| self.shared(name))
    }

    /// Returns the name of a topic that a request gives by name or id; empty if no topic has the id.
    pub(super) fn topic(&mut self, name: &Text, id: Uuid, topics: &Topics) -> Arc<str> {
        let by_id = if name.is_empty() { topics.by_id(id) } else { None };
        self.shared(by_id.map_or(name, |topic| &topic.name))
    }
}
