//! ApiVersions (key 18), versions 0 to 4 (KIP-35, KIP-511, KIP-584).
//!
//! Shows the dispatch table. A version above 4 is answered in version 0 with UNSUPPORTED_VERSION and the one key that
//! a client needs to ask again. Client software names and versions that Kafka refuses are refused.
//! Of the feature levels only `metadata.version` is shown; the others gate what is not served yet.

use kafka_trial_wire::ErrorCode;
use kafka_trial_wire::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_trial_wire::messages::{ApiVersionsRequest, ApiVersionsResponse};

use super::{APIS, Outcome, frame};
use crate::core::{Answer, Context, Core, Ticket};

const METADATA_VERSION: &str = "metadata.version";
/// `MetadataVersion.MINIMUM_VERSION`, 3.3-IV3.
const OLDEST_LEVEL: i16 = 7;
/// `MetadataVersion.LATEST_PRODUCTION` of Kafka 4.3, 4.3-IV0.
const LEVEL: i16 = 30;

pub(crate) fn handle(_core: &mut Core, context: &Context, request: ApiVersionsRequest) -> Answer<ApiVersionsResponse> {
    let named = is_software_name(&request.client_software_name) && is_software_name(&request.client_software_version);
    if context.version() >= 3 && !named {
        return Answer::Reply(ApiVersionsResponse {
            error_code: ErrorCode::INVALID_REQUEST.0,
            ..ApiVersionsResponse::default()
        });
    }
    Answer::Reply(ApiVersionsResponse {
        api_keys: APIS.iter().map(|api| row(api.key.0, api.min, api.max)).collect(),
        supported_features: vec![SupportedFeatureKey {
            name: METADATA_VERSION.into(),
            min_version: OLDEST_LEVEL,
            max_version: LEVEL,
            ..SupportedFeatureKey::default()
        }],
        finalized_features_epoch: 0,
        finalized_features: vec![FinalizedFeatureKey {
            name: METADATA_VERSION.into(),
            min_version_level: LEVEL,
            max_version_level: LEVEL,
            ..FinalizedFeatureKey::default()
        }],
        ..ApiVersionsResponse::default()
    })
}

/// The answer to a version that is not served: always in version 0.
pub(crate) fn unsupported(ticket: Ticket) -> Outcome {
    let own = APIS.iter().filter(|api| api.key == ticket.api).map(|api| row(api.key.0, api.min, api.max));
    let response = ApiVersionsResponse {
        error_code: ErrorCode::UNSUPPORTED_VERSION.0,
        api_keys: own.collect(),
        ..ApiVersionsResponse::default()
    };
    match frame(Ticket { version: 0, ..ticket }, &response) {
        Ok(reply) => Outcome::Reply(reply),
        Err(_) => Outcome::Close,
    }
}

fn row(api_key: i16, min_version: i16, max_version: i16) -> ApiVersion {
    ApiVersion { api_key, min_version, max_version, ..ApiVersion::default() }
}

/// Letters and digits, with `-` and `.` inside (`ApiVersionsRequest.isValid`).
fn is_software_name(name: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_alphanumeric();
    name.starts_with(alphanumeric)
        && name.ends_with(alphanumeric)
        && name.chars().all(|c| alphanumeric(c) || c == '-' || c == '.')
}
