//! What the journal says is what happened.

use std::sync::Arc;
use std::time::Duration;

use kafka_trial_wire::{ApiKey, ErrorCode};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::produce;
use super::written::{batch, batch_of_producer};
use crate::cluster::records;
use crate::journal::{Detail, Ending, Entry, Journal, Offsets, ProducerState};
use crate::tests::world::{World, hex};

const PARTITIONS: i32 = 3;

/// A world with a topic, whose journal is on.
fn world() -> World {
    let mut world = World::new();
    world.create("orders", PARTITIONS);
    world.driver.journal = Journal::of(10_000);
    world
}

/// All entries so far; what has just ended ends now.
fn entries(world: &mut World) -> Vec<Arc<Entry>> {
    world.driver.journal.stamp(world.driver.now());
    world.driver.journal.since(0).entries
}

fn produce_to(world: &mut World, partition: i32, acks: i16, records: &[u8]) -> Option<Json> {
    let data = json!([{"Index": partition, "Records": hex(records)}]);
    let request = json!({"Acks": acks, "TimeoutMs": 1000, "TopicData": [{"Name": "orders", "PartitionData": data}]});
    world.ask(ApiKey::Produce, 9, &request).map(|answer| answer.to_json())
}

fn fetch(partition: i32, from: i64, max_wait_ms: i32) -> Json {
    json!({
        "MaxWaitMs": max_wait_ms, "MinBytes": 1, "MaxBytes": 1_000_000, "SessionEpoch": -1,
        "Topics": [{"Topic": "orders", "Partitions": [
            {"Partition": partition, "FetchOffset": from, "PartitionMaxBytes": 1_000_000}
        ]}]
    })
}

fn commit(group: &str, member: &str, partition: i32, offset: i64) -> Json {
    json!({
        "GroupId": group, "GenerationIdOrMemberEpoch": -1, "MemberId": member,
        "Topics": [{"Name": "orders", "Partitions": [
            {"PartitionIndex": partition, "CommittedOffset": offset, "CommittedMetadata": ""}
        ]}]
    })
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Produce {
        partition: i32,
        records: usize,
    },
    /// From so many offsets before the end.
    Fetch {
        partition: i32,
        behind: i64,
    },
    Commit {
        partition: i32,
        offset: i64,
    },
}

fn event() -> impl Strategy<Value = Event> {
    // One partition more than there are.
    let partition = 0..=PARTITIONS;
    prop_oneof![
        (partition.clone(), 1..5usize).prop_map(|(partition, records)| Event::Produce { partition, records }),
        (partition.clone(), 0..9i64).prop_map(|(partition, behind)| Event::Fetch { partition, behind }),
        (partition, 0..9i64).prop_map(|(partition, offset)| Event::Commit { partition, offset }),
    ]
}

/// What an entry ought to say: its partition, offsets and error.
type Expected = (ApiKey, i32, Option<(i64, i64)>, ErrorCode);

fn told(entry: &Entry) -> Expected {
    let pair = |offsets: Option<Offsets>| offsets.map(|Offsets { first, last }| (first, last));
    match &entry.detail {
        Detail::Produce(produce) => {
            let of = &produce.partitions[0];
            (entry.api, of.partition, pair(of.offsets), of.error)
        }
        Detail::Fetch(fetch) => {
            let of = &fetch.partitions[0];
            (entry.api, of.partition, pair(of.offsets), of.error)
        }
        Detail::Commit(commit) => {
            let of = &commit.partitions[0];
            (entry.api, of.partition, Some((of.offset, of.offset)), of.error)
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn what_is_produced_fetched_and_committed_is_there_with_its_offsets(
        events in proptest::collection::vec(event(), 1..40),
    ) {
        let mut world = world();
        let mut ends = [0i64; PARTITIONS as usize];
        let mut expected: Vec<Expected> = Vec::new();
        for event in events {
            world.driver.advance(world.driver.now().plus_millis(1));
            match event {
                Event::Produce { partition, records } => {
                    produce_to(&mut world, partition, -1, &batch(records)).unwrap();
                    let end = ends.get_mut(usize::try_from(partition).unwrap());
                    expected.push(match end {
                        None => (ApiKey::Produce, partition, None, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
                        Some(end) => {
                            let first = *end;
                            *end += i64::try_from(records).unwrap();
                            (ApiKey::Produce, partition, Some((first, *end - 1)), ErrorCode::NONE)
                        }
                    });
                }
                Event::Fetch { partition, behind } => {
                    let end = ends.get(usize::try_from(partition).unwrap()).copied();
                    let from = (end.unwrap_or_default() - behind).max(0);
                    world.json(ApiKey::Fetch, 12, &fetch(partition, from, 0));
                    let error = end.map_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, |_| ErrorCode::NONE);
                    let offsets = end.filter(|end| from < *end).map(|end| (from, end - 1));
                    expected.push((ApiKey::Fetch, partition, offsets, error));
                }
                Event::Commit { partition, offset } => {
                    world.json(ApiKey::OffsetCommit, 8, &commit("g", "", partition, offset));
                    let exists = partition < PARTITIONS;
                    let error = if exists { ErrorCode::NONE } else { ErrorCode::UNKNOWN_TOPIC_OR_PARTITION };
                    expected.push((ApiKey::OffsetCommit, partition, Some((offset, offset)), error));
                }
            }
        }
        let entries = entries(&mut world);
        let told: Vec<Expected> = entries.iter().map(|entry| told(entry)).collect();
        prop_assert_eq!(&told, &expected);
        for (entry, (.., error)) in entries.iter().zip(&expected) {
            prop_assert_eq!(entry.error, *error);
            prop_assert_eq!(entry.topics(), ["orders"]);
            prop_assert_eq!((&*entry.client_id, entry.connection, entry.ending), ("sweep", 0, Ending::Answered));
            let text = serde_json::to_string(&**entry).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Entry>(&text).unwrap(), &**entry, "{}", text);
        }
        // When a batch was appended and when its request was received is the same moment.
        let records = records(&world.driver.state, "orders", None, 0).unwrap();
        for entry in entries.iter().filter(|entry| entry.api == ApiKey::Produce) {
            let (_, partition, Some((first, last)), _) = self::told(entry) else { continue };
            let of_it = records.iter().filter(|r| r.partition == partition && (first..=last).contains(&r.offset));
            prop_assert!(of_it.clone().count() > 0 && of_it.into_iter().all(|r| r.appended == entry.received));
        }
    }
}

#[test]
fn a_fetch_that_waits_is_seen_waiting_and_its_wait_is_part_of_its_duration() {
    let mut world = world();
    world.park(ApiKey::Fetch, 12, &fetch(1, 0, 1000));
    assert!(entries(&mut world).is_empty());
    let waiting = world.driver.journal.waiting();
    assert_eq!((waiting.len(), waiting[0].ending, waiting[0].duration()), (1, Ending::Waiting, None));
    assert_eq!(waiting[0].to_string(), "sweep Fetch orders-1: nothing from 0, waits");
    world.driver.advance(world.driver.now().plus_millis(5));
    produce_to(&mut world, 1, -1, &batch(2)).unwrap();
    let all = entries(&mut world);
    let of_fetch = all.iter().find(|entry| entry.api == ApiKey::Fetch).unwrap();
    assert_eq!(told(of_fetch), (ApiKey::Fetch, 1, Some((0, 1)), ErrorCode::NONE));
    assert_eq!(of_fetch.duration(), Some(Duration::from_millis(5)));
    assert!(world.driver.journal.waiting().is_empty());
}

#[test]
fn a_fetch_of_a_session_has_the_partitions_of_the_session() {
    let mut world = world();
    let id = json!({"SessionId": 0, "SessionEpoch": 0});
    let mut open = fetch(0, 0, 0);
    open.as_object_mut().unwrap().extend(id.as_object().unwrap().clone());
    let session = world.json(ApiKey::Fetch, 12, &open)["SessionId"].take();
    produce_to(&mut world, 0, -1, &batch(3)).unwrap();
    let next = json!({
        "MaxWaitMs": 0, "MinBytes": 1, "MaxBytes": 1_000_000, "SessionId": session, "SessionEpoch": 1, "Topics": []
    });
    world.json(ApiKey::Fetch, 12, &next);
    let all = entries(&mut world);
    assert_eq!(told(all.last().unwrap()), (ApiKey::Fetch, 0, Some((0, 2)), ErrorCode::NONE));
}

#[test]
fn a_topic_that_is_named_by_its_id_is_journaled_by_its_name() {
    let mut world = world();
    let id = world.driver.state.topics().get("orders").unwrap().id.to_string();
    let data = json!([{"Index": 0, "Records": hex(&batch(1))}]);
    let request = json!({"Acks": -1, "TimeoutMs": 1000, "TopicData": [{"TopicId": id, "PartitionData": data}]});
    world.json(ApiKey::Produce, 13, &request);
    let wanted = json!([{"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1_000_000}]);
    let request = json!({
        "MaxWaitMs": 0, "MinBytes": 1, "MaxBytes": 1_000_000, "SessionEpoch": -1,
        "Topics": [{"TopicId": id, "Partitions": wanted}]
    });
    world.json(ApiKey::Fetch, 13, &request);
    let lines: Vec<String> = entries(&mut world).iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["sweep Produce orders-0: 0, 0.0 ms", "sweep Fetch orders-0: 0, 0.0 ms"]);
}

#[test]
fn a_batch_that_the_log_has_already_is_a_duplicate_at_its_offset() {
    let mut world = world();
    for _ in 0..2 {
        assert_eq!(produce(&mut world, "orders", &batch_of_producer(9, 1, 0, 2))["BaseOffset"], 0);
    }
    assert_eq!(
        produce(&mut world, "orders", &batch_of_producer(9, 1, 5, 1))["ErrorCode"],
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER.0
    );
    let all = entries(&mut world);
    let of = |entry: &Entry| match &entry.detail {
        Detail::Produce(produce) => produce.partitions[0].clone(),
        other => panic!("{other:?}"),
    };
    let told: Vec<_> = all.iter().map(|entry| of(entry)).map(|of| (of.offsets, of.is_duplicate, of.error)).collect();
    let place = Some(Offsets { first: 0, last: 1 });
    assert_eq!(
        told,
        [
            (place, false, ErrorCode::NONE),
            (place, true, ErrorCode::NONE),
            (None, false, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER),
        ]
    );
    assert_eq!(of(&all[1]).producer, Some(ProducerState { id: 9, epoch: 1, sequence: 0 }));
}

#[test]
fn a_produce_with_acks_0_is_journaled_with_its_offsets() {
    let mut world = world();
    assert_eq!(produce_to(&mut world, 2, 0, &batch(4)), None);
    assert_eq!(produce_to(&mut world, PARTITIONS, 0, &batch(1)), None);
    let all = entries(&mut world);
    assert_eq!((told(&all[0]).2, all[0].ending), (Some((0, 3)), Ending::Silent));
    assert_eq!((all[1].error, all[1].ending), (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, Ending::Closed));
}

#[test]
fn a_member_is_journaled_by_the_id_that_the_coordinator_gave_it() {
    let mut world = world();
    let join = json!({
        "GroupId": "billing", "SessionTimeoutMs": 10_000, "RebalanceTimeoutMs": 10_000, "MemberId": "",
        "ProtocolType": "consumer", "Protocols": [{"Name": "range", "Metadata": ""}]
    });
    let told = world.json(ApiKey::JoinGroup, 3, &join);
    let member = told["MemberId"].as_str().unwrap();
    world.json(ApiKey::Heartbeat, 3, &json!({"GroupId": "billing", "GenerationId": 7, "MemberId": member}));
    let all = entries(&mut world);
    let membership = all[0].membership().unwrap();
    assert_eq!((&*membership.group, &*membership.member, membership.generation), ("billing", member, 1));
    assert_eq!(all[1].error, ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(
        all[1].to_string(),
        format!("sweep Heartbeat billing member {member} generation 7, ILLEGAL_GENERATION, 0.0 ms")
    );
}
