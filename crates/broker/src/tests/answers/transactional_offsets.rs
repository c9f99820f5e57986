//! Group offsets in transactions: AddOffsetsToTxn, TxnOffsetCommit, and what OffsetFetch shows meanwhile.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::error;
use super::transactions::{Producer, begin, end, world};
use crate::tests::world::World;

fn commit(world: &mut World, version: i16, producer: &Producer, offset: i64, member: Option<(i32, &str)>) -> ErrorCode {
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
    error(&answer["Topics"][0]["Partitions"][0])
}

fn add_offsets(world: &mut World, producer: &Producer) -> ErrorCode {
    let request = json!({
        "TransactionalId": "t", "ProducerId": producer.id, "ProducerEpoch": producer.epoch, "GroupId": "g"
    });
    error(&world.json(ApiKey::AddOffsetsToTxn, 3, &request))
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
    assert_eq!(
        commit(&mut world, 3, &producer, 7, None),
        ErrorCode::INVALID_TXN_STATE,
        "AddOffsetsToTxn has to come first"
    );
    assert_eq!(commit(&mut world, 4, &producer, 7, None), ErrorCode::TRANSACTION_ABORTABLE);
    assert_eq!(add_offsets(&mut world, &producer), ErrorCode::NONE);
    assert_eq!(commit(&mut world, 3, &producer, 7, None), ErrorCode::NONE);
    assert_eq!(committed(&mut world, true), json!([ErrorCode::UNSTABLE_OFFSET_COMMIT.0, -1]), "unstable");
    assert_eq!(committed(&mut world, false), json!([0, -1]));
    end(&mut world, 3, &producer, true);
    assert_eq!(committed(&mut world, true), json!([0, 7]));
}

#[test]
fn version_2_adds_the_group_by_committing_and_an_abort_drops_its_offsets() {
    let mut world = world();
    let producer = begin(&mut world);
    commit_outside(&mut world, 3);
    assert_eq!(commit(&mut world, 5, &producer, 7, None), ErrorCode::NONE);
    assert_eq!(committed(&mut world, true), json!([ErrorCode::UNSTABLE_OFFSET_COMMIT.0, -1]));
    end(&mut world, 5, &producer, false);
    assert_eq!(committed(&mut world, true), json!([0, 3]));
}

#[test]
fn a_later_commit_stays() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(commit(&mut world, 5, &producer, 7, None), ErrorCode::NONE);
    commit_outside(&mut world, 9);
    end(&mut world, 5, &producer, true);
    assert_eq!(committed(&mut world, true), json!([0, 9]));
}

#[test]
fn a_commit_that_names_a_member_is_checked_against_the_group() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(
        commit(&mut world, 5, &producer, 7, Some((3, "m"))),
        ErrorCode::ILLEGAL_GENERATION,
        "a group that is not there"
    );
    commit_outside(&mut world, 1);
    assert_eq!(commit(&mut world, 5, &producer, 7, Some((3, "m"))), ErrorCode::UNKNOWN_MEMBER_ID);
    let stale = Producer { id: producer.id, epoch: 9 };
    assert_eq!(commit(&mut world, 5, &stale, 7, None), ErrorCode::INVALID_PRODUCER_EPOCH);
    let nobody = Producer { id: 4242, epoch: 0 };
    assert_eq!(commit(&mut world, 5, &nobody, 7, None), ErrorCode::INVALID_PRODUCER_ID_MAPPING);
}

#[test]
fn a_deleted_group_takes_its_pending_offsets_along() {
    let mut world = world();
    let producer = begin(&mut world);
    assert_eq!(commit(&mut world, 5, &producer, 7, None), ErrorCode::NONE);
    let answer = world.json(ApiKey::DeleteGroups, 2, &json!({"GroupsNames": ["g"]}));
    assert_eq!(answer["Results"][0]["ErrorCode"], 0);
    end(&mut world, 5, &producer, true);
    assert_eq!(committed(&mut world, true), json!([0, -1]));
}
