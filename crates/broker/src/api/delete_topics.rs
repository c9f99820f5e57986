//! DeleteTopics (key 20), versions 1 to 6; from 6 by id too (KIP-516).
//!
//! The topic is gone before the reply leaves; fetches that wait for it are answered.

use kafka_trial_wire::messages::delete_topics_response::DeletableTopicResult;
use kafka_trial_wire::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use kafka_trial_wire::{ErrorCode, Text, Uuid};

use crate::core::{Answer, Context, Core};

pub(crate) fn handle(core: &mut Core, context: &Context, request: DeleteTopicsRequest) -> Answer<DeleteTopicsResponse> {
    let version = context.version();
    let named = request.topic_names.into_iter().map(|name| (Some(name), Uuid::ZERO));
    let wanted: Vec<_> = named.chain(request.topics.into_iter().map(|topic| (topic.name, topic.topic_id))).collect();
    let responses = wanted.iter().map(|(name, id)| {
        let result = if core.settings.delete_topic_enable {
            delete(core, name.as_ref(), *id)
        } else if version >= 3 {
            Err(ErrorCode::TOPIC_DELETION_DISABLED)
        } else {
            Err(ErrorCode::INVALID_REQUEST)
        };
        let (name, topic_id, error) = match result {
            Ok((name, id)) => (Some(name), id, ErrorCode::NONE),
            Err(error) => (name.clone(), *id, error),
        };
        DeletableTopicResult {
            name,
            topic_id,
            error_code: error.0,
            error_message: text(error),
            ..DeletableTopicResult::default()
        }
    });
    let responses = responses.collect();
    Answer::Reply(DeleteTopicsResponse { responses, ..DeleteTopicsResponse::default() })
}

fn delete(core: &mut Core, name: Option<&Text>, id: Uuid) -> Result<(Text, Uuid), ErrorCode> {
    let found = match (name, id) {
        (Some(_), id) if id != Uuid::ZERO => return Err(ErrorCode::INVALID_REQUEST),
        (Some(name), _) => core.topics.get(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?,
        (None, Uuid::ZERO) => return Err(ErrorCode::INVALID_REQUEST),
        (None, id) => core.topics.by_id(id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?,
    };
    let (name, id) = (found.name.clone(), found.id);
    core.remove_topic(&name);
    Ok((name.into(), id))
}

fn text(error: ErrorCode) -> Option<Text> {
    let text = match error {
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => "This server does not host this topic-partition.",
        ErrorCode::UNKNOWN_TOPIC_ID => "This server does not host this topic ID.",
        ErrorCode::TOPIC_DELETION_DISABLED => "Topic deletion is disabled.",
        ErrorCode::INVALID_REQUEST => "A topic is named by its name or by its id, not by both or neither.",
        _ => return None,
    };
    Some(text.into())
}
