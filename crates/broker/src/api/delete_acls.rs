//! DeleteAcls (key 31), versions 1 to 3 (KIP-140, KIP-290): deletes the ACLs that match any of the filters.
//!
//! There is no authorizer, as on a Kafka without `authorizer.class.name`: every filter is refused with
//! SECURITY_DISABLED. A filter with an element UNKNOWN closes the connection (`DeleteAclsRequest`).

use kafka_trial_core::State;
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::delete_acls_response::DeleteAclsFilterResult;
use kafka_trial_wire::messages::{DeleteAclsRequest, DeleteAclsResponse};

use super::shared::acls::{NO_AUTHORIZER, unknown_element};
use crate::api::Answer;
use crate::traffic::Context;

pub(crate) fn handle(_state: &State, _context: &Context, request: DeleteAclsRequest) -> Answer<DeleteAclsResponse> {
    let refused = DeleteAclsFilterResult {
        error_code: ErrorCode::SECURITY_DISABLED,
        error_message: Some(NO_AUTHORIZER.into()),
        ..DeleteAclsFilterResult::default()
    };
    let filter_results = vec![refused; request.filters.len()];
    let response = DeleteAclsResponse { filter_results, ..DeleteAclsResponse::default() };
    let unknown = request.filters.iter().find_map(|filter| {
        let elements =
            [filter.resource_type_filter, filter.pattern_type_filter, filter.operation, filter.permission_type];
        unknown_element(elements, "DeleteAclsRequest")
    });
    match unknown {
        Some(reason) => Answer::Close(response, reason),
        None => Answer::Reply(response),
    }
}
