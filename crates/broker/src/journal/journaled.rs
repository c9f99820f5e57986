//! What the journal keeps of each API.

use std::sync::Arc;

use kafka_trial_wire::messages::{
    AlterConfigsRequest, AlterPartitionReassignmentsRequest, ApiVersionsRequest, ConsumerGroupDescribeRequest,
    CreatePartitionsRequest, CreateTopicsRequest, DeleteGroupsRequest, DeleteRecordsRequest, DeleteTopicsRequest,
    DescribeClusterRequest, DescribeConfigsRequest, DescribeGroupsRequest, DescribeLogDirsRequest,
    DescribeProducersRequest, DescribeQuorumRequest, DescribeTopicPartitionsRequest, DescribeTransactionsRequest,
    ElectLeadersRequest, FindCoordinatorRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest,
    ListGroupsRequest, ListOffsetsRequest, ListPartitionReassignmentsRequest, ListTransactionsRequest, MetadataRequest,
    OffsetDeleteRequest, OffsetFetchRequest, OffsetForLeaderEpochRequest, Request, UnregisterBrokerRequest,
    UpdateFeaturesRequest, WriteTxnMarkersRequest,
};
use kafka_trial_wire::{Text, Uuid};

use super::Detail;
use crate::core::Topics;

/// A request that the journal knows how to read.
pub(crate) trait Journaled: Request {
    /// What is kept of the request. `topics` tell the name of one that goes by its id.
    fn asked(&self, topics: &Topics) -> Detail {
        let _ = topics;
        Detail::Other
    }

    /// Adds what the answer says.
    fn answered(response: &Self::Response, detail: &mut Detail) {
        let _ = (response, detail);
    }
}

/// The name of a topic that a request names, or else refers to by its id; empty where no topic has it.
pub(super) fn topic_name(name: &Text, id: Uuid, topics: &Topics) -> Arc<str> {
    if name.is_empty()
        && let Some(topic) = topics.by_id(id)
    {
        return topic.name.as_str().into();
    }
    shared(name)
}

/// Shared text for [`super::Entry`]; it keeps no frame alive.
pub(super) fn shared(text: &Text) -> Arc<str> {
    text.as_str().into()
}

/// An id that may be missing, or empty, which means the same.
pub(super) fn shared_or_none(text: Option<&Text>) -> Option<Arc<str>> {
    text.filter(|text| !text.is_empty()).map(shared)
}

/// APIs of which only the topics or groups that they name are kept.
macro_rules! names {
    ($detail:ident: $($request:ty => |$asked:ident| $names:expr;)*) => {$(
        impl Journaled for $request {
            fn asked(&self, _: &Topics) -> Detail {
                let $asked = self;
                Detail::$detail($names.map(shared).collect())
            }
        }
    )*};
}

names! { Topics:
    CreateTopicsRequest => |asked| asked.topics.iter().map(|topic| &topic.name);
    CreatePartitionsRequest => |asked| asked.topics.iter().map(|topic| &topic.name);
    DeleteRecordsRequest => |asked| asked.topics.iter().map(|topic| &topic.name);
    DescribeTopicPartitionsRequest => |asked| asked.topics.iter().map(|topic| &topic.name);
    ListOffsetsRequest => |asked| asked.topics.iter().map(|topic| &topic.name);
    OffsetForLeaderEpochRequest => |asked| asked.topics.iter().map(|topic| &topic.topic);
}

names! { Groups:
    ConsumerGroupDescribeRequest => |asked| asked.group_ids.iter();
    DeleteGroupsRequest => |asked| asked.groups_names.iter();
    DescribeGroupsRequest => |asked| asked.groups.iter();
    OffsetDeleteRequest => |asked| std::iter::once(&asked.group_id);
}

impl Journaled for MetadataRequest {
    fn asked(&self, topics: &Topics) -> Detail {
        let named = self.topics.iter().flatten();
        let name = |name: Option<&Text>, id| topic_name(&name.cloned().unwrap_or_default(), id, topics);
        Detail::Topics(named.map(|topic| name(topic.name.as_ref(), topic.topic_id)).collect())
    }
}

impl Journaled for DeleteTopicsRequest {
    fn asked(&self, topics: &Topics) -> Detail {
        let name = |name: Option<&Text>, id| topic_name(&name.cloned().unwrap_or_default(), id, topics);
        let states = self.topics.iter().map(|topic| name(topic.name.as_ref(), topic.topic_id));
        Detail::Topics(states.chain(self.topic_names.iter().map(shared)).collect())
    }
}

impl Journaled for FindCoordinatorRequest {
    fn asked(&self, _: &Topics) -> Detail {
        // Versions up to 3 have one key, later ones several. Other types of keys are no groups.
        let first = Some(&self.key).filter(|key| !key.is_empty());
        match self.key_type {
            0 => Detail::Groups(first.into_iter().chain(&self.coordinator_keys).map(shared).collect()),
            _ => Detail::Other,
        }
    }
}

impl Journaled for OffsetFetchRequest {
    fn asked(&self, _: &Topics) -> Detail {
        let first = Some(&self.group_id).filter(|id| !id.is_empty());
        Detail::Groups(first.into_iter().chain(self.groups.iter().map(|group| &group.group_id)).map(shared).collect())
    }
}

/// APIs of which nothing but their end is kept.
macro_rules! only_ends {
    ($($request:ident,)*) => {$(impl Journaled for $request {})*};
}

only_ends! {
    AlterConfigsRequest, AlterPartitionReassignmentsRequest, ApiVersionsRequest, DescribeClusterRequest,
    DescribeConfigsRequest, DescribeLogDirsRequest, DescribeProducersRequest, DescribeQuorumRequest,
    DescribeTransactionsRequest, ElectLeadersRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest,
    ListGroupsRequest, ListPartitionReassignmentsRequest, ListTransactionsRequest, UnregisterBrokerRequest,
    UpdateFeaturesRequest, WriteTxnMarkersRequest,
}
