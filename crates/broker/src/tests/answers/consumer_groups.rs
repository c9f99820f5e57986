//! Groups of the consumer protocol, one request at a time.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use crate::tests::world::World;

/// Kafka's own intervals, which are shorter here by default.
pub(super) const AS_ON_KAFKA: [(&str, &str); 2] =
    [("group.consumer.assignment.interval.ms", "1000"), ("group.consumer.heartbeat.interval.ms", "5000")];

/// A request by which a member joins.
pub(super) fn joining(group: &str, member: &str, topics: &[&str]) -> Json {
    json!({
        "GroupId": group, "MemberId": member, "MemberEpoch": 0, "RebalanceTimeoutMs": 10000,
        "SubscribedTopicNames": topics, "TopicPartitions": []
    })
}

pub(super) fn beat(world: &mut World, request: &Json) -> Json {
    world.json(ApiKey::ConsumerGroupHeartbeat, 1, request)
}

/// A heartbeat that says what the member owns of the one topic; `None` says nothing of it.
pub(super) fn stay(world: &mut World, member: &str, epoch: i32, owned: Option<&[i32]>) -> Json {
    let id = world.driver.state.topics().get("orders").unwrap().id.to_string();
    let owned = owned.map(|partitions| json!([{"TopicId": id, "Partitions": partitions}]));
    beat(world, &json!({"GroupId": "g", "MemberId": member, "MemberEpoch": epoch, "TopicPartitions": owned}))
}

pub(super) fn partitions(answer: &Json) -> Json {
    answer["Assignment"]["TopicPartitions"][0]["Partitions"].clone()
}

pub(super) fn describe(world: &mut World, group: &str) -> Json {
    world.json(ApiKey::ConsumerGroupDescribe, 1, &json!({"GroupIds": [group]}))["Groups"][0].take()
}

pub(super) fn pass(world: &mut World, ms: i64) {
    let later = world.driver.now().plus_millis(ms);
    world.driver.advance(later);
}

#[test]
fn an_incomplete_request_is_refused_with_the_text_of_kafka() {
    let mut world = World::with(&AS_ON_KAFKA);
    let cases = [
        (json!({"GroupId": "", "MemberId": "m", "MemberEpoch": 0}), 42, "GroupId can't be empty."),
        (json!({"GroupId": "g", "MemberId": "", "MemberEpoch": 0}), 42, "MemberId can't be empty."),
        (json!({"GroupId": "g", "MemberId": "m", "InstanceId": ""}), 42, "InstanceId can't be empty."),
        (json!({"GroupId": "g", "MemberId": "m", "RackId": ""}), 42, "RackId can't be empty."),
        (json!({"GroupId": "g", "MemberId": "m"}), 42, "RebalanceTimeoutMs must be provided in first request."),
        (
            json!({"GroupId": "g", "MemberId": "m", "RebalanceTimeoutMs": 1}),
            42,
            "TopicPartitions must be empty when (re-)joining.",
        ),
        (
            json!({"GroupId": "g", "MemberId": "m", "RebalanceTimeoutMs": 1, "TopicPartitions": []}),
            42,
            "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
        ),
        (json!({"GroupId": "g", "MemberId": "m", "MemberEpoch": -2}), 42, "InstanceId can't be null."),
        (json!({"GroupId": "g", "MemberId": "m", "MemberEpoch": -3}), 42, "MemberEpoch is invalid."),
        (json!({"GroupId": "g", "MemberId": "m", "MemberEpoch": 1}), 69, "Consumer group g not found."),
        (json!({"GroupId": "g", "MemberId": "m", "MemberEpoch": -1}), 69, "Group g not found."),
    ];
    for (request, code, text) in cases {
        let answer = beat(&mut world, &request);
        assert_eq!((&answer["ErrorCode"], &answer["ErrorMessage"]), (&json!(code), &json!(text)), "{request}");
    }
    let mut request = joining("g", "m", &["orders"]);
    request["ServerAssignor"] = json!("sticky");
    let answer = beat(&mut world, &request);
    let text = "ServerAssignor sticky is not supported. Supported assignors: uniform, range.";
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(ErrorCode::UNSUPPORTED_ASSIGNOR.0), &json!(text))
    );
    assert!(world.driver.state.groups().get("g").is_none(), "a refused join makes no group");
}

#[test]
fn by_default_members_share_at_once_and_beat_often() {
    let mut world = World::new();
    world.create("orders", 2);
    let answer = beat(&mut world, &joining("g", "m1", &["orders"]));
    assert_eq!((&answer["HeartbeatIntervalMs"], partitions(&answer)), (&json!(250), json!([0, 1])));
    let answer = beat(&mut world, &joining("g", "m2", &["orders"]));
    assert_eq!(answer["MemberEpoch"], 3, "the target is new already");
    assert_eq!(partitions(&stay(&mut world, "m1", 2, None)), json!([0]));
}

#[test]
fn partitions_move_when_their_owner_has_given_them_up() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 6);
    let answer = beat(&mut world, &joining("g", "m1", &["orders"]));
    assert_eq!((&answer["MemberEpoch"], &answer["HeartbeatIntervalMs"]), (&json!(2), &json!(5000)));
    assert_eq!(partitions(&answer), json!([0, 1, 2, 3, 4, 5]));
    assert_eq!(stay(&mut world, "m1", 2, None)["Assignment"], Json::Null, "nothing new");

    // The assignment is computed once a second at most.
    let answer = beat(&mut world, &joining("g", "m2", &["orders"]));
    assert_eq!((&answer["MemberEpoch"], &answer["Assignment"]["TopicPartitions"]), (&json!(2), &json!([])));
    assert_eq!(describe(&mut world, "g")["GroupState"], "Assigning");
    pass(&mut world, 1000);
    let answer = stay(&mut world, "m2", 2, None);
    assert_eq!((&answer["MemberEpoch"], &answer["Assignment"]), (&json!(3), &Json::Null));
    assert_eq!(partitions(&stay(&mut world, "m1", 2, None)), json!([0, 1, 2]), "m1 is to give up three");
    let described = describe(&mut world, "g");
    assert_eq!((&described["GroupState"], &described["GroupEpoch"]), (&json!("Reconciling"), &json!(3)));
    assert_eq!(described["Members"][0]["MemberId"], "m2", "in the order of Kafka's table");
    let held = &described["Members"][1]["Assignment"]["TopicPartitions"][0]["Partitions"];
    assert_eq!(held, &json!([0, 1, 2, 3, 4, 5]), "what is to be given up is still held");

    assert_eq!(stay(&mut world, "m1", 2, Some(&[0, 1, 2, 3]))["MemberEpoch"], 2, "one is still owned");
    assert_eq!(stay(&mut world, "m2", 3, None)["Assignment"], Json::Null);
    assert_eq!(stay(&mut world, "m1", 2, Some(&[0, 1, 2]))["MemberEpoch"], 3);
    assert_eq!(partitions(&stay(&mut world, "m2", 3, None)), json!([3, 4, 5]));
    assert_eq!(describe(&mut world, "g")["GroupState"], "Stable");
}

#[test]
fn a_member_with_a_different_epoch_is_fenced() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 2);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    let answer = stay(&mut world, "m1", 5, None);
    let text = "The consumer group member has a greater member epoch (5) than the one known by the group coordinator (2). The member must abandon all its partitions and rejoin.";
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(ErrorCode::FENCED_MEMBER_EPOCH.0), &json!(text))
    );
    assert_eq!(stay(&mut world, "m1", 1, None)["ErrorCode"], ErrorCode::FENCED_MEMBER_EPOCH.0);
    let answer = stay(&mut world, "nobody", 1, None);
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(25), &json!("Member nobody is not a member of group g."))
    );
    // The answer with the new epoch was lost: the last one is good while no more is owned than was assigned.
    pass(&mut world, 1000);
    beat(&mut world, &joining("g", "m2", &["orders"]));
    stay(&mut world, "m1", 2, None);
    assert_eq!(stay(&mut world, "m1", 2, Some(&[0]))["MemberEpoch"], 3);
    assert_eq!(stay(&mut world, "m1", 2, Some(&[0]))["MemberEpoch"], 3);
    assert_eq!(stay(&mut world, "m1", 2, Some(&[0, 1]))["ErrorCode"], ErrorCode::FENCED_MEMBER_EPOCH.0);
}

#[test]
fn a_member_that_is_silent_or_revokes_nothing_is_removed() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 2);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    pass(&mut world, 1000);
    beat(&mut world, &joining("g", "m2", &["orders"]));
    assert_eq!(partitions(&stay(&mut world, "m1", 2, None)), json!([0]));
    pass(&mut world, 9999);
    assert_eq!(stay(&mut world, "m1", 2, None)["ErrorCode"], 0, "the rebalance timeout is 10 s");
    pass(&mut world, 1);
    assert_eq!(stay(&mut world, "m1", 2, None)["ErrorCode"], ErrorCode::UNKNOWN_MEMBER_ID.0);
    assert_eq!(partitions(&stay(&mut world, "m2", 3, None)), json!([0, 1]));
    pass(&mut world, 45_000);
    assert_eq!(describe(&mut world, "g")["GroupState"], "Empty");
}

#[test]
fn a_static_member_that_comes_back_gets_its_partitions_back() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 2);
    let of =
        |member: &str, epoch: i32| json!({"GroupId": "g", "MemberId": member, "InstanceId": "i", "MemberEpoch": epoch});
    let join = |member: &str| {
        let mut request = joining("g", member, &["orders"]);
        request["InstanceId"] = json!("i");
        request
    };
    beat(&mut world, &join("s1"));
    let answer = beat(&mut world, &join("s2"));
    let text =
        "Static member s2 with instance id i cannot join the group because the instance id is owned by s1 member.";
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(ErrorCode::UNRELEASED_INSTANCE_ID.0), &json!(text))
    );
    let answer = beat(&mut world, &of("s2", 2));
    let text = "Static member s2 with instance id i was fenced by member s1.";
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(ErrorCode::FENCED_INSTANCE_ID.0), &json!(text))
    );
    let answer = beat(&mut world, &of("s1", -2));
    assert_eq!((&answer["ErrorCode"], &answer["MemberEpoch"]), (&json!(0), &json!(-2)));
    let answer = beat(&mut world, &join("s2"));
    assert_eq!((&answer["MemberEpoch"], partitions(&answer)), (&json!(2), json!([0, 1])));
    assert_eq!(describe(&mut world, "g")["GroupEpoch"], 2, "nobody else notices");
    beat(&mut world, &of("s2", -1));
    assert_eq!(describe(&mut world, "g")["GroupEpoch"], 3);
}

#[test]
fn an_expression_is_resolved_after_the_answer_and_again_when_topics_are_created() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders-a", 1);
    world.create("items", 1);
    let mut request = joining("g", "m1", &[]);
    request["SubscribedTopicNames"] = Json::Null;
    request["SubscribedTopicRegex"] = json!("orders-.*");
    let answer = beat(&mut world, &request);
    assert_eq!((&answer["MemberEpoch"], &answer["Assignment"]["TopicPartitions"]), (&json!(1), &json!([])));
    assert_eq!(describe(&mut world, "g")["GroupEpoch"], 2);
    let stay = |epoch: i32| json!({"GroupId": "g", "MemberId": "m1", "MemberEpoch": epoch});
    pass(&mut world, 1000);
    assert_eq!(partitions(&beat(&mut world, &stay(1))), json!([0]));
    world.create("orders-b", 2);
    pass(&mut world, 10_001);
    beat(&mut world, &stay(2));
    let answer = beat(&mut world, &stay(2));
    assert_eq!(answer["Assignment"]["TopicPartitions"].as_array().unwrap().len(), 2, "{answer}");
}

#[test]
fn an_expression_that_does_not_compile_is_refused_in_re2s_words() {
    let mut world = World::with(&AS_ON_KAFKA);
    for (regex, reason) in [
        ("[", "missing closing ]"),
        ("(", "missing closing )"),
        (")", "regexp/syntax: internal error"),
        ("*a", "missing argument to repetition operator"),
        ("a**", "invalid nested repetition operator"),
        ("a{2,1}", "invalid repeat count"),
        ("a{1001}", "invalid repeat count"),
        ("[z-a]", "invalid character class range"),
        ("a\\", "trailing backslash at end of expression"),
        ("\\y", "invalid escape sequence"),
        ("(?=a)", "invalid or unsupported Perl syntax"),
        ("(?P<n", "invalid named capture"),
        ("(?P<n>a)(?P<n>b)", "duplicate capture group name"),
        ("(a)\\1", "invalid escape sequence"),
        ("\\pX", "invalid character class range"),
        ("(?x)a", "invalid or unsupported Perl syntax"),
        ("(?z)a", "invalid or unsupported Perl syntax"),
    ] {
        let mut request = joining("g", "m1", &[]);
        request["SubscribedTopicRegex"] = json!(regex);
        let answer = beat(&mut world, &request);
        let text = format!("SubscribedTopicRegex `{regex}` is not a valid regular expression: {reason}.");
        assert_eq!(
            (&answer["ErrorCode"], &answer["ErrorMessage"]),
            (&json!(ErrorCode::INVALID_REGULAR_EXPRESSION.0), &json!(text))
        );
    }
}

#[test]
fn a_group_refuses_members_beyond_its_maximum() {
    let mut world = World::with(&[("group.consumer.max.size", "1")]);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    let answer = beat(&mut world, &joining("g", "m2", &["orders"]));
    let text = "The consumer group has reached its maximum capacity of 1 members.";
    assert_eq!(
        (&answer["ErrorCode"], &answer["ErrorMessage"]),
        (&json!(ErrorCode::GROUP_MAX_SIZE_REACHED.0), &json!(text))
    );
    assert_eq!(beat(&mut world, &joining("g", "m1", &["orders"]))["ErrorCode"], 0);
}

#[test]
fn new_partitions_and_a_recreated_topic_are_assigned_with_the_next_heartbeat() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 1);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    pass(&mut world, 1000);
    let request = json!({"Topics": [{"Name": "orders", "Count": 3, "Assignments": null}], "TimeoutMs": 1000});
    world.json(ApiKey::CreatePartitions, 3, &request);
    let answer = stay(&mut world, "m1", 2, None);
    assert_eq!((&answer["MemberEpoch"], partitions(&answer)), (&json!(3), json!([0, 1, 2])));
    pass(&mut world, 1000);
    world.driver.state.remove_topic("orders");
    world.create("orders", 1);
    stay(&mut world, "m1", 3, None);
    let answer = stay(&mut world, "m1", 3, Some(&[]));
    let id = world.driver.state.topics().get("orders").unwrap().id.to_string();
    assert_eq!(answer["Assignment"]["TopicPartitions"], json!([{"TopicId": id, "Partitions": [0]}]));
}

#[test]
fn commits_and_fetches_of_offsets_need_the_epoch_of_the_member() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 2);
    world.create("items", 1);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    let mut commit = |version: i16, member: &str, epoch: i32| {
        let partition = json!({"PartitionIndex": 0, "CommittedOffset": 3, "CommittedMetadata": ""});
        let topics = json!([{"Name": "orders", "Partitions": [partition]}]);
        let request = json!({
            "GroupId": "g", "MemberId": member, "GenerationIdOrMemberEpoch": epoch, "Topics": topics
        });
        world.json(ApiKey::OffsetCommit, version, &request)["Topics"][0]["Partitions"][0]["ErrorCode"].clone()
    };
    assert_eq!(commit(8, "m1", 2), 35);
    assert_eq!(commit(9, "m1", 2), 0);
    assert_eq!(commit(9, "m1", 9), 113);
    assert_eq!(commit(9, "m1", 1), 113, "before it had the partition");
    assert_eq!(commit(9, "nobody", 2), 25);
    assert_eq!(commit(9, "", -1), 25, "from outside, while there are members");
    let mut fetch = |member: Json, epoch: i32| {
        let topics = json!([{"Name": "orders", "PartitionIndexes": [0]}]);
        let groups = json!([{"GroupId": "g", "MemberId": member, "MemberEpoch": epoch, "Topics": topics}]);
        world.json(ApiKey::OffsetFetch, 9, &json!({"Groups": groups}))["Groups"][0].take()
    };
    assert_eq!(fetch(json!("m1"), 2)["Topics"][0]["Partitions"][0]["CommittedOffset"], 3);
    assert_eq!(fetch(json!("m1"), 1)["ErrorCode"], ErrorCode::STALE_MEMBER_EPOCH.0);
    assert_eq!(fetch(json!("nobody"), 1)["ErrorCode"], ErrorCode::UNKNOWN_MEMBER_ID.0);
    assert_eq!(fetch(Json::Null, -1)["ErrorCode"], 0);
    let request = json!({"GroupId": "g", "Topics": [
        {"Name": "orders", "Partitions": [{"PartitionIndex": 0}]}, {"Name": "items", "Partitions": [{"PartitionIndex": 0}]}
    ]});
    let deleted = world.json(ApiKey::OffsetDelete, 0, &request);
    let code = |topic: usize| deleted["Topics"][topic]["Partitions"][0]["ErrorCode"].clone();
    assert_eq!((code(0), code(1)), (json!(86), json!(0)));
}

#[test]
fn a_commit_at_an_earlier_epoch_is_valid_for_partitions_owned_since_then() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 2);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    pass(&mut world, 1000);
    beat(&mut world, &joining("g", "m2", &["orders"]));
    stay(&mut world, "m1", 2, None);
    assert_eq!(stay(&mut world, "m1", 2, Some(&[0]))["MemberEpoch"], 3);
    let mut commit = |partition: i32| {
        let request = json!({
            "GroupId": "g", "MemberId": "m1", "GenerationIdOrMemberEpoch": 2, "Topics": [{"Name": "orders", "Partitions":
                [{"PartitionIndex": partition, "CommittedOffset": 3, "CommittedMetadata": ""}]}]
        });
        world.json(ApiKey::OffsetCommit, 9, &request)["Topics"][0]["Partitions"][0]["ErrorCode"].clone()
    };
    assert_eq!((commit(0), commit(1)), (json!(0), json!(113)));
}

#[test]
fn other_apis_distinguish_consumer_groups_from_classic_ones() {
    let mut world = World::with(&AS_ON_KAFKA);
    world.create("orders", 1);
    beat(&mut world, &joining("g", "m1", &["orders"]));
    let listed = world.json(ApiKey::ListGroups, 5, &json!({"StatesFilter": ["STABLE"], "TypesFilter": ["Consumer"]}));
    let group = json!({"GroupId": "g", "ProtocolType": "consumer", "GroupState": "Stable", "GroupType": "consumer"});
    assert_eq!(listed["Groups"], json!([group]));
    let described = world.json(ApiKey::DescribeGroups, 6, &json!({"Groups": ["g"]}))["Groups"][0].take();
    assert_eq!(
        (&described["ErrorCode"], &described["ErrorMessage"], &described["GroupState"]),
        (&json!(69), &json!("Group g is not a classic group."), &json!("Dead"))
    );
    let deleted = |world: &mut World| {
        world.json(ApiKey::DeleteGroups, 2, &json!({"GroupsNames": ["g"]}))["Results"][0]["ErrorCode"].clone()
    };
    assert_eq!(deleted(&mut world), 68);
    beat(&mut world, &json!({"GroupId": "g", "MemberId": "m1", "MemberEpoch": -1}));
    assert_eq!(deleted(&mut world), 0);
    assert_eq!(describe(&mut world, "g")["ErrorMessage"], "Group g not found.");
    super::members::only_member(&mut world, "g", "consumer", "");
    assert_eq!(describe(&mut world, "g")["ErrorMessage"], "Group g is not a consumer group.");
    assert_eq!(describe(&mut world, "")["ErrorCode"], ErrorCode::INVALID_GROUP_ID.0);
}

#[test]
fn an_abandoned_group_is_shown_until_the_next_check_of_offsets() {
    let settings = [("log.retention.check.interval.ms", "1000"), ("offsets.retention.check.interval.ms", "60000")];
    let mut world = World::with(&settings);
    world.create("orders", 1);
    beat(&mut world, &joining("g", "m", &["orders"]));
    let left = beat(&mut world, &json!({"GroupId": "g", "MemberId": "m", "MemberEpoch": -1}));
    assert_eq!(left["ErrorCode"], 0);
    pass(&mut world, 59_000);
    assert_eq!(describe(&mut world, "g")["GroupState"], "Empty");
    pass(&mut world, 1_000);
    assert_eq!(describe(&mut world, "g")["ErrorCode"], ErrorCode::GROUP_ID_NOT_FOUND.0);
}
