//! Hundreds of frames are almost valid: the broker survives all of them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends where it cannot go on")]

mod raw;
#[path = "../../wire/tests/values/mod.rs"]
mod values;

use std::cell::RefCell;

use kafka_trial_broker::served_apis;
use kafka_trial_wire::messages::create_topics_request::CreatableTopic;
use kafka_trial_wire::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_trial_wire::messages::metadata_request::MetadataRequestTopic;
use kafka_trial_wire::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_trial_wire::messages::{
    CreateTopicsRequest, JoinGroupRequest, MetadataRequest, OffsetCommitRequest, Request,
};
use kafka_trial_wire::view::{Schema, Value};
use kafka_trial_wire::{ApiKey, RequestHeader, Writer};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use self::raw::{Bystander, FETCH, PRODUCE, Raw, fetch, frame, produce, sized};

/// Returns requests of every API in all their versions, without their sizes: with as few fields as possible, with
/// something in each field, and some that have an effect.
fn requests() -> Vec<Vec<u8>> {
    let mut requests = Vec::new();
    let schema = Schema::load();
    // UnregisterBroker takes effect, and the partitions would have no leader.
    for key in served_apis().map(|api| ApiKey(api.key)).filter(|key| *key != ApiKey::UnregisterBroker) {
        let message = schema.request(key).unwrap();
        for version in message.versions.min..=message.versions.max {
            let seeds = [3u8, 5, 7].map(|seed| (0..200u8).map(|i| i.wrapping_mul(seed) ^ seed).collect::<Vec<_>>());
            let filled = seeds.map(|seed| values::value(message, version, &seed));
            for value in filled.into_iter().chain([Value::Struct(Vec::new())]) {
                let mut writer = Writer::new();
                let header = RequestHeader { api_key: key, version, correlation_id: 7, client_id: None };
                header.write(&mut writer).unwrap();
                writer.put_raw(&message.encode(&value, version).unwrap());
                requests.push(writer.into_bytes().to_vec());
            }
        }
    }
    fn each<R: Request>(requests: &mut Vec<Vec<u8>>, request: &R, versions: impl Iterator<Item = i16>) {
        requests.extend(versions.map(|version| frame(request, version, 7)[4..].to_vec()));
    }
    each(&mut requests, &produce("topic", b"value"), 3..=12);
    each(&mut requests, &fetch("topic", 0, 1 << 20, 0), 7..=12);
    let topic = MetadataRequestTopic { name: Some("made-by-metadata".into()), ..Default::default() };
    each(&mut requests, &MetadataRequest { topics: Some(vec![topic]), ..Default::default() }, 4..=13);
    let protocol = JoinGroupRequestProtocol { name: "range".into(), ..Default::default() };
    let join = JoinGroupRequest {
        group_id: "group".into(),
        session_timeout_ms: 6000,
        rebalance_timeout_ms: 6000,
        protocol_type: "consumer".into(),
        protocols: vec![protocol],
        ..JoinGroupRequest::default()
    };
    each(&mut requests, &join, 2..=9);
    let topic = CreatableTopic { name: "made".into(), num_partitions: 3, replication_factor: 1, ..Default::default() };
    each(&mut requests, &CreateTopicsRequest { topics: vec![topic], ..Default::default() }, 2..=7);
    let partition = OffsetCommitRequestPartition { committed_offset: 5, ..Default::default() };
    let topic = OffsetCommitRequestTopic { name: "topic".into(), partitions: vec![partition], ..Default::default() };
    let commit = OffsetCommitRequest { group_id: "group".into(), topics: vec![topic], ..Default::default() };
    each(&mut requests, &commit, 2..=9);
    requests
}

/// A change to a frame's bytes.
#[derive(Clone, Debug)]
enum Change {
    Flip { position: usize, mask: u8 },
    Fill { position: usize, byte: u8 },
    Cut { position: usize },
    Insert { position: usize, bytes: Vec<u8> },
    Repeat { position: usize },
}

impl Change {
    fn any() -> impl Strategy<Value = Self> {
        let place = || any::<u16>().prop_map(usize::from);
        prop_oneof![
            4 => (place(), 1u8..).prop_map(|(position, mask)| Self::Flip { position, mask }),
            2 => (place(), prop_oneof![Just(0), Just(0x7f), Just(0x80), Just(0xff)])
                .prop_map(|(position, byte)| Self::Fill { position, byte }),
            1 => place().prop_map(|position| Self::Cut { position }),
            1 => (place(), vec(any::<u8>(), 1..9)).prop_map(|(position, bytes)| Self::Insert { position, bytes }),
            1 => place().prop_map(|position| Self::Repeat { position }),
        ]
    }

    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |position: &usize| position % bytes.len().max(1);
        match self {
            _ if bytes.is_empty() => {}
            Self::Flip { position, mask } => {
                let at = at(position);
                bytes[at] ^= mask;
            }
            Self::Fill { position, byte } => {
                let from = at(position);
                let to = bytes.len().min(from + 4);
                bytes[from..to].fill(*byte);
            }
            Self::Cut { position } => bytes.truncate(at(position)),
            Self::Insert { position, bytes: more } => {
                let at = at(position);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Repeat { position } => bytes.extend_from_within(at(position)..),
        }
    }
}

/// Sends the bytes of each case on a new connection, then checks that other clients are not disturbed.
fn survives<S: Strategy<Value = Vec<u8>>>(strategy: &S, cases: u32) {
    let (cluster, bystander) = Bystander::with_cluster(&[]);
    let address = cluster.addresses()[0];
    let bystander = RefCell::new(bystander);
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let result = runner.run(strategy, |bytes| {
        let mut hostile = Raw::connect(address);
        hostile.send_bytes(&bytes);
        hostile.finish_sending();
        hostile.rest();
        bystander.borrow_mut().works();
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    bystander.into_inner().has_noticed_nothing(&cluster);
}

#[test]
fn no_changed_frame_takes_the_broker_down() {
    let frames = prop::sample::select(requests());
    let strategy = (frames, vec(Change::any(), 1..5)).prop_map(|(mut body, changes)| {
        changes.iter().for_each(|change| change.apply(&mut body));
        sized(&body)
    });
    survives(&strategy, 4000);
}

#[test]
fn no_random_bytes_take_the_broker_down() {
    survives(&vec(any::<u8>(), 0..400), 300);
    // The bytes follow a valid size and header, so that more than the size is read.
    let behind_a_header = (0i16..93, 0i16..19, vec(any::<u8>(), 0..200)).prop_map(|(api, version, rest)| {
        let header = [&api.to_be_bytes()[..], &version.to_be_bytes(), &[0, 0, 0, 1, 0xff, 0xff]].concat();
        sized(&[header, rest].concat())
    });
    survives(&behind_a_header, 500);
}

#[test]
fn a_changed_batch_is_stored_only_if_it_can_be_read() {
    let whole = frame(&produce("topic", &[7; 300]), PRODUCE, 1)[4..].to_vec();
    let (cluster, bystander) = Bystander::with_cluster(&[]);
    let mut accepted = 0;
    for position in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x55;
        let mut hostile = Raw::connect(cluster.addresses()[0]);
        hostile.send_bytes(&sized(&bytes));
        hostile.finish_sending();
        hostile.rest();
        let stored = cluster.records("topic", None, 0).unwrap();
        assert!(stored.iter().all(|record| record.value.as_deref() == Some(&[7; 300])), "at {position}");
        accepted = stored.len();
    }
    // The checksum does not cover client id, correlation id, base offset and leader epoch, so these may change.
    assert!((4..60).contains(&accepted), "{accepted} of {} were stored", whole.len());
    let mut reader = Raw::connect(cluster.addresses()[0]);
    let partition = &reader.ask(&fetch("topic", 0, 1 << 20, 0), FETCH).responses[0].partitions[0];
    assert_eq!(partition.high_watermark, i64::try_from(accepted).unwrap());
    bystander.has_noticed_nothing(&cluster);
}
