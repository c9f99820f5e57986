//! Which replica a reader may read, and which one it had better (KIP-392).

use kafka_trial_wire::ErrorCode;

use crate::core::{Core, FetchPartition, ParkedFetch, Partition, Reader};

/// Whether this broker may serve the reader (`Partition.fetchRecords`): the leader everybody, a follower the consumers
/// that know of that. Who says to be a follower has to be one.
pub(super) fn check(fetch: &ParkedFetch, wanted: &FetchPartition, partition: &Partition) -> Result<(), ErrorCode> {
    let leads = partition.leader == fetch.node;
    let serves = match fetch.plan.reader {
        Reader::Consumer { rack: Some(_) } => leads || partition.replicas.contains(&fetch.node),
        Reader::Consumer { rack: None } | Reader::Follower(_) => leads,
    };
    if !serves {
        return Err(ErrorCode::NOT_LEADER_OR_FOLLOWER);
    }
    partition.check_epoch(wanted.current_leader_epoch)?;
    match fetch.plan.reader {
        Reader::Follower(id) if id == fetch.node || !partition.replicas.contains(&id) => {
            // Kafka takes the assignment of a follower that knows the leader's epoch for newer than its own.
            let knows_epoch = wanted.current_leader_epoch >= 0;
            Err(if knows_epoch { ErrorCode::UNKNOWN_LEADER_EPOCH } else { ErrorCode::NOT_LEADER_OR_FOLLOWER })
        }
        _ => Ok(()),
    }
}

/// The replica in the consumer's rack that it is sent to, if that is not the leader (`RackAwareReplicaSelector`): of
/// several, which are all equally far here, the one with the highest id.
pub(super) fn preferred(
    core: &Core,
    fetch: &ParkedFetch,
    wanted: &FetchPartition,
    partition: &Partition,
) -> Option<i32> {
    let Reader::Consumer { rack: Some(rack) } = &fetch.plan.reader else { return None };
    let is_there = (partition.log.start_offset()..=partition.log.end_offset()).contains(&wanted.fetch_offset);
    if rack.is_empty() || partition.leader != fetch.node || !is_there || !core.settings.selects_replicas_by_rack {
        return None;
    }
    let is_near = |id: &i32| core.node(*id).and_then(|node| node.rack.as_deref()) == Some(rack.as_str());
    let near = partition.isr.iter().copied().filter(is_near);
    if is_near(&partition.leader) { None } else { near.max() }
}
