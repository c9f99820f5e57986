//! What the journal keeps of a request and its answer: the row of an API in `api/table.rs` says it when that is nothing or
//! names alone; otherwise an implementation in this folder does.

use kafka_trial_wire::Text;
use kafka_trial_wire::messages::{
    DeleteTopicsRequest, FindCoordinatorRequest, MetadataRequest, OffsetFetchRequest, Request,
};

use super::Detail;
use super::shared_names::Names;
use kafka_trial_core::Topics;

/// A request that the journal knows how to read.
pub(crate) trait Journaled: Request {
    /// What is kept of the request. `topics` tell the name of one that goes by its id.
    fn asked(&self, topics: &Topics, names: &mut Names) -> Detail {
        let _ = (topics, names);
        Detail::Other
    }

    /// Adds what the answer says.
    fn answered(response: &Self::Response, detail: &mut Detail) {
        let _ = (response, detail);
    }
}

impl Journaled for MetadataRequest {
    fn asked(&self, topics: &Topics, names: &mut Names) -> Detail {
        let named = self.topics.iter().flatten();
        let mut name = |name: Option<&Text>, id| names.topic(&name.cloned().unwrap_or_default(), id, topics);
        Detail::Topics(named.map(|topic| name(topic.name.as_ref(), topic.topic_id)).collect())
    }
}

impl Journaled for DeleteTopicsRequest {
    fn asked(&self, topics: &Topics, names: &mut Names) -> Detail {
        let mut name = |name: Option<&Text>, id| names.topic(&name.cloned().unwrap_or_default(), id, topics);
        let states = self.topics.iter().map(|topic| name(topic.name.as_ref(), topic.topic_id));
        let mut all: Vec<_> = states.collect();
        all.extend(self.topic_names.iter().map(|name| names.shared(name)));
        Detail::Topics(all)
    }
}

impl Journaled for FindCoordinatorRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        // Versions up to 3 have one key, later ones several. Other types of keys are no groups.
        let first = Some(&self.key).filter(|key| !key.is_empty());
        match self.key_type {
            0 => Detail::Groups(first.into_iter().chain(&self.coordinator_keys).map(|key| names.shared(key)).collect()),
            _ => Detail::Other,
        }
    }
}

impl Journaled for OffsetFetchRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        let first = Some(&self.group_id).filter(|id| !id.is_empty());
        let all = first.into_iter().chain(self.groups.iter().map(|group| &group.group_id));
        Detail::Groups(all.map(|id| names.shared(id)).collect())
    }
}
