//! Every API at every version it shows, over the core alone: what is advertised is answered.

use bytes::Bytes;
use kafka_trial_wire::records::{BatchBuilder, Compression};
use kafka_trial_wire::view::Value;
use kafka_trial_wire::{ApiKey, ErrorCode, RequestHeader, Writer};
use serde_json::{Value as Json, json};

use super::world::{World, hex};
use crate::api::{APIS, Outcome};
use crate::journal::{CloseReason, Journal};
use crate::{FaultAction, FaultRule};

fn batch() -> Bytes {
    let mut builder = BatchBuilder::new().compression(Compression::None);
    builder.push(1_700_000_000_000, Some(b"k"), Some(b"v"), &[]);
    builder.build().unwrap()
}

/// A request that says something, in terms that all versions have.
fn request(world: &World, api: ApiKey, version: i16) -> Json {
    let topic_id = world.driver.state.topics().get("orders").map(|topic| topic.id.to_string()).unwrap();
    match api {
        ApiKey::Produce => {
            let partition = json!({"Index": 0, "Records": hex(&batch())});
            let topic = if version >= 13 { json!({"TopicId": topic_id}) } else { json!({"Name": "orders"}) };
            let mut topic = topic;
            topic["PartitionData"] = json!([partition]);
            json!({"Acks": -1, "TimeoutMs": 1000, "TopicData": [topic]})
        }
        ApiKey::Fetch => {
            let mut topic = if version >= 13 { json!({"TopicId": topic_id}) } else { json!({"Topic": "orders"}) };
            topic["Partitions"] = json!([{"Partition": 0, "PartitionMaxBytes": 1000}]);
            json!({"MaxWaitMs": 100, "MinBytes": 1, "Topics": [topic]})
        }
        ApiKey::ListOffsets => {
            json!({"ReplicaId": -1, "Topics": [{"Name": "orders", "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}]})
        }
        ApiKey::Metadata => json!({"Topics": [{"Name": "orders"}]}),
        ApiKey::OffsetCommit => {
            let mut topic = if version >= 10 { json!({"TopicId": topic_id}) } else { json!({"Name": "orders"}) };
            topic["Partitions"] = json!([{"PartitionIndex": 0, "CommittedOffset": 1, "CommittedMetadata": "m"}]);
            json!({"GroupId": "g", "Topics": [topic]})
        }
        ApiKey::OffsetFetch if version < 8 => {
            json!({"GroupId": "g", "Topics": [{"Name": "orders", "PartitionIndexes": [0]}]})
        }
        ApiKey::OffsetFetch => {
            let mut topic = if version >= 10 { json!({"TopicId": topic_id}) } else { json!({"Name": "orders"}) };
            topic["PartitionIndexes"] = json!([0]);
            json!({"Groups": [{"GroupId": "g", "Topics": [topic]}]})
        }
        ApiKey::FindCoordinator if version < 4 => json!({"Key": "g"}),
        ApiKey::FindCoordinator => json!({"CoordinatorKeys": ["g"]}),
        ApiKey::JoinGroup => json!({
            "GroupId": format!("join-{version}"), "SessionTimeoutMs": 10000, "RebalanceTimeoutMs": 10000,
            "MemberId": "", "ProtocolType": "consumer", "Protocols": [{"Name": "range", "Metadata": "00"}]
        }),
        ApiKey::SyncGroup => {
            json!({"GroupId": "g", "GenerationId": 1, "MemberId": "m", "ProtocolType": "consumer", "ProtocolName": "range"})
        }
        ApiKey::Heartbeat => json!({"GroupId": "g", "GenerationId": 1, "MemberId": "m"}),
        ApiKey::LeaveGroup if version < 3 => json!({"GroupId": "g", "MemberId": "m"}),
        ApiKey::LeaveGroup => json!({"GroupId": "g", "Members": [{"MemberId": "m"}]}),
        ApiKey::DescribeGroups => json!({"Groups": ["g"]}),
        ApiKey::DeleteGroups => json!({"GroupsNames": ["nobody"]}),
        ApiKey::ApiVersions => json!({"ClientSoftwareName": "sweep", "ClientSoftwareVersion": "1.0"}),
        ApiKey::CreateTopics => {
            json!({"Topics": [{"Name": format!("made-{version}"), "NumPartitions": 1, "ReplicationFactor": 1}], "timeoutMs": 1000})
        }
        ApiKey::CreatePartitions => {
            json!({"Topics": [{"Name": "orders", "Count": 3 + version, "Assignments": null}], "TimeoutMs": 1000})
        }
        ApiKey::DeleteTopics if version < 6 => json!({"TopicNames": ["nothing"], "TimeoutMs": 1000}),
        ApiKey::DeleteTopics => json!({"Topics": [{"Name": "nothing"}], "TimeoutMs": 1000}),
        ApiKey::DeleteRecords => {
            json!({"Topics": [{"Name": "orders", "Partitions": [{"PartitionIndex": 0, "Offset": -1}]}], "TimeoutMs": 1000})
        }
        ApiKey::OffsetForLeaderEpoch => {
            json!({"Topics": [{"Topic": "orders", "Partitions": [{"Partition": 0, "LeaderEpoch": 0}]}]})
        }
        ApiKey::OffsetDelete => {
            json!({"GroupId": "g", "Topics": [{"Name": "orders", "Partitions": [{"PartitionIndex": 0}]}]})
        }
        ApiKey::DescribeConfigs => {
            json!({"Resources": [{"ResourceType": 2, "ResourceName": "orders", "ConfigurationKeys": null}]})
        }
        ApiKey::DescribeAcls => json!({"ResourceTypeFilter": 2, "Operation": 1, "PermissionType": 1}),
        ApiKey::CreateAcls => json!({"Creations": [{
            "ResourceType": 2, "ResourceName": "orders", "Principal": "User:a", "Host": "*", "Operation": 3, "PermissionType": 3
        }]}),
        ApiKey::DeleteAcls => {
            json!({"Filters": [{"ResourceTypeFilter": 2, "Operation": 1, "PermissionType": 1}]})
        }
        ApiKey::AlterReplicaLogDirs => {
            json!({"Dirs": [{"Path": "/nowhere", "Topics": [{"Name": "orders", "Partitions": [0]}]}]})
        }
        ApiKey::DescribeUserScramCredentials => json!({"Users": [{"Name": "nobody"}]}),
        ApiKey::AlterConfigs => json!({"Resources": [
            {"ResourceType": 2, "ResourceName": "orders", "Configs": [{"Name": "retention.ms", "Value": "1000"}]}
        ]}),
        ApiKey::IncrementalAlterConfigs => json!({"Resources": [{
            "ResourceType": 2, "ResourceName": "orders",
            "Configs": [{"Name": "retention.ms", "ConfigOperation": 0, "Value": "1000"}]
        }]}),
        ApiKey::AddPartitionsToTxn if version < 4 => json!({
            "V3AndBelowTransactionalId": "t", "V3AndBelowProducerId": 0, "V3AndBelowProducerEpoch": 0,
            "V3AndBelowTopics": [{"Name": "orders", "Partitions": [0]}]
        }),
        ApiKey::AddPartitionsToTxn => json!({"Transactions": [{
            "TransactionalId": "t", "ProducerId": 0, "ProducerEpoch": 0, "VerifyOnly": false,
            "Topics": [{"Name": "orders", "Partitions": [0]}]
        }]}),
        ApiKey::AddOffsetsToTxn => {
            json!({"TransactionalId": "t", "ProducerId": 0, "ProducerEpoch": 0, "GroupId": "g"})
        }
        ApiKey::EndTxn => json!({"TransactionalId": "t", "ProducerId": 0, "ProducerEpoch": 0, "Committed": true}),
        ApiKey::WriteTxnMarkers => json!({"Markers": [{
            "ProducerId": 0, "ProducerEpoch": 0, "TransactionResult": true, "CoordinatorEpoch": 0,
            "Topics": [{"Name": "orders", "PartitionIndexes": [0]}]
        }]}),
        ApiKey::TxnOffsetCommit => json!({
            "TransactionalId": "t", "GroupId": "g", "ProducerId": 0, "ProducerEpoch": 0,
            "Topics": [{"Name": "orders", "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 1, "CommittedMetadata": "m"}]}]
        }),
        ApiKey::DescribeProducers => json!({"Topics": [{"Name": "orders", "PartitionIndexes": [0]}]}),
        ApiKey::DescribeTransactions => json!({"TransactionalIds": ["t"]}),
        ApiKey::DescribeLogDirs => json!({"Topics": [{"Topic": "orders", "Partitions": [0]}]}),
        ApiKey::ElectLeaders => {
            json!({"TopicPartitions": [{"Topic": "orders", "Partitions": [0]}], "TimeoutMs": 1000})
        }
        ApiKey::AlterPartitionReassignments => {
            let partition = json!({"PartitionIndex": 0, "Replicas": [0]});
            json!({"TimeoutMs": 1000, "Topics": [{"Name": "orders", "Partitions": [partition]}]})
        }
        ApiKey::ListPartitionReassignments => {
            json!({"TimeoutMs": 1000, "Topics": [{"Name": "orders", "PartitionIndexes": [0]}]})
        }
        ApiKey::DescribeQuorum => {
            json!({"Topics": [{"TopicName": "__cluster_metadata", "Partitions": [{"PartitionIndex": 0}]}]})
        }
        ApiKey::UpdateFeatures => {
            json!({"timeoutMs": 1000, "FeatureUpdates": [{"Feature": "metadata.version", "MaxVersionLevel": 30}]})
        }
        ApiKey::UnregisterBroker => json!({"BrokerId": 99}),
        ApiKey::DescribeTopicPartitions => json!({"Topics": [{"Name": "orders"}], "Cursor": null}),
        ApiKey::ConsumerGroupHeartbeat => json!({
            "GroupId": "consumers", "MemberId": "m", "MemberEpoch": 0, "RebalanceTimeoutMs": 10000,
            "SubscribedTopicNames": ["orders"], "TopicPartitions": []
        }),
        ApiKey::ConsumerGroupDescribe => json!({"GroupIds": ["consumers"]}),
        // Requests without a field that could be left out: they ask for all there is.
        ApiKey::ListGroups | ApiKey::DescribeCluster | ApiKey::ListTransactions | ApiKey::ListConfigResources => {
            json!({})
        }
        ApiKey::InitProducerId => json!({"TransactionalId": null, "TransactionTimeoutMs": 1000}),
        other => panic!(
            "{other}: add a request for it to crates/broker/src/tests/sweep.rs (CONTRIBUTING.md, \"Add a Kafka API in an \
             hour\", step 6)"
        ),
    }
}

#[test]
fn every_shown_version_of_every_api_is_answered() {
    let mut world = World::new();
    world.create("orders", 2);
    for api in APIS {
        for version in api.floor..=api.max {
            let request = request(&world, api.key, version);
            let response = world.ask(api.key, version, &request);
            assert!(response.is_some(), "{} v{version} closed the connection on {request}", api.key);
        }
    }
}

#[test]
fn versions_outside_of_the_table_close_the_connection() {
    let mut world = World::new();
    for version in [0, 1, 2] {
        let header = RequestHeader { api_key: ApiKey::Produce, version, correlation_id: 1, client_id: None };
        let mut writer = Writer::new();
        header.write(&mut writer).unwrap();
        let outcome = world.frame(writer.into_bytes());
        let reason = CloseReason::Unserved { api: ApiKey::Produce, version };
        assert!(matches!(&outcome, Outcome::Close(why) if *why == reason), "{outcome:?}");
    }
}

#[test]
fn an_unknown_api_versions_version_is_answered_in_version_0() {
    let mut world = World::new();
    let mut writer = Writer::new();
    writer.put_i16(18);
    writer.put_i16(99);
    writer.put_i32(5);
    writer.put_i16(-1);
    writer.put_i8(0);
    let Outcome::Reply(segments) = world.frame(writer.into_bytes()) else { panic!("no answer") };
    let reply: Bytes = segments.concat().into();
    let response = world.schema.response(ApiKey::ApiVersions).unwrap().decode(reply.slice(8..), 0).unwrap().to_json();
    assert_eq!(response["ErrorCode"], 35);
    assert_eq!(response["ApiKeys"], json!([{"ApiKey": 18, "MinVersion": 0, "MaxVersion": 4}]));
}

#[test]
fn a_rule_can_reject_every_api_at_every_version_and_nothing_happens() {
    for api in APIS {
        for version in api.floor..=api.max {
            let mut world = World::new();
            world.driver.journal = Journal::of(100);
            world.create("orders", 1);
            world.driver.settle();
            let before = format!("{:?}", world.driver.state);
            let code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
            world.driver.arm(FaultRule::new("no", Some(api.key), FaultAction::Reject(code))).unwrap();
            let asked = request(&world, api.key, version);
            let answer = world.ask(api.key, version, &asked);
            let place = format!("{} v{version}", api.key.name().unwrap());
            let answer = answer.unwrap_or_else(|| panic!("{place} closed the connection"));
            assert_eq!(world.driver.faults.status()[0].fired, 1, "{place}");
            assert!(errors(&answer).contains(&code.0.into()), "{place}: {answer:?}");
            assert!(errors(&answer).iter().all(|found| [0, code.0.into()].contains(found)), "{place}: {answer:?}");
            assert_eq!(format!("{:?}", world.driver.state), before, "{place} had an effect");
        }
    }
}

/// All error codes of an answer.
fn errors(value: &Value) -> Vec<i64> {
    match value {
        Value::Array(rows) => rows.iter().flat_map(errors).collect(),
        Value::Struct(fields) => fields
            .iter()
            .flat_map(|(name, value)| match value {
                Value::Int(code) if matches!(name.as_str(), "ErrorCode" | "PartitionErrorCode") => vec![*code],
                value => errors(value),
            })
            .collect(),
        _ => Vec::new(),
    }
}
