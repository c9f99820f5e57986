//! One file per Kafka API, and the table that says which are served at which versions.
//!
//! To add an API: write its file (`handle` takes the decoded request and answers), add its row to [`APIS`] in key
//! order. The ApiVersions answer is made from the table, so what is advertised is what is served.

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod alter_configs;
mod alter_partition_reassignments;
mod api_versions;
mod batch_checks;
mod broker_config_change;
#[cfg(test)]
mod cases;
mod config_change;
mod config_entries;
mod config_resource;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_quorum;
mod describe_topic_partitions;
mod describe_transactions;
mod elect_leaders;
mod end_txn;
mod features;
pub(crate) mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leader_hints;
mod leave_group;
mod list_config_resources;
mod list_groups;
mod list_offsets;
mod list_partition_reassignments;
mod list_transactions;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod record_checks;
mod refusal;
mod replicas;
#[cfg(test)]
mod sweep;
mod sync_group;
mod transactions;
mod txn_offset_commit;
mod unregister_broker;
mod update_features;
#[cfg(test)]
mod world;
mod write_txn_markers;

use std::ops::RangeInclusive;

use bytes::Bytes;
use kafka_trial_wire::messages::{self, Message, Request};
use kafka_trial_wire::{ApiKey, EncodeError, ErrorCode, Reader, RequestHeader, Segments, Writer, decode};

use crate::Release;
use crate::core::{Answer, Context, Core, Ticket};
use crate::journal::{Ending, Journaled};

/// What the shell does about a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Send these bytes, size prefix included.
    Reply(Segments),
    /// The reply comes later, under the request's ticket.
    Parked,
    /// No reply is owed.
    Silent,
    /// Close the connection.
    Close,
}

/// A served API: its versions and its handler.
pub(crate) struct Api {
    pub(crate) key: ApiKey,
    /// The lowest version that ApiVersions shows.
    pub(crate) min: i16,
    pub(crate) max: i16,
    /// The lowest version that is really answered; requests below it close the connection, as on Kafka.
    floor: i16,
    handle: fn(&mut Core, &Context, Bytes) -> Outcome,
}

impl Api {
    /// The versions that ApiVersions shows when the cluster passes for a release; `None` where that has no such API.
    fn shown(&self, release: Release) -> Option<RangeInclusive<i16>> {
        let highest = release.highest(self.key)?.min(self.max);
        (self.min <= highest).then_some(self.min..=highest)
    }
}

macro_rules! api {
    ($request:ident, $min:literal ..= $max:literal, $handle:path) => {
        api!($request, $min ..= $max, $handle, floor $min)
    };
    ($request:ident, $min:literal ..= $max:literal, $handle:path, floor $floor:literal) => {
        Api {
            key: <messages::$request as Request>::API,
            min: $min,
            max: $max,
            floor: $floor,
            handle: |core, context, body| answer::<messages::$request>(core, context, body, $handle),
        }
    };
}

/// Every served API in key order, at the versions that Kafka 4.3.1 serves.
///
/// Produce shows 0 to 2 and closes on them, as Kafka does (KAFKA-18659): librdkafka before 2.11.1 sends uncompressed
/// batches to a broker that does not show them.
pub(crate) const APIS: &[Api] = &[
    api!(ProduceRequest, 0..=13, produce::handle, floor 3),
    api!(FetchRequest, 4..=18, fetch::handle),
    api!(ListOffsetsRequest, 1..=11, list_offsets::handle),
    api!(MetadataRequest, 0..=13, metadata::handle),
    api!(OffsetCommitRequest, 2..=10, offset_commit::handle),
    api!(OffsetFetchRequest, 1..=10, offset_fetch::handle),
    api!(FindCoordinatorRequest, 0..=6, find_coordinator::handle),
    api!(JoinGroupRequest, 0..=9, join_group::handle),
    api!(HeartbeatRequest, 0..=4, heartbeat::handle),
    api!(LeaveGroupRequest, 0..=5, leave_group::handle),
    api!(SyncGroupRequest, 0..=5, sync_group::handle),
    api!(DescribeGroupsRequest, 0..=6, describe_groups::handle),
    api!(ListGroupsRequest, 0..=5, list_groups::handle),
    api!(ApiVersionsRequest, 0..=4, api_versions::handle),
    api!(CreateTopicsRequest, 2..=7, create_topics::handle),
    api!(DeleteTopicsRequest, 1..=6, delete_topics::handle),
    api!(DeleteRecordsRequest, 0..=2, delete_records::handle),
    api!(InitProducerIdRequest, 0..=5, init_producer_id::handle),
    api!(OffsetForLeaderEpochRequest, 2..=4, offset_for_leader_epoch::handle),
    api!(AddPartitionsToTxnRequest, 0..=5, add_partitions_to_txn::handle),
    api!(AddOffsetsToTxnRequest, 0..=4, add_offsets_to_txn::handle),
    api!(EndTxnRequest, 0..=5, end_txn::handle),
    api!(WriteTxnMarkersRequest, 1..=2, write_txn_markers::handle),
    api!(TxnOffsetCommitRequest, 0..=5, txn_offset_commit::handle),
    api!(DescribeConfigsRequest, 1..=4, describe_configs::handle),
    api!(AlterConfigsRequest, 0..=2, alter_configs::handle),
    api!(DescribeLogDirsRequest, 1..=5, describe_log_dirs::handle),
    api!(CreatePartitionsRequest, 0..=3, create_partitions::handle),
    api!(DeleteGroupsRequest, 0..=2, delete_groups::handle),
    api!(ElectLeadersRequest, 0..=2, elect_leaders::handle),
    api!(IncrementalAlterConfigsRequest, 0..=1, incremental_alter_configs::handle),
    api!(AlterPartitionReassignmentsRequest, 0..=1, alter_partition_reassignments::handle),
    api!(ListPartitionReassignmentsRequest, 0..=0, list_partition_reassignments::handle),
    api!(OffsetDeleteRequest, 0..=0, offset_delete::handle),
    api!(DescribeQuorumRequest, 0..=2, describe_quorum::handle),
    api!(UpdateFeaturesRequest, 0..=2, update_features::handle),
    api!(DescribeClusterRequest, 0..=2, describe_cluster::handle),
    api!(DescribeProducersRequest, 0..=0, describe_producers::handle),
    api!(UnregisterBrokerRequest, 0..=0, unregister_broker::handle),
    api!(DescribeTransactionsRequest, 0..=0, describe_transactions::handle),
    api!(ListTransactionsRequest, 0..=2, list_transactions::handle),
    api!(ConsumerGroupHeartbeatRequest, 0..=1, consumer_group_heartbeat::handle),
    api!(ConsumerGroupDescribeRequest, 0..=1, consumer_group_describe::handle),
    api!(ListConfigResourcesRequest, 0..=1, list_config_resources::handle),
    api!(DescribeTopicPartitionsRequest, 0..=0, describe_topic_partitions::handle),
];

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

fn answer<R: Journaled>(
    core: &mut Core,
    context: &Context,
    body: Bytes,
    handle: fn(&mut Core, &Context, R) -> Answer<R::Response>,
) -> Outcome {
    let Ok(request) = decode::<R>(body, context.version()) else { return Outcome::Close };
    let ticket = context.ticket;
    core.journal.ask(ticket.id, &request, &core.topics);
    let (outcome, response) = match handle(core, context, request) {
        Answer::Reply(response) => (frame(ticket, &response).map_or(Outcome::Close, Outcome::Reply), response),
        Answer::Parked => return Outcome::Parked,
        Answer::Silent(response) => (Outcome::Silent, response),
        Answer::Close(response) => (Outcome::Close, response),
    };
    core.journal.answer::<R>(ticket.id, &response);
    outcome
}

/// Size, response header and body of a reply.
pub(crate) fn frame<M: Message>(ticket: Ticket, response: &M) -> Result<Segments, EncodeError> {
    let mut writer = Writer::new();
    writer.put_i32(ticket.correlation_id);
    if ticket.api.response_header_version(ticket.version) >= 1 {
        writer.put_unsigned_varint(0);
    }
    response.write(&mut writer, ticket.version)?;
    writer.finish_frame()
}

/// A copy of bytes that are kept, so that they do not keep their frame alive.
fn own(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

/// Who sent a request, as the shell knows it.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) connection: u64,
    pub(crate) node: i32,
    pub(crate) host: String,
}

impl Core {
    /// Handles one request frame (without its size). Whatever cannot be read closes the connection, as on Kafka.
    pub(crate) fn handle(&mut self, sender: &Sender, ticket_id: u64, frame: Bytes) -> Outcome {
        let mut reader = Reader::new(frame);
        let Ok(header) = RequestHeader::read(&mut reader) else { return Outcome::Close };
        let ticket = Ticket {
            id: ticket_id,
            connection: sender.connection,
            api: header.api_key,
            version: header.version,
            correlation_id: header.correlation_id,
        };
        let context = Context {
            ticket,
            node: sender.node,
            client_id: header.client_id.unwrap_or_default(),
            client_host: sender.host.clone(),
        };
        self.journal.open(&context, self.now);
        let outcome = self.dispatch(&context, reader.rest());
        match outcome {
            // What ends it later says so then; it may have ended itself already.
            Outcome::Parked => {}
            Outcome::Reply(_) => self.journal.end(ticket_id, Ending::Answered),
            Outcome::Silent => self.journal.end(ticket_id, Ending::Silent),
            Outcome::Close => self.journal.end(ticket_id, Ending::Closed),
        }
        outcome
    }

    /// Hands a request to its API.
    fn dispatch(&mut self, context: &Context, body: Bytes) -> Outcome {
        let ticket = context.ticket;
        let api = APIS.iter().find(|api| api.key == ticket.api);
        let Some((api, shown)) = api.and_then(|api| Some((api, api.shown(self.release)?))) else {
            return Outcome::Close;
        };
        if (api.floor..=*shown.end()).contains(&ticket.version) {
            return (api.handle)(self, context, body);
        }
        if api.key != ApiKey::ApiVersions {
            return Outcome::Close;
        }
        self.journal.refuse(ticket.id, ErrorCode::UNSUPPORTED_VERSION);
        api_versions::unsupported(ticket, shown)
    }
}
