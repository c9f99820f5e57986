//! Transactions, as clients of both generations make them.

use kafka_trial_wire::records::BatchBuilder;
use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::offset_at;
use crate::tests::world::{START, World, hex};
use kafka_trial_core::Time;

/// A producer with the transactional id `t`, and its last answer.
pub(super) struct Producer {
    pub(super) id: i64,
    pub(super) epoch: i64,
}

pub(super) fn world() -> World {
    world_with(&[])
}

fn world_with(properties: &[(&str, &str)]) -> World {
    let mut world = World::with(properties);
    world.create("orders", 2);
    world
}

fn init(world: &mut World, timeout_ms: i32, expected: Option<(i64, i64)>) -> Json {
    let (id, epoch) = expected.unwrap_or((-1, -1));
    let request = json!({
        "TransactionalId": "t", "TransactionTimeoutMs": timeout_ms, "ProducerId": id, "ProducerEpoch": epoch
    });
    let answer = world.json(ApiKey::InitProducerId, 5, &request);
    json!([answer["ErrorCode"], answer["ProducerId"], answer["ProducerEpoch"]])
}

pub(super) fn begin(world: &mut World) -> Producer {
    let answer = init(world, 60_000, None);
    assert_eq!(answer[0], 0, "{answer}");
    Producer { id: answer[1].as_i64().unwrap(), epoch: answer[2].as_i64().unwrap() }
}

fn transactional_batch(producer: &Producer, sequence: i32) -> Json {
    let epoch = i16::try_from(producer.epoch).unwrap();
    let mut batch = BatchBuilder::new().producer(producer.id, epoch, sequence).transactional();
    batch.push(START.millis(), Some(b"k"), Some(b"v"), &[]);
    json!(hex(&batch.build().unwrap()))
}

fn produce(world: &mut World, version: i16, partition: i32, records: &Json) -> Json {
    let request = json!({
        "TransactionalId": "t", "Acks": -1, "TimeoutMs": 1000,
        "TopicData": [{"Name": "orders", "PartitionData": [{"Index": partition, "Records": records}]}]
    });
    world.json(ApiKey::Produce, version, &request)["Responses"][0]["PartitionResponses"][0].take()
}

/// Code and base offset.
pub(super) fn write(world: &mut World, version: i16, partition: i32, producer: &Producer, sequence: i32) -> Json {
    let answer = produce(world, version, partition, &transactional_batch(producer, sequence));
    json!([answer["ErrorCode"], answer["BaseOffset"]])
}

pub(super) fn end(world: &mut World, version: i16, producer: &Producer, commits: bool) -> Json {
    let request = json!({
        "TransactionalId": "t", "ProducerId": producer.id, "ProducerEpoch": producer.epoch, "Committed": commits
    });
    let answer = world.json(ApiKey::EndTxn, version, &request);
    json!([answer["ErrorCode"], answer["ProducerId"], answer["ProducerEpoch"]])
}

fn add(world: &mut World, version: i16, producer: &Producer, partitions: &[i32]) -> Json {
    let request = json!({
        "V3AndBelowTransactionalId": "t", "V3AndBelowProducerId": producer.id,
        "V3AndBelowProducerEpoch": producer.epoch,
        "V3AndBelowTopics": [{"Name": "orders", "Partitions": partitions}]
    });
    let answer = world.json(ApiKey::AddPartitionsToTxn, version, &request);
    let rows = answer["ResultsByTopicV3AndBelow"][0]["ResultsByPartition"].as_array().unwrap();
    rows.iter().map(|row| row["PartitionErrorCode"].clone()).collect()
}

/// Last stable offset, aborted transactions and the number of bytes that `read_committed` sees of partition 0.
fn read_committed(world: &mut World) -> (i64, Json, usize) {
    let request = json!({
        "MaxWaitMs": 0, "MinBytes": 1, "IsolationLevel": 1, "SessionEpoch": -1,
        "Topics": [{"Topic": "orders", "Partitions": [{"Partition": 0, "PartitionMaxBytes": 100_000}]}]
    });
    let mut answer = world.json(ApiKey::Fetch, 12, &request)["Responses"][0]["Partitions"][0].take();
    let bytes = answer["Records"].as_str().unwrap().len() / 2;
    (answer["LastStableOffset"].as_i64().unwrap(), answer["AbortedTransactions"].take(), bytes)
}

fn state(world: &mut World) -> String {
    let answer = world.json(ApiKey::DescribeTransactions, 0, &json!({"TransactionalIds": ["t"]}));
    answer["TransactionStates"][0]["TransactionState"].as_str().unwrap().to_owned()
}

#[test]
fn a_producer_of_version_2_adds_partitions_by_producing_and_gets_the_next_epoch() {
    let mut world = world();
    let mut producer = begin(&mut world);
    assert_eq!(write(&mut world, 12, 0, &producer, 0), json!([0, 0]));
    assert_eq!(state(&mut world), "Ongoing");
    assert_eq!(read_committed(&mut world), (0, json!([]), 0), "nothing is visible before the end");
    assert_eq!(end(&mut world, 5, &producer, true), json!([0, producer.id, 1]));
    assert_eq!(state(&mut world), "CompleteCommit");
    let (stable, aborted, bytes) = read_committed(&mut world);
    assert_eq!((stable, aborted), (2, json!([])), "the marker has an offset of its own");
    assert!(bytes > 0);
    assert_eq!(end(&mut world, 5, &producer, true), json!([0, producer.id, 1]), "asked again");
    assert_eq!(
        write(&mut world, 12, 0, &producer, 1),
        json!([ErrorCode::INVALID_PRODUCER_EPOCH.0, -1]),
        "the epoch before is over"
    );
    producer.epoch = 1;
    assert_eq!(
        write(&mut world, 12, 0, &producer, 1),
        json!([ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER.0, -1]),
        "a new epoch begins at 0"
    );
    assert_eq!(write(&mut world, 12, 0, &producer, 0), json!([0, 2]));
    assert_eq!(end(&mut world, 5, &producer, false), json!([0, producer.id, 2]));
    let (stable, aborted, _) = read_committed(&mut world);
    assert_eq!((stable, aborted), (4, json!([{"ProducerId": producer.id, "FirstOffset": 2}])));
}

#[test]
fn a_producer_of_version_1_adds_its_partitions_itself_and_keeps_its_epoch() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(write(&mut world, 9, 0, &producer, 0), json!([ErrorCode::INVALID_TXN_STATE.0, -1]), "not added");
    assert_eq!(
        write(&mut world, 11, 0, &producer, 0),
        json!([ErrorCode::TRANSACTION_ABORTABLE.0, -1]),
        "not added, in newer words"
    );
    assert_eq!(
        add(&mut world, 3, &producer, &[0, 7]),
        json!([ErrorCode::OPERATION_NOT_ATTEMPTED.0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0]),
        "all or nothing"
    );
    assert_eq!(add(&mut world, 3, &producer, &[0]), json!([0]));
    assert_eq!(write(&mut world, 9, 0, &producer, 0), json!([0, 0]));
    assert_eq!(write(&mut world, 9, 0, &producer, 0), json!([0, 0]), "a duplicate");
    assert_eq!(end(&mut world, 3, &producer, true), json!([0, -1, -1]));
    assert_eq!(end(&mut world, 3, &producer, true), json!([0, -1, -1]), "asked again");
    assert_eq!(
        end(&mut world, 3, &producer, false),
        json!([ErrorCode::INVALID_TXN_STATE.0, -1, -1]),
        "it cannot be both"
    );
    assert_eq!(add(&mut world, 3, &producer, &[0]), json!([0]));
    assert_eq!(write(&mut world, 9, 0, &producer, 1), json!([0, 2]), "the sequence goes on");
}

#[test]
fn a_fenced_producer_gets_an_error_that_its_version_knows() {
    let mut world = world();
    let producer = begin(&mut world);
    let other = Producer { id: producer.id + 1, epoch: 0 };
    let later = Producer { id: producer.id, epoch: 9 };
    assert_eq!(add(&mut world, 3, &other, &[0]), json!([ErrorCode::INVALID_PRODUCER_ID_MAPPING.0]));
    assert_eq!(add(&mut world, 3, &later, &[0]), json!([ErrorCode::PRODUCER_FENCED.0]));
    assert_eq!(add(&mut world, 1, &later, &[0]), json!([ErrorCode::INVALID_PRODUCER_EPOCH.0]));
    assert_eq!(end(&mut world, 5, &other, true)[0], ErrorCode::INVALID_PRODUCER_ID_MAPPING.0);
    assert_eq!(end(&mut world, 5, &later, true)[0], ErrorCode::PRODUCER_FENCED.0);
    assert_eq!(end(&mut world, 1, &later, true)[0], ErrorCode::INVALID_PRODUCER_EPOCH.0);
    assert_eq!(write(&mut world, 12, 0, &other, 0), json!([ErrorCode::INVALID_PRODUCER_ID_MAPPING.0, -1]));
    assert_eq!(write(&mut world, 12, 0, &later, 0), json!([ErrorCode::INVALID_PRODUCER_EPOCH.0, -1]));
}

#[test]
fn only_a_producer_of_version_2_can_abort_an_empty_transaction() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(end(&mut world, 4, &producer, false)[0], ErrorCode::INVALID_TXN_STATE.0);
    assert_eq!(end(&mut world, 5, &producer, true)[0], ErrorCode::INVALID_TXN_STATE.0);
    assert_eq!(end(&mut world, 5, &producer, false), json!([0, producer.id, 1]));
    assert_eq!(end(&mut world, 5, &producer, false), json!([0, producer.id, 1]), "asked again");
    assert_eq!(end(&mut world, 5, &producer, true)[0], ErrorCode::INVALID_TXN_STATE.0);
    assert_eq!(state(&mut world), "CompleteAbort");
}

#[test]
fn a_new_producer_of_the_id_aborts_the_transaction_of_the_one_before() {
    let mut world = world();
    let first = begin(&mut world);
    write(&mut world, 12, 0, &first, 0);
    assert_eq!(
        init(&mut world, 60_000, None),
        json!([ErrorCode::CONCURRENT_TRANSACTIONS.0, -1, -1]),
        "the abort is on its way"
    );
    assert_eq!(init(&mut world, 60_000, None), json!([0, first.id, 2]));
    assert_eq!(read_committed(&mut world).0, 2);
    assert_eq!(write(&mut world, 12, 0, &first, 1), json!([ErrorCode::INVALID_PRODUCER_EPOCH.0, -1]));
    assert_eq!(end(&mut world, 5, &first, true)[0], ErrorCode::PRODUCER_FENCED.0);
}

#[test]
fn a_producer_that_names_its_epoch_gets_the_next_one_and_a_lost_answer_is_repeated() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(init(&mut world, 60_000, Some((producer.id, 0))), json!([0, producer.id, 1]));
    assert_eq!(init(&mut world, 60_000, Some((producer.id, 0))), json!([0, producer.id, 1]));
    assert_eq!(init(&mut world, 60_000, Some((producer.id, 7)))[0], ErrorCode::PRODUCER_FENCED.0);
    assert_eq!(init(&mut world, 60_000, Some((producer.id + 9, 1)))[0], ErrorCode::PRODUCER_FENCED.0);
    assert_eq!(init(&mut world, 0, None)[0], ErrorCode::INVALID_TRANSACTION_TIMEOUT.0);
    assert_eq!(init(&mut world, 900_001, None)[0], ErrorCode::INVALID_TRANSACTION_TIMEOUT.0);
}

#[test]
fn a_transaction_that_takes_too_long_is_aborted_and_its_producer_fenced() {
    let mut world = world();
    let producer = Producer { id: init(&mut world, 1500, None)[1].as_i64().unwrap(), epoch: 0 };
    write(&mut world, 12, 0, &producer, 0);
    world.driver.advance(START.plus_millis(1499));
    assert_eq!(state(&mut world), "Ongoing");
    world.driver.advance(START.plus_millis(1500));
    assert_eq!(state(&mut world), "CompleteAbort");
    assert_eq!(read_committed(&mut world).0, 2);
    assert_eq!(write(&mut world, 12, 0, &producer, 1), json!([ErrorCode::INVALID_PRODUCER_EPOCH.0, -1]));
    assert_eq!(end(&mut world, 4, &producer, true)[0], ErrorCode::PRODUCER_FENCED.0);
    assert_eq!(init(&mut world, 60_000, Some((producer.id, 0))), json!([0, producer.id, 1]), "it may go on");
}

#[test]
fn delayed_markers_let_clients_see_concurrent_transactions() {
    let mut world = world_with(&[("trial.transaction.marker.delay.ms", "50")]);
    let mut producer = begin(&mut world);
    write(&mut world, 12, 0, &producer, 0);
    assert_eq!(end(&mut world, 5, &producer, true), json!([0, producer.id, 1]));
    assert_eq!(state(&mut world), "PrepareCommit");
    assert_eq!(end(&mut world, 5, &producer, true)[0], ErrorCode::CONCURRENT_TRANSACTIONS.0);
    assert_eq!(init(&mut world, 60_000, None)[0], ErrorCode::CONCURRENT_TRANSACTIONS.0);
    producer.epoch = 1;
    assert_eq!(add(&mut world, 3, &producer, &[0]), json!([ErrorCode::CONCURRENT_TRANSACTIONS.0]));
    assert_eq!(write(&mut world, 12, 1, &producer, 0), json!([ErrorCode::CONCURRENT_TRANSACTIONS.0, -1]));
    assert_eq!(
        write(&mut world, 11, 1, &producer, 0),
        json!([ErrorCode::NOT_ENOUGH_REPLICAS.0, -1]),
        "a code that older clients retry"
    );
    assert_eq!(read_committed(&mut world).0, 0);
    world.driver.advance(START.plus_millis(50));
    assert_eq!(state(&mut world), "CompleteCommit");
    assert_eq!(read_committed(&mut world).0, 2);
    assert_eq!(write(&mut world, 12, 1, &producer, 0), json!([0, 0]));
}

#[test]
fn a_fetch_that_waits_for_committed_records_is_answered_by_the_marker() {
    let mut world = world();
    let producer = begin(&mut world);
    write(&mut world, 12, 0, &producer, 0);
    let fetch = json!({
        "MaxWaitMs": 10_000, "MinBytes": 1, "IsolationLevel": 1, "SessionEpoch": -1,
        "Topics": [{"Topic": "orders", "Partitions": [{"Partition": 0, "PartitionMaxBytes": 100_000}]}]
    });
    world.park(ApiKey::Fetch, 12, &fetch);
    assert_eq!(world.completed(), 0);
    end(&mut world, 5, &producer, true);
    assert_eq!(world.completed(), 1);
}

#[test]
fn records_outside_of_the_transaction_are_refused_while_it_lasts() {
    let mut world = world();
    let producer = begin(&mut world);
    write(&mut world, 12, 0, &producer, 0);
    let mut batch = BatchBuilder::new().producer(producer.id, 0, 1);
    batch.push(START.millis(), None, Some(b"v"), &[]);
    let answer = produce(&mut world, 12, 0, &json!(hex(&batch.build().unwrap())));
    assert_eq!(json!([answer["ErrorCode"], answer["LogStartOffset"]]), json!([ErrorCode::INVALID_TXN_STATE.0, 0]));
}

#[test]
fn time_lookups_of_committed_readers_end_where_a_transaction_is_open() {
    let mut world = world();
    let producer = begin(&mut world);
    write(&mut world, 12, 0, &producer, 0);
    let at = |world: &mut World, isolation: i8, timestamp: i64| {
        let partition = json!({"PartitionIndex": 0, "Timestamp": timestamp});
        let request = json!({
            "ReplicaId": -1, "IsolationLevel": isolation, "Topics": [{"Name": "orders", "Partitions": [partition]}]
        });
        world.json(ApiKey::ListOffsets, 7, &request)["Topics"][0]["Partitions"][0]["Offset"].as_i64().unwrap()
    };
    assert_eq!([at(&mut world, 1, -1), at(&mut world, 1, -3), at(&mut world, 1, 1)], [0, -1, -1]);
    assert_eq!([at(&mut world, 0, -1), at(&mut world, 0, -3), at(&mut world, 0, 1)], [1, 0, 0]);
    assert_eq!(offset_at(&mut world, "orders", -1), 1);
}

#[test]
fn a_producer_whose_epochs_are_used_up_gets_a_new_id() {
    let mut world = world();
    let mut producer = begin(&mut world);
    while producer.epoch < i64::from(i16::MAX) - 1 {
        let answer = end(&mut world, 5, &producer, false);
        assert_eq!(answer, json!([0, producer.id, producer.epoch + 1]));
        producer.epoch += 1;
    }
    write(&mut world, 12, 0, &producer, 0);
    let answer = end(&mut world, 5, &producer, true);
    assert_eq!(answer, json!([0, producer.id + 1, 0]));
    assert_eq!(end(&mut world, 5, &producer, true), answer, "asked again");
    let next = Producer { id: producer.id + 1, epoch: 0 };
    assert_eq!(write(&mut world, 12, 0, &next, 0), json!([0, 2]));
}

#[test]
fn markers_of_a_different_coordinator_are_written_unless_they_are_fenced() {
    let mut world = world();
    let producer = begin(&mut world);
    write(&mut world, 12, 0, &producer, 0);
    let write_markers = |world: &mut World, version: i16, epoch: i64, coordinator: i32, generation: i8| {
        let mut marker = json!({
            "ProducerId": producer.id, "ProducerEpoch": epoch, "TransactionResult": false,
            "CoordinatorEpoch": coordinator, "Topics": [{"Name": "orders", "PartitionIndexes": [0, 9]}]
        });
        if version >= 2 {
            marker["TransactionVersion"] = json!(generation);
        }
        let answer = world.json(ApiKey::WriteTxnMarkers, version, &json!({"Markers": [marker]}));
        let rows = answer["Markers"][0]["Topics"][0]["Partitions"].as_array().unwrap();
        rows.iter().map(|row| row["ErrorCode"].clone()).collect::<Json>()
    };
    assert_eq!(
        write_markers(&mut world, 2, 0, 0, 2),
        json!([ErrorCode::INVALID_PRODUCER_EPOCH.0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0]),
        "its epoch has to rise"
    );
    assert_eq!(write_markers(&mut world, 1, 0, 0, 0), json!([0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0]));
    assert_eq!(write_markers(&mut world, 2, 1, 0, 2), json!([0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0]));
    assert_eq!(
        write_markers(&mut world, 1, 1, -1, 0),
        json!([ErrorCode::TRANSACTION_COORDINATOR_FENCED.0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0]),
        "an earlier coordinator"
    );
    assert_eq!(
        write_markers(&mut world, 1, 0, 0, 0),
        json!([ErrorCode::INVALID_PRODUCER_EPOCH.0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0])
    );
    assert_eq!(read_committed(&mut world).0, 3);
}

#[test]
fn transactions_are_listed_by_state_producer_duration_and_pattern() {
    let mut world = world();
    let producer = begin(&mut world);
    write(&mut world, 12, 0, &producer, 0);
    world.driver.advance(Time(START.0 + 5_000_000));
    let list = |world: &mut World, states: Json, ids: Json, duration: i64, pattern: Json| {
        let request = json!({
            "StateFilters": states, "ProducerIdFilters": ids, "DurationFilter": duration,
            "TransactionalIdPattern": pattern
        });
        let answer = world.json(ApiKey::ListTransactions, 2, &request);
        let count = answer["TransactionStates"].as_array().unwrap().len();
        json!([answer["ErrorCode"], count, answer["UnknownStateFilters"]])
    };
    assert_eq!(list(&mut world, json!([]), json!([]), -1, Json::Null), json!([0, 1, []]));
    assert_eq!(list(&mut world, json!(["Ongoing", "Bogus"]), json!([]), -1, Json::Null), json!([0, 1, ["Bogus"]]));
    assert_eq!(list(&mut world, json!(["Empty"]), json!([]), -1, Json::Null), json!([0, 0, []]));
    assert_eq!(
        list(&mut world, json!([]), json!([ErrorCode::STALE_BROKER_EPOCH.0]), -1, Json::Null),
        json!([0, 0, []])
    );
    assert_eq!(list(&mut world, json!([]), json!([]), 4_999, json!("t|u")), json!([0, 1, []]));
    assert_eq!(list(&mut world, json!([]), json!([]), 5_000, Json::Null), json!([0, 0, []]));
    assert_eq!(list(&mut world, json!([]), json!([]), -1, json!("x.*")), json!([0, 0, []]));
    assert_eq!(list(&mut world, json!([]), json!([]), -1, json!(r"\Qt\E{1}")), json!([0, 1, []]), "RE2/J's syntax");
    assert_eq!(
        list(&mut world, json!([]), json!([]), -1, json!("[")),
        json!([ErrorCode::INVALID_REGULAR_EXPRESSION.0, 0, []])
    );
}
