//! The features that are shown in ApiVersions and changed by UpdateFeatures (KIP-584).

use crate::Release;

/// A feature with its lowest level, its highest, and the one in force in a new cluster of Kafka 4.3.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct Feature {
    pub(in crate::api) name: &'static str,
    pub(in crate::api) min: i16,
    pub(in crate::api) max: i16,
    pub(in crate::api) level: i16,
}

/// The version of the metadata log's records (`MetadataVersion`).
pub(in crate::api) const METADATA_VERSION: &str = "metadata.version";

/// The features of Kafka 4.3.1.
pub(in crate::api) const FEATURES: &[Feature] = &[
    Feature { name: "eligible.leader.replicas.version", min: 0, max: 1, level: 1 },
    Feature { name: "group.version", min: 0, max: 1, level: 1 },
    Feature { name: "kraft.version", min: 0, max: 1, level: 0 },
    Feature { name: METADATA_VERSION, min: 7, max: 30, level: 30 },
    Feature { name: "share.version", min: 0, max: 1, level: 1 },
    Feature { name: "streams.version", min: 0, max: 1, level: 1 },
    Feature { name: "transaction.version", min: 0, max: 2, level: 2 },
];

/// The features that a release shows, with the levels of a new cluster.
pub(in crate::api) fn features_of(release: Release) -> Vec<Feature> {
    let shown = |feature: &Feature| {
        if feature.name == METADATA_VERSION {
            return release.metadata_levels().map(|(min, max)| Feature { min, max, level: max, ..*feature });
        }
        let (known_since, in_force_since) = match feature.name {
            "kraft.version" => ((3, 9), (3, 9)),
            "eligible.leader.replicas.version" => ((4, 0), (4, 1)),
            "share.version" | "streams.version" => ((4, 1), (4, 2)),
            _ => ((4, 0), (4, 0)),
        };
        let level = if release.is_at_least(in_force_since) { feature.level } else { 0 };
        release.is_at_least(known_since).then_some(Feature { level, ..*feature })
    };
    FEATURES.iter().filter_map(shown).collect()
}
