//! Replicas that a request assigns by hand.

use kafka_trial_wire::ErrorCode;

use kafka_trial_core::Refusal;
use kafka_trial_core::State;

/// Refuses a new partition if none of its brokers runs.
pub(in crate::api) fn check_running(state: &State, partition: i32, replicas: &[i32]) -> Result<(), Refusal> {
    if replicas.iter().any(|id| state.is_alive(*id)) {
        return Ok(());
    }
    let text = format!(
        "All brokers specified in the manual partition assignment for partition {partition} are fenced or in controlled shutdown."
    );
    Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, text))
}

/// Checks the replicas of one partition (`ReplicationControlManager.validateManualPartitionAssignment`): in the order
/// of their ids, each known and named once; as many as `factor`, if it is set.
pub(in crate::api) fn check_replicas(state: &State, replicas: &[i32], factor: Option<usize>) -> Result<(), Refusal> {
    let wrong = |text: String| Err(Refusal::new(ErrorCode::INVALID_REPLICA_ASSIGNMENT, text));
    if replicas.is_empty() {
        return wrong("The manual partition assignment includes an empty replica list.".to_owned());
    }
    let mut sorted = replicas.to_vec();
    sorted.sort_unstable();
    let mut previous = None;
    for id in sorted {
        if state.node(id).is_none() {
            return wrong(format!(
                "The manual partition assignment includes broker {id}, but no such broker is registered."
            ));
        }
        if previous == Some(id) {
            return wrong(format!("The manual partition assignment includes the broker {id} more than once."));
        }
        previous = Some(id);
    }
    match factor {
        Some(factor) if factor != replicas.len() => wrong(format!(
            "The manual partition assignment includes a partition with {} replica(s), but this is not consistent with previous partitions, which have {factor} replica(s).",
            replicas.len()
        )),
        _ => Ok(()),
    }
}
