//! WriteTxnMarkers (key 27), versions 1 and 2: markers from another coordinator, or from an administrator who ends a
//! transaction that hangs (KIP-664).

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::write_txn_markers_response::{
    WritableTxnMarkerPartitionResult, WritableTxnMarkerResult, WritableTxnMarkerTopicResult,
};
use kafka_trial_wire::messages::{WriteTxnMarkersRequest, WriteTxnMarkersResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Marker, State, TopicPartition};

pub(crate) fn handle(
    state: &mut State,
    _context: &Context,
    request: WriteTxnMarkersRequest,
) -> Answer<WriteTxnMarkersResponse> {
    let mut markers = Vec::with_capacity(request.markers.len());
    for written in request.markers {
        let marker = Marker {
            producer_id: written.producer_id,
            epoch: written.producer_epoch,
            commits: written.transaction_result,
            coordinator_epoch: written.coordinator_epoch,
            raises_epoch: written.transaction_version >= 2,
        };
        let mut topics = Vec::with_capacity(written.topics.len());
        for topic in written.topics {
            let rows = topic.partition_indexes.into_iter().map(|partition_index| {
                let place = TopicPartition::new(topic.name.as_str(), partition_index);
                let error_code = state.write_marker(&place, marker).err().unwrap_or(ErrorCode::NONE);
                WritableTxnMarkerPartitionResult {
                    partition_index,
                    error_code,
                    ..WritableTxnMarkerPartitionResult::default()
                }
            });
            let partitions = rows.collect();
            topics.push(WritableTxnMarkerTopicResult {
                name: topic.name,
                partitions,
                ..WritableTxnMarkerTopicResult::default()
            });
        }
        markers.push(WritableTxnMarkerResult {
            producer_id: marker.producer_id,
            topics,
            ..WritableTxnMarkerResult::default()
        });
    }
    Answer::Reply(WriteTxnMarkersResponse { markers, ..WriteTxnMarkersResponse::default() })
}
