//! The journal keeps the requests of idempotent and transactional producers.

use kafka_trial_wire::Text;
use kafka_trial_wire::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, EndTxnRequest, EndTxnResponse, InitProducerIdRequest,
    InitProducerIdResponse,
};

use super::shared_names::Names;
use super::{Detail, Journaled, ProducerState, Transaction};
use kafka_trial_core::Topics;

fn step(names: &mut Names, transactional_id: Option<&Text>, id: i64, epoch: i16) -> Transaction {
    Transaction {
        transactional_id: names.shared_or_none(transactional_id),
        producer: ProducerState { id, epoch, sequence: -1 },
        committed: None,
        group: None,
    }
}

/// Sets the producer's new id and epoch from the answer.
fn go_on(detail: &mut Detail, id: i64, epoch: i16) {
    if let Detail::Transaction(step) = detail
        && id >= 0
    {
        step.producer = ProducerState { id, epoch, sequence: -1 };
    }
}

impl Journaled for InitProducerIdRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        Detail::Transaction(step(names, self.transactional_id.as_ref(), self.producer_id, self.producer_epoch))
    }

    fn answered(response: &InitProducerIdResponse, detail: &mut Detail) {
        go_on(detail, response.producer_id, response.producer_epoch);
    }
}

impl Journaled for AddPartitionsToTxnRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        // Only brokers send several transactions in one request.
        Detail::Transaction(match self.transactions.first() {
            Some(first) => step(names, Some(&first.transactional_id), first.producer_id, first.producer_epoch),
            None => step(
                names,
                Some(&self.v3_and_below_transactional_id),
                self.v3_and_below_producer_id,
                self.v3_and_below_producer_epoch,
            ),
        })
    }
}

impl Journaled for AddOffsetsToTxnRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        let group = Some(names.shared(&self.group_id));
        let step = step(names, Some(&self.transactional_id), self.producer_id, self.producer_epoch);
        Detail::Transaction(Transaction { group, ..step })
    }
}

impl Journaled for EndTxnRequest {
    fn asked(&self, _: &Topics, names: &mut Names) -> Detail {
        let step = step(names, Some(&self.transactional_id), self.producer_id, self.producer_epoch);
        Detail::Transaction(Transaction { committed: Some(self.committed), ..step })
    }

    fn answered(response: &EndTxnResponse, detail: &mut Detail) {
        go_on(detail, response.producer_id, response.producer_epoch);
    }
}
