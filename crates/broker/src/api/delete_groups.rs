//! DeleteGroups (key 42), versions 0 to 2: deletes groups without members, with their offsets.
//!
//! A group that is named twice is answered once. Refusals in order (`GroupMetadataManager.validateDeleteGroup`):
//!
//! - NOT_COORDINATOR;
//! - GROUP_ID_NOT_FOUND;
//! - NON_EMPTY_GROUP: the group has members.

use std::collections::BTreeSet;

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::delete_groups_response::DeletableGroupResult;
use kafka_trial_wire::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::{Group, State};

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: DeleteGroupsRequest,
) -> Answer<DeleteGroupsResponse> {
    // Each group is answered once.
    let mut seen = BTreeSet::new();
    let named = request.groups_names.into_iter().filter(|id| seen.insert(id.clone()));
    let results = named.map(|id| {
        let error = match state.check_coordinator(context.node, &id) {
            Err(error) => error,
            Ok(()) => match state.groups().get(&id).map(Group::is_empty) {
                None => ErrorCode::GROUP_ID_NOT_FOUND,
                Some(true) => {
                    state.delete_group(&id);
                    ErrorCode::NONE
                }
                Some(false) => ErrorCode::NON_EMPTY_GROUP,
            },
        };
        DeletableGroupResult { group_id: id, error_code: error, ..DeletableGroupResult::default() }
    });
    let results = results.collect();
    Answer::Reply(DeleteGroupsResponse { results, ..DeleteGroupsResponse::default() })
}
