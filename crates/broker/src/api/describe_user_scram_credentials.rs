//! DescribeUserScramCredentials (key 50), version 0 (KIP-554): the SCRAM credentials of users, without the secrets.
//!
//! No user has credentials, because there is no API yet that adds them: the answer for all users (none named, or null)
//! is empty, and each user that the request names is refused as `ScramImage.describe` refuses it:
//!
//! - DUPLICATE_RESOURCE: the request names the user twice; the answer has the user once;
//! - RESOURCE_NOT_FOUND: the user has no credentials.

use std::collections::BTreeSet;

use kafka_trial_core::{Refusal, State};
use kafka_trial_wire::messages::describe_user_scram_credentials_response::DescribeUserScramCredentialsResult;
use kafka_trial_wire::messages::{DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::shared::twice::named_twice;
use crate::api::Answer;
use crate::traffic::Context;

pub(crate) fn handle(
    _state: &State,
    _context: &Context,
    request: DescribeUserScramCredentialsRequest,
) -> Answer<DescribeUserScramCredentialsResponse> {
    let names = || request.users.iter().flatten().map(|user| &user.name);
    let twice = named_twice(names());
    let users: BTreeSet<&Text> = names().collect();
    let results = users.into_iter().map(|user| refuse(user, twice.contains(user))).collect();
    Answer::Reply(DescribeUserScramCredentialsResponse { results, ..DescribeUserScramCredentialsResponse::default() })
}

fn refuse(user: &Text, is_named_twice: bool) -> DescribeUserScramCredentialsResult {
    let refusal = if is_named_twice {
        let text = format!("Cannot describe SCRAM credentials for the same user twice in a single request: {user}");
        Refusal::new(ErrorCode::DUPLICATE_RESOURCE, text)
    } else {
        let text = format!("Attempt to describe a user credential that does not exist: {user}");
        Refusal::new(ErrorCode::RESOURCE_NOT_FOUND, text)
    };
    DescribeUserScramCredentialsResult {
        user: user.clone(),
        error_code: refusal.code,
        error_message: refusal.message.map(Text::from),
        ..DescribeUserScramCredentialsResult::default()
    }
}
