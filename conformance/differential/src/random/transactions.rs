//! Transactional producers of both generations (KIP-890).

use std::collections::BTreeMap;

use fastrand::Rng;

use super::sequence::Subject;

/// The producers that have been given an id, each known by its place here. Two of them with the same transactional id
/// fence each other.
#[derive(Default)]
pub(super) struct Producers(Vec<Producer>);

struct Producer {
    transactional_id: &'static str,
    /// Whether it speaks the second generation, which adds partitions by writing and gets a new epoch at the end.
    is_second: bool,
    /// The next sequence in each partition.
    sequences: BTreeMap<(&'static str, u8), usize>,
}

impl Producers {
    pub(super) fn operation(&mut self, rng: &mut Rng, subject: &Subject) -> String {
        if self.0.is_empty() || rng.u8(0..6) == 0 {
            return self.begin(rng);
        }
        let number = rng.usize(0..self.0.len());
        let Some(producer) = self.0.get_mut(number) else { return String::new() };
        match rng.u8(0..8) {
            0..4 => producer.write(rng, subject, number),
            4 => producer.commit_offset(subject, number),
            _ => producer.end(rng.u8(0..3) > 0, number),
        }
    }

    /// An id; what was open under it is aborted first.
    fn begin(&mut self, rng: &mut Rng) -> String {
        let number = self.0.len();
        let transactional_id = if rng.bool() { "t" } else { "u" };
        let is_second = rng.bool();
        self.0.push(Producer { transactional_id, is_second, sequences: BTreeMap::new() });
        let version = if is_second { 5 } else { 4 };
        format!(
            "InitProducerId {version}\n    TransactionalId: @{transactional_id}, TransactionTimeoutMs: 60000\n    until ErrorCode = 0\n    \
             save p{number} = ProducerId\n    save x{number} = ProducerEpoch\n"
        )
    }
}

impl Producer {
    /// The fields that name the producer in requests of its transaction.
    fn who(&self, number: usize) -> String {
        format!("TransactionalId: @{}, ProducerId: $p{number}, ProducerEpoch: $x{number}", self.transactional_id)
    }

    fn write(&mut self, rng: &mut Rng, subject: &Subject, number: usize) -> String {
        let Subject { place, topic, partition, .. } = *subject;
        let id = self.transactional_id;
        // The first generation forgets to add the partition now and then.
        let adds = if self.is_second || rng.u8(0..5) == 0 {
            String::new()
        } else {
            format!(
                "AddPartitionsToTxn 3\n    V3AndBelowTransactionalId: @{id}, V3AndBelowProducerId: $p{number}, V3AndBelowProducerEpoch: $x{number}\n    \
                 V3AndBelowTopics: [{{Name: @{topic}, Partitions: [{partition}]}}]\n"
            )
        };
        let version = if self.is_second { 12 } else { 11 };
        let sequence = self.sequences.entry((topic, partition)).or_default();
        let base = *sequence;
        *sequence += 1;
        format!(
            "{adds}Produce {version}\n    Acks: -1\n    TransactionalId: @{id}\n    TopicData: [{{Name: @{topic}, PartitionData: [{{Index: {partition}, Records: \
             {{records: [t{place}], transactional: true, producerId: $p{number}, producerEpoch: $x{number}, baseSequence: {base}}}}}]}}]\n"
        )
    }

    fn commit_offset(&self, subject: &Subject, number: usize) -> String {
        let (who, group) = (self.who(number), subject.group);
        let adds =
            if self.is_second { String::new() } else { format!("AddOffsetsToTxn 3\n    {who}, GroupId: @{group}\n") };
        let version = if self.is_second { 5 } else { 3 };
        format!("{adds}TxnOffsetCommit {version}\n    {who}, GroupId: @{group}\n{}", subject.commits())
    }

    /// Kafka writes the markers after its answer, so whoever goes on at once may be told to wait.
    fn end(&mut self, commits: bool, number: usize) -> String {
        let who = self.who(number);
        if !self.is_second {
            return format!("EndTxn 4\n    {who}, Committed: {commits}\npause 250ms\n");
        }
        self.sequences.clear();
        format!(
            "EndTxn 5\n    {who}, Committed: {commits}\n    save p{number} = ProducerId\n    save x{number} = ProducerEpoch\npause 250ms\n"
        )
    }
}
