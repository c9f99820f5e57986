//! Which APIs are served at which versions, by which handler, and what the journal keeps of them.

use std::ops::RangeInclusive;

use kafka_trial_core::Topics;
use kafka_trial_wire::ApiKey;
use kafka_trial_wire::messages::{self, Request};

use super::dispatch::{Handle, answer, read, write};
use super::*;
use crate::Release;
use crate::journal::{Detail, Journaled, Names};

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

/// Makes the table, and says what the journal keeps of each API ([`Journaled`]). A row has:
///
/// - `reads`: a handler that only looks at the state; `writes`: one that changes it; `parks`: one that also needs the
///   traffic and the journal;
/// - the request, the versions that ApiVersions shows, the handler;
/// - `floor`: the lowest version that is answered, when that is not the lowest shown;
/// - `journal`: `nothing` beyond how the request ended; `topics` or `groups`: their names, which the expression finds in
///   the request; `own`: more, by an `impl Journaled` in the journal's room.
macro_rules! apis {
    ($(
        $kind:ident $request:ident, $min:literal ..= $max:literal, $handle:path $(, floor $floor:literal)?,
        journal $kept:ident $(|$asked:ident| $names:expr)?;
    )*) => {
        /// Every served API in key order, at the versions that Kafka 4.3.1 serves.
        ///
        /// Produce shows 0 to 2 and closes on them, as Kafka does (KAFKA-18659): librdkafka before 2.11.1 sends
        /// uncompressed batches to a broker that does not show them.
        pub(crate) const APIS: &[Api] = &[$(Api {
            key: <messages::$request as Request>::API,
            min: $min,
            max: $max,
            floor: apis!(@floor $min $($floor)?),
            handle: |dispatch, context, body| apis!(@$kind $request)(dispatch, context, body, $handle),
        }),*];
        $(apis!(@journal $kept $request $(|$asked| $names)?);)*
    };
    (@floor $min:literal) => { $min };
    (@floor $min:literal $floor:literal) => { $floor };
    (@reads $request:ident) => { read::<messages::$request> };
    (@writes $request:ident) => { write::<messages::$request> };
    (@parks $request:ident) => { answer::<messages::$request> };
    (@journal nothing $request:ident) => { impl Journaled for messages::$request {} };
    (@journal own $request:ident) => {};
    (@journal topics $request:ident |$asked:ident| $names:expr) => { apis!(@names Topics $request |$asked| $names); };
    (@journal groups $request:ident |$asked:ident| $names:expr) => { apis!(@names Groups $request |$asked| $names); };
    (@names $detail:ident $request:ident |$asked:ident| $names:expr) => {
        impl Journaled for messages::$request {
            fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
                let $asked = self;
                Detail::$detail($names.map(|name| names.shared(name)).collect())
            }
        }
    };
}

apis! {
    parks ProduceRequest, 0..=13, produce::handle, floor 3, journal own;
    parks FetchRequest, 4..=18, fetch::handle, journal own;
    reads ListOffsetsRequest, 1..=11, list_offsets::handle, journal topics |asked| asked.topics.iter().map(|topic| &topic.name);
    writes MetadataRequest, 0..=13, metadata::handle, journal own;
    writes OffsetCommitRequest, 2..=10, offset_commit::handle, journal own;
    reads OffsetFetchRequest, 1..=10, offset_fetch::handle, journal own;
    writes FindCoordinatorRequest, 0..=6, find_coordinator::handle, journal own;
    writes JoinGroupRequest, 0..=9, join_group::handle, journal own;
    writes HeartbeatRequest, 0..=4, heartbeat::handle, journal own;
    writes LeaveGroupRequest, 0..=5, leave_group::handle, journal own;
    writes SyncGroupRequest, 0..=5, sync_group::handle, journal own;
    reads DescribeGroupsRequest, 0..=6, describe_groups::handle, journal groups |asked| asked.groups.iter();
    reads ListGroupsRequest, 0..=5, list_groups::handle, journal nothing;
    reads ApiVersionsRequest, 0..=4, api_versions::handle, journal nothing;
    writes CreateTopicsRequest, 2..=7, create_topics::handle, journal topics |asked| asked.topics.iter().map(|topic| &topic.name);
    writes DeleteTopicsRequest, 1..=6, delete_topics::handle, journal own;
    writes DeleteRecordsRequest, 0..=2, delete_records::handle, journal topics |asked| asked.topics.iter().map(|topic| &topic.name);
    writes InitProducerIdRequest, 0..=5, init_producer_id::handle, journal own;
    reads OffsetForLeaderEpochRequest, 2..=4, offset_for_leader_epoch::handle, journal topics |asked| asked.topics.iter().map(|topic| &topic.topic);
    writes AddPartitionsToTxnRequest, 0..=5, add_partitions_to_txn::handle, journal own;
    writes AddOffsetsToTxnRequest, 0..=4, add_offsets_to_txn::handle, journal own;
    writes EndTxnRequest, 0..=5, end_txn::handle, journal own;
    writes WriteTxnMarkersRequest, 1..=2, write_txn_markers::handle, journal nothing;
    writes TxnOffsetCommitRequest, 0..=5, txn_offset_commit::handle, journal own;
    reads DescribeAclsRequest, 1..=3, describe_acls::handle, journal nothing;
    reads CreateAclsRequest, 1..=3, create_acls::handle, journal nothing;
    reads DeleteAclsRequest, 1..=3, delete_acls::handle, journal nothing;
    reads DescribeConfigsRequest, 1..=4, describe_configs::handle, journal nothing;
    writes AlterConfigsRequest, 0..=2, alter_configs::handle, journal nothing;
    reads AlterReplicaLogDirsRequest, 1..=2, alter_replica_log_dirs::handle, journal nothing;
    reads DescribeLogDirsRequest, 1..=5, describe_log_dirs::handle, journal nothing;
    writes CreatePartitionsRequest, 0..=3, create_partitions::handle, journal topics |asked| asked.topics.iter().map(|topic| &topic.name);
    writes DeleteGroupsRequest, 0..=2, delete_groups::handle, journal groups |asked| asked.groups_names.iter();
    writes ElectLeadersRequest, 0..=2, elect_leaders::handle, journal nothing;
    writes IncrementalAlterConfigsRequest, 0..=1, incremental_alter_configs::handle, journal nothing;
    writes AlterPartitionReassignmentsRequest, 0..=1, alter_partition_reassignments::handle, journal nothing;
    reads ListPartitionReassignmentsRequest, 0..=0, list_partition_reassignments::handle, journal nothing;
    writes OffsetDeleteRequest, 0..=0, offset_delete::handle, journal groups |asked| std::iter::once(&asked.group_id);
    reads DescribeUserScramCredentialsRequest, 0..=0, describe_user_scram_credentials::handle, journal nothing;
    reads DescribeQuorumRequest, 0..=2, describe_quorum::handle, journal nothing;
    reads UpdateFeaturesRequest, 0..=2, update_features::handle, journal nothing;
    reads DescribeClusterRequest, 0..=2, describe_cluster::handle, journal nothing;
    reads DescribeProducersRequest, 0..=0, describe_producers::handle, journal nothing;
    writes UnregisterBrokerRequest, 0..=0, unregister_broker::handle, journal nothing;
    reads DescribeTransactionsRequest, 0..=0, describe_transactions::handle, journal nothing;
    reads ListTransactionsRequest, 0..=2, list_transactions::handle, journal nothing;
    writes ConsumerGroupHeartbeatRequest, 0..=1, consumer_group_heartbeat::handle, journal own;
    reads ConsumerGroupDescribeRequest, 0..=1, consumer_group_describe::handle, journal groups |asked| asked.group_ids.iter();
    reads ListConfigResourcesRequest, 0..=1, list_config_resources::handle, journal nothing;
    reads DescribeTopicPartitionsRequest, 0..=0, describe_topic_partitions::handle, journal topics |asked| asked.topics.iter().map(|topic| &topic.name);
}

/// The table for one release, by key: a request is found without a search.
#[derive(Debug)]
pub(crate) struct Table {
    release: Release,
    rows: Vec<Option<Served>>,
}

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
        Self { release, rows }
    }

    /// The release that the cluster passes for.
    pub(crate) fn release(&self) -> Release {
        self.release
    }

    /// Whether an API is served at any version.
    pub(crate) fn serves(&self, api: ApiKey) -> bool {
        self.find(api).is_some()
    }

    fn find(&self, api: ApiKey) -> Option<&Served> {
        usize::try_from(api.0).ok().and_then(|place| self.rows.get(place)).and_then(Option::as_ref)
    }

    pub(crate) fn row(&self, api: ApiKey, version: i16) -> Row {
        match self.find(api) {
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
