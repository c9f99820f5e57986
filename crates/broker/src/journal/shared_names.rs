//! Names that entries share: the same few come again and again.

use std::collections::HashSet;
use std::sync::Arc;

use kafka_trial_wire::{Text, Uuid};

use kafka_trial_core::Topics;

/// How many names are remembered; then they are all forgotten, and those in use come back by themselves.
const REMEMBERED: usize = 1024;
/// Longer names are not remembered, so that the remembered ones take little room.
const LONGEST: usize = 256;

/// The names that were seen lately.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(HashSet<Arc<str>>);

impl Names {
    /// The name as text that keeps no frame alive.
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

    /// The same of an id that may be missing, or empty, which means the same.
    pub(super) fn shared_or_none(&mut self, name: Option<&Text>) -> Option<Arc<str>> {
        name.filter(|name| !name.is_empty()).map(|name| self.shared(name))
    }

    /// The name of a topic that a request names, or else refers to by its id; empty where no topic has it.
    pub(super) fn topic(&mut self, name: &Text, id: Uuid, topics: &Topics) -> Arc<str> {
        let by_id = if name.is_empty() { topics.by_id(id) } else { None };
        self.shared(by_id.map_or(name, |topic| &topic.name))
    }
}
