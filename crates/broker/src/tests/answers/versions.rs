//! ApiVersions. The answer to an unknown version is pinned with the sweep.

use kafka_trial_wire::{ApiKey, ErrorCode};
use serde_json::{Value as Json, json};

use crate::tests::world::World;

fn ask(world: &mut World, name: &str, version: &str) -> Json {
    world.json(ApiKey::ApiVersions, 4, &json!({"ClientSoftwareName": name, "ClientSoftwareVersion": version}))
}

#[test]
fn keys_come_in_order_with_the_features_of_a_new_cluster() {
    let mut world = World::new();
    let answer = ask(&mut world, "a.b-c", "1");
    let keys: Vec<i64> =
        answer["ApiKeys"].as_array().unwrap().iter().map(|row| row["ApiKey"].as_i64().unwrap()).collect();
    assert!(keys.is_sorted(), "{keys:?}");
    assert_eq!(answer["ApiKeys"][0], json!({"ApiKey": 0, "MinVersion": 0, "MaxVersion": 13}));
    let supported = json!([
        {"Name": "eligible.leader.replicas.version", "MinVersion": 0, "MaxVersion": 1},
        {"Name": "group.version", "MinVersion": 0, "MaxVersion": 1},
        {"Name": "kraft.version", "MinVersion": 0, "MaxVersion": 1},
        {"Name": "metadata.version", "MinVersion": 7, "MaxVersion": 30},
        {"Name": "share.version", "MinVersion": 0, "MaxVersion": 1},
        {"Name": "streams.version", "MinVersion": 0, "MaxVersion": 1},
        {"Name": "transaction.version", "MinVersion": 0, "MaxVersion": 2}
    ]);
    assert_eq!(answer["SupportedFeatures"], supported);
    let finalized = json!([
        {"Name": "eligible.leader.replicas.version", "MaxVersionLevel": 1, "MinVersionLevel": 1},
        {"Name": "group.version", "MaxVersionLevel": 1, "MinVersionLevel": 1},
        {"Name": "metadata.version", "MaxVersionLevel": 30, "MinVersionLevel": 30},
        {"Name": "share.version", "MaxVersionLevel": 1, "MinVersionLevel": 1},
        {"Name": "streams.version", "MaxVersionLevel": 1, "MinVersionLevel": 1},
        {"Name": "transaction.version", "MaxVersionLevel": 2, "MinVersionLevel": 2}
    ]);
    assert_eq!(answer["FinalizedFeatures"], finalized);
    assert_eq!(answer["FinalizedFeaturesEpoch"], 0, "-1 would say that the levels are not known");
}

#[test]
fn software_names_that_kafka_refuses_are_refused() {
    let mut world = World::new();
    for (name, version) in [("", "1"), ("-a", "1"), ("a-", "1"), ("a b", "1"), (".a", "1"), ("ä", "1"), ("a", "-")] {
        let answer = ask(&mut world, name, version);
        assert_eq!(
            (&answer["ErrorCode"], &answer["ApiKeys"]),
            (&json!(ErrorCode::INVALID_REQUEST.0), &json!([])),
            "{name:?} {version:?}"
        );
    }
}

#[test]
fn a_cluster_that_passes_for_an_older_release_refuses_newer_versions() {
    let mut world = World::of_release("3.4");

    let answer = world.json(ApiKey::ApiVersions, 3, &json!({"ClientSoftwareName": "a", "ClientSoftwareVersion": "1"}));
    let shown = |key: i16| {
        let rows = answer["ApiKeys"].as_array().unwrap();
        rows.iter().find(|row| row["ApiKey"] == key).map(|row| (row["MinVersion"].clone(), row["MaxVersion"].clone()))
    };
    assert_eq!(shown(0), Some((json!(0), json!(9))));
    assert_eq!(shown(1), Some((json!(4), json!(13))));
    assert_eq!(shown(18), Some((json!(0), json!(3))));
    assert_eq!(shown(68), None, "the consumer protocol came later");
    let levels = json!([{"Name": "metadata.version", "MaxVersionLevel": 8, "MinVersionLevel": 8}]);
    assert_eq!(answer["FinalizedFeatures"], levels);
    let metadata = |world: &mut World, version| world.ask(ApiKey::Metadata, version, &json!({"Topics": []}));
    assert!(metadata(&mut world, 12).is_some());
    assert!(metadata(&mut world, 13).is_none());
    let unknown = world.ask(ApiKey::ConsumerGroupHeartbeat, 0, &json!({"GroupId": "g", "MemberId": "m"}));
    assert!(unknown.is_none());
    let mut world = World::of_release("2.8");
    let answer = world.json(ApiKey::ApiVersions, 3, &json!({"ClientSoftwareName": "a", "ClientSoftwareVersion": "1"}));
    assert_eq!((&answer["SupportedFeatures"], &answer["FinalizedFeatures"]), (&json!([]), &json!([])));
}

#[test]
fn version_3_shows_no_feature_whose_lowest_level_is_0() {
    let mut world = World::new();
    let answer = world.json(ApiKey::ApiVersions, 3, &json!({"ClientSoftwareName": "a", "ClientSoftwareVersion": "1"}));
    let supported = json!([{"Name": "metadata.version", "MinVersion": 7, "MaxVersion": 30}]);
    assert_eq!(answer["SupportedFeatures"], supported);
    assert_eq!(answer["FinalizedFeatures"].as_array().unwrap().len(), 6);
}
