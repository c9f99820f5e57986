//! The journal of a running cluster is read from a different thread, which may wait for entries; hostile clients do not
//! disturb it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use std::thread;
use std::time::Duration;

use kafka_trial_broker::journal::{ApiKey, Detail, Ending, Entry, ErrorCode, Offsets};
use kafka_trial_broker::{Cluster, ClusterConfig, InspectError, TopicSpec};
use proptest::prelude::*;

use self::raw::{Bystander, FETCH, LIMIT, PRODUCE, Raw, eventually, fetch, frame, now, produce, sized};

fn cluster() -> Cluster {
    let topics = vec![TopicSpec::new("topic", 1)];
    Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap()
}

fn produced(entry: &Entry) -> Option<Offsets> {
    match &entry.detail {
        Detail::Produce(produce) => produce.partitions[0].offsets,
        _ => None,
    }
}

#[test]
fn a_reader_continues_after_its_last_entry() {
    let cluster = cluster();
    let mut client = Raw::connect(cluster.addresses()[0]);
    let mut next = 0;
    for offset in 0..3 {
        client.ask(&produce("topic", b"v"), PRODUCE);
        let page = cluster.wait_for_journal(next, LIMIT).unwrap();
        assert_eq!(page.entries.len(), 1, "{:?}", page.entries);
        assert_eq!(produced(&page.entries[0]), Some(Offsets { first: offset, last: offset }));
        assert_eq!((page.next, page.dropped), (next + 1, 0));
        next = page.next;
    }
    assert_eq!(cluster.journal(0).unwrap().entries.len(), 3);
    assert!(cluster.journal(next).unwrap().entries.is_empty());
}

#[test]
fn a_waiting_reader_is_woken_by_the_next_entry_or_stops_after_its_timeout() {
    let cluster = cluster();
    let page = cluster.wait_for_journal(0, Duration::from_millis(20)).unwrap();
    assert!(page.entries.is_empty());
    thread::scope(|scope| {
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(|| cluster.wait_for_journal(0, LIMIT))).collect();
        let mut client = Raw::connect(cluster.addresses()[0]);
        client.ask(&produce("topic", b"v"), PRODUCE);
        for reader in readers {
            assert_eq!(reader.join().unwrap().unwrap().entries.len(), 1);
        }
    });
}

#[test]
fn a_waiting_reader_learns_that_the_cluster_stops() {
    let cluster = cluster();
    thread::scope(|scope| {
        let reader = scope.spawn(|| cluster.wait_for_journal(0, LIMIT));
        let start = now();
        cluster.stop();
        assert_eq!(reader.join().unwrap(), Err(InspectError::Stopped));
        assert!(start.elapsed() < LIMIT / 2, "{:?}", start.elapsed());
    });
    assert_eq!(cluster.journal(0), Err(InspectError::Stopped));
}

#[test]
fn a_fetch_whose_client_disconnects_ends_as_disconnected() {
    let cluster = cluster();
    let mut client = Raw::connect(cluster.addresses()[0]);
    client.send(&fetch("topic", 0, 1 << 20, 60_000), FETCH);
    eventually(|| match cluster.waiting_requests().unwrap().as_slice() {
        [one] if one.api == ApiKey::Fetch => Ok(()),
        other => Err(format!("{other:?}")),
    });
    drop(client);
    let page = cluster.wait_for_journal(0, LIMIT).unwrap();
    assert_eq!((page.entries[0].api, page.entries[0].ending), (ApiKey::Fetch, Ending::Disconnected));
    assert!(cluster.waiting_requests().unwrap().is_empty());
}

#[test]
fn an_unreadable_request_is_kept_with_its_closed_connection() {
    let cluster = cluster();
    let mut hostile = Raw::connect(cluster.addresses()[0]);
    let whole = frame(&produce("topic", b"v"), PRODUCE, 1);
    hostile.send_bytes(&sized(&whole[4..whole.len() / 2]));
    assert_eq!(hostile.rest(), b"");
    let page = cluster.wait_for_journal(0, LIMIT).unwrap();
    let entry = &page.entries[0];
    assert_eq!((entry.api, entry.ending, &*entry.client_id), (ApiKey::Produce, Ending::Closed, "raw"));
    assert!(entry.is_error());
}

#[test]
fn an_unserved_version_of_api_versions_is_an_error() {
    let cluster = cluster();
    let mut client = Raw::connect(cluster.addresses()[0]);
    // The frame has key 18, version 99, correlation id 1, client "c" and no tags; its body is not read.
    client.send_bytes(&sized(&[0, 18, 0, 99, 0, 0, 0, 1, 0, 1, b'c', 0]));
    client.receive_frame().unwrap();
    let page = cluster.wait_for_journal(0, LIMIT).unwrap();
    let entry = &page.entries[0];
    assert_eq!((entry.api, entry.error), (ApiKey::ApiVersions, ErrorCode::UNSUPPORTED_VERSION));
    assert_eq!(entry.ending, Ending::Answered);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    #[test]
    fn hostile_bytes_do_not_disturb_the_entries_of_other_clients(
        frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 1..8),
        keys in proptest::collection::vec(0..80i16, 8),
    ) {
        let (cluster, mut bystander) = Bystander::with_cluster(&[]);
        for (bytes, key) in frames.iter().zip(keys) {
            let mut hostile = Raw::connect(cluster.addresses()[0]);
            // Half of the cases begin like a request.
            let header = [key.to_be_bytes().as_slice(), &[0, 4, 0, 0, 0, 1, 0xff, 0xff], bytes].concat();
            hostile.send_bytes(&sized(if key % 2 == 0 { &header } else { bytes }));
            hostile.finish_sending();
            hostile.rest();
            bystander.works();
        }
        let page = cluster.journal(0).unwrap();
        prop_assert_eq!(page.dropped, 0);
        let offsets: Vec<_> = page.entries.iter().filter_map(|entry| produced(entry)).map(|of| of.first).collect();
        let works = i64::try_from(frames.len()).unwrap() + 1;
        prop_assert_eq!(offsets, (0..works).collect::<Vec<_>>());
        bystander.has_noticed_nothing(&cluster);
    }
}
