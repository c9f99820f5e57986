//! DescribeLogDirs (key 35), versions 1 to 5 (KIP-113): what each partition on this broker holds.
//!
//! There is one log directory, and it is a name alone: records live in memory. Its own sizes (from version 4, KIP-827) are
//! therefore unknown (-1). Null topics mean all; topics and partitions that are not on this broker are left out. There are
//! no refusals.

use std::collections::BTreeMap;

use kafka_trial_wire::Text;
use kafka_trial_wire::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use kafka_trial_wire::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: DescribeLogDirsRequest,
) -> Answer<DescribeLogDirsResponse> {
    let wanted: Option<BTreeMap<Text, Vec<i32>>> =
        request.topics.map(|topics| topics.into_iter().map(|topic| (topic.topic, topic.partitions)).collect());
    let topics = state.topics().iter().filter_map(|topic| {
        let asked = match &wanted {
            Some(wanted) => Some(wanted.get(&*topic.name)?),
            None => None,
        };
        let here = topic.partitions.iter().zip(0..).filter(|(partition, index)| {
            partition.replicas.contains(&context.node) && asked.is_none_or(|asked| asked.contains(index))
        });
        let partitions: Vec<_> = here
            .map(|(partition, partition_index)| DescribeLogDirsPartition {
                partition_index,
                partition_size: i64::try_from(partition.log.bytes()).unwrap_or(i64::MAX),
                ..DescribeLogDirsPartition::default()
            })
            .collect();
        let name = (&*topic.name).into();
        (!partitions.is_empty()).then(|| DescribeLogDirsTopic { name, partitions, ..DescribeLogDirsTopic::default() })
    });
    let result = DescribeLogDirsResult {
        log_dir: state.settings().log_dir().into(),
        topics: topics.collect(),
        ..DescribeLogDirsResult::default()
    };
    Answer::Reply(DescribeLogDirsResponse { results: vec![result], ..DescribeLogDirsResponse::default() })
}
