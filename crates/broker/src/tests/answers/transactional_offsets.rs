//! Group offsets in transactions: AddOffsetsToTxn, TxnOffsetCommit, and what OffsetFetch shows meanwhile.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use super::transactions::{Producer, begin, end, world};
use crate::tests::world::World;

fn commit(world: &mut World, version: i16, producer: &Producer, offset: i64, member: Option<(i32, &str)>) -> i64 {
    let mut request = json!({
        "TransactionalId": "t", "GroupId": "g", "ProducerId": producer.id, "ProducerEpoch": producer.epoch,
        "Topics": [{"Name": "orders", "Partitions": [
            {"PartitionIndex": 0, "CommittedOffset": offset, "CommittedMetadata": "m"}
        ]}]
    });
    if let Some((generation, id)) = member {
        request["GenerationId"] = json!(generation);
        request["MemberId"] = json!(id);
    }
    let answer = world.json(ApiKey::TxnOffsetCommit, version, &request);
    answer["Topics"][0]["Partitions"][0]["ErrorCode"].as_i64().unwrap()
}

fn add_offsets(world: &mut World, producer: &Producer) -> i64 {
    let request = json!({
        "TransactionalId": "t", "ProducerId": producer.id, "ProducerEpoch": producer.epoch, "GroupId": "g"
    });
    world.json(ApiKey::AddOffsetsToTxn, 3, &request)["ErrorCode"].as_i64().unwrap()
}

/// Code and offset, in the forms of both sides of version 8.
fn committed(world: &mut World, stable: bool) -> Json {
    let topics = json!([{"Name": "orders", "PartitionIndexes": [0]}]);
    let old = world.json(ApiKey::OffsetFetch, 7, &json!({"GroupId": "g", "Topics": topics, "RequireStable": stable}));
    let groups = json!([{"GroupId": "g", "Topics": topics}]);
    let new = world.json(ApiKey::OffsetFetch, 9, &json!({"Groups": groups, "RequireStable": stable}));
    let row = |topics: &Json| {
        let partition = &topics[0]["Partitions"][0];
        json!([partition["ErrorCode"], partition["CommittedOffset"]])
    };
    assert_eq!(row(&old["Topics"]), row(&new["Groups"][0]["Topics"]));
    row(&old["Topics"])
}

fn commit_outside(world: &mut World, offset: i64) {
    let partition = json!({"PartitionIndex": 0, "CommittedOffset": offset, "CommittedMetadata": "m"});
    let request = json!({
        "GroupId": "g", "GenerationIdOrMemberEpoch": -1, "Topics": [{"Name": "orders", "Partitions": [partition]}]
    });
    let answer = world.json(ApiKey::OffsetCommit, 7, &request);
    assert_eq!(answer["Topics"][0]["Partitions"][0]["ErrorCode"], 0);
}

#[test]
fn offsets_become_visible_with_the_commit() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(commit(&mut world, 3, &producer, 7, None), 48, "AddOffsetsToTxn has to come first");
    assert_eq!(commit(&mut world, 4, &producer, 7, None), 120);
    assert_eq!(add_offsets(&mut world, &producer), 0);
    assert_eq!(commit(&mut world, 3, &producer, 7, None), 0);
    assert_eq!(committed(&mut world, true), json!([88, -1]), "unstable");
    assert_eq!(committed(&mut world, false), json!([0, -1]));
    end(&mut world, 3, &producer, true);
    assert_eq!(committed(&mut world, true), json!([0, 7]));
}

#[test]
fn the_second_generation_adds_the_group_by_committing_and_an_abort_drops_its_offsets() {
    let mut world = world();
    let producer = begin(&mut world);
    commit_outside(&mut world, 3);
    assert_eq!(commit(&mut world, 5, &producer, 7, None), 0);
    assert_eq!(committed(&mut world, true), json!([88, -1]));
    end(&mut world, 5, &producer, false);
    assert_eq!(committed(&mut world, true), json!([0, 3]));
}

#[test]
fn a_commit_that_came_later_stays() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(commit(&mut world, 5, &producer, 7, None), 0);
    commit_outside(&mut world, 9);
    end(&mut world, 5, &producer, true);
    assert_eq!(committed(&mut world, true), json!([0, 9]));
}

#[test]
fn members_are_held_to_what_they_say_of_themselves() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(commit(&mut world, 5, &producer, 7, Some((3, "m"))), 22, "a group that is not there");
    commit_outside(&mut world, 1);
    assert_eq!(commit(&mut world, 5, &producer, 7, Some((3, "m"))), 25);
    let stale = Producer { id: producer.id, epoch: 9 };
    assert_eq!(commit(&mut world, 5, &stale, 7, None), 47);
    let nobody = Producer { id: 4242, epoch: 0 };
    assert_eq!(commit(&mut world, 5, &nobody, 7, None), 49);
}

#[test]
fn a_deleted_group_takes_along_what_was_pending() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(commit(&mut world, 5, &producer, 7, None), 0);
    let answer = world.json(ApiKey::DeleteGroups, 2, &json!({"GroupsNames": ["g"]}));
    assert_eq!(answer["Results"][0]["ErrorCode"], 0);
    end(&mut world, 5, &producer, true);
    assert_eq!(committed(&mut world, true), json!([0, -1]));
}
