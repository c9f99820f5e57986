//! The features that are shown in ApiVersions and changed by UpdateFeatures (KIP-584).

/// A feature with its lowest level, its highest, and the one in force in a new cluster of Kafka 4.3.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feature {
    pub(super) name: &'static str,
    pub(super) min: i16,
    pub(super) max: i16,
    pub(super) level: i16,
}

/// The version of the metadata log's records (`MetadataVersion`).
pub(super) const METADATA_VERSION: &str = "metadata.version";

/// The features of Kafka 4.3.1.
pub(super) const FEATURES: &[Feature] = &[
    Feature { name: "eligible.leader.replicas.version", min: 0, max: 1, level: 1 },
    Feature { name: "group.version", min: 0, max: 1, level: 1 },
    Feature { name: "kraft.version", min: 0, max: 1, level: 0 },
    Feature { name: METADATA_VERSION, min: 7, max: 30, level: 30 },
    Feature { name: "share.version", min: 0, max: 1, level: 1 },
    Feature { name: "streams.version", min: 0, max: 1, level: 1 },
    Feature { name: "transaction.version", min: 0, max: 2, level: 2 },
];
