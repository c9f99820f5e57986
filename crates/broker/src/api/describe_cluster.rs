//! DescribeCluster (key 60), versions 0 to 2 (KIP-700): the brokers, the controller and the cluster id.
//!
//! From version 1 the request names the type of endpoint that it expects (KIP-919), from version 2 it may ask for fenced
//! brokers (KIP-1073), which are here the stopped ones. Refusals (`KafkaApis.handleDescribeCluster`):
//!
//! - MISMATCHED_ENDPOINT_TYPE: the client expects a controller;
//! - UNSUPPORTED_ENDPOINT_TYPE: the type does not exist.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_trial_wire::messages::{DescribeClusterRequest, DescribeClusterResponse};

use super::metadata::CLUSTER_OPERATIONS;
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::State;

/// `EndpointType.BROKER`.
const BROKER: i8 = 1;
/// `EndpointType.CONTROLLER`.
const CONTROLLER: i8 = 2;

pub(crate) fn handle(
    state: &State,
    _context: &Context,
    request: DescribeClusterRequest,
) -> Answer<DescribeClusterResponse> {
    if let Err(refusal) = check(request.endpoint_type) {
        return Answer::Reply(DescribeClusterResponse {
            error_code: refusal.code,
            error_message: refusal.message.map(Into::into),
            ..DescribeClusterResponse::default()
        });
    }
    let shown = state.nodes().iter().filter(|node| request.include_fenced_brokers || state.is_alive(node.id));
    let brokers = shown.map(|node| DescribeClusterBroker {
        broker_id: node.id,
        host: node.host.as_str().into(),
        port: node.port.into(),
        rack: node.rack.as_deref().map(Into::into),
        is_fenced: !state.is_alive(node.id),
        ..DescribeClusterBroker::default()
    });
    let operations = if request.include_cluster_authorized_operations { CLUSTER_OPERATIONS } else { i32::MIN };
    Answer::Reply(DescribeClusterResponse {
        cluster_id: state.cluster_id().into(),
        controller_id: state.controller_id(),
        brokers: brokers.collect(),
        cluster_authorized_operations: operations,
        ..DescribeClusterResponse::default()
    })
}

fn check(endpoint_type: i8) -> Result<(), Refusal> {
    match endpoint_type {
        BROKER => Ok(()),
        CONTROLLER => {
            let text =
                "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
            Err(Refusal::new(ErrorCode::MISMATCHED_ENDPOINT_TYPE, text))
        }
        other => {
            let text = format!("Unsupported endpoint type {other}");
            Err(Refusal::new(ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, text))
        }
    }
}
