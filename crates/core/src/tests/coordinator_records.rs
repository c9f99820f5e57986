//! What coordinators write, as far as Kafka's own records in the differential tests do not show it.

use std::collections::BTreeMap;

use kafka_trial_wire::records::Record;

use crate::{Commit, InternalTopic, LogConfig, Node, Settings, State, Time, TopicPartition};

fn state() -> State {
    let (settings, _) = Settings::parse(&BTreeMap::new()).unwrap();
    let node = Node { id: 0, host: "127.0.0.1".to_owned(), port: 9092, rack: None };
    let mut state = State::new(settings, vec![node], 7, Time(1_700_000_000_000_000));
    let config = LogConfig::resolve(&BTreeMap::new(), state.settings()).unwrap();
    state.add_topic("orders", vec![vec![0], vec![0]], BTreeMap::new(), config);
    state
}

fn commit(state: &mut State, partition: i32, offset: i64) {
    let commit = Commit { offset, leader_epoch: -1, metadata: String::new(), expires: None };
    state.commit("readers", vec![(TopicPartition::new("orders", partition), commit)]);
}

/// The records of the partition of a group, and how many bytes they take.
fn written(state: &State) -> (Vec<Record>, u64) {
    let place = state.offsets_partition("readers");
    let topic = state.topics().get(InternalTopic::ConsumerOffsets.name()).unwrap();
    let log = &topic.partition(place.partition).unwrap().log;
    let batches = log.entries_from(0).map(|entry| entry.batch.records(1 << 20).unwrap());
    (batches.flatten().map(Result::unwrap).collect(), log.bytes())
}

#[test]
fn commits_take_a_bounded_amount_of_memory() {
    let mut state = state();
    commit(&mut state, 1, 5);
    for offset in 0..50_000 {
        commit(&mut state, 0, offset);
    }
    let (records, bytes) = written(&state);
    assert!(bytes < 3 << 20, "{bytes} bytes of 50,000 commits are kept");
    assert!(records.is_sorted_by_key(|record| record.offset));
    let last = records.last().unwrap();
    assert_eq!((last.offset, &last.value.as_ref().unwrap()[2..10]), (50_000, &49_999_i64.to_be_bytes()[..]));
    let other = records.iter().filter(|record| record.key != last.key);
    assert_eq!(other.count(), 1, "the last commit of the other partition is kept");
}

#[test]
fn what_a_clone_writes_is_its_own() {
    let mut state = state();
    commit(&mut state, 0, 1);
    let mut fork = state.clone();
    commit(&mut fork, 0, 2);
    commit(&mut state, 1, 3);
    let offsets = |state: &State| -> Vec<i64> {
        let value = |record: &Record| i64::from_be_bytes(record.value.as_ref().unwrap()[2..10].try_into().unwrap());
        written(state).0.iter().map(value).collect()
    };
    assert_eq!((offsets(&state), offsets(&fork)), (vec![1, 3], vec![1, 2]));
}

#[test]
fn the_offsets_of_a_deleted_topic_get_tombstones() {
    let mut state = state();
    commit(&mut state, 0, 1);
    commit(&mut state, 1, 1);
    state.remove_topic("orders");
    let (records, _) = written(&state);
    let keys: Vec<_> = records.iter().map(|record| record.key.clone()).collect();
    assert_eq!(keys[..2], keys[2..]);
    assert!(records[2..].iter().all(|record| record.value.is_none()));
}
