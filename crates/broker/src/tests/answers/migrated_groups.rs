//! Members that speak the classic protocol in groups of the consumer protocol, and groups that change between the two.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::consumer_groups::{AS_ON_KAFKA, beat, describe, joining, partitions, pass, stay};
use super::members::{only_member, subscription};
use crate::tests::world::World;

/// JoinGroup version 5 of a classic consumer of `orders`, which owns these partitions.
fn join_classic(world: &mut World, member: &str, owned: &[i32]) -> Json {
    let topic = "00066f7264657273";
    let list: String = owned.iter().map(|partition| format!("{partition:08x}")).collect();
    let owned = format!("00000001{topic}{:08x}{list}", owned.len());
    let metadata = format!("000100000001{topic}ffffffff{owned}");
    let request = json!({
        "GroupId": "g", "SessionTimeoutMs": 10000, "RebalanceTimeoutMs": 10000, "MemberId": member,
        "ProtocolType": "consumer", "Protocols": [{"Name": "range", "Metadata": metadata}]
    });
    world.json(ApiKey::JoinGroup, 5, &request)
}

fn sync_classic(world: &mut World, member: &str, generation: i64) -> Json {
    let request = json!({
        "GroupId": "g", "GenerationId": generation, "MemberId": member, "ProtocolType": "consumer", "ProtocolName": "range"
    });
    world.json(ApiKey::SyncGroup, 5, &request)
}

fn beat_classic(world: &mut World, member: &str, generation: i64) -> Json {
    let request = json!({"GroupId": "g", "GenerationId": generation, "MemberId": member});
    world.json(ApiKey::Heartbeat, 4, &request)["ErrorCode"].clone()
}

/// A classic consumer that has joined a group of consumers.
fn classic_member(world: &mut World) -> String {
    let answer = join_classic(world, "", &[]);
    assert_eq!(answer["ErrorCode"], ErrorCode::MEMBER_ID_REQUIRED.0, "a new member is told its id first");
    let member = answer["MemberId"].as_str().unwrap().to_owned();
    assert_eq!(member.len(), 22, "an id alone, as Kafka makes them here");
    assert_eq!(join_classic(world, &member, &[])["GenerationId"], 2);
    member
}

#[test]
fn a_classic_member_takes_its_steps_by_joining_again() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 6);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    let member = classic_member(&mut world);
    let synced = sync_classic(&mut world, &member, 2);
    assert_eq!((&synced["ErrorCode"], &synced["Assignment"]), (&json!(0), &json!("000100000000ffffffff")));
    assert_eq!(sync_classic(&mut world, &member, 1)["ErrorCode"], ErrorCode::ILLEGAL_GENERATION.0);
    assert_eq!(
        sync_classic(&mut world, "m1", 2)["ErrorCode"],
        ErrorCode::UNKNOWN_MEMBER_ID.0,
        "m1 speaks the other protocol"
    );
    assert_eq!(beat_classic(&mut world, &member, 2), 0);
    pass(&mut world, 1000);
    assert_eq!(partitions(&stay(&mut world, "m1", 2, Some(&[0, 1, 2, 3, 4, 5]))), json!([0, 1, 2]));
    assert_eq!(beat_classic(&mut world, &member, 2), 27);
    assert_eq!(sync_classic(&mut world, &member, 2)["ErrorCode"], ErrorCode::REBALANCE_IN_PROGRESS.0);
    assert_eq!(stay(&mut world, "m1", 2, Some(&[0, 1, 2]))["MemberEpoch"], 3);
    let joined = join_classic(&mut world, &member, &[]);
    assert_eq!(
        (&joined["GenerationId"], &joined["ProtocolName"], &joined["Leader"]),
        (&json!(3), &json!("range"), &json!(""))
    );
    let assignment = "00010000000100066f726465727300000003000000030000000400000005ffffffff";
    assert_eq!(sync_classic(&mut world, &member, 3)["Assignment"], assignment);
    let types: Vec<Json> =
        describe(&mut world, "g")["Members"].as_array().unwrap().iter().map(|m| m["MemberType"].clone()).collect();
    assert!(types.contains(&json!(0)) && types.contains(&json!(1)), "{types:?}");
}

#[test]
fn a_group_is_classic_again_when_its_last_consumer_protocol_member_leaves() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 6);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    let member = classic_member(&mut world);
    beat(&mut world, &json!({"GroupId": "g", "MemberId": "m1", "MemberEpoch": -1}));
    assert_eq!(describe(&mut world, "g")["ErrorMessage"], "Group g is not a consumer group.");
    assert_eq!(beat_classic(&mut world, &member, 3), 27, "it is to join again");
    let joined = join_classic(&mut world, &member, &[]);
    assert_eq!((&joined["ErrorCode"], &joined["Leader"]), (&json!(0), &json!(member)), "and leads");

    // And once more a consumer group, with what the leader has assigned.
    let generation = joined["GenerationId"].as_i64().unwrap();
    let assignment = "00010000000100066f7264657273000000020000000000000001ffffffff";
    let request = json!({
        "GroupId": "g", "GenerationId": generation, "MemberId": member, "ProtocolType": "consumer",
        "ProtocolName": "range", "Assignments": [{"MemberId": member, "Assignment": assignment}]
    });
    assert_eq!(world.json(ApiKey::SyncGroup, 5, &request)["ErrorCode"], 0);
    let answer = beat(&mut world, &joining("g", "m2", &["orders"]));
    assert_eq!(answer["ErrorCode"], 0, "{answer}");
    let described = describe(&mut world, "g");
    let classic = described["Members"].as_array().unwrap().iter().find(|m| m["MemberId"] == json!(member)).unwrap();
    let held = &classic["Assignment"]["TopicPartitions"][0]["Partitions"];
    assert_eq!((&described["GroupEpoch"], held), (&json!(generation + 1), &json!([0, 1])));
    let leaving = json!([{"MemberId": member}, {"MemberId": "nobody"}, {"MemberId": "m2"}]);
    let left = world.json(ApiKey::LeaveGroup, 5, &json!({"GroupId": "g", "Members": leaving}));
    let codes: Vec<Json> = left["Members"].as_array().unwrap().iter().map(|m| m["ErrorCode"].clone()).collect();
    assert_eq!(codes, [0, 25, 0]);
    assert_eq!(describe(&mut world, "g")["GroupState"], "Empty");
}

#[test]
fn a_migration_policy_of_disabled_keeps_the_protocols_apart() {
    let mut world = World::with(&[("group.consumer.migration.policy", "disabled")]);
    world.create("orders", 1);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    assert_eq!(join_classic(&mut world, "", &[])["ErrorCode"], ErrorCode::INCONSISTENT_GROUP_PROTOCOL.0);
    only_member(&mut world, "classic", "consumer", &subscription(&["orders"]));
    let answer = beat(&mut world, &joining("classic", "m1", &["orders"]));
    let text = "Cannot upgrade classic group classic to consumer group because online upgrade is disabled.";
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(ErrorCode::GROUP_ID_NOT_FOUND.0), &json!(text))
    );
}
