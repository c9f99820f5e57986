//! UnregisterBroker (key 64), version 0: removes a broker from the cluster.
//!
//! A broker that runs is stopped by it. It registers again when it is started.
//!
//! - BROKER_ID_NOT_REGISTERED (`ClusterControlManager.unregisterBroker`).

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{UnregisterBrokerRequest, UnregisterBrokerResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    _context: &Context,
    request: UnregisterBrokerRequest,
) -> Answer<UnregisterBrokerResponse> {
    let id = request.broker_id;
    if state.unregister_broker(id) {
        return Answer::Reply(UnregisterBrokerResponse::default());
    }
    Answer::Reply(UnregisterBrokerResponse {
        error_code: ErrorCode::BROKER_ID_NOT_REGISTERED,
        error_message: Some(format!("Broker ID {id} is not currently registered").into()),
        ..UnregisterBrokerResponse::default()
    })
}
