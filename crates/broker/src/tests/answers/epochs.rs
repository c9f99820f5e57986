//! OffsetForLeaderEpoch.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use super::produce;
use super::written::batch;
use crate::tests::world::World;

fn epoch_end(world: &mut World, partition: i32, believed: i32, epoch: i32) -> Json {
    let wanted = json!({"Partition": partition, "CurrentLeaderEpoch": believed, "LeaderEpoch": epoch});
    let request = json!({"ReplicaId": -1, "Topics": [{"Topic": "orders", "Partitions": [wanted]}]});
    let row = world.json(ApiKey::OffsetForLeaderEpoch, 4, &request)["Topics"][0]["Partitions"][0].take();
    json!([row["ErrorCode"], row["LeaderEpoch"], row["EndOffset"]])
}

#[test]
fn an_unknown_or_future_epoch_has_no_end_and_no_error() {
    let mut world = World::new();
    world.create("orders", 1);
    assert_eq!(epoch_end(&mut world, 0, -1, 0), json!([0, 0, 0]));
    produce(&mut world, "orders", &batch(3));
    assert_eq!(epoch_end(&mut world, 0, -1, 0), json!([0, 0, 3]));
    assert_eq!(epoch_end(&mut world, 0, -1, 5), json!([0, -1, -1]));
    assert_eq!(epoch_end(&mut world, 0, -1, -1), json!([0, -1, -1]));
}

#[test]
fn a_client_with_a_newer_leader_epoch_is_refused() {
    let mut world = World::new();
    world.create("orders", 1);
    assert_eq!(epoch_end(&mut world, 0, 0, 0), json!([0, 0, 0]));
    assert_eq!(epoch_end(&mut world, 0, 3, 0), json!([75, -1, -1]));
    assert_eq!(epoch_end(&mut world, 7, -1, 0), json!([3, -1, -1]));
}
