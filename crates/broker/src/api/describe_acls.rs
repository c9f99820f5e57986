//! DescribeAcls (key 29), versions 1 to 3 (KIP-140, KIP-290): the ACLs that match a filter.
//!
//! There is no authorizer, as on a Kafka without `authorizer.class.name`: every filter is refused with
//! SECURITY_DISABLED. A filter with an element UNKNOWN closes the connection (`DescribeAclsRequest`).

use kafka_trial_core::State;
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::{DescribeAclsRequest, DescribeAclsResponse};

use super::shared::acls::unknown_element;
use crate::api::Answer;
use crate::traffic::Context;

pub(crate) fn handle(_state: &State, _context: &Context, request: DescribeAclsRequest) -> Answer<DescribeAclsResponse> {
    let response = DescribeAclsResponse {
        error_code: ErrorCode::SECURITY_DISABLED,
        error_message: Some("No Authorizer is configured on the broker".into()),
        ..DescribeAclsResponse::default()
    };
    let elements =
        [request.resource_type_filter, request.pattern_type_filter, request.operation, request.permission_type];
    match unknown_element(elements, "DescribeAclsRequest") {
        Some(reason) => Answer::Close(response, reason),
        None => Answer::Reply(response),
    }
}
