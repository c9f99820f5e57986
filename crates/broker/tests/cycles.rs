//! A thousand clusters start and stop, one after another. Threads, descriptors and memory are counted for the whole
//! process, so this test has its own file.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod raw;

use kafka_trial_broker::{Cluster, ClusterConfig, TopicSpec};
use kafka_trial_wire::ErrorCode;

use self::raw::{FETCH, PRODUCE, Process, Raw, eventually, fetch, produce};

/// The value that each cluster stores. A leak in one of ten clusters would show.
const VALUE: [u8; 10_000] = [7; 10_000];
const CYCLES: u64 = 1000;

fn start_use_drop() {
    let topics = vec![TopicSpec::new("topic", 1)];
    let cluster = Cluster::start(ClusterConfig { topics, ..ClusterConfig::default() }).unwrap();
    let mut client = Raw::connect(cluster.addresses()[0]);
    assert_eq!(
        client.ask(&produce("topic", &VALUE), PRODUCE).responses[0].partition_responses[0].error_code,
        ErrorCode::NONE
    );
    let response = client.ask(&fetch("topic", 0, 1 << 20, 0), FETCH);
    assert!(response.responses[0].partitions[0].records.as_ref().is_some_and(|records| records.len() > VALUE.len()));
    // The connection stays open, so that the end of the cluster has one to close.
    client.send(&fetch("topic", 1, 1 << 20, 60_000), FETCH);
    drop(cluster);
}

#[test]
fn a_thousand_clusters_leave_no_thread_no_descriptor_and_no_memory() {
    for _ in 0..100 {
        start_use_drop();
    }
    let before = Process::look();
    start_use_drop();
    assert_eq!(Process::look().descriptors, before.descriptors, "after one cluster");
    for _ in 0..CYCLES {
        start_use_drop();
    }
    // A joined thread may still be listed for a moment.
    eventually(|| {
        let after = Process::look();
        let same = (after.threads, after.descriptors) == (before.threads, before.descriptors);
        if same { Ok(()) } else { Err(format!("{after:?}, and before {before:?}")) }
    });
    let after = Process::look();
    let grown = after.resident.saturating_sub(before.resident);
    println!("{CYCLES} clusters: {grown} bytes more resident");
    let bound = CYCLES * u64::try_from(VALUE.len()).unwrap() / 10;
    assert!(grown < bound, "{grown} bytes more are resident after {CYCLES} clusters, {bound} allowed");
}
