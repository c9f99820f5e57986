//! What a run is driven against.

use kafka_trial::ValueEncoder;
use kafka_trial::client::{Endpoint, ToEndpoint};

use super::{LiveError, Payload, Watched};

/// What a run is driven against.
#[derive(Clone, Debug)]
pub struct Target {
    /// The cluster.
    pub endpoint: Endpoint,
    /// Where requests go. It has to exist.
    pub request_topic: String,
    /// Where answers come. It has to exist.
    pub response_topic: String,
    /// What requests carry.
    pub payload: Payload,
    /// What writes the requests, where that is a schema; JSON without one.
    pub encoder: Option<ValueEncoder>,
    /// What is watched beside the answers.
    pub watched: Watched,
}

impl Target {
    /// Requests of 256 bytes, and nothing is watched beside their answers.
    pub fn new(
        endpoint: impl ToEndpoint,
        request_topic: impl Into<String>,
        response_topic: impl Into<String>,
    ) -> Result<Self, LiveError> {
        Ok(Self {
            endpoint: endpoint.to_endpoint()?,
            request_topic: request_topic.into(),
            response_topic: response_topic.into(),
            payload: Payload::default(),
            encoder: None,
            watched: Watched::default(),
        })
    }
}
