//! Fetch.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use super::produce;
use super::written::batch;
use crate::journal::CloseReason;
use crate::tests::world::World;

/// Two partitions; four batches of three records each in the first.
pub(super) fn world() -> World {
    let mut world = World::new();
    world.create("orders", 2);
    for _ in 0..4 {
        produce(&mut world, "orders", &batch(3));
    }
    world
}

pub(super) fn fetch(world: &mut World, session: (i32, i32), topics: Json) -> Json {
    let request = json!({
        "MaxWaitMs": 0, "MinBytes": 0, "SessionId": session.0, "SessionEpoch": session.1, "Topics": topics
    });
    world.json(ApiKey::Fetch, 12, &request)
}

pub(super) fn wanted(topic: &str, partitions: &[Json]) -> Json {
    json!({"Topic": topic, "Partitions": partitions})
}

pub(super) fn at(offset: i64) -> Json {
    json!({"Partition": 0, "FetchOffset": offset, "PartitionMaxBytes": 100_000})
}

/// One partition without a session.
fn fetch_one(world: &mut World, partition: Json) -> Json {
    fetch(world, (0, -1), json!([wanted("orders", &[partition])]))["Responses"][0]["Partitions"][0].take()
}

/// The base offsets of the batches; a record of `batch` takes 8 bytes.
fn bases(answer: &Json) -> Vec<i64> {
    let hex = answer["Records"].as_str().unwrap();
    let size = 2 * (61 + 3 * 8);
    assert_eq!(hex.len() % size, 0, "batches are never cut");
    (0..hex.len() / size).map(|index| i64::from_str_radix(&hex[index * size..index * size + 16], 16).unwrap()).collect()
}

#[test]
fn a_fetch_from_inside_a_batch_returns_the_whole_batch() {
    let mut world = world();
    assert_eq!(bases(&fetch_one(&mut world, at(4))), [3, 6, 9]);
    assert_eq!(bases(&fetch_one(&mut world, at(12))), [0i64; 0]);
}

#[test]
fn invalid_offsets_and_epochs_are_refused_without_a_list_of_transactions() {
    let mut world = world();
    let epochs = |offset: i64, believed: i32, fetched: i32| {
        let mut partition = at(offset);
        partition["CurrentLeaderEpoch"] = json!(believed);
        partition["LastFetchedEpoch"] = json!(fetched);
        partition
    };
    for (partition, code) in [(at(13), 1), (at(-1), 1), (epochs(0, 5, -1), 75), (epochs(0, 0, -1), 0)] {
        let answer = fetch_one(&mut world, partition.clone());
        assert_eq!((&answer["ErrorCode"], &answer["AbortedTransactions"]), (&json!(code), &Json::Null), "{partition}");
    }
    let diverged = fetch_one(&mut world, epochs(30, 0, 0));
    assert_eq!(
        (&diverged["ErrorCode"], &diverged["DivergingEpoch"]),
        (&json!(0), &json!({"Epoch": 0, "EndOffset": 12}))
    );
}

#[test]
fn partitions_that_do_not_exist_come_last() {
    let mut world = world();
    let topics = json!([wanted("nothing", &[at(0)]), wanted("orders", &[at(12)])]);
    let answer = fetch(&mut world, (0, -1), topics);
    let rows: Vec<Json> = answer["Responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|topic| json!([topic["Topic"], topic["Partitions"][0]["ErrorCode"]]))
        .collect();
    assert_eq!(rows, [json!(["orders", 0]), json!(["nothing", 3])]);
}

#[test]
fn a_fetch_that_was_answered_or_whose_client_is_gone_leaves_no_timer() {
    let mut world = world();
    let waiting = |offset: i64| {
        json!({
            "MaxWaitMs": 500, "MinBytes": 1, "SessionId": 0, "SessionEpoch": -1,
            "Topics": [wanted("orders", &[at(offset)])]
        })
    };
    let before = world.driver.next_deadline();
    world.park(ApiKey::Fetch, 12, &waiting(12));
    assert!(world.driver.next_deadline() < before);
    produce(&mut world, "orders", &batch(1));
    assert_eq!(world.completed(), 1);
    assert_eq!(world.driver.next_deadline(), before);

    world.park(ApiKey::Fetch, 12, &waiting(13));
    let connection = world.connections[&0];
    world.driver.disconnect(connection, CloseReason::Disconnected);
    assert_eq!(world.driver.next_deadline(), before);
}
