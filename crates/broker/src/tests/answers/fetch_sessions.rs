//! Fetch sessions (KIP-227).

use kafka_trial_wire::ErrorCode;
use serde_json::{Value as Json, json};

use super::fetched::{at, fetch, wanted, world};
use super::produce;
use super::written::batch;
use crate::tests::world::World;

const EVICTION_MS: i64 = 120_000;

fn second() -> Json {
    json!({"Partition": 1, "FetchOffset": 0, "PartitionMaxBytes": 1000})
}

/// The session that a full fetch of these partitions opens.
fn open(world: &mut World, partitions: &[Json]) -> i32 {
    let answer = fetch(world, (0, 0), json!([wanted("orders", partitions)]));
    i32::try_from(answer["SessionId"].as_i64().unwrap()).unwrap()
}

fn go_on(world: &mut World, id: i32, epoch: i32) -> Json {
    fetch(world, (id, epoch), json!([]))["ErrorCode"].take()
}

#[test]
fn a_session_may_be_opened_without_partitions_and_ends_if_it_gets_none() {
    let mut world = world();
    let opened = fetch(&mut world, (0, 0), json!([]));
    let id = i32::try_from(opened["SessionId"].as_i64().unwrap()).unwrap();
    assert_ne!(id, 0);
    assert_eq!(fetch(&mut world, (id, 1), json!([]))["SessionId"], 0);
    assert_eq!(fetch(&mut world, (id, 2), json!([]))["ErrorCode"], ErrorCode::FETCH_SESSION_ID_NOT_FOUND.0);
}

#[test]
fn a_session_leaves_out_what_has_not_changed() {
    let mut world = world();
    let partitions = [at(12), second()];
    let id = open(&mut world, &partitions);
    assert_eq!(fetch(&mut world, (id, 1), json!([]))["Responses"], json!([]));
    assert_eq!(fetch(&mut world, (id, 7), json!([]))["ErrorCode"], ErrorCode::INVALID_FETCH_SESSION_EPOCH.0);
    produce(&mut world, "orders", &batch(1));
    let news = fetch(&mut world, (id, 2), json!([]));
    assert_eq!(news["Responses"][0]["Partitions"].as_array().unwrap().len(), 1);
    assert_eq!(news["Responses"][0]["Partitions"][0]["HighWatermark"], 13);
}

#[test]
fn a_partition_that_one_request_adds_and_forgets_is_forgotten() {
    let mut world = world();
    let id = open(&mut world, &[second()]);
    let request = json!({
        "MaxWaitMs": 0, "MinBytes": 0, "SessionId": id, "SessionEpoch": 1,
        "Topics": [wanted("orders", &[at(0)])],
        "ForgottenTopicsData": [{"Topic": "orders", "Partitions": [0]}]
    });
    assert_eq!(world.json(kafka_trial_wire::ApiKey::Fetch, 12, &request)["Responses"], json!([]));
}

#[test]
fn a_full_cache_accepts_a_new_session_only_if_one_is_idle() {
    let mut world = world_for(1);
    let first = open(&mut world, &[at(0)]);
    assert_eq!(open(&mut world, &[at(0), second()]), 0, "the first one is too young to go");
    world.driver.advance(world.driver.now().plus_millis(EVICTION_MS));
    assert_eq!(open(&mut world, &[at(0)]), 0);
    world.driver.advance(world.driver.now().plus_millis(1));
    assert_ne!(open(&mut world, &[at(0)]), 0);
    assert_eq!(go_on(&mut world, first, 1), 70);
}

#[test]
fn a_session_that_is_in_use_and_old_gives_way_to_one_with_more_partitions() {
    let mut world = world_for(2);
    let sessions = [open(&mut world, &[at(12)]), open(&mut world, &[at(12), second()])];
    for epoch in 1..=2 {
        world.driver.advance(world.driver.now().plus_millis(EVICTION_MS / 2 + 1));
        for id in sessions {
            assert_eq!(go_on(&mut world, id, epoch), 0);
        }
    }
    assert_eq!(open(&mut world, &[at(12)]), 0, "no more partitions than the smallest");
    assert_ne!(open(&mut world, &[at(12), second()]), 0);
    assert_eq!(go_on(&mut world, sessions[0], 3), 70);
    assert_eq!(go_on(&mut world, sessions[1], 3), 0);
}

/// A world with room for this many sessions.
fn world_for(slots: usize) -> World {
    let mut world = World::with(&[("max.incremental.fetch.session.cache.slots", &slots.to_string())]);
    world.create("orders", 2);
    for _ in 0..4 {
        produce(&mut world, "orders", &batch(3));
    }
    world
}
