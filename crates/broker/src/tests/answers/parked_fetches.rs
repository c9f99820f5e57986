//! A fetch that waits is answered by the event that makes it answerable, and by no other.

use kafka_trial_wire::ApiKey;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::written::batch;
use crate::tests::world::{World, hex};

const PARTITIONS: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Event {
    Produce { partition: usize, records: usize },
    DeleteRecords { partition: usize },
    Pass { ms: i64 },
}

#[derive(Clone, Debug)]
struct Wanted {
    partition: usize,
    /// How many records before the end it begins.
    behind: usize,
    max_bytes: usize,
}

#[derive(Clone, Debug)]
struct Waiting {
    min_bytes: usize,
    max_bytes: usize,
    wanted: Vec<Wanted>,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (0..PARTITIONS, 1..6usize).prop_map(|(partition, records)| Event::Produce { partition, records }),
        1 => (0..PARTITIONS).prop_map(|partition| Event::DeleteRecords { partition }),
        2 => (0..900i64).prop_map(|ms| Event::Pass { ms }),
    ]
}

fn waiting() -> impl Strategy<Value = Waiting> {
    let all: Vec<usize> = (0..PARTITIONS).collect();
    let partitions = proptest::sample::subsequence(all, 1..=PARTITIONS);
    let details = proptest::collection::vec((0..4usize, 1..400usize), PARTITIONS);
    (1..500usize, 100..600usize, partitions, details).prop_map(|(min_bytes, max_bytes, partitions, details)| Waiting {
        min_bytes,
        max_bytes,
        wanted: partitions
            .into_iter()
            .zip(details)
            .map(|(partition, (behind, max_bytes))| Wanted { partition, behind, max_bytes })
            .collect(),
    })
}

/// A partition as the model knows it: base offset and size of each batch, and where the log starts and ends.
#[derive(Default)]
struct Modelled {
    batches: Vec<(i64, usize)>,
    start: i64,
    end: i64,
}

impl Modelled {
    fn bytes_from(&self, offset: i64) -> usize {
        let whole = self.batches.iter().zip(self.batches.iter().skip(1).map(|(base, _)| *base).chain([self.end]));
        whole.filter(|(_, next)| *next > offset).map(|((_, size), _)| size).sum()
    }
}

fn partition_data(world: &mut World, partition: usize, records: &[u8]) {
    let data = json!([{"Index": partition, "Records": hex(records)}]);
    let topics = json!([{"Name": "orders", "PartitionData": data}]);
    world.json(ApiKey::Produce, 9, &json!({"Acks": -1, "TimeoutMs": 1000, "TopicData": topics}));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_parked_fetch_is_answered_when_it_can_be_and_not_before(
        earlier in proptest::collection::vec((0..PARTITIONS, 1..4usize), 0..5),
        waiting in waiting(),
        events in proptest::collection::vec(event(), 1..12),
    ) {
        let mut world = World::new();
        world.create("orders", i32::try_from(PARTITIONS).unwrap());
        let mut model: [Modelled; PARTITIONS] = Default::default();
        let append = |world: &mut World, model: &mut [Modelled; PARTITIONS], partition: usize, records: usize| {
            let batch = batch(records);
            partition_data(world, partition, &batch);
            model[partition].batches.push((model[partition].end, batch.len()));
            model[partition].end += i64::try_from(records).unwrap();
        };
        for (partition, records) in earlier {
            append(&mut world, &mut model, partition, records);
        }
        let offsets: Vec<i64> = waiting
            .wanted
            .iter()
            .map(|wanted| (model[wanted.partition].end - i64::try_from(wanted.behind).unwrap()).max(0))
            .collect();
        let least = waiting.min_bytes.min(waiting.max_bytes);
        let is_answerable = |model: &[Modelled; PARTITIONS]| {
            let rows = || waiting.wanted.iter().zip(&offsets);
            let available = |(wanted, offset): (&Wanted, &i64)| {
                model[wanted.partition].bytes_from(*offset).min(wanted.max_bytes)
            };
            rows().any(|(wanted, offset)| *offset < model[wanted.partition].start)
                || rows().map(available).sum::<usize>() >= least
        };
        let rows: Vec<Json> = waiting
            .wanted
            .iter()
            .zip(&offsets)
            .map(|(wanted, offset)| {
                json!({"Partition": wanted.partition, "FetchOffset": offset, "PartitionMaxBytes": wanted.max_bytes})
            })
            .collect();
        let request = json!({
            "MaxWaitMs": 1000, "MinBytes": waiting.min_bytes, "MaxBytes": waiting.max_bytes, "SessionEpoch": -1,
            "Topics": [{"Topic": "orders", "Partitions": rows}]
        });
        // A fetch that can be answered at once is the subject of a different test.
        let first_batch_exceeds = waiting.wanted.iter().zip(&offsets).any(|(wanted, offset)| {
            model[wanted.partition].bytes_from(*offset) > wanted.max_bytes.min(waiting.max_bytes)
        });
        prop_assume!(!is_answerable(&model) && !first_batch_exceeds);
        world.park(ApiKey::Fetch, 12, &request);
        let mut left_ms = 1000;
        for event in events {
            match event {
                Event::Produce { partition, records } => append(&mut world, &mut model, partition, records),
                Event::DeleteRecords { partition } => {
                    let rows = json!([{"PartitionIndex": partition, "Offset": -1}]);
                    let request = json!({"Topics": [{"Name": "orders", "Partitions": rows}], "TimeoutMs": 1000});
                    world.json(ApiKey::DeleteRecords, 2, &request);
                    model[partition].start = model[partition].end;
                }
                Event::Pass { ms } => {
                    world.driver.advance(world.driver.now().plus_millis(ms));
                    left_ms -= ms;
                }
            }
            let is_answered = world.completed() == 1;
            prop_assert_eq!(is_answered, is_answerable(&model) || left_ms <= 0, "{:?}", event);
            if is_answered {
                world.driver.advance(world.driver.now().plus_millis(10_000));
                prop_assert_eq!(world.completed(), 0, "one answer is enough");
                return Ok(());
            }
        }
        world.driver.advance(world.driver.now().plus_millis(left_ms));
        prop_assert_eq!(world.completed(), 1);
    }
}
