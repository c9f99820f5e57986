//! A transactional id as a record in `__transaction_state`.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_trial_wire::messages::transaction_log_value::PartitionsSchema;
use kafka_trial_wire::messages::{TransactionLogKey, TransactionLogValue};

use super::CoordinatorRecord;
use crate::transactions::partition_of;
use crate::{InternalTopic, State, Time, Transaction, TransactionState};

/// The version of a cluster whose `transaction.version` is 2.
const VERSION: i16 = 1;

impl CoordinatorRecord {
    fn transaction(id: &str, transaction: &Transaction) -> Option<Self> {
        let mut topics: BTreeMap<&Arc<str>, Vec<i32>> = BTreeMap::new();
        for place in &transaction.partitions {
            topics.entry(&place.topic).or_default().push(place.partition);
        }
        let topics = topics.into_iter().map(|(topic, partition_ids)| PartitionsSchema {
            topic: (&**topic).into(),
            partition_ids,
            ..PartitionsSchema::default()
        });
        let is_empty = transaction.state == TransactionState::Empty;
        let value = TransactionLogValue {
            producer_id: transaction.producer_id,
            previous_producer_id: transaction.previous_producer_id,
            next_producer_id: transaction.next_producer_id.unwrap_or(-1),
            producer_epoch: transaction.epoch,
            transaction_timeout_ms: transaction.timeout_ms,
            transaction_status: transaction.state.code(),
            transaction_partitions: (!is_empty).then(|| topics.collect()),
            transaction_last_update_timestamp_ms: transaction.updated.millis(),
            transaction_start_timestamp_ms: transaction.started.map_or(-1, Time::millis),
            client_transaction_version: transaction.client_version(),
            ..TransactionLogValue::default()
        };
        Self::new(&TransactionLogKey { transactional_id: id.into() }, &value, VERSION)
    }
}

impl State {
    /// Writes a transactional id as it is now.
    pub(crate) fn write_transaction(&mut self, id: &str) {
        let record = self.transactions.get(id).and_then(|transaction| CoordinatorRecord::transaction(id, transaction));
        self.write_of_transaction(id, record);
    }

    /// Writes that a transactional id is gone.
    pub(crate) fn write_transaction_tombstone(&mut self, id: &str) {
        self.write_of_transaction(id, CoordinatorRecord::tombstone(&TransactionLogKey { transactional_id: id.into() }));
    }

    fn write_of_transaction(&mut self, id: &str, record: Option<CoordinatorRecord>) {
        let index = partition_of(id, self.settings.transaction_state_log_num_partitions);
        self.write_records(InternalTopic::TransactionState, index, record.as_slice(), None);
    }
}
