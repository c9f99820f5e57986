//! Which replica serves a reader, and to which one a consumer is sent (KIP-392).

use kafka_trial_wire::ErrorCode;

use crate::traffic::{FetchPartition, FetchReader, ParkedFetch};
use kafka_trial_core::{Partition, State};

/// Whether this broker may serve the reader (`Partition.fetchRecords`). The leader serves everybody; a follower serves
/// consumers that send their rack (version 11 and above). A reader that claims to be a follower must be an assigned replica.
pub(super) fn check(fetch: &ParkedFetch, wanted: &FetchPartition, partition: &Partition) -> Result<(), ErrorCode> {
    let leads = partition.leader == fetch.node;
    let serves = match fetch.plan.reader {
        FetchReader::Consumer { rack: Some(_) } => leads || partition.replicas.contains(&fetch.node),
        FetchReader::Consumer { rack: None } | FetchReader::Follower(_) => leads,
    };
    if !serves {
        return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    }
    partition.check_epoch(wanted.current_leader_epoch)?;
    match fetch.plan.reader {
        FetchReader::Follower(id) if id == fetch.node || !partition.replicas.contains(&id) => {
            // Kafka supposes that a follower which knows the leader's epoch has a newer assignment than the leader.
            let knows_epoch = wanted.current_leader_epoch >= 0;
            Err(if knows_epoch { ErrorCode::UNKNOWN_LEADER_EPOCH } else { ErrorCode::NOT_LEADER_OR_FOLLOWER })
        }
        _ => Ok(()),
    }
}

/// The replica in the consumer's rack that should serve it, if that is not the leader (`RackAwareReplicaSelector`). All
/// replicas have caught up equally here, so that of several the one with the highest id is chosen.
pub(super) fn preferred(
    state: &State,
    fetch: &ParkedFetch,
    wanted: &FetchPartition,
    partition: &Partition,
) -> Option<i32> {
    let FetchReader::Consumer { rack: Some(rack) } = &fetch.plan.reader else { return None };
    let is_there = (partition.log.start_offset()..=partition.log.end_offset()).contains(&wanted.fetch_offset);
    if rack.is_empty() || partition.leader != fetch.node || !is_there || !state.settings().selects_replicas_by_rack {
        return None;
    }
    let is_near = |id: &i32| state.node(*id).and_then(|node| node.rack.as_deref()) == Some(rack.as_str());
    let near = partition.isr.iter().copied().filter(is_near);
    if is_near(&partition.leader) { None } else { near.max() }
}
