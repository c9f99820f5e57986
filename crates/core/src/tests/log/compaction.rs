//! Compaction keeps the records that a model keeps.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::records::{Batch, BatchBuilder, Compression, ControlMarker, Record};
use proptest::prelude::*;

use super::{NOW, at, config};
use crate::{LogConfig, Marker, Partition, Rng, Time};

const DELETE_RETENTION_MS: i64 = 1000;

/// A key and its value; `None` is a tombstone.
type Pair = (u8, Option<u8>);

#[derive(Clone, Debug)]
enum Step {
    Append { pairs: Vec<Pair>, packed: bool },
    Roll,
    Compact { after_ms: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let pair = (0u8..6, proptest::option::weighted(0.7, any::<u8>()));
    prop_oneof![
        6 => (proptest::collection::vec(pair, 1..5), any::<bool>())
            .prop_map(|(pairs, packed)| Step::Append { pairs, packed }),
        2 => Just(Step::Roll),
        1 => (0i64..1500).prop_map(|after_ms| Step::Compact { after_ms }),
    ]
}

struct World {
    partition: Partition,
    config: LogConfig,
    now: Time,
}

impl World {
    fn new() -> Self {
        let own = [("cleanup.policy", "compact"), ("delete.retention.ms", "1000"), ("min.cleanable.dirty.ratio", "0")];
        Self { partition: Partition::new(vec![0], |_| true), config: config(&own), now: at(NOW) }
    }

    fn append(&mut self, mut builder: BatchBuilder, pairs: &[Pair]) -> i64 {
        for (key, value) in pairs {
            builder.push(NOW, Some(&[*key]), value.as_ref().map(std::slice::from_ref), &[]);
        }
        self.append_bytes(&mut builder.build().unwrap())
    }

    fn append_bytes(&mut self, bytes: &mut bytes::Bytes) -> i64 {
        let batch = Batch::split(bytes).unwrap();
        let offset = self.partition.log.append(batch.clone(), 0, &self.config, self.now, &mut Rng::new(1));
        if batch.producer_id() >= 0 && !batch.is_control() {
            self.partition.producers.record(&batch, offset);
        }
        offset
    }

    fn end_transaction(&mut self, producer: i64, commits: bool) {
        let kind = if commits { ControlMarker::Commit } else { ControlMarker::Abort };
        let mut bytes = BatchBuilder::new().producer(producer, 0, -1).control(kind, 0, NOW);
        let offset = self.append_bytes(&mut bytes);
        let marker = Marker { producer_id: producer, epoch: 0, coordinator_epoch: 0, commits, raises_epoch: false };
        self.partition.producers.end_transaction(marker, offset, self.now);
    }

    fn roll(&mut self) {
        self.partition.log.roll(&self.config, self.now, &mut Rng::new(1));
    }

    /// Runs one pass of the cleaner.
    fn compact(&mut self) {
        let partition = &mut self.partition;
        let cleanable = partition.log.cleanable(partition.last_stable_offset(), &self.config, self.now);
        if cleanable.is_due(&self.config) {
            let gone = partition.log.compact(cleanable, &partition.producers, &self.config, self.now).unwrap();
            partition.producers.aborted.forget(&gone);
        }
    }

    fn batches(&self) -> Vec<Batch> {
        self.partition.log.entries_from(0).map(|entry| entry.batch.clone()).collect()
    }

    fn records(&self) -> Vec<(i64, Pair)> {
        self.batches().iter().filter(|batch| !batch.is_control()).flat_map(read).map(|r| (r.offset, pair(&r))).collect()
    }

    /// Returns the last committed value of each key, as a `read_committed` consumer sees it.
    fn committed(&self) -> BTreeMap<u8, u8> {
        let mut table = BTreeMap::new();
        let end = self.partition.last_stable_offset();
        let aborted: Vec<_> = self.partition.producers.aborted.between(0, i64::MAX).copied().collect();
        let mut open = BTreeSet::new();
        for batch in self.batches().iter().take_while(|batch| batch.base_offset() < end) {
            let begun = aborted.iter().filter(|row| (row.first_offset..row.last_offset).contains(&batch.base_offset()));
            open.extend(begun.map(|row| row.producer_id));
            if batch.is_control() {
                open.remove(&batch.producer_id());
            } else if !(batch.is_transactional() && open.contains(&batch.producer_id())) {
                for record in read(batch) {
                    match pair(&record) {
                        (key, Some(value)) => table.insert(key, value),
                        (key, None) => table.remove(&key),
                    };
                }
            }
        }
        table
    }
}

fn read(batch: &Batch) -> Vec<Record> {
    batch.records(1 << 20).unwrap().map(Result::unwrap).collect()
}

fn pair(record: &Record) -> Pair {
    (record.key.as_ref().unwrap()[0], record.value.as_ref().map(|value| value[0]))
}

/// A batch as the model keeps it.
struct Modelled {
    records: Vec<(i64, Pair)>,
    horizon: Option<i64>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn compaction_keeps_the_last_record_of_each_key_and_tombstones_until_their_horizon(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut world = World::new();
        let mut model: Vec<Modelled> = Vec::new();
        // The start of the active segment, and the end of the last round.
        let (mut active, mut cleaned) = (0, 0);
        for step in steps {
            let end = world.partition.log.end_offset();
            match step {
                Step::Append { pairs, packed } => {
                    let codec = if packed { Compression::Snappy } else { Compression::None };
                    world.append(BatchBuilder::new().compression(codec), &pairs);
                    model.push(Modelled { records: (end..).zip(pairs).collect(), horizon: None });
                }
                Step::Roll => {
                    world.roll();
                    active = world.partition.log.end_offset();
                }
                Step::Compact { after_ms } => {
                    world.now = world.now.plus_millis(after_ms);
                    let now = world.now.millis();
                    world.compact();
                    if active > cleaned {
                        // The round ends before the active segment; only keys in the dirty part count.
                        let dirty = model.iter().flat_map(|batch| &batch.records);
                        let dirty = dirty.filter(|(offset, _)| (cleaned..active).contains(offset));
                        let last: BTreeMap<u8, i64> = dirty.map(|(offset, (key, _))| (*key, *offset)).collect();
                        for batch in model.iter_mut().filter(|b| b.records.iter().any(|(o, _)| *o < active)) {
                            let may_delete = batch.horizon.is_some_and(|horizon| horizon <= now);
                            batch.records.retain(|(offset, (key, value))| {
                                last.get(key).is_none_or(|last| offset >= last) && (value.is_some() || !may_delete)
                            });
                            if batch.horizon.is_none() && batch.records.iter().any(|(_, (_, value))| value.is_none()) {
                                batch.horizon = Some(now + DELETE_RETENTION_MS);
                            }
                        }
                        cleaned = active;
                    }
                }
            }
            let expected: Vec<(i64, Pair)> = model.iter().flat_map(|batch| batch.records.clone()).collect();
            prop_assert_eq!(world.records(), expected);
            let sum: u64 = world.partition.log.segments.iter().map(|segment| segment.bytes).sum();
            prop_assert_eq!(world.partition.log.bytes(), sum);
        }
        let next = world.partition.log.end_offset();
        prop_assert_eq!(world.append(BatchBuilder::new(), &[(0, None)]), next);
    }

    #[test]
    fn a_read_committed_consumer_sees_the_same_values_after_compaction(
        steps in proptest::collection::vec((0i64..3, any::<bool>(), step()), 1..60),
    ) {
        let mut world = World::new();
        let mut sequences = [0i32; 3];
        let mut open = BTreeSet::new();
        for (producer, ends, step) in steps {
            match step {
                Step::Append { pairs, .. } if producer == 0 => {
                    world.append(BatchBuilder::new(), &pairs);
                }
                Step::Append { pairs, .. } => {
                    let sequence = &mut sequences[usize::try_from(producer).unwrap()];
                    let builder = BatchBuilder::new().producer(producer, 0, *sequence).transactional();
                    *sequence += i32::try_from(pairs.len()).unwrap();
                    world.append(builder, &pairs);
                    open.insert(producer);
                }
                Step::Roll if open.remove(&producer) => world.end_transaction(producer, ends),
                Step::Roll => world.roll(),
                Step::Compact { after_ms } => {
                    world.now = world.now.plus_millis(after_ms);
                    let before = world.committed();
                    world.compact();
                    prop_assert_eq!(world.committed(), before);
                }
            }
        }
    }
}

#[test]
fn the_last_batch_of_a_producer_stays_without_its_records() {
    let mut world = World::new();
    world.append(BatchBuilder::new().producer(7, 2, 0), &[(1, Some(1)), (2, Some(1))]);
    world.append(BatchBuilder::new().producer(7, 2, 2), &[(1, Some(2)), (2, Some(2))]);
    world.append(BatchBuilder::new(), &[(1, Some(3)), (2, Some(3))]);
    world.roll();
    world.compact();
    assert_eq!(world.records(), [(4, (1, Some(3))), (5, (2, Some(3)))]);
    let header = |b: &Batch| (b.base_offset(), b.last_offset(), b.base_sequence(), b.record_count());
    let headers: Vec<_> = world.batches().iter().map(header).collect();
    assert_eq!(headers, [(2, 3, 2, 0), (4, 5, -1, 2)]);
}

#[test]
fn markers_go_after_their_horizon_once_their_transaction_has_no_records() {
    let mut world = World::new();
    world.append(BatchBuilder::new().producer(7, 0, 0).transactional(), &[(1, Some(1))]);
    world.end_transaction(7, false);
    world.append(BatchBuilder::new().producer(7, 0, 1).transactional(), &[(2, Some(1))]);
    world.end_transaction(7, true);
    world.roll();
    world.compact();
    let kinds = |world: &World| -> Vec<(i64, bool)> {
        world.batches().iter().map(|batch| (batch.base_offset(), batch.is_control())).collect()
    };
    assert_eq!(kinds(&world), [(1, true), (2, false), (3, true)], "the aborted batch is gone, its marker stays");
    assert_eq!(world.partition.producers.aborted.between(0, 10).count(), 1);
    for (after_ms, left) in [(0, true), (DELETE_RETENTION_MS, false)] {
        world.now = world.now.plus_millis(after_ms);
        world.append(BatchBuilder::new(), &[(3, Some(1))]);
        world.roll();
        world.compact();
        assert_eq!(kinds(&world).contains(&(1, true)), left, "{after_ms} ms later");
    }
    assert_eq!(world.partition.producers.aborted.between(0, 10).count(), 0);
}

#[test]
fn a_log_is_due_by_its_dirty_ratio_or_by_its_oldest_records() {
    let mut world = World::new();
    world.config.min_cleanable_ratio = 0.5;
    let is_due = |world: &World| {
        world.partition.log.cleanable(world.partition.log.end_offset(), &world.config, world.now).is_due(&world.config)
    };
    for _ in 0..3 {
        world.append(BatchBuilder::new(), &[(1, Some(1))]);
    }
    assert!(!is_due(&world), "the active segment does not count");
    world.roll();
    assert!(is_due(&world));
    world.config.min_compaction_lag_ms = 1000;
    assert!(!is_due(&world), "too young");
    world.now = at(NOW + 1000);
    assert!(is_due(&world));
    world.compact();
    assert!(!is_due(&world));
    world.append(BatchBuilder::new(), &[(1, Some(1))]);
    world.roll();
    world.config.min_compaction_lag_ms = 0;
    assert!(!is_due(&world), "one dirty batch of two is not more than half");
    world.config.max_compaction_lag_ms = 1000;
    assert!(!is_due(&world));
    world.now = at(NOW + 1001);
    assert!(is_due(&world));
}
