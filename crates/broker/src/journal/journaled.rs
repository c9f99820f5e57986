//! The journal keeps parts of a request and its answer. The row of an API in `api/table.rs` decides that if it keeps
//! nothing or only names; otherwise an implementation in this folder does.

use kafka_trial_wire::Text;
use kafka_trial_wire::messages::{
    DeleteTopicsRequest, FindCoordinatorRequest, MetadataRequest, OffsetFetchRequest, Request,
};

use super::Detail;
use super::shared_names::Names;
use kafka_trial_core::Topics;

/// A request whose parts the journal can keep.
pub(crate) trait Journaled: Request {
    /// Returns the kept parts of the request. `topics` finds the name of a topic by its id.
    fn asked(&self, topics: &Topics, names: &mut Names) -> Detail {
        let _ = (topics, names);
        Detail::Other
    }

    /// Adds the kept parts of the answer.
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
        // Versions up to 3 have one key, later ones several. Keys of other types are not groups.
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
