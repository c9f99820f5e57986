//! One file or folder per Kafka API, named as the API is, and how requests get there.
//!
//! - `table`: which APIs are served at which versions. The ApiVersions answer is made from it, so the broker serves what
//!   it advertises.
//! - `dispatch`: how a frame is answered; the one exit of all answers.
//! - `shared`: what several APIs use.
//!
//! A file opens with its contract: what it does, what differs by version, its refusals in the order in which they are checked,
//! each with Kafka's method, and what it leaves out. What all of them leave out: there is no authorizer, so everybody may do
//! everything, and there are no quotas, so nothing is throttled.
//!
//! To add an API, follow CONTRIBUTING: each step that can be forgotten fails a test that names it.

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod alter_configs;
mod alter_partition_reassignments;
mod alter_replica_log_dirs;
mod api_versions;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod create_acls;
mod create_partitions;
mod create_topics;
mod delete_acls;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_acls;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_producers;
mod describe_quorum;
mod describe_topic_partitions;
mod describe_transactions;
mod describe_user_scram_credentials;
mod dispatch;
mod elect_leaders;
mod end_txn;
mod faulted;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
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
mod shared;
mod sync_group;
mod table;
mod txn_offset_commit;
mod unregister_broker;
mod update_features;
mod write_txn_markers;

use bytes::Bytes;

pub(crate) use self::dispatch::{Answer, Dispatch, Outcome};
pub(crate) use self::fetch::retry as retry_fetch;
pub(crate) use self::table::{APIS, Table};
pub use self::table::{ServedApi, served_apis};

/// A copy of bytes that are kept, so that they do not keep their frame alive.
fn own(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}
