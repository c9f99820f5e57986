//! Idempotent producers.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use super::produce;
use super::written::batch_of_producer;
use crate::tests::world::{START, World};

/// Code and base offset.
fn write(world: &mut World, id: i64, epoch: i16, sequence: i32, count: usize) -> Json {
    let answer = produce(world, "orders", &batch_of_producer(id, epoch, sequence, count));
    json!([answer["ErrorCode"], answer["BaseOffset"]])
}

fn world() -> World {
    let mut world = World::new();
    world.create("orders", 1);
    world
}

#[test]
fn a_batch_of_the_last_five_is_answered_with_its_offset_again() {
    let mut world = world();
    for sequence in 0..7 {
        assert_eq!(write(&mut world, 1, 0, sequence, 1), json!([0, sequence]));
    }
    assert_eq!(write(&mut world, 1, 0, 2, 1), json!([0, 2]));
    assert_eq!(write(&mut world, 1, 0, 1, 1), json!([45, -1]), "older than the last five");
    assert_eq!(write(&mut world, 1, 0, 6, 2), json!([45, -1]), "the same start with more records is no duplicate");
    assert_eq!(write(&mut world, 1, 0, 7, 1), json!([0, 7]), "none of them was appended");
}

#[test]
fn a_duplicate_is_answered_with_the_time_of_the_batch() {
    let mut world = world();
    let batch = batch_of_producer(1, 0, 0, 1);
    assert_eq!(produce(&mut world, "orders", &batch)["LogAppendTimeMs"], -1);
    assert_eq!(produce(&mut world, "orders", &batch)["LogAppendTimeMs"], START.millis());
}

#[test]
fn a_gap_and_a_new_epoch_in_the_middle_are_out_of_order() {
    let mut world = world();
    assert_eq!(write(&mut world, 1, 0, 0, 1), json!([0, 0]));
    assert_eq!(write(&mut world, 1, 0, 2, 1), json!([45, -1]));
    assert_eq!(write(&mut world, 1, 1, 1, 1), json!([45, -1]));
    assert_eq!(write(&mut world, 1, 1, 0, 1), json!([0, 1]));
    assert_eq!(write(&mut world, 1, 0, 1, 1), json!([47, -1]), "the earlier epoch is over");
    assert_eq!(write(&mut world, 2, 0, 5, 1), json!([0, 2]), "an unknown producer may start anywhere");
}

#[test]
fn sequences_begin_again_at_0_after_the_largest() {
    let mut world = world();
    assert_eq!(write(&mut world, 1, 0, i32::MAX - 1, 2), json!([0, 0]));
    assert_eq!(write(&mut world, 1, 0, 0, 1), json!([0, 2]));
    assert_eq!(write(&mut world, 2, 0, i32::MAX, 2), json!([0, 3]));
    assert_eq!(write(&mut world, 2, 0, 1, 1), json!([0, 5]));
}

#[test]
fn a_producer_id_needs_a_sequence() {
    let mut world = world();
    assert_eq!(write(&mut world, 1, 0, -1, 1), json!([87, -1]));
    assert_eq!(write(&mut world, 1, 0, 0, 1), json!([0, 0]));
    assert_eq!(write(&mut world, 1, -1, 1, 1), json!([47, -1]), "no epoch is before any");
    assert_eq!(write(&mut world, 2, -1, 0, 1), json!([0, 1]), "a producer that is not known needs none");
}

#[test]
fn producers_without_a_transactional_id_get_a_fresh_id_each() {
    let mut world = world();
    let ask = |world: &mut World, transactional_id: Json, id: i64, epoch: i16| {
        let request = json!({
            "TransactionalId": transactional_id, "TransactionTimeoutMs": -1, "ProducerId": id, "ProducerEpoch": epoch
        });
        let answer = world.json(ApiKey::InitProducerId, 4, &request);
        json!([answer["ErrorCode"], answer["ProducerId"], answer["ProducerEpoch"]])
    };
    assert_eq!(ask(&mut world, Json::Null, -1, -1), json!([0, 0, 0]));
    assert_eq!(ask(&mut world, Json::Null, 0, 0), json!([0, 1, 0]));
    assert_eq!(ask(&mut world, Json::Null, 0, -1), json!([42, -1, -1]));
    assert_eq!(ask(&mut world, json!(""), -1, -1), json!([42, -1, -1]));
}

#[test]
fn a_producer_is_forgotten_by_the_time_of_its_records() {
    let mut world =
        World::with(&[("producer.id.expiration.ms", "60000"), ("producer.id.expiration.check.interval.ms", "1000")]);
    world.create("orders", 1);
    assert_eq!(write(&mut world, 1, 0, 0, 1), json!([0, 0]));
    world.driver.advance(START.plus_millis(59_000));
    assert_eq!(write(&mut world, 1, 0, 0, 1), json!([0, 0]), "it is still known");
    assert_eq!(write(&mut world, 1, 0, 5, 1), json!([45, -1]));
    world.driver.advance(START.plus_millis(60_000));
    assert_eq!(write(&mut world, 1, 0, 5, 1), json!([0, 1]), "the records are of the start");
    world.driver.advance(START.plus_millis(61_000));
    assert_eq!(write(&mut world, 1, 0, 9, 1), json!([0, 2]), "and so are these");
}

#[test]
fn a_producer_outlives_its_records() {
    let mut world = world();
    for sequence in 0..3 {
        write(&mut world, 1, 0, sequence, 1);
    }
    let request = json!({
        "Topics": [{"Name": "orders", "Partitions": [{"PartitionIndex": 0, "Offset": -1}]}], "TimeoutMs": 1000
    });
    world.json(ApiKey::DeleteRecords, 2, &request);
    assert_eq!(write(&mut world, 1, 0, 1, 1), json!([0, 1]), "a duplicate of what is gone");
    assert_eq!(write(&mut world, 1, 0, 4, 1), json!([45, -1]));
    assert_eq!(write(&mut world, 1, 0, 3, 1), json!([0, 3]));
}

#[test]
fn without_an_epoch_any_sequence_follows() {
    let mut world = world();
    assert_eq!(write(&mut world, 1, -1, 0, 1), json!([0, 0]));
    assert_eq!(write(&mut world, 1, -1, 7, 1), json!([0, 1]));
    assert_eq!(write(&mut world, 1, -1, 7, 1), json!([0, 1]), "the same again is known");
    assert_eq!(write(&mut world, 1, 0, 3, 1), json!([0, 2]));
}
