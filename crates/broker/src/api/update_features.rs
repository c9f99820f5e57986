//! UpdateFeatures (key 57), versions 0 to 2 (KIP-584): raises or lowers feature levels.
//!
//! From version 1 an update has a kind, and a request may be a dry run (KIP-778); from version 2 a success names no features.
//! A dry run is answered as Kafka answers it.
//!
//! - INVALID_UPDATE_VERSION for the whole request, with the reason of the first feature that cannot be updated
//!   (`FeatureControlManager.updateFeature`): the kind, a negative level, an unknown feature, a level out of its range, a
//!   downgrade that is not asked for as one, or one of `metadata.version`.
//!
//! Different from Kafka: behaviour that features govern does not change at run time, so a request that is not a dry run
//! is refused unless it keeps the present level.

use kafka_trial_wire::messages::update_features_request::FeatureUpdateKey;
use kafka_trial_wire::messages::update_features_response::UpdatableFeatureResult;
use kafka_trial_wire::messages::{UpdateFeaturesRequest, UpdateFeaturesResponse};
use kafka_trial_wire::{ErrorCode, Text};

use super::shared::features::{FEATURES, METADATA_VERSION};
use crate::api::Answer;
use crate::traffic::Context;
use kafka_trial_core::State;

/// `FeatureUpdate.UpgradeType.UPGRADE`.
const UPGRADE: i8 = 1;
/// `UNSAFE_DOWNGRADE`, the last of them.
const UNSAFE_DOWNGRADE: i8 = 3;

pub(crate) fn handle(
    state: &State,
    context: &Context,
    request: UpdateFeaturesRequest,
) -> Answer<UpdateFeaturesResponse> {
    let version = context.version();
    let updates = &request.feature_updates;
    let refused = updates.iter().find_map(|update| check(state, update, version).err());
    let refused = refused.or_else(|| updates.iter().filter(|_| !request.validate_only).find_map(kept));
    if let Some(reason) = refused {
        let text = format!("The update failed for all features since the following feature had an error: {reason}");
        return Answer::Reply(UpdateFeaturesResponse {
            error_code: ErrorCode::INVALID_UPDATE_VERSION,
            error_message: Some(text.into()),
            ..UpdateFeaturesResponse::default()
        });
    }
    // From version 2 on a success names no features.
    let named = request.feature_updates.into_iter().filter(|_| version < 2);
    let results = named.map(|update| UpdatableFeatureResult {
        feature: update.feature,
        error_message: Some(Text::from("NONE")),
        ..UpdatableFeatureResult::default()
    });
    let results = results.collect();
    Answer::Reply(UpdateFeaturesResponse { error_message: None, results, ..UpdateFeaturesResponse::default() })
}

fn invalid(update: &FeatureUpdateKey, why: &str) -> String {
    format!("Invalid update version {} for feature {}. {why}", update.max_version_level, update.feature)
}

/// Refuses an update that Kafka refuses (`FeatureControlManager.updateFeature`).
fn check(state: &State, update: &FeatureUpdateKey, version: i16) -> Result<(), String> {
    let (name, wanted) = (&update.feature, update.max_version_level);
    let controller = state.controller_id();
    let invalid = |why: &str| Err(invalid(update, why));
    let kind = match version {
        0 if update.allow_downgrade => UNSAFE_DOWNGRADE,
        0 => UPGRADE,
        _ => update.upgrade_type,
    };
    if !(UPGRADE..=UNSAFE_DOWNGRADE).contains(&kind) {
        return invalid("The controller does not support the given upgrade type.");
    }
    if wanted < 0 {
        return invalid("A feature version cannot be less than 0.");
    }
    let Some(feature) = FEATURES.iter().find(|feature| name == feature.name) else {
        return invalid(&format!("Local controller {controller} does not support this feature."));
    };
    if !(feature.min..=feature.max).contains(&wanted) {
        let (min, max) = (feature.min, feature.max);
        return invalid(&format!("Local controller {controller} only supports versions {min}-{max}"));
    }
    if wanted < feature.level && kind == UPGRADE {
        let why = "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.";
        return invalid(why);
    }
    if wanted > feature.level && kind != UPGRADE {
        return invalid("Can't downgrade to a newer version.");
    }
    if wanted < feature.level && name == METADATA_VERSION {
        let why = if kind == UNSAFE_DOWNGRADE {
            "Unsafe metadata downgrade is not supported in this version."
        } else {
            "Refusing to perform the requested downgrade because it might delete metadata information."
        };
        return Err(format!("Unsupported metadata.version downgrade from {} to {wanted}. {why}", feature.level));
    }
    Ok(())
}

/// Refuses an update that Kafka would make: one to a different level than the present one.
fn kept(update: &FeatureUpdateKey) -> Option<String> {
    let is_other = FEATURES.iter().any(|f| update.feature == f.name && update.max_version_level != f.level);
    is_other.then(|| invalid(update, "This cluster keeps its features at the levels it has."))
}
