//! Which APIs are served at which versions, and by which handler.

use std::ops::RangeInclusive;

use kafka_trial_wire::ApiKey;
use kafka_trial_wire::messages::{self, Request};

use super::dispatch::{Handle, answer, read, write};
use super::*;
use crate::Release;

/// A served API: its versions and its handler.
pub(crate) struct Api {
    pub(crate) key: ApiKey,
    /// The lowest version that ApiVersions shows.
    pub(crate) min: i16,
    pub(crate) max: i16,
    /// The lowest version that is really answered; requests below it close the connection, as on Kafka.
    pub(crate) floor: i16,
    handle: Handle,
}

impl Api {
    /// The versions that ApiVersions shows when the cluster passes for a release; `None` when that has no such API.
    pub(crate) fn shown(&self, release: Release) -> Option<RangeInclusive<i16>> {
        let highest = release.highest(self.key)?.min(self.max);
        (self.min <= highest).then_some(self.min..=highest)
    }
}

/// A row: `reads` for a handler that only looks at the state, `writes` for one that changes it, `drives` for one that needs
/// the traffic, too.
macro_rules! api {
    ($kind:ident $request:ident, $min:literal ..= $max:literal, $handle:path) => {
        api!($kind $request, $min ..= $max, $handle, floor $min)
    };
    ($kind:ident $request:ident, $min:literal ..= $max:literal, $handle:path, floor $floor:literal) => {
        Api {
            key: <messages::$request as Request>::API,
            min: $min,
            max: $max,
            floor: $floor,
            handle: |driver, context, body| api!(@$kind $request)(driver, context, body, $handle),
        }
    };
    (@reads $request:ident) => { read::<messages::$request> };
    (@writes $request:ident) => { write::<messages::$request> };
    (@drives $request:ident) => { answer::<messages::$request> };
}

/// Every served API in key order, at the versions that Kafka 4.3.1 serves.
///
/// Produce shows 0 to 2 and closes on them, as Kafka does (KAFKA-18659): librdkafka before 2.11.1 sends uncompressed
/// batches to a broker that does not show them.
pub(crate) const APIS: &[Api] = &[
    api!(drives ProduceRequest, 0..=13, produce::handle, floor 3),
    api!(drives FetchRequest, 4..=18, fetch::handle),
    api!(reads ListOffsetsRequest, 1..=11, list_offsets::handle),
    api!(writes MetadataRequest, 0..=13, metadata::handle),
    api!(writes OffsetCommitRequest, 2..=10, offset_commit::handle),
    api!(reads OffsetFetchRequest, 1..=10, offset_fetch::handle),
    api!(writes FindCoordinatorRequest, 0..=6, find_coordinator::handle),
    api!(writes JoinGroupRequest, 0..=9, join_group::handle),
    api!(writes HeartbeatRequest, 0..=4, heartbeat::handle),
    api!(writes LeaveGroupRequest, 0..=5, leave_group::handle),
    api!(writes SyncGroupRequest, 0..=5, sync_group::handle),
    api!(reads DescribeGroupsRequest, 0..=6, describe_groups::handle),
    api!(reads ListGroupsRequest, 0..=5, list_groups::handle),
    api!(reads ApiVersionsRequest, 0..=4, api_versions::handle),
    api!(writes CreateTopicsRequest, 2..=7, create_topics::handle),
    api!(writes DeleteTopicsRequest, 1..=6, delete_topics::handle),
    api!(writes DeleteRecordsRequest, 0..=2, delete_records::handle),
    api!(writes InitProducerIdRequest, 0..=5, init_producer_id::handle),
    api!(reads OffsetForLeaderEpochRequest, 2..=4, offset_for_leader_epoch::handle),
    api!(writes AddPartitionsToTxnRequest, 0..=5, add_partitions_to_txn::handle),
    api!(writes AddOffsetsToTxnRequest, 0..=4, add_offsets_to_txn::handle),
    api!(writes EndTxnRequest, 0..=5, end_txn::handle),
    api!(writes WriteTxnMarkersRequest, 1..=2, write_txn_markers::handle),
    api!(writes TxnOffsetCommitRequest, 0..=5, txn_offset_commit::handle),
    api!(reads DescribeConfigsRequest, 1..=4, describe_configs::handle),
    api!(writes AlterConfigsRequest, 0..=2, alter_configs::handle),
    api!(reads DescribeLogDirsRequest, 1..=5, describe_log_dirs::handle),
    api!(writes CreatePartitionsRequest, 0..=3, create_partitions::handle),
    api!(writes DeleteGroupsRequest, 0..=2, delete_groups::handle),
    api!(writes ElectLeadersRequest, 0..=2, elect_leaders::handle),
    api!(writes IncrementalAlterConfigsRequest, 0..=1, incremental_alter_configs::handle),
    api!(writes AlterPartitionReassignmentsRequest, 0..=1, alter_partition_reassignments::handle),
    api!(reads ListPartitionReassignmentsRequest, 0..=0, list_partition_reassignments::handle),
    api!(writes OffsetDeleteRequest, 0..=0, offset_delete::handle),
    api!(reads DescribeQuorumRequest, 0..=2, describe_quorum::handle),
    api!(reads UpdateFeaturesRequest, 0..=2, update_features::handle),
    api!(reads DescribeClusterRequest, 0..=2, describe_cluster::handle),
    api!(reads DescribeProducersRequest, 0..=0, describe_producers::handle),
    api!(writes UnregisterBrokerRequest, 0..=0, unregister_broker::handle),
    api!(reads DescribeTransactionsRequest, 0..=0, describe_transactions::handle),
    api!(reads ListTransactionsRequest, 0..=2, list_transactions::handle),
    api!(writes ConsumerGroupHeartbeatRequest, 0..=1, consumer_group_heartbeat::handle),
    api!(reads ConsumerGroupDescribeRequest, 0..=1, consumer_group_describe::handle),
    api!(reads ListConfigResourcesRequest, 0..=1, list_config_resources::handle),
    api!(reads DescribeTopicPartitionsRequest, 0..=0, describe_topic_partitions::handle),
];

/// The table for one release, by key: a request is found without a search.
#[derive(Debug)]
pub(crate) struct Table(Vec<Option<Served>>);

#[derive(Clone, Debug)]
struct Served {
    shown: RangeInclusive<i16>,
    answered: RangeInclusive<i16>,
    handle: Handle,
}

/// What there is for a request.
pub(crate) enum Row {
    /// The API is served at this version.
    Served(Handle),
    /// The API is served, but not at this version: at these.
    Beyond(RangeInclusive<i16>),
    /// The API is not served.
    Absent,
}

impl Table {
    /// What a cluster serves that passes for a release.
    pub(crate) fn of(release: Release) -> Self {
        let mut rows = Vec::new();
        for api in APIS {
            let (Some(shown), Ok(place)) = (api.shown(release), usize::try_from(api.key.0)) else { continue };
            rows.resize(rows.len().max(place + 1), None);
            let answered = api.floor..=*shown.end();
            if let Some(row) = rows.get_mut(place) {
                *row = Some(Served { shown, answered, handle: api.handle });
            }
        }
        Self(rows)
    }

    pub(crate) fn row(&self, api: ApiKey, version: i16) -> Row {
        let served = usize::try_from(api.0).ok().and_then(|place| self.0.get(place)).and_then(Option::as_ref);
        match served {
            Some(served) if served.answered.contains(&version) => Row::Served(served.handle),
            Some(served) => Row::Beyond(served.shown.clone()),
            None => Row::Absent,
        }
    }
}

/// An API that is served, as ApiVersions shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServedApi {
    /// Kafka's number for it.
    pub key: i16,
    /// Kafka's name for it.
    pub name: &'static str,
    /// The lowest version shown.
    pub min: i16,
    /// The highest version shown.
    pub max: i16,
}

/// The APIs that every broker of a cluster serves, in key order.
pub fn served_apis() -> impl Iterator<Item = ServedApi> {
    APIS.iter().filter_map(|api| Some(ServedApi { key: api.key.0, name: api.key.name()?, min: api.min, max: api.max }))
}
