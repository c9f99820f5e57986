//! DescribeCluster.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::json;

use crate::tests::world::World;

#[test]
fn a_broker_refuses_a_request_for_a_controller() {
    let mut world = World::new();
    let answer = world.json(ApiKey::DescribeCluster, 1, &json!({"EndpointType": 2}));
    let text = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(ErrorCode::MISMATCHED_ENDPOINT_TYPE.0), &json!(text))
    );
    assert_eq!(answer["Brokers"], json!([]));
    let answer = world.json(ApiKey::DescribeCluster, 1, &json!({"EndpointType": 3}));
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE.0), &json!("Unsupported endpoint type 3"))
    );
}

#[test]
fn authorized_operations_are_shown_only_on_request() {
    let mut world = World::new();
    let answer = world.json(ApiKey::DescribeCluster, 2, &json!({}));
    assert_eq!(answer["ClusterAuthorizedOperations"], i32::MIN);
    assert_eq!(
        answer["Brokers"],
        json!([{"BrokerId": 0, "Host": "127.0.0.1", "Port": 9092, "Rack": null, "IsFenced": false}])
    );
    let answer = world.json(ApiKey::DescribeCluster, 2, &json!({"IncludeClusterAuthorizedOperations": true}));
    assert_eq!(answer["ClusterAuthorizedOperations"], 8096);
}
