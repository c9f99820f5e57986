//! The journal keeps the batches of a Produce.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{ProduceRequest, ProduceResponse};
use kafka_trial_wire::records::Batch;

use super::shared_names::Names;
use super::{Detail, Journal, Journaled, Offsets, Produce, Produced, ProducerState};
use kafka_trial_core::{TicketId, Topics};

impl Journaled for ProduceRequest {
    fn asked(&self, topics: &Topics, names: &mut Names) -> Detail {
        let partitions = self
            .topic_data
            .iter()
            .flat_map(|data| {
                let topic = names.topic(&data.name, data.topic_id, topics);
                data.partition_data.iter().map(move |wanted| {
                    let records = wanted.records.clone().unwrap_or_default();
                    let bytes = records.len();
                    // The records of a request are one piece, so nothing is copied.
                    let batch = Batch::split(&mut records.into_bytes()).ok();
                    // Until the answer is ready, the number of records stands for their offsets.
                    let offsets =
                        batch.as_ref().map(|batch| Offsets { first: 0, last: batch.last_offset_delta().into() });
                    let producer = batch.filter(|batch| batch.producer_id() >= 0).map(|batch| ProducerState {
                        id: batch.producer_id(),
                        epoch: batch.producer_epoch(),
                        sequence: batch.base_sequence(),
                    });
                    Produced {
                        topic: topic.clone(),
                        partition: wanted.index,
                        offsets,
                        bytes,
                        producer,
                        is_duplicate: false,
                        error: ErrorCode::NONE,
                    }
                })
            })
            .collect();
        let transactional_id = names.shared_or_none(self.transactional_id.as_ref());
        Detail::Produce(Produce { acks: self.acks, transactional_id, partitions })
    }

    fn answered(response: &ProduceResponse, detail: &mut Detail) {
        let Detail::Produce(produce) = detail else { return };
        let answers = response.responses.iter().flat_map(|topic| &topic.partition_responses);
        for (produced, answer) in produce.partitions.iter_mut().zip(answers) {
            produced.error = answer.error_code;
            let place = |Offsets { last: delta, .. }| Offsets {
                first: answer.base_offset,
                last: answer.base_offset.saturating_add(delta),
            };
            produced.offsets = produced.offsets.filter(|_| answer.base_offset >= 0).map(place);
        }
    }
}

impl Journal {
    /// Marks the batch at this position of a Produce as a duplicate.
    pub(crate) fn duplicate(&mut self, ticket: TicketId, position: usize) {
        if let Some(Detail::Produce(produce)) = self.detail(ticket)
            && let Some(produced) = produce.partitions.get_mut(position)
        {
            produced.is_duplicate = true;
        }
    }
}
