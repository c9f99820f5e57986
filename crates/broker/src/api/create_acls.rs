//! CreateAcls (key 30), versions 1 to 3 (KIP-140, KIP-290): adds ACLs.
//!
//! There is no authorizer, as on a Kafka without `authorizer.class.name`: every ACL is refused with SECURITY_DISABLED.
//! An ACL with an element UNKNOWN closes the connection (`CreateAclsRequest`).

use kafka_trial_core::State;
use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::create_acls_response::AclCreationResult;
use kafka_trial_wire::messages::{CreateAclsRequest, CreateAclsResponse};

use super::shared::acls::{NO_AUTHORIZER, unknown_element};
use crate::api::Answer;
use crate::traffic::Context;

pub(crate) fn handle(_state: &State, _context: &Context, request: CreateAclsRequest) -> Answer<CreateAclsResponse> {
    let refused = AclCreationResult {
        error_code: ErrorCode::SECURITY_DISABLED,
        error_message: Some(NO_AUTHORIZER.into()),
        ..AclCreationResult::default()
    };
    let results = vec![refused; request.creations.len()];
    let response = CreateAclsResponse { results, ..CreateAclsResponse::default() };
    let unknown = request.creations.iter().find_map(|acl| {
        let elements = [acl.resource_type, acl.resource_pattern_type, acl.operation, acl.permission_type];
        unknown_element(elements, "CreateAclsRequest")
    });
    match unknown {
        Some(reason) => Answer::Close(response, reason),
        None => Answer::Reply(response),
    }
}
