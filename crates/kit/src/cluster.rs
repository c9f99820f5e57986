//! The embedded cluster as a value of a test.

use std::ops::Deref;
use std::sync::Arc;

use kafka_trial_broker::ClusterConfig;

use crate::{Arg, EmbeddedCluster, FromTrial, SetupError, StartError, Trial};

/// A shared pointer to an [`EmbeddedCluster`], to which it dereferences: topics and records
/// ([`create_topic`](EmbeddedCluster::create_topic), [`records`](EmbeddedCluster::records)), groups
/// ([`groups`](EmbeddedCluster::groups)), brokers ([`stop_broker`](EmbeddedCluster::stop_broker),
/// [`start_broker`](EmbeddedCluster::start_broker)), the journal ([`journal`](EmbeddedCluster::journal)) and the clock
/// ([`advance_clock`](EmbeddedCluster::advance_clock)). [`fork`](EmbeddedCluster::fork) starts a second cluster from the state
/// of this one.
///
/// A cluster from [`Cluster::start`] ends when this is dropped. A cluster that is an argument of a test belongs to the
/// [`Trial`], which ends it after the test, so that the report of a failure can still show its state.
/// [`EmbeddedCluster::stop`] ends either at once.
///
/// ```
/// use kafka_trial::{Cluster, ClusterConfig, TopicSpec};
///
/// let cluster = Cluster::start(ClusterConfig::default())?;
/// cluster.create_topic(TopicSpec::new("orders", 3))?;
/// assert_eq!(cluster.topics()?[0].partitions.len(), 3);
/// # Ok::<(), kafka_trial::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the cluster stops when this is dropped"]
pub struct Cluster(Arc<EmbeddedCluster>);

impl Cluster {
    /// Starts a cluster: clients can connect when this returns.
    pub fn start(config: ClusterConfig) -> Result<Self, StartError> {
        EmbeddedCluster::start(config).map(|cluster| Self(Arc::new(cluster)))
    }
}

impl Cluster {
    /// The cluster itself, for what looks at it for as long as it is there.
    pub(crate) fn embedded(&self) -> &Arc<EmbeddedCluster> {
        &self.0
    }
}

impl From<EmbeddedCluster> for Cluster {
    fn from(cluster: EmbeddedCluster) -> Self {
        Self(Arc::new(cluster))
    }
}

impl Deref for Cluster {
    type Target = EmbeddedCluster;

    fn deref(&self) -> &EmbeddedCluster {
        &self.0
    }
}

impl FromTrial for Cluster {
    /// On a real cluster the test is skipped.
    async fn from_trial(trial: &Trial, arg: Arg) -> Result<Self, SetupError> {
        arg.takes_no_options()?;
        match trial.embedded() {
            Some(cluster) => Ok(Self(Arc::clone(cluster))),
            None => Err(SetupError::NeedsEmbedded { what: "Cluster" }),
        }
    }
}
