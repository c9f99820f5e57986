//! The first batch of a transaction in a partition: whether it may be there is the coordinator's to say (KIP-890).

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::records::Batch;

use super::super::batch_checks::Rejection;
use super::Order;
use crate::core::{Core, Generation, Partition, TransactionPartition};

/// Whether the coordinator is to be asked about a batch: it is its producer's first of a transaction here.
pub(super) fn begins_transaction(partition: &Partition, batch: &Batch) -> bool {
    let (id, epoch) = (batch.producer_id(), batch.producer_epoch());
    batch.is_transactional() && id >= 0 && !partition.producers.is_in_transaction(id, epoch)
}

/// From version 12 on, Produce adds the partition by itself (KIP-890).
pub(super) fn generation_of(version: i16) -> Generation {
    if version >= 12 { Generation::Two } else { Generation::One }
}

/// Adds the partition to the transaction, or before version 12 asks whether it was added
/// (`AddPartitionsToTxnManager`). Refusals are those that clients of each version can deal with.
pub(super) fn enter_transaction(
    core: &mut Core,
    order: &Order,
    batch: &Batch,
    place: TransactionPartition,
) -> Result<(), Rejection> {
    let (producer_id, epoch) = (batch.producer_id(), batch.producer_epoch());
    let id = &*order.transactional_id;
    let generation = generation_of(order.version);
    if id.is_empty() {
        return Err(ErrorCode::INVALID_REQUEST.into());
    }
    let entered = match generation {
        Generation::One => core.verify_in_transaction(id, producer_id, epoch, &place),
        Generation::Two => core.add_to_transaction(id, producer_id, epoch, [place]),
    };
    entered.map_err(|error| match error {
        ErrorCode::PRODUCER_FENCED => ErrorCode::INVALID_PRODUCER_EPOCH.into(),
        ErrorCode::TRANSACTION_ABORTABLE if order.version < 11 => Rejection {
            message: Some("Partition was not added to the transaction".to_owned()),
            ..ErrorCode::INVALID_TXN_STATE.into()
        },
        ErrorCode::CONCURRENT_TRANSACTIONS if generation == Generation::One => Rejection {
            message: Some(
                "Unable to verify the partition has been added to the transaction. Underlying error: CONCURRENT_TRANSACTIONS"
                    .to_owned(),
            ),
            ..ErrorCode::NOT_ENOUGH_REPLICAS.into()
        },
        other => other.into(),
    })
}
