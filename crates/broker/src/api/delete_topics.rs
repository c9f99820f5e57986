//! DeleteTopics (key 20), versions 1 to 6: deletes topics by name, from version 6 also by id (KIP-516).
//!
//! The topic is gone before the reply leaves, and fetches that wait for it are answered. Refusals in order
//! (`ControllerApis.deleteTopics`):
//!
//! - TOPIC_DELETION_DISABLED for all, if `delete.topic.enable` is false; before version 3 INVALID_REQUEST;
//! - INVALID_REQUEST: neither name nor id, or both; then a topic that is named twice, by name, by id, or once by each;
//! - UNKNOWN_TOPIC_OR_PARTITION for a name, UNKNOWN_TOPIC_ID for an id.

use std::collections::{BTreeMap, BTreeSet};

use kafka_trial_wire::messages::delete_topics_request::DeleteTopicState;
use kafka_trial_wire::messages::delete_topics_response::DeletableTopicResult;
use kafka_trial_wire::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::Refusal;
use kafka_trial_core::State;

pub(crate) fn handle(
    state: &mut State,
    context: &Context,
    request: DeleteTopicsRequest,
) -> Answer<DeleteTopicsResponse> {
    let named = request.topic_names.into_iter().map(|name| (Some(name), Uuid::ZERO));
    let wanted: Vec<_> = named
        .chain(request.topics.into_iter().map(|DeleteTopicState { name, topic_id, .. }| (name, topic_id)))
        .collect();
    let responses = if state.settings().delete_topic_enable {
        let (refused, wanted) = sort_out(state, wanted);
        let deleted = wanted.into_iter().map(|(name, id)| delete(state, name, id));
        refused.into_iter().chain(deleted.collect::<Vec<_>>()).collect()
    } else {
        // Clients of version 2 do not know the code.
        let code = if context.version() >= 3 { ErrorCode::TOPIC_DELETION_DISABLED } else { ErrorCode::INVALID_REQUEST };
        wanted.into_iter().map(|(name, id)| row(name, id, Err(code.into()))).collect()
    };
    Answer::Reply(DeleteTopicsResponse { responses, ..DeleteTopicsResponse::default() })
}

type Wanted = (Option<Text>, Uuid);

/// Refuses ambiguous entries: first entries with neither name nor id, or with both; then topics that are named twice. Returns
/// the refusals, and the topics to delete.
fn sort_out(state: &State, wanted: Vec<Wanted>) -> (Vec<DeletableTopicResult>, Vec<Wanted>) {
    let mut refused = Vec::new();
    let mut refuse = |name, id, text: &str| {
        refused.push(row(name, id, Err(Refusal::new(ErrorCode::INVALID_REQUEST, text))));
    };
    let (mut names, mut ids): (BTreeMap<Text, usize>, BTreeMap<Uuid, usize>) = Default::default();
    for (name, id) in wanted {
        match name {
            Some(name) if id != Uuid::ZERO => {
                refuse(Some(name), id, "You may not specify both topic name and topic id.");
            }
            None if id == Uuid::ZERO => refuse(None, id, "Neither topic name nor id were specified."),
            Some(name) => *names.entry(name).or_default() += 1,
            None => *ids.entry(id).or_default() += 1,
        }
    }
    let mut clear = Vec::new();
    let mut taken = BTreeSet::new();
    for (name, times) in names {
        let id = state.topics().get(&name).map_or(Uuid::ZERO, |topic| topic.id);
        if times > 1 {
            refuse(Some(name), Uuid::ZERO, "Duplicate topic name.");
        } else if ids.contains_key(&id) {
            taken.insert(id);
            refuse(Some(name), id, "The provided topic name maps to an ID that was already supplied.");
        } else {
            clear.push((Some(name), Uuid::ZERO));
        }
    }
    for (id, times) in ids.into_iter().filter(|(id, _)| !taken.contains(id)) {
        if times > 1 {
            refuse(None, id, "Duplicate topic id.");
        } else {
            clear.push((None, id));
        }
    }
    (refused, clear)
}

fn delete(state: &mut State, name: Option<Text>, id: Uuid) -> DeletableTopicResult {
    let found = match &name {
        Some(name) => state.topics().get(name),
        None => state.topics().by_id(id),
    };
    let Some(topic) = found else {
        let refusal = if name.is_some() {
            let text = "This server does not host this topic-partition.";
            Refusal::new(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, text)
        } else {
            Refusal::new(ErrorCode::UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
        };
        return row(name, id, Err(refusal));
    };
    let (name, id) = (topic.name.clone(), topic.id);
    state.remove_topic(&name);
    row(Some((&*name).into()), id, Ok(()))
}

fn row(name: Option<Text>, topic_id: Uuid, result: Result<(), Refusal>) -> DeletableTopicResult {
    let (error_code, message) = Refusal::parts(result);
    let error_message = message.map(Text::from);
    DeletableTopicResult { name, topic_id, error_code, error_message, ..DeletableTopicResult::default() }
}
