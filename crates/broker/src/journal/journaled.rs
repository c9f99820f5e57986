//! What the journal keeps of each API.

use kafka_trial_wire::Text;
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

/// APIs of which only the topics or groups that they name are kept.
macro_rules! names {
    ($detail:ident: $($request:ty => |$asked:ident| $names:expr;)*) => {$(
        impl Journaled for $request {
            fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
                let $asked = self;
                Detail::$detail($names.map(|name| names.shared(name)).collect())
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
