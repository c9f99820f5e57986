//! What clients see of brokers that stop and start, over clusters of three.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use super::consumer_groups::pass;
use super::produce;
use crate::tests::world::World;

/// Three brokers and a topic with three replicas per partition.
fn cluster() -> World {
    let mut world = World::of_brokers(3, &[]);
    create(&mut world, "orders", 3);
    world
}

fn create(world: &mut World, name: &str, factor: i16) {
    let topic = json!({"Name": name, "NumPartitions": 3, "ReplicationFactor": factor});
    let answer = world.json(ApiKey::CreateTopics, 7, &json!({"Topics": [topic], "timeoutMs": 1000}));
    assert_eq!(answer["Topics"][0]["ErrorCode"], 0, "{answer}");
}

/// What Metadata shows of partition 0.
fn partition(world: &mut World, topic: &str) -> Json {
    world.json(ApiKey::Metadata, 12, &json!({"Topics": [{"Name": topic}]}))["Topics"][0]["Partitions"][0].take()
}

fn batch() -> bytes::Bytes {
    let mut batch = kafka_trial_wire::records::BatchBuilder::new();
    batch.push(crate::tests::world::START.millis(), None, Some(b"value"), &[]);
    batch.build().unwrap()
}

#[test]
fn a_stopped_broker_hands_over_its_partitions_and_joins_again_when_it_starts() {
    let mut world = cluster();
    assert_eq!(produce(&mut world, "orders", &batch())["ErrorCode"], 0);
    let shown = partition(&mut world, "orders");
    assert_eq!((&shown["LeaderId"], &shown["IsrNodes"]), (&json!(0), &json!([0, 1, 2])));
    world.driver.stop_broker(0);
    world.node = 1;
    let shown = partition(&mut world, "orders");
    assert_eq!((&shown["LeaderId"], &shown["LeaderEpoch"]), (&json!(1), &json!(1)));
    assert_eq!((&shown["IsrNodes"], &shown["OfflineReplicas"]), (&json!([1, 2]), &json!([0])));
    assert_eq!(produce(&mut world, "orders", &batch())["BaseOffset"], 1, "what was acknowledged is there");
    let brokers = world.json(ApiKey::DescribeCluster, 2, &json!({"IncludeFencedBrokers": true}));
    let fenced: Vec<bool> =
        brokers["Brokers"].as_array().unwrap().iter().map(|broker| broker["IsFenced"].as_bool().unwrap()).collect();
    assert_eq!((fenced, &brokers["ControllerId"]), (vec![true, false, false], &json!(1)));
    world.driver.start_broker(0);
    let shown = partition(&mut world, "orders");
    assert_eq!((&shown["LeaderId"], &shown["IsrNodes"]), (&json!(1), &json!([0, 1, 2])), "the leader stays");
    let request = json!({"ElectionType": 0, "TopicPartitions": null, "TimeoutMs": 1000});
    let elected = world.json(ApiKey::ElectLeaders, 2, &request);
    let partition_0 = json!({"PartitionId": 0, "ErrorCode": 0, "ErrorMessage": null});
    assert_eq!(elected["ReplicaElectionResults"][0]["PartitionResult"], json!([partition_0]));
    assert_eq!(partition(&mut world, "orders")["LeaderId"], 0);
}

#[test]
fn only_the_last_replica_in_sync_may_lead_again() {
    let mut world = cluster();
    for id in [0, 1, 2] {
        world.driver.stop_broker(id);
    }
    let described = |world: &mut World| {
        let request = json!({"Topics": [{"Name": "orders"}], "Cursor": null});
        world.json(ApiKey::DescribeTopicPartitions, 0, &request)["Topics"][0]["Partitions"][0].take()
    };
    let shown = described(&mut world);
    assert_eq!((&shown["ErrorCode"], &shown["LeaderId"]), (&json!(0), &json!(-1)));
    assert_eq!((&shown["IsrNodes"], &shown["EligibleLeaderReplicas"]), (&json!([]), &json!([2])));
    assert_eq!(shown["LastKnownElr"], json!([2]));
    let assigned = json!({"Name": "away", "NumPartitions": -1, "ReplicationFactor": -1, "Assignments": [
        {"PartitionIndex": 0, "BrokerIds": [1, 2]}
    ]});
    let refused = world.json(ApiKey::CreateTopics, 7, &json!({"Topics": [assigned], "timeoutMs": 1000}));
    let text = "All brokers specified in the manual partition assignment for partition 0 are fenced or in controlled shutdown.";
    assert_eq!(
        (&refused["Topics"][0]["ErrorCode"], &refused["Topics"][0]["ErrorMessage"]),
        (&json!(ErrorCode::INVALID_REPLICA_ASSIGNMENT.0), &json!(text))
    );
    world.driver.start_broker(0);
    assert_eq!(described(&mut world)["LeaderId"], -1);
    let request =
        json!({"ElectionType": 0, "TopicPartitions": [{"Topic": "orders", "Partitions": [0]}], "TimeoutMs": 1000});
    let refused = world.json(ApiKey::ElectLeaders, 2, &request);
    assert_eq!(
        refused["ReplicaElectionResults"][0]["PartitionResult"][0]["ErrorCode"],
        ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE.0
    );
    world.driver.start_broker(2);
    let shown = described(&mut world);
    assert_eq!((&shown["LeaderId"], &shown["IsrNodes"]), (&json!(2), &json!([0, 2])));
    assert_eq!(shown["EligibleLeaderReplicas"], json!([]));
}

#[test]
fn a_client_that_asks_the_wrong_broker_learns_the_right_one() {
    let mut world = cluster();
    world.driver.state.move_leader("orders", 0, 2).unwrap();
    let request = json!({
        "Acks": -1, "TimeoutMs": 1000,
        "TopicData": [{"Name": "orders", "PartitionData": [{"Index": 0, "Records": crate::tests::world::hex(&batch())}]}]
    });
    let answer = world.json(ApiKey::Produce, 10, &request);
    let partition = &answer["Responses"][0]["PartitionResponses"][0];
    assert_eq!(
        (&partition["ErrorCode"], &partition["CurrentLeader"]),
        (&json!(6), &json!({"LeaderId": 2, "LeaderEpoch": 1}))
    );
    let endpoint = json!([{"NodeId": 2, "Host": "127.0.0.1", "Port": 9094, "Rack": "rack-2"}]);
    assert_eq!(answer["NodeEndpoints"], endpoint);
    create(&mut world, "alone", 1);
    world.node = 1;
    let id = world.driver.state.topics().get("alone").unwrap().id.to_string();
    let fetch = json!({"MaxWaitMs": 0, "MinBytes": 1, "SessionEpoch": -1, "Topics": [
        {"TopicId": id, "Partitions": [{"Partition": 2, "PartitionMaxBytes": 1000}]}
    ]});
    let answer = world.json(ApiKey::Fetch, 16, &fetch);
    let partition = &answer["Responses"][0]["Partitions"][0];
    assert_eq!(
        (&partition["ErrorCode"], &partition["CurrentLeader"]),
        (&json!(6), &json!({"LeaderId": 2, "LeaderEpoch": 0}))
    );
    assert_eq!(answer["NodeEndpoints"], endpoint);
    let answer = world.json(ApiKey::Fetch, 15, &fetch);
    assert_eq!(answer["Responses"][0]["Partitions"][0]["CurrentLeader"], json!({"LeaderId": -1, "LeaderEpoch": -1}));
}

#[test]
fn acks_all_needs_enough_replicas_in_sync() {
    let mut world = World::of_brokers(3, &[("min.insync.replicas", "2")]);
    create(&mut world, "orders", 3);
    world.driver.stop_broker(1);
    assert_eq!(produce(&mut world, "orders", &batch())["ErrorCode"], 0);
    world.driver.stop_broker(2);
    assert_eq!(produce(&mut world, "orders", &batch())["ErrorCode"], ErrorCode::NOT_ENOUGH_REPLICAS.0);
    world.driver.start_broker(1);
    assert_eq!(produce(&mut world, "orders", &batch())["ErrorCode"], 0);
}

#[test]
fn a_group_moves_to_a_different_coordinator_when_its_own_stops_and_stays_there() {
    let mut world = cluster();
    let find = |world: &mut World| {
        let answer = world.json(ApiKey::FindCoordinator, 4, &json!({"CoordinatorKeys": ["g"]}));
        answer["Coordinators"][0]["NodeId"].as_i64().and_then(|id| i32::try_from(id).ok()).unwrap()
    };
    let first = find(&mut world);
    world.driver.stop_broker(first);
    world.node = (first + 1) % 3;
    assert_eq!(find(&mut world), (first + 1) % 3);
    let answer = super::members::join(&mut world, "g", "consumer", "");
    assert_eq!(answer["ErrorCode"], 0);
    world.driver.start_broker(first);
    assert_eq!(find(&mut world), (first + 1) % 3);
    let partition = world.driver.state.offsets_partition("g").partition;
    world.driver.state.move_leader("__consumer_offsets", partition, first).unwrap();
    assert_eq!(find(&mut world), first);
    assert_eq!(super::members::join(&mut world, "g", "consumer", "")["ErrorCode"], ErrorCode::NOT_COORDINATOR.0);
}

#[test]
fn replicas_move_after_a_moment_or_when_their_broker_runs() {
    let mut world = World::of_brokers(3, &[]);
    create(&mut world, "orders", 1);
    let reassign = |world: &mut World, replicas: Json| {
        let partition = json!({"PartitionIndex": 0, "Replicas": replicas});
        let topics = json!([{"Name": "orders", "Partitions": [partition]}]);
        let answer = world.json(ApiKey::AlterPartitionReassignments, 1, &json!({"TimeoutMs": 1000, "Topics": topics}));
        let answer = &answer["Responses"][0]["Partitions"][0];
        (answer["ErrorCode"].clone(), answer["ErrorMessage"].clone())
    };
    let list = |world: &mut World| {
        world.json(ApiKey::ListPartitionReassignments, 0, &json!({"TimeoutMs": 1000, "Topics": null}))["Topics"].take()
    };
    assert_eq!(reassign(&mut world, Json::Null), (json!(85), Json::Null));
    assert_eq!(reassign(&mut world, json!([1, 2])), (json!(0), Json::Null));
    let shown = partition(&mut world, "orders");
    assert_eq!((&shown["LeaderId"], &shown["ReplicaNodes"]), (&json!(0), &json!([1, 2, 0])));
    assert_eq!(shown["IsrNodes"], json!([0]), "who comes is not in sync yet");
    let ongoing =
        json!({"PartitionIndex": 0, "Replicas": [1, 2, 0], "AddingReplicas": [1, 2], "RemovingReplicas": [0]});
    assert_eq!(list(&mut world), json!([{"Name": "orders", "Partitions": [ongoing]}]));
    pass(&mut world, 100);
    let shown = partition(&mut world, "orders");
    assert_eq!((&shown["LeaderId"], &shown["ReplicaNodes"]), (&json!(1), &json!([1, 2])));
    assert_eq!(list(&mut world), json!([]));

    let topics = json!([{"Name": "orders", "Partitions": [{"PartitionIndex": 0, "Replicas": [1]}]}]);
    let request = json!({"TimeoutMs": 1000, "AllowReplicationFactorChange": false, "Topics": topics});
    let answer = world.json(ApiKey::AlterPartitionReassignments, 1, &request);
    let refused = &answer["Responses"][0]["Partitions"][0];
    assert_eq!(refused["ErrorMessage"], "The replication factor is changed from 2 to 1");

    world.driver.stop_broker(0);
    reassign(&mut world, json!([0, 1]));
    let ongoing = json!({"PartitionIndex": 0, "Replicas": [0, 1, 2], "AddingReplicas": [0], "RemovingReplicas": [2]});
    assert_eq!(list(&mut world), json!([{"Name": "orders", "Partitions": [ongoing]}]));
    assert_eq!(reassign(&mut world, Json::Null), (json!(0), Json::Null));
    assert_eq!(partition(&mut world, "orders")["ReplicaNodes"], json!([1, 2]));
    reassign(&mut world, json!([0, 1]));
    pass(&mut world, 1000);
    assert_eq!(list(&mut world)[0]["Partitions"][0]["AddingReplicas"], json!([0]), "its broker is down");
    world.driver.start_broker(0);
    let shown = partition(&mut world, "orders");
    assert_eq!((&shown["ReplicaNodes"], &shown["IsrNodes"]), (&json!([0, 1]), &json!([0, 1])));
}

#[test]
fn reassignments_and_elections_are_refused_with_the_texts_of_kafka() {
    let mut world = World::new();
    world.create("orders", 2);
    let topics = json!([
        {"Name": "orders", "Partitions": [
            {"PartitionIndex": 9, "Replicas": [0]}, {"PartitionIndex": 0, "Replicas": []},
            {"PartitionIndex": 0, "Replicas": [99]}, {"PartitionIndex": 0, "Replicas": [0, 0]}
        ]},
        {"Name": "nothing", "Partitions": [{"PartitionIndex": 0, "Replicas": [0]}]}
    ]);
    let answer = world.json(ApiKey::AlterPartitionReassignments, 1, &json!({"TimeoutMs": 1000, "Topics": topics}));
    assert_eq!((&answer["ErrorCode"], &answer["ErrorMessage"]), (&json!(0), &Json::Null));
    let text = |topic: usize, partition: usize| {
        let partition = &answer["Responses"][topic]["Partitions"][partition];
        (partition["ErrorCode"].as_i64().unwrap(), partition["ErrorMessage"].as_str().unwrap().to_owned())
    };
    assert_eq!(text(0, 0), (3, "Unable to find partition orders:9.".to_owned()));
    assert_eq!(text(0, 1).1, "The manual partition assignment includes an empty replica list.");
    assert_eq!(text(0, 2).1, "The manual partition assignment includes broker 99, but no such broker is registered.");
    assert_eq!(text(0, 3), (39, "The manual partition assignment includes the broker 0 more than once.".to_owned()));
    assert_eq!(text(1, 0), (3, "Unable to find a topic named nothing.".to_owned()));

    let topics = json!([{"Topic": "orders", "Partitions": [0, 9]}, {"Topic": "nothing", "Partitions": [0]}]);
    let request = json!({"ElectionType": 0, "TopicPartitions": topics, "TimeoutMs": 1000});
    let answer = world.json(ApiKey::ElectLeaders, 2, &request);
    let text = |topic: usize, partition: usize| {
        let partition = &answer["ReplicaElectionResults"][topic]["PartitionResult"][partition];
        (partition["ErrorCode"].as_i64().unwrap(), partition["ErrorMessage"].as_str().unwrap().to_owned())
    };
    assert_eq!(text(0, 0), (84, "Leader election not needed for topic partition.".to_owned()));
    assert_eq!(text(0, 1), (3, "No such partition as orders-9".to_owned()));
    assert_eq!(text(1, 0), (3, "No such topic as nothing".to_owned()));
    let all = world.json(ApiKey::ElectLeaders, 2, &json!({"ElectionType": 0, "TopicPartitions": null}));
    assert_eq!(all["ReplicaElectionResults"], json!([{"Topic": "orders", "PartitionResult": []}]));
    let unknown = world.json(ApiKey::ElectLeaders, 2, &json!({"ElectionType": 5, "TopicPartitions": topics}));
    assert_eq!(unknown["ErrorCode"], ErrorCode::INVALID_REQUEST.0);
}

#[test]
fn partitions_are_described_page_by_page() {
    let mut world = World::new();
    world.create("k8d", 2);
    world.create("k8e", 3);
    let mut ask = |topics: Json, limit: i32, cursor: Json| {
        let request = json!({"Topics": topics, "ResponsePartitionLimit": limit, "Cursor": cursor});
        let answer = world.json(ApiKey::DescribeTopicPartitions, 0, &request);
        let shown = |topic: &Json| {
            let partitions = topic["Partitions"].as_array().unwrap().iter().map(|p| p["PartitionIndex"].clone());
            json!([topic["Name"], topic["ErrorCode"], partitions.collect::<Vec<_>>()])
        };
        let topics: Vec<Json> = answer["Topics"].as_array().unwrap().iter().map(shown).collect();
        (json!(topics), answer["NextCursor"].clone())
    };
    let both = json!([{"Name": "k8e"}, {"Name": "k8d"}]);
    let at = |topic: &str, index: i32| json!({"TopicName": topic, "PartitionIndex": index});
    assert_eq!(
        ask(json!([{"Name": "k8d"}, {"Name": "k8nope"}, {"Name": "a b"}]), 2000, Json::Null),
        (json!([["a b", 17, []], ["k8d", 0, [0, 1]], ["k8nope", 3, []]]), Json::Null)
    );
    assert_eq!(ask(both.clone(), 3, Json::Null), (json!([["k8d", 0, [0, 1]], ["k8e", 0, [0]]]), at("k8e", 1)));
    assert_eq!(ask(both.clone(), 1, at("k8d", 1)), (json!([["k8d", 0, [1]]]), at("k8e", 0)));
    assert_eq!(ask(both, 0, at("k8d", 7)), (json!([["k8d", 0, []], ["k8e", 0, [0]]]), at("k8e", 1)));
    let one = json!([{"Name": "k8d"}]);
    assert_eq!(ask(one.clone(), 2000, at("k8dd", 0)), (json!([["k8d", 42, []]]), Json::Null));
    assert_eq!(ask(one, 2000, at("k8d", -1)), (json!([["k8d", 42, []]]), Json::Null));
}

#[test]
fn features_keep_their_levels() {
    let mut world = World::new();
    for (name, level, kind, reason) in [
        ("nope", 1, 1, "Invalid update version 1 for feature nope. Local controller 0 does not support this feature."),
        (
            "metadata.version",
            29,
            1,
            "Invalid update version 29 for feature metadata.version. Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
        ),
        (
            "metadata.version",
            29,
            2,
            "Unsupported metadata.version downgrade from 30 to 29. Refusing to perform the requested downgrade because it might delete metadata information.",
        ),
        (
            "metadata.version",
            99,
            1,
            "Invalid update version 99 for feature metadata.version. Local controller 0 only supports versions 7-30",
        ),
        (
            "metadata.version",
            30,
            7,
            "Invalid update version 30 for feature metadata.version. The controller does not support the given upgrade type.",
        ),
    ] {
        let update = json!({"Feature": name, "MaxVersionLevel": level, "UpgradeType": kind});
        let answer = world.json(ApiKey::UpdateFeatures, 2, &json!({"timeoutMs": 1000, "FeatureUpdates": [update]}));
        let text = format!("The update failed for all features since the following feature had an error: {reason}");
        assert_eq!(
            (&answer["ErrorCode"], &answer["ErrorMessage"]),
            (&json!(ErrorCode::INVALID_UPDATE_VERSION.0), &json!(text))
        );
    }
    let update = json!({"Feature": "group.version", "MaxVersionLevel": 1});
    let answer = world.json(ApiKey::UpdateFeatures, 0, &json!({"timeoutMs": 1000, "FeatureUpdates": [update]}));
    assert_eq!(answer["ErrorMessage"], Json::Null);
    assert_eq!(answer["Results"], json!([{"Feature": "group.version", "ErrorCode": 0, "ErrorMessage": "NONE"}]));
}

#[test]
fn a_broker_is_unregistered_until_it_starts_anew() {
    let mut world = cluster();
    let mut unregister = |id: i32| {
        let answer = world.json(ApiKey::UnregisterBroker, 0, &json!({"BrokerId": id}));
        (answer["ErrorCode"].clone(), answer["ErrorMessage"].clone())
    };
    assert_eq!(unregister(99), (json!(102), json!("Broker ID 99 is not currently registered")));
    assert_eq!(unregister(2), (json!(0), json!("")));
    assert_eq!(unregister(2).0, 102);
    let quorum = json!({"Topics": [{"TopicName": "__cluster_metadata", "Partitions": [{"PartitionIndex": 0}]}]});
    let answer = world.json(ApiKey::DescribeQuorum, 2, &quorum);
    let partition = &answer["Topics"][0]["Partitions"][0];
    assert_eq!((&partition["LeaderId"], &answer["Nodes"][0]["NodeId"]), (&json!(0), &json!(0)));
    assert_eq!(partition["Observers"].as_array().unwrap().len(), 1);
    world.driver.start_broker(2);
    assert_eq!(world.driver.state.alive_nodes().count(), 3);
}

#[test]
fn log_directories_show_what_this_broker_holds() {
    let mut world = World::of_brokers(2, &[]);
    create(&mut world, "orders", 1);
    produce(&mut world, "orders", &batch());
    let request =
        json!({"Topics": [{"Topic": "orders", "Partitions": [0, 1, 9]}, {"Topic": "nothing", "Partitions": [0]}]});
    let answer = world.json(ApiKey::DescribeLogDirs, 4, &request);
    let size = batch().len();
    let partition = json!({"PartitionIndex": 0, "PartitionSize": size, "OffsetLag": 0, "IsFutureKey": false});
    assert_eq!(answer["Results"][0]["Topics"], json!([{"Name": "orders", "Partitions": [partition]}]));
    assert_eq!(answer["Results"][0]["LogDir"], "/tmp/kafka-logs");
}

#[test]
fn a_consumer_may_read_from_a_follower_and_is_sent_to_one_in_its_rack() {
    let selector = ("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector");
    let mut world = World::of_brokers(3, &[selector]);
    create(&mut world, "orders", 3);
    produce(&mut world, "orders", &batch());
    let fetch = |world: &mut World, node: i32, version: i16, rack: &str, offset: i64| {
        world.node = node;
        let partition = json!({"Partition": 0, "FetchOffset": offset, "PartitionMaxBytes": 1000});
        let topics = json!([{"Topic": "orders", "Partitions": [partition]}]);
        let request = json!({"MaxWaitMs": 0, "MinBytes": 1, "SessionEpoch": -1, "RackId": rack, "Topics": topics});
        let answer = world.json(ApiKey::Fetch, version, &request)["Responses"][0]["Partitions"][0].take();
        let has_records = answer["Records"].as_str().is_some_and(|records| !records.is_empty());
        (answer["ErrorCode"].as_i64().unwrap(), answer["PreferredReadReplica"].as_i64().unwrap_or(-1), has_records)
    };
    assert_eq!(fetch(&mut world, 0, 11, "rack-2", 0), (0, 2, false), "the leader knows a nearer one");
    assert_eq!(fetch(&mut world, 2, 11, "rack-2", 0), (0, -1, true));
    assert_eq!(fetch(&mut world, 0, 11, "rack-0", 0), (0, -1, true), "the leader is near");
    assert_eq!(fetch(&mut world, 0, 11, "nowhere", 0), (0, -1, true));
    assert_eq!(fetch(&mut world, 0, 11, "", 0), (0, -1, true));
    assert_eq!(fetch(&mut world, 0, 11, "rack-2", 9), (1, -1, false), "an offset that no replica has");
    assert_eq!(fetch(&mut world, 2, 10, "", 0), (6, -1, false), "before version 11 only leaders are read");
    world.driver.stop_broker(2);
    assert_eq!(fetch(&mut world, 0, 11, "rack-2", 0), (0, -1, true), "it is not in sync");
}
