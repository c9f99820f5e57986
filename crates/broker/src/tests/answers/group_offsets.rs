//! Committed offsets.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use super::members::{leave, only_member, subscription};
use crate::tests::world::World;

/// Commits from outside of the group (generation -1) or as a member in generation 1.
fn commit(world: &mut World, group: &str, member: &str, topic: &str) -> Json {
    let generation = if member.is_empty() { -1 } else { 1 };
    let request = json!({
        "GroupId": group, "GenerationIdOrMemberEpoch": generation, "MemberId": member,
        "Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 5, "CommittedMetadata": ""}]}]
    });
    world.json(ApiKey::OffsetCommit, 8, &request)["Topics"][0]["Partitions"][0]["ErrorCode"].take()
}

/// The error of the whole request when there is one, else that of partition 0.
fn delete(world: &mut World, group: &str, topic: &str) -> Json {
    let request = json!({"GroupId": group, "Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": 0}]}]});
    let mut answer = world.json(ApiKey::OffsetDelete, 0, &request);
    match answer["ErrorCode"].take() {
        code if code == 0 => answer["Topics"][0]["Partitions"][0]["ErrorCode"].take(),
        code => code,
    }
}

fn has_offset(world: &World, group: &str, topic: &str) -> bool {
    world.driver.state.groups().get(group).unwrap().offsets.get(topic, 0).is_some()
}

#[test]
fn any_offset_of_a_group_without_members_can_be_deleted() {
    let mut world = World::new();
    world.create("orders", 1);
    assert_eq!(delete(&mut world, "g", "orders"), 69);
    assert_eq!(delete(&mut world, "", "orders"), 24);
    assert_eq!(commit(&mut world, "g", "", "orders"), 0);
    assert_eq!(delete(&mut world, "g", "nothing"), 3);
    assert_eq!(delete(&mut world, "g", "orders"), 0);
    assert!(!has_offset(&world, "g", "orders"));
    assert_eq!(delete(&mut world, "g", "orders"), 0, "again is no error, and the group is still there");
}

#[test]
fn offsets_of_topics_that_consumers_read_cannot_be_deleted() {
    let mut world = World::new();
    world.create("orders", 1);
    world.create("items", 1);
    let member = only_member(&mut world, "g", "consumer", &subscription(&["orders"]));
    for topic in ["orders", "items"] {
        assert_eq!(commit(&mut world, "g", &member, topic), 0);
    }
    assert_eq!(delete(&mut world, "g", "orders"), 86);
    assert_eq!(delete(&mut world, "g", "items"), 0);
    assert!(has_offset(&world, "g", "orders") && !has_offset(&world, "g", "items"));
    leave(&mut world, "g", &member);
    assert_eq!(delete(&mut world, "g", "orders"), 0);
}

#[test]
fn an_unreadable_subscription_counts_as_one_to_everything() {
    let mut world = World::new();
    world.create("orders", 1);
    only_member(&mut world, "g", "consumer", "6a756e6b");
    assert_eq!(delete(&mut world, "g", "orders"), 86);
}

#[test]
fn a_group_of_other_clients_keeps_all_offsets_while_it_has_members() {
    let mut world = World::new();
    world.create("orders", 1);
    only_member(&mut world, "g", "connect", "");
    assert_eq!(delete(&mut world, "g", "orders"), 68);
}
