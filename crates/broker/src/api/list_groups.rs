//! ListGroups (key 16), versions 0 to 5: the groups that this broker coordinates.
//!
//! From version 4 a filter by state (KIP-518), from version 5 by type (KIP-848), both whatever the case of the letters. There
//! are no refusals: an unknown state or type matches no group.

use kafka_trial_wire::messages::list_groups_response::ListedGroup;
use kafka_trial_wire::messages::{ListGroupsRequest, ListGroupsResponse};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(state: &State, context: &Context, request: ListGroupsRequest) -> Answer<ListGroupsResponse> {
    let passes = |filter: &[kafka_trial_wire::Text], value: &str| {
        filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let here = |id: &str| state.coordinator(id).is_some_and(|node| node.id == context.node);
    let groups = state
        .groups()
        .iter()
        .filter(|group| here(&group.id))
        .filter(|group| passes(&request.states_filter, group.state_name()))
        .filter(|group| passes(&request.types_filter, group.type_name()))
        .map(|group| ListedGroup {
            group_id: (&*group.id).into(),
            protocol_type: group.protocol_type().into(),
            group_state: group.state_name().into(),
            group_type: group.type_name().into(),
            ..ListedGroup::default()
        });
    let groups = groups.collect();
    Answer::Reply(ListGroupsResponse { groups, ..ListGroupsResponse::default() })
}
