//! A cluster can imitate older releases of Kafka by their API versions.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use kafka_trial_core::{DynamicProperties, IgnoredProperty, SettingError, Settings};
use kafka_trial_wire::ApiKey;
use thiserror::Error;

/// The major and minor version of a release.
type Version = (u8, u8);

/// A release of Kafka, from 2.8 to 4.3, which decides the APIs and versions that a cluster shows. Other versions are
/// refused as that release refuses them; all served versions behave as in Kafka 4.3. Versions that Kafka 4 dropped stay
/// dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(Version);

/// The error for text that does not name a known release.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0} is no release of Kafka that is known here: 2.8, 3.0 to 3.9 and 4.0 to 4.3 are")]
pub struct UnknownRelease(pub String);

impl Release {
    /// The latest release, 4.3, whose behaviour the cluster has.
    pub const LATEST: Self = Self((4, 3));

    /// Returns the highest version of an API that this release shows; `None` if the release does not have the API.
    pub(crate) fn highest(self, api: ApiKey) -> Option<i16> {
        let (_, steps) = STEPS.iter().find(|(key, _)| *key == api)?;
        let (_, highest) = steps.iter().rev().find(|(since, _)| *since <= self.0)?;
        Some(*highest).filter(|highest| *highest >= 0)
    }

    /// Returns the lowest and the highest level of `metadata.version` (`MetadataVersion`); `None` for releases with
    /// ZooKeeper.
    pub(crate) fn metadata_levels(self) -> Option<(i16, i16)> {
        let lowest = if self.0 >= (4, 0) { 7 } else { 1 };
        let (_, level) = METADATA_LEVELS.iter().rev().find(|(since, _)| *since <= self.0)?;
        Some((lowest, *level))
    }

    /// Reads the properties of a new cluster of this release. A property that is set for all brokers from the beginning
    /// (`min.insync.replicas`, for eligible leader replicas, KIP-966) came with 4.1.
    pub(crate) fn settings(
        self,
        properties: &BTreeMap<String, String>,
    ) -> Result<(Settings, Vec<IgnoredProperty>), SettingError> {
        let (settings, ignored) = Settings::parse(properties)?;
        let settings =
            if self.is_at_least((4, 1)) { settings } else { settings.changed(DynamicProperties::default())? };
        Ok((settings, ignored))
    }

    pub(crate) fn is_at_least(self, version: Version) -> bool {
        self.0 >= version
    }
}

impl Default for Release {
    fn default() -> Self {
        Self::LATEST
    }
}

impl FromStr for Release {
    type Err = UnknownRelease;

    /// Reads a release such as `3.7`.
    fn from_str(text: &str) -> Result<Self, UnknownRelease> {
        let version = text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        match version {
            Some(version @ ((2, 8) | (3, 0..=9) | (4, 0..=3))) => Ok(Self(version)),
            _ => Err(UnknownRelease(text.to_owned())),
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0.0, self.0.1)
    }
}

/// The level of `metadata.version` of a new cluster, by the release that introduced it.
const METADATA_LEVELS: &[(Version, i16)] = &[
    ((3, 3), 7),
    ((3, 4), 8),
    ((3, 5), 11),
    ((3, 6), 14),
    ((3, 7), 19),
    ((3, 8), 20),
    ((3, 9), 21),
    ((4, 0), 25),
    ((4, 1), 27),
    ((4, 2), 29),
    ((4, 3), 30),
];

/// The highest version of each API, by the release that introduced it; -1 if a release removed the API. The source is
/// the message definitions of each release, of brokers with ZooKeeper up to 3.2 and with KRaft from 3.3 on, without
/// unstable versions. Releases before 4.0 do not show the consumer protocol, which is off by default there. Every
/// served API has a row; an API that is the same in all releases has one step.
#[rustfmt::skip]
const STEPS: &[(ApiKey, &[(Version, i16)])] = &[
    (ApiKey::Produce, &[((2, 8), 9), ((3, 7), 10), ((3, 8), 11), ((4, 0), 12), ((4, 1), 13)]),
    (ApiKey::Fetch, &[((2, 8), 12), ((3, 1), 13), ((3, 5), 15), ((3, 7), 16), ((3, 9), 17), ((4, 1), 18)]),
    (ApiKey::ListOffsets, &[((2, 8), 6), ((3, 0), 7), ((3, 5), 8), ((3, 9), 9), ((4, 0), 10), ((4, 2), 11)]),
    (ApiKey::Metadata, &[((2, 8), 11), ((3, 1), 12), ((4, 0), 13)]),
    (ApiKey::OffsetCommit, &[((2, 8), 8), ((3, 7), 9), ((4, 2), 10)]),
    (ApiKey::OffsetFetch, &[((2, 8), 7), ((3, 0), 8), ((3, 7), 9), ((4, 2), 10)]),
    (ApiKey::FindCoordinator, &[((2, 8), 3), ((3, 0), 4), ((3, 8), 5), ((3, 9), 6)]),
    (ApiKey::JoinGroup, &[((2, 8), 7), ((3, 2), 9)]),
    (ApiKey::Heartbeat, &[((2, 8), 4)]),
    (ApiKey::LeaveGroup, &[((2, 8), 4), ((3, 2), 5)]),
    (ApiKey::SyncGroup, &[((2, 8), 5)]),
    (ApiKey::DescribeGroups, &[((2, 8), 5), ((4, 0), 6)]),
    (ApiKey::ListGroups, &[((2, 8), 4), ((3, 8), 5)]),
    (ApiKey::ApiVersions, &[((2, 8), 3), ((3, 9), 4)]),
    (ApiKey::CreateTopics, &[((2, 8), 7)]),
    (ApiKey::DeleteTopics, &[((2, 8), 6)]),
    (ApiKey::DeleteRecords, &[((2, 8), 2)]),
    (ApiKey::InitProducerId, &[((2, 8), 4), ((3, 8), 5)]),
    (ApiKey::OffsetForLeaderEpoch, &[((2, 8), 4)]),
    (ApiKey::AddPartitionsToTxn, &[((2, 8), 3), ((3, 6), 4), ((3, 8), 5)]),
    (ApiKey::AddOffsetsToTxn, &[((2, 8), 3), ((3, 8), 4)]),
    (ApiKey::EndTxn, &[((2, 8), 3), ((3, 8), 4), ((4, 0), 5)]),
    (ApiKey::WriteTxnMarkers, &[((2, 8), 1), ((4, 2), 2)]),
    (ApiKey::TxnOffsetCommit, &[((2, 8), 3), ((3, 8), 4), ((4, 0), 5)]),
    (ApiKey::DescribeAcls, &[((2, 8), 2), ((3, 3), 3)]),
    (ApiKey::CreateAcls, &[((2, 8), 2), ((3, 3), 3)]),
    (ApiKey::DeleteAcls, &[((2, 8), 2), ((3, 3), 3)]),
    (ApiKey::DescribeConfigs, &[((2, 8), 4)]),
    (ApiKey::AlterConfigs, &[((2, 8), 2)]),
    (ApiKey::AlterReplicaLogDirs, &[((2, 8), 2)]),
    (ApiKey::DescribeLogDirs, &[((2, 8), 2), ((3, 2), 3), ((3, 3), 4), ((4, 3), 5)]),
    (ApiKey::CreatePartitions, &[((2, 8), 3)]),
    (ApiKey::DeleteGroups, &[((2, 8), 2)]),
    (ApiKey::ElectLeaders, &[((2, 8), 2)]),
    (ApiKey::IncrementalAlterConfigs, &[((2, 8), 1)]),
    (ApiKey::AlterPartitionReassignments, &[((2, 8), 0), ((4, 1), 1)]),
    (ApiKey::ListPartitionReassignments, &[((2, 8), 0)]),
    (ApiKey::OffsetDelete, &[((2, 8), 0)]),
    (ApiKey::DescribeUserScramCredentials, &[((2, 8), 0), ((3, 3), -1), ((3, 5), 0)]),
    (ApiKey::AlterUserScramCredentials, &[((2, 8), 0), ((3, 3), -1), ((3, 5), 0)]),
    (ApiKey::DescribeQuorum, &[((3, 3), 1), ((3, 9), 2)]),
    (ApiKey::UpdateFeatures, &[((2, 8), 0), ((3, 3), 1), ((4, 0), 2)]),
    (ApiKey::DescribeCluster, &[((2, 8), 0), ((3, 7), 1), ((4, 0), 2)]),
    (ApiKey::DescribeProducers, &[((2, 8), 0)]),
    (ApiKey::UnregisterBroker, &[((2, 8), 0)]),
    (ApiKey::DescribeTransactions, &[((3, 0), 0)]),
    (ApiKey::ListTransactions, &[((3, 0), 0), ((3, 8), 1), ((4, 1), 2)]),
    (ApiKey::ConsumerGroupHeartbeat, &[((4, 0), 1)]),
    (ApiKey::ConsumerGroupDescribe, &[((4, 0), 1)]),
    (ApiKey::ListConfigResources, &[((3, 7), 0), ((4, 1), 1)]),
    (ApiKey::DescribeTopicPartitions, &[((3, 8), 0)]),
    (ApiKey::ShareGroupHeartbeat, &[((4, 1), 1)]),
    (ApiKey::ShareGroupDescribe, &[((4, 1), 1)]),
    (ApiKey::ShareFetch, &[((4, 1), 1), ((4, 2), 2)]),
    (ApiKey::ShareAcknowledge, &[((4, 1), 1), ((4, 2), 2)]),
    (ApiKey::StreamsGroupHeartbeat, &[((4, 2), 0)]),
    (ApiKey::StreamsGroupDescribe, &[((4, 2), 0)]),
    (ApiKey::DescribeShareGroupOffsets, &[((4, 1), 0), ((4, 2), 1)]),
    (ApiKey::AlterShareGroupOffsets, &[((4, 1), 0)]),
    (ApiKey::DeleteShareGroupOffsets, &[((4, 1), 0)]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::APIS;

    #[test]
    fn every_served_api_has_a_row() {
        for api in APIS {
            assert!(
                STEPS.iter().any(|(key, _)| *key == api.key),
                "{}: say in STEPS of crates/broker/src/release.rs which releases have it (CONTRIBUTING.md, \"Add a Kafka \
                 API in an hour\", step 5)",
                api.key
            );
        }
        assert!(STEPS.is_sorted_by_key(|(key, _)| key.0), "the rows are in key order, each API once");
    }

    #[test]
    fn only_releases_with_eligible_leader_replicas_set_a_property_for_all_brokers() {
        let properties = BTreeMap::from([("min.insync.replicas".to_owned(), "2".to_owned())]);
        for (release, for_all) in [("3.9", None), ("4.3", Some("2"))] {
            let (settings, _) = release.parse::<Release>().unwrap().settings(&properties).unwrap();
            let set = settings.dynamic.cluster.get("min.insync.replicas").map(String::as_str);
            assert_eq!((set, settings.property("min.insync.replicas")), (for_all, Some("2")), "{release}");
        }
    }

    #[test]
    fn the_steps_lead_up_to_what_the_latest_definitions_have() {
        for (api, steps) in STEPS {
            assert!(steps.is_sorted_by_key(|(since, _)| *since), "{api}");
            let highest = api.versions().map(|versions| *versions.end());
            // InitProducerId has an unstable version.
            let expected = if *api == ApiKey::InitProducerId { Some(5) } else { highest };
            assert_eq!(Release::LATEST.highest(*api), expected, "{api}");
        }
    }

    #[test]
    fn a_release_is_written_as_two_numbers() {
        assert_eq!("3.7".parse::<Release>().map(|release| release.to_string()), Ok("3.7".to_owned()));
        for text in ["2.7", "3.10", "4.4", "3", "3.7.1", "", "x.y"] {
            let error = text.parse::<Release>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{text} is no release of Kafka")), "{error}");
        }
    }
}
