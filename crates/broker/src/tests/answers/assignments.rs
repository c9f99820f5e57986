//! What Kafka 4.3.1 assigned to members that joined in this order, a second apart: ours get the same.
//!
//! Recorded from a broker of one node. Topics have 16 (`p`), 5 (`q`) and 9 (`r`) partitions.

use std::collections::BTreeSet;

use kafka_trial_wire::ApiKey;
use serde_json::{Value as Json, json};

use crate::tests::world::World;

/// All members are subscribed to `p`.
const UNIFORM: &str = "\
join 0 p -> 0:p=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\
join 1 p -> 0:p=0,1,2,3,4,5,6,7 1:p=8,9,10,11,12,13,14,15\n\
join 2 p -> 0:p=0,1,2,3,4 2:p=5,6,7,14,15 1:p=8,9,10,11,12,13\n\
join 3 p -> 3:p=4,12,13,15 0:p=0,1,2,3 2:p=5,6,7,14 1:p=8,9,10,11\n\
join 4 p -> 3:p=4,12,13 0:p=0,1,2 2:p=5,6,7 4:p=3,14,15 1:p=8,9,10,11\n\
join 5 p -> 3:p=4,12,13 0:p=0,1,2 5:p=11,15 2:p=5,6,7 4:p=3,14 1:p=8,9,10\n\
join 6 p -> 3:p=4,12 0:p=0,1 5:p=11,15 2:p=5,6,7 4:p=3,14 6:p=2,13 1:p=8,9,10\n\
join 7 p -> 3:p=4,12 0:p=0,1 5:p=11,15 7:p=7,10 2:p=5,6 4:p=3,14 6:p=2,13 1:p=8,9\n\
join 8 p -> 8:p=10 3:p=4,12 0:p=0,1 5:p=11,15 7:p=7 2:p=5,6 4:p=3,14 6:p=2,13 1:p=8,9\n\
join 9 p -> 3:p=4,12 8:p=10 0:p=0,1 5:p=11,15 2:p=5,6 7:p=7 4:p=3 9:p=14 1:p=8,9 6:p=2,13\n\
leave 3 0 7 -> 8:p=7,10,12 5:p=11,15 2:p=5,6 4:p=0,3 9:p=1,4,14 1:p=8,9 6:p=2,13";

/// Each member is subscribed to other topics.
const HETEROGENEOUS: &str = "\
join 0 p -> 0:p=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\
join 1 pq -> 0:p=0,1,2,3,4,5,6,7,8,9,10 1:p=11,12,13,14,15+q=0,1,2,3,4\n\
join 2 qr -> 0:p=0,1,2,3,4,5,6,7,8,9,10 2:r=0,1,2,3,4,5,6,7,8 1:p=11,12,13,14,15+q=0,1,2,3,4\n\
join 3 r -> 3:r=3,4,5,6,7,8 0:p=0,1,2,3,4,5,6,7,8 2:q=1,2,3,4+r=0,1,2 1:p=9,10,11,12,13,14,15+q=0\n\
join 4 pqr -> 3:r=3,4,5,6,7,8 0:p=0,1,2,3,4,5 2:q=1,2,3,4+r=0,1 4:p=6,7,8,14,15+r=2 1:p=9,10,11,12,13+q=0";

/// The same with the range assignor; member 1 is static.
const RANGE: &str = "\
join 0 p -> 0:p=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\
join 1 pq -> 0:p=8,9,10,11,12,13,14,15 1:p=0,1,2,3,4,5,6,7+q=0,1,2,3,4\n\
join 2 qr -> 0:p=8,9,10,11,12,13,14,15 2:q=3,4+r=0,1,2,3,4,5,6,7,8 1:p=0,1,2,3,4,5,6,7+q=0,1,2\n\
join 3 r -> 3:r=5,6,7,8 0:p=8,9,10,11,12,13,14,15 2:q=3,4+r=0,1,2,3,4 1:p=0,1,2,3,4,5,6,7+q=0,1,2";

fn heartbeat(world: &mut World, request: &Json) {
    assert_eq!(world.json(ApiKey::ConsumerGroupHeartbeat, 1, request)["ErrorCode"], 0, "{request}");
}

fn join(world: &mut World, member: &str, topics: &str, assignor: Option<&str>) {
    let names: Vec<String> = topics.chars().map(String::from).collect();
    let is_static = assignor == Some("range") && member == "1";
    heartbeat(
        world,
        &json!({
            "GroupId": "g", "MemberId": format!("member-{member}"), "MemberEpoch": 0, "RebalanceTimeoutMs": 60000,
            "InstanceId": is_static.then_some("z"), "SubscribedTopicNames": names, "TopicPartitions": [],
            "ServerAssignor": assignor
        }),
    );
}

/// Every member with its target.
fn targets(world: &mut World) -> BTreeSet<String> {
    let answer = world.json(ApiKey::ConsumerGroupDescribe, 1, &json!({"GroupIds": ["g"]}));
    let of = |member: &Json| {
        let topics = member["TargetAssignment"]["TopicPartitions"].as_array().unwrap().iter().map(|topic| {
            let partitions: Vec<String> =
                topic["Partitions"].as_array().unwrap().iter().map(ToString::to_string).collect();
            format!("{}={}", topic["TopicName"].as_str().unwrap(), partitions.join(","))
        });
        let mut topics: Vec<String> = topics.collect();
        topics.sort_unstable();
        format!("{}:{}", member["MemberId"].as_str().unwrap().trim_start_matches("member-"), topics.join("+"))
    };
    answer["Groups"][0]["Members"].as_array().unwrap().iter().map(of).collect()
}

fn replay(story: &str, assignor: Option<&str>) {
    let mut world = World::new();
    for (topic, partitions) in [("p", 16), ("q", 5), ("r", 9)] {
        world.create(topic, partitions);
    }
    for line in story.lines() {
        let (action, expected) = line.split_once(" -> ").unwrap();
        match action.split(' ').collect::<Vec<_>>().as_slice() {
            ["join", member, topics] => join(&mut world, member, topics, assignor),
            ["leave", leaving @ ..] => {
                for member in leaving {
                    let id = format!("member-{member}");
                    heartbeat(&mut world, &json!({"GroupId": "g", "MemberId": id, "MemberEpoch": -1}));
                }
                // The next heartbeat of somebody else assigns what they had.
                join(&mut world, "5", "p", assignor);
            }
            other => panic!("{other:?}"),
        }
        let expected: BTreeSet<String> = expected.split(' ').map(str::to_owned).collect();
        assert_eq!(targets(&mut world), expected, "after {action}");
        let later = world.driver.now().plus_millis(1050);
        world.driver.advance(later);
    }
}

#[test]
fn the_uniform_assignor_assigns_to_one_to_ten_members_as_kafka_does() {
    replay(UNIFORM, None);
}

#[test]
fn the_uniform_assignor_balances_different_subscriptions_as_kafka_does() {
    replay(HETEROGENEOUS, None);
}

#[test]
fn the_range_assignor_assigns_as_kafka_does() {
    replay(RANGE, Some("range"));
}
