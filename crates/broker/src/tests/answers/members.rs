//! Members of classic groups, one at a time.

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use crate::tests::world::{World, hex};

/// A consumer's subscription in the form that its assignors send along.
pub(super) fn subscription(topics: &[&str]) -> String {
    let mut bytes = vec![0, 0];
    bytes.extend(u32::try_from(topics.len()).unwrap().to_be_bytes());
    for topic in topics {
        bytes.extend(u16::try_from(topic.len()).unwrap().to_be_bytes());
        bytes.extend(topic.as_bytes());
    }
    bytes.extend((-1i32).to_be_bytes());
    hex(&bytes)
}

/// Sends JoinGroup version 3, which needs no member id.
pub(super) fn join(world: &mut World, group: &str, protocol_type: &str, metadata: &str) -> Json {
    let request = json!({
        "GroupId": group, "SessionTimeoutMs": 10000, "RebalanceTimeoutMs": 10000, "MemberId": "",
        "ProtocolType": protocol_type, "Protocols": [{"Name": "range", "Metadata": metadata}]
    });
    world.json(ApiKey::JoinGroup, 3, &request)
}

/// Makes a stable group with one member in generation 1, and returns the member's id.
pub(super) fn only_member(world: &mut World, group: &str, protocol_type: &str, metadata: &str) -> String {
    let joined = join(world, group, protocol_type, metadata);
    assert_eq!((&joined["ErrorCode"], &joined["GenerationId"]), (&json!(0), &json!(1)));
    let member = joined["MemberId"].as_str().unwrap().to_owned();
    let request = json!({
        "GroupId": group, "GenerationId": 1, "MemberId": member,
        "Assignments": [{"MemberId": member, "Assignment": "41"}]
    });
    assert_eq!(world.json(ApiKey::SyncGroup, 3, &request)["ErrorCode"], 0);
    member
}

/// Takes a member out of its group.
pub(super) fn leave(world: &mut World, group: &str, member: &str) {
    let request = json!({"GroupId": group, "Members": [{"MemberId": member}]});
    assert_eq!(world.json(ApiKey::LeaveGroup, 3, &request)["Members"][0]["ErrorCode"], 0);
}
