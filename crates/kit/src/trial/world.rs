//! What a trial owns while its test runs.

#[cfg(feature = "rdkafka")]
use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kafka_trial_broker::{ClusterConfig, GroupSummary, TopicSummary};

use super::sight::look;
use super::{Environment, Teardown};
use crate::client::{Client, ClientError, Deadline};
use crate::report::{Cause, Report};
use crate::{EmbeddedCluster, SetupError};

/// How long a real cluster may take for its first answer, and later for deleting the topics of a test.
const REAL_CLUSTER: Duration = Duration::from_secs(10);

/// Everything that ends with the test.
pub(crate) struct World {
    pub(crate) name: String,
    /// The package to run again, where it is known.
    package: Option<&'static str>,
    pub(crate) seed: u64,
    run: String,
    pub(crate) bootstrap: String,
    pub(crate) embedded: Option<Arc<EmbeddedCluster>>,
    brokers: usize,
    left: Mutex<Left>,
}

/// What is to be cleared away.
#[derive(Default)]
struct Left {
    /// Topics on a real cluster that this test has created.
    topics: Vec<String>,
    /// Groups that its consumers are in; a report looks for them.
    #[cfg(feature = "rdkafka")]
    groups: Vec<String>,
    teardowns: Vec<Teardown>,
    /// Clients that a panic has dropped; they live until the report has seen their groups.
    #[cfg(feature = "rdkafka")]
    clients: Vec<Arc<dyn Any + Send + Sync>>,
}

/// What a world is made of, besides what the environment says.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) package: Option<&'static str>,
    pub(super) seed: u64,
    pub(super) cluster: ClusterConfig,
    /// The first option that a real cluster cannot be given.
    pub(super) embedded_only: Option<&'static str>,
    /// Whether the test is for a real cluster alone.
    pub(super) external: bool,
}

impl World {
    pub(super) fn open(plan: Plan, environment: &Environment) -> Result<Self, SetupError> {
        let world = |bootstrap, embedded, brokers| Self {
            name: plan.name.clone(),
            package: plan.package,
            seed: plan.seed,
            run: environment.run.clone(),
            bootstrap,
            embedded,
            brokers,
            left: Mutex::default(),
        };
        let Some(servers) = &environment.external else {
            if plan.external {
                return Err(SetupError::NeedsExternal);
            }
            let brokers = plan.cluster.brokers.into();
            let cluster = EmbeddedCluster::start(ClusterConfig { seed: Some(plan.seed), ..plan.cluster })?;
            return Ok(world(cluster.bootstrap_servers(), Some(Arc::new(cluster)), brokers));
        };
        if let Some(what) = plan.embedded_only {
            return Err(SetupError::NeedsEmbedded { what });
        }
        let deadline = Deadline::after(REAL_CLUSTER);
        let found = Client::connect(servers, deadline).and_then(|mut client| client.brokers(deadline));
        let found = found.map_err(SetupError::Unreachable)?.len();
        match plan.cluster.brokers {
            wanted if usize::from(wanted) > found => Err(SetupError::NeedsBrokers { wanted, found }),
            _ => Ok(world(servers.clone(), None, found)),
        }
    }

    pub(crate) fn scoped(&self, name: &str) -> String {
        match self.embedded {
            Some(_) => name.to_owned(),
            None => format!("kt-{:08x}-{}-{name}", fnv_1a(self.name.as_bytes()), self.run),
        }
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        // A test may panic anywhere; what it left behind is still to be cleared away.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn at_end(&self, teardown: Teardown) {
        self.left().teardowns.push(teardown);
    }

    /// A topic that goes with the test. The embedded cluster goes as a whole.
    pub(crate) fn owns_topic(&self, name: &str) {
        if self.embedded.is_none() {
            self.left().topics.push(name.to_owned());
        }
    }

    /// A group that a consumer of the test is in.
    #[cfg(feature = "rdkafka")]
    pub(crate) fn uses_group(&self, id: &str) {
        let groups = &mut self.left().groups;
        if !groups.iter().any(|known| known == id) {
            groups.push(id.to_owned());
        }
    }

    /// Keeps a client until the report has been written.
    #[cfg(feature = "rdkafka")]
    pub(crate) fn keeps(&self, client: Arc<dyn Any + Send + Sync>) {
        self.left().clients.push(client);
    }

    /// The state of the cluster at this moment, as the report of a failure shows it.
    pub(super) fn report(&self, cause: Cause) -> Box<Report> {
        let mut report = Box::new(Report::new(&self.name, self.package, cause));
        report.seed = Some(self.seed);
        report.bootstrap_servers = Some(self.bootstrap.clone());
        report.brokers = self.brokers;
        report.is_embedded = self.embedded.is_some();
        // A test may have stopped the cluster itself; then there is nothing to be seen in it.
        if let Some(cluster) = &self.embedded {
            report.topics = cluster.topics().ok();
            report.groups = cluster.groups().ok();
        } else if let Ok((topics, groups)) = self.look() {
            report.topics = Some(topics);
            report.groups = Some(groups);
        }
        report
    }

    /// What is there of this test on a real cluster.
    fn look(&self) -> Result<(Vec<TopicSummary>, Vec<GroupSummary>), ClientError> {
        #[cfg(feature = "rdkafka")]
        let groups = self.left().groups.clone();
        #[cfg(not(feature = "rdkafka"))]
        let groups = Vec::new();
        let topics = self.left().topics.clone();
        look(&self.bootstrap, &topics, &groups)
    }

    /// Awaits what was to be awaited at the end, the newest first.
    pub(super) async fn tear_down(&self, passed: bool) {
        while let Some(teardown) = { self.left().teardowns.pop() } {
            teardown(passed).await;
        }
    }

    /// Ends everything that is not awaited: clients, topics on a real cluster, the embedded cluster.
    pub(super) fn close(&self) -> Result<(), ClientError> {
        let left = std::mem::take(&mut *self.left());
        #[cfg(feature = "rdkafka")]
        drop(left.clients);
        if let Some(cluster) = &self.embedded {
            cluster.stop();
        }
        if left.topics.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = left.topics.iter().map(String::as_str).collect();
        let deadline = Deadline::after(REAL_CLUSTER);
        Client::connect(&self.bootstrap, deadline)?.delete_topics(&names, deadline).map(drop)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("name", &self.name)
            .field("seed", &self.seed)
            .field("bootstrap", &self.bootstrap)
            .field("is_embedded", &self.embedded.is_some())
            .finish_non_exhaustive()
    }
}

/// The 32-bit FNV-1a hash: the same test has the same prefix in every run, so that what it left can be found.
fn fnv_1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv_1a(b"foobar"), 0xbf9c_f968);
    }
}
