//! Random stories of transactional producers. Whatever they do, a consumer with `read_committed` sees each committed
//! record once, in order, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kafka_trial_wire::ApiKey;
use kafka_trial_wire::records::{Batch, BatchBuilder};
use proptest::prelude::*;
use serde_json::json;

use crate::tests::world::{START, World, hex};

const PARTITIONS: i32 = 2;
const TIMEOUT_MS: i32 = 5_000;
const NAMES: [&str; 3] = ["first", "second", "third"];

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// A producer of the name begins, and fences the one before it.
    Begin(usize),
    /// The producer writes a record.
    Write(usize, i32),
    /// The producer ends its transaction; `true` commits.
    End(usize, bool),
    /// Time passes.
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0..NAMES.len();
    prop_oneof![
        2 => name.clone().prop_map(Step::Begin),
        8 => (name.clone(), 0..PARTITIONS).prop_map(|(name, partition)| Step::Write(name, partition)),
        4 => (name, any::<bool>()).prop_map(|(name, commits)| Step::End(name, commits)),
        1 => (0..7_000i64).prop_map(Step::Wait),
    ]
}

/// A producer as it sees itself.
#[derive(Clone, Debug)]
struct Producer {
    id: i64,
    epoch: i64,
    sequences: BTreeMap<i32, i32>,
    /// What it wrote in its open transaction: partition and value.
    open: Vec<(i32, u64)>,
}

struct Story {
    world: World,
    generation: i16,
    producers: BTreeMap<usize, Producer>,
    /// Committed values, by partition.
    committed: BTreeMap<i32, Vec<u64>>,
    now_ms: i64,
    next_value: u64,
}

impl Story {
    /// Marker delays of more than 0 leave time for requests between the end of a transaction and its markers.
    fn new(generation: i16, marker_delay_ms: i64) -> Self {
        let delay = marker_delay_ms.to_string();
        let mut world = World::with(&[("trial.transaction.marker.delay.ms", &delay)]);
        world.create("orders", PARTITIONS);
        Self { world, generation, producers: BTreeMap::new(), committed: BTreeMap::new(), now_ms: 0, next_value: 0 }
    }

    fn act(&mut self, step: &Step) {
        match step {
            Step::Begin(name) => self.begin(*name),
            Step::Write(name, partition) => self.write(*name, *partition),
            Step::End(name, commits) => self.end(*name, *commits),
            Step::Wait(ms) => self.wait(*ms),
        }
    }

    fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
        self.world.driver.advance(START.plus_millis(self.now_ms));
    }

    /// As clients do, this asks again while the coordinator is busy.
    fn begin(&mut self, name: usize) {
        let request = json!({
            "TransactionalId": NAMES[name], "TransactionTimeoutMs": TIMEOUT_MS, "ProducerId": -1, "ProducerEpoch": -1
        });
        for _ in 0..10 {
            let answer = self.world.json(ApiKey::InitProducerId, 5, &request);
            if answer["ErrorCode"] == 51 {
                self.wait(20);
                continue;
            }
            assert_eq!(answer["ErrorCode"], 0, "{answer}");
            let producer = Producer {
                id: answer["ProducerId"].as_i64().unwrap(),
                epoch: answer["ProducerEpoch"].as_i64().unwrap(),
                sequences: BTreeMap::new(),
                open: Vec::new(),
            };
            self.producers.insert(name, producer);
            return;
        }
        panic!("{} could not begin", NAMES[name]);
    }

    fn write(&mut self, name: usize, partition: i32) {
        let Some(producer) = self.producers.get(&name).cloned() else { return };
        if self.generation == 1 && !self.add(name, &producer, partition) {
            return;
        }
        let value = self.next_value;
        let sequence = producer.sequences.get(&partition).copied().unwrap_or(0);
        let epoch = i16::try_from(producer.epoch).unwrap();
        let mut batch = BatchBuilder::new().producer(producer.id, epoch, sequence).transactional();
        batch.push(START.millis(), None, Some(&value.to_be_bytes()), &[]);
        let records = hex(&batch.build().unwrap());
        let request = json!({
            "TransactionalId": NAMES[name], "Acks": -1, "TimeoutMs": 1000,
            "TopicData": [{"Name": "orders", "PartitionData": [{"Index": partition, "Records": records}]}]
        });
        let version = if self.generation == 1 { 11 } else { 12 };
        let answer = self.world.json(ApiKey::Produce, version, &request);
        match answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"].as_i64().unwrap() {
            0 => {
                self.next_value += 1;
                let producer = self.producers.get_mut(&name).unwrap();
                producer.open.push((partition, value));
                producer.sequences.insert(partition, sequence + 1);
            }
            // Markers are on their way: clients write again later.
            19 | 51 => {}
            // Its transaction took too long, and it has to begin anew.
            47 | 90 => {
                self.producers.remove(&name);
            }
            other => panic!("error {other} for {producer:?}"),
        }
    }

    fn add(&mut self, name: usize, producer: &Producer, partition: i32) -> bool {
        let request = json!({
            "V3AndBelowTransactionalId": NAMES[name], "V3AndBelowProducerId": producer.id,
            "V3AndBelowProducerEpoch": producer.epoch,
            "V3AndBelowTopics": [{"Name": "orders", "Partitions": [partition]}]
        });
        let answer = self.world.json(ApiKey::AddPartitionsToTxn, 3, &request);
        let rows = &answer["ResultsByTopicV3AndBelow"][0]["ResultsByPartition"];
        match rows[0]["PartitionErrorCode"].as_i64().unwrap() {
            0 => true,
            51 => false,
            90 => {
                self.producers.remove(&name);
                false
            }
            other => panic!("error {other} for {producer:?}"),
        }
    }

    fn end(&mut self, name: usize, commits: bool) {
        let Some(producer) = self.producers.get(&name).cloned() else { return };
        if producer.open.is_empty() {
            return;
        }
        let request = json!({
            "TransactionalId": NAMES[name], "ProducerId": producer.id, "ProducerEpoch": producer.epoch,
            "Committed": commits
        });
        let version = if self.generation == 1 { 4 } else { 5 };
        let answer = self.world.json(ApiKey::EndTxn, version, &request);
        match answer["ErrorCode"].as_i64().unwrap() {
            0 => {
                if commits {
                    for (partition, value) in &producer.open {
                        self.committed.entry(*partition).or_default().push(*value);
                    }
                }
                let current = self.producers.get_mut(&name).unwrap();
                current.open.clear();
                if self.generation == 2 {
                    current.id = answer["ProducerId"].as_i64().unwrap();
                    current.epoch = answer["ProducerEpoch"].as_i64().unwrap();
                    current.sequences.clear();
                }
            }
            // It was aborted by its time-out or by a new producer of the same id.
            47 | 48 | 90 => {
                self.producers.remove(&name);
            }
            51 => {}
            other => panic!("error {other} for {producer:?}"),
        }
    }

    /// What a consumer with `read_committed` sees of a partition (`CompletedFetch.nextFetchedRecord`).
    fn read_committed(&mut self, partition: i32) -> Vec<u64> {
        let request = json!({
            "MaxWaitMs": 0, "MinBytes": 1, "IsolationLevel": 1, "SessionEpoch": -1,
            "Topics": [{"Topic": "orders", "Partitions": [
                {"Partition": partition, "PartitionMaxBytes": 10_000_000}
            ]}]
        });
        let answer = self.world.json(ApiKey::Fetch, 12, &request);
        let data = &answer["Responses"][0]["Partitions"][0];
        assert_eq!(data["LastStableOffset"], data["HighWatermark"], "nothing is open any more");
        let mut aborted: Vec<(i64, i64)> = data["AbortedTransactions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["FirstOffset"].as_i64().unwrap(), row["ProducerId"].as_i64().unwrap()))
            .collect();
        aborted.sort_unstable();
        let mut aborted = aborted.into_iter().peekable();
        let mut in_abort: BTreeSet<i64> = BTreeSet::new();
        let mut bytes = unhex(data["Records"].as_str().unwrap());
        let mut seen = Vec::new();
        while let Ok(batch) = Batch::split(&mut bytes) {
            while let Some((_, producer)) = aborted.next_if(|(first, _)| *first <= batch.last_offset()) {
                in_abort.insert(producer);
            }
            if batch.is_control() {
                in_abort.remove(&batch.producer_id());
            } else if !in_abort.contains(&batch.producer_id()) {
                for record in batch.records(1 << 20).unwrap() {
                    let value = record.unwrap().value.unwrap();
                    seen.push(u64::from_be_bytes(*value.first_chunk().unwrap()));
                }
            }
        }
        seen
    }
}

fn unhex(text: &str) -> Bytes {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect::<Vec<u8>>().into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn committed_records_are_seen_once_and_no_others(
        generation in 1..=2i16,
        marker_delay_ms in prop_oneof![Just(0i64), Just(30i64)],
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut story = Story::new(generation, marker_delay_ms);
        for step in &steps {
            story.act(step);
        }
        // Whatever is open now ends by its time-out; then its markers are due.
        story.wait(i64::from(TIMEOUT_MS));
        story.wait(marker_delay_ms);
        for partition in 0..PARTITIONS {
            let mut committed = story.committed.remove(&partition).unwrap_or_default();
            committed.sort_unstable();
            prop_assert_eq!(story.read_committed(partition), committed, "partition {}", partition);
        }
    }
}
