//! WriteTxnMarkers (key 27), versions 1 and 2: writes the end of transactions into partitions.
//!
//! It comes from a different coordinator, or from an administrator who ends a hanging transaction (KIP-664). From version 2
//! it says by which version of the protocol the transaction ends (KIP-1228). Refusals in order
//! (`KafkaApis.handleWriteTxnMarkersRequest`, `ProducerAppendInfo.appendEndTxnMarker`), for each partition:
//!
//! - UNKNOWN_TOPIC_OR_PARTITION;
//! - LEADER_NOT_AVAILABLE;
//! - INVALID_PRODUCER_EPOCH: the producer has a newer epoch or, by version 2 of the protocol, the same;
//! - TRANSACTION_COORDINATOR_FENCED: the producer has a marker of a newer coordinator.

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
