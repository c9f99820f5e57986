//! The first batch of a transaction in a partition, which the transaction's coordinator must accept (KIP-890).
//!
//! Refusals in order (`AddPartitionsToTxnManager`): INVALID_REQUEST for an empty transactional id,
//! INVALID_PRODUCER_ID_MAPPING, INVALID_PRODUCER_EPOCH, CONCURRENT_TRANSACTIONS (before version 12 NOT_ENOUGH_REPLICAS), and
//! before version 12 TRANSACTION_ABORTABLE (before version 11 INVALID_TXN_STATE) for a partition that was not added.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::Batch;

use super::ProduceParams;
use super::batch_checks::Rejection;
use kafka_trial_core::{Partition, State, TopicPartition, TransactionVersion};

/// Whether the coordinator has to be asked about a batch: it is its producer's first in a transaction here.
pub(super) fn begins_transaction(partition: &Partition, batch: &Batch) -> bool {
    let (id, epoch) = (batch.producer_id(), batch.producer_epoch());
    batch.is_transactional() && id >= 0 && !partition.producers.is_in_transaction(id, epoch)
}

/// From version 12 on, Produce adds the partition to the transaction itself (KIP-890).
pub(super) fn transaction_version(version: i16) -> TransactionVersion {
    if version >= 12 { TransactionVersion::V2 } else { TransactionVersion::V1 }
}

/// Adds the partition to the transaction, or before version 12 checks that it was added (`AddPartitionsToTxnManager`).
/// Refusals are translated to codes that clients of the version know.
pub(super) fn enter_transaction(
    state: &mut State,
    params: &ProduceParams,
    batch: &Batch,
    place: TopicPartition,
) -> Result<(), Rejection> {
    let (producer_id, epoch) = (batch.producer_id(), batch.producer_epoch());
    let id = &*params.transactional_id;
    let version = transaction_version(params.version);
    if id.is_empty() {
        return Err(ErrorCode::INVALID_REQUEST.into());
    }
    let entered = match version {
        TransactionVersion::V1 => state.verify_in_transaction(id, producer_id, epoch, &place),
        TransactionVersion::V2 => state.add_to_transaction(id, (producer_id, epoch), version, [place]),
    };
    entered.map_err(|error| match error {
        ErrorCode::PRODUCER_FENCED => ErrorCode::INVALID_PRODUCER_EPOCH.into(),
        ErrorCode::TRANSACTION_ABORTABLE if params.version < 11 => Rejection {
            message: Some("Partition was not added to the transaction".to_owned()),
            ..ErrorCode::INVALID_TXN_STATE.into()
        },
        ErrorCode::CONCURRENT_TRANSACTIONS if version == TransactionVersion::V1 => Rejection {
            message: Some(
                "Unable to verify the partition has been added to the transaction. Underlying error: CONCURRENT_TRANSACTIONS"
                    .to_owned(),
            ),
            ..ErrorCode::NOT_ENOUGH_REPLICAS.into()
        },
        other => other.into(),
    })
}
