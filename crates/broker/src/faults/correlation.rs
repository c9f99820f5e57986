//! The correlation ids of the records that a Produce carries.

use bytes::Bytes;
use kafka_trial_core::MAX_UNPACKED_BYTES;
use kafka_trial_wire::messages::{ProduceRequest, decode};
use kafka_trial_wire::records::Batch;
use kafka_trial_wire::{ApiKey, Pieces};

/// The headers with a correlation id.
const HEADERS: [&[u8]; 2] = [b"correlation_id", b"correlation-id"];

/// The ids in the headers of the records of a request, if it is a Produce that can be read.
pub(crate) fn correlations(api: ApiKey, version: i16, body: &Bytes) -> Vec<String> {
    let mut ids = Vec::new();
    if api != ApiKey::Produce {
        return ids;
    }
    let Ok(request) = decode::<ProduceRequest>(body.clone(), version) else { return ids };
    let wanted = request.topic_data.into_iter().flat_map(|topic| topic.partition_data);
    for mut bytes in wanted.filter_map(|partition| partition.records.map(Pieces::into_bytes)) {
        while let Ok(batch) = Batch::split(&mut bytes) {
            let Ok(records) = batch.records(MAX_UNPACKED_BYTES) else { continue };
            let headers = records.flatten().flat_map(|record| record.headers);
            let of_ids = headers.filter(|header| HEADERS.contains(&&*header.key)).filter_map(|header| header.value);
            ids.extend(of_ids.map(|id| String::from_utf8_lossy(&id).into_owned()));
        }
    }
    ids
}
