//! Putting a batch at the end of a partition's log, unless it is there already.

use kafka_trial_wire::records::Batch;

use super::super::batch_checks::{Rejection, check_bytes};
use super::super::record_checks::{Place, validate};
use crate::core::{Generation, Partition, Rng, Sequence, Time};

/// Where a batch is in its log.
pub(super) struct Appended {
    pub(super) base_offset: i64,
    /// In milliseconds: of an earlier append its largest timestamp; -1 where records keep their own times.
    pub(super) log_append_time: i64,
    pub(super) log_start_offset: i64,
    /// Whether it was not there before (KIP-98).
    pub(super) is_new: bool,
}

/// Checks a batch and appends it. `begins` says which kind of transaction it is the first of in its partition.
pub(super) fn append(
    partition: &mut Partition,
    batch: Batch,
    begins: Option<Generation>,
    place: &Place<'_>,
    now: Time,
    rng: &mut Rng,
) -> Result<Appended, Rejection> {
    let config = place.config;
    let log_start_offset = partition.log.start_offset();
    let rejected = |rejection: Rejection| rejection.at(log_start_offset);
    check_bytes(&batch, config).map_err(rejected)?;
    let batch = validate(batch, place, now).map_err(rejected)?;
    let is_idempotent = batch.producer_id() >= 0;
    if is_idempotent {
        let sequence = partition.producers.check(&batch, begins).map_err(|code| rejected(code.into()))?;
        if let Sequence::Duplicate { base_offset, timestamp } = sequence {
            return Ok(Appended { base_offset, log_append_time: timestamp, log_start_offset, is_new: false });
        }
    }
    let batch = batch.detach();
    let base_offset = partition.log.append(batch.clone(), partition.leader_epoch, config, now, rng);
    if is_idempotent {
        partition.producers.record(&batch, base_offset);
    }
    let log_append_time = if config.log_append_time { now.millis() } else { -1 };
    Ok(Appended { base_offset, log_append_time, log_start_offset, is_new: true })
}
