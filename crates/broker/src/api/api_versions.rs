//! ApiVersions (key 18), versions 0 to 4 (KIP-35, KIP-511, KIP-584): the APIs, versions and features of this broker.
//!
//! The answer is made from the dispatch table, up to the versions of the release that the cluster passes for. Its feature
//! levels are those of a new cluster of that release. Version 3 leaves out features whose lowest level is 0 (KAFKA-17011).
//!
//! - INVALID_REQUEST: from version 3, a client software name or version that Kafka does not accept
//!   (`ApiVersionsRequest.isValid`);
//! - UNSUPPORTED_VERSION: the request's own version is too high. This answer goes out in version 0, with the one row that a
//!   client needs to ask again (KIP-511).

use std::ops::RangeInclusive;

use kafka_trial_wire::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_trial_wire::messages::{ApiVersionsRequest, ApiVersionsResponse};
use kafka_trial_wire::{ApiKey, ErrorCode};

use super::APIS;
use super::shared::features::{Feature, features_of};
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

pub(crate) fn handle(_state: &State, context: &Context, request: ApiVersionsRequest) -> Answer<ApiVersionsResponse> {
    let named = is_software_name(&request.client_software_name) && is_software_name(&request.client_software_version);
    if context.version() >= 3 && !named {
        return Answer::Reply(ApiVersionsResponse {
            error_code: ErrorCode::INVALID_REQUEST,
            ..ApiVersionsResponse::default()
        });
    }
    let features = features_of(context.release);
    // Clients fail on a lowest level of 0 in version 3 (KAFKA-17011).
    let known = |feature: &&Feature| context.version() >= 4 || feature.min > 0;
    Answer::Reply(ApiVersionsResponse {
        api_keys: APIS.iter().filter_map(|api| Some(row(api.key, api.shown(context.release)?))).collect(),
        supported_features: features.iter().filter(known).map(supported).collect(),
        finalized_features_epoch: 0,
        // A feature at level 0 is not in force.
        finalized_features: features.iter().filter(|feature| feature.level > 0).map(finalized).collect(),
        ..ApiVersionsResponse::default()
    })
}

fn supported(feature: &Feature) -> SupportedFeatureKey {
    SupportedFeatureKey {
        name: feature.name.into(),
        min_version: feature.min,
        max_version: feature.max,
        ..SupportedFeatureKey::default()
    }
}

fn finalized(feature: &Feature) -> FinalizedFeatureKey {
    FinalizedFeatureKey {
        name: feature.name.into(),
        min_version_level: feature.level,
        max_version_level: feature.level,
        ..FinalizedFeatureKey::default()
    }
}

/// The answer to a version that is not served; it always goes out in version 0.
pub(crate) fn unsupported(api: ApiKey, shown: RangeInclusive<i16>) -> ApiVersionsResponse {
    ApiVersionsResponse {
        error_code: ErrorCode::UNSUPPORTED_VERSION,
        api_keys: vec![row(api, shown)],
        ..ApiVersionsResponse::default()
    }
}

fn row(api: ApiKey, shown: RangeInclusive<i16>) -> ApiVersion {
    let (min_version, max_version) = shown.into_inner();
    ApiVersion { api_key: api.0, min_version, max_version, ..ApiVersion::default() }
}

/// Letters and digits, with `-` and `.` inside (`ApiVersionsRequest.isValid`).
fn is_software_name(name: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_alphanumeric();
    name.starts_with(alphanumeric)
        && name.ends_with(alphanumeric)
        && name.chars().all(|c| alphanumeric(c) || c == '-' || c == '.')
}
