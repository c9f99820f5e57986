//! What a trial owns while its test runs.

#[cfg(feature = "rdkafka")]
use std::any::Any;
use std::fmt;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use kafka_trial_broker::{ClusterConfig, FaultStatus, GroupSummary, TopicSummary};

use super::sight::look;
use super::{Environment, Teardown};
use crate::client::{Client, ClientError, Deadline, Endpoint};
use crate::config::KafkaTestConfig;
use crate::faults::never_acted;
use crate::flow::artifacts::{self, Keep};
use crate::flow::{Flow, FlowTracker, SharedTracker};
#[cfg(feature = "schema-registry")]
use crate::registry::{RegistryError, SchemaRegistry};
use crate::report::{Cause, Report};
use crate::value::{Decode, Values, unreadable_records};
use crate::{EmbeddedCluster, SetupError, fnv_1a};

/// How long a real cluster may take for its first answer, and later for deleting the topics of a test.
const REAL_CLUSTER: Duration = Duration::from_secs(10);

/// Everything that ends with the test.
pub(crate) struct World {
    pub(crate) name: String,
    /// The package to run again, where it is known.
    package: Option<&'static str>,
    pub(crate) seed: u64,
    run: String,
    /// What the ids of its groups begin with, unless the test names them.
    #[cfg(feature = "rdkafka")]
    pub(crate) group_prefix: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) embedded: Option<Arc<EmbeddedCluster>>,
    brokers: usize,
    keep: Keep,
    artifacts: PathBuf,
    update_golden: bool,
    /// The URL of a schema registry that runs elsewhere.
    #[cfg(feature = "schema-registry")]
    registry_url: Option<String>,
    #[cfg(feature = "schema-registry")]
    registry: Mutex<Option<SchemaRegistry>>,
    /// What decodes values, once the test has a schema registry.
    decoder: Arc<OnceLock<Arc<dyn Decode>>>,
    left: Mutex<Left>,
    tracker: Mutex<Option<SharedTracker>>,
}

/// What is to be cleared away.
#[derive(Default)]
struct Left {
    /// Topics on a real cluster that this test has created.
    topics: Vec<String>,
    /// Groups of its own; a report looks for them.
    groups: Vec<String>,
    teardowns: Vec<Teardown>,
    /// What was followed, as it was seen last.
    flows: Vec<Flow>,
    /// Faults that ended without having acted, although they had to.
    idle_faults: Vec<FaultStatus>,
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
        let world = |endpoint, embedded, brokers| Self {
            name: plan.name.clone(),
            package: plan.package,
            seed: plan.seed,
            run: environment.run.clone(),
            #[cfg(feature = "rdkafka")]
            group_prefix: environment.group_prefix.clone(),
            endpoint,
            embedded,
            brokers,
            keep: environment.keep,
            artifacts: environment.artifacts.clone(),
            update_golden: environment.update_golden,
            #[cfg(feature = "schema-registry")]
            registry_url: environment.registry.clone(),
            #[cfg(feature = "schema-registry")]
            registry: Mutex::default(),
            decoder: Arc::default(),
            left: Mutex::default(),
            tracker: Mutex::default(),
        };

        let Some(servers) = &environment.external else {
            if plan.external {
                return Err(SetupError::NeedsExternal);
            }
            let brokers = plan.cluster.brokers.into();
            let cluster = EmbeddedCluster::start(ClusterConfig { seed: Some(plan.seed), ..plan.cluster })?;
            for ignored in cluster.ignored_properties() {
                // Past the capture of libtest: a test that tests something else than it says may well pass.
                let _ = writeln!(io::stderr(), "{}: {ignored}", plan.name);
            }
            let endpoint = cluster.bootstrap_servers().parse().map_err(SetupError::Unreachable)?;
            return Ok(world(endpoint, Some(Arc::new(cluster)), brokers));
        };
        if let Some(what) = plan.embedded_only {
            return Err(SetupError::NeedsEmbedded { what });
        }
        let endpoint: Endpoint = servers.parse().map_err(SetupError::Unreachable)?;
        let deadline = Deadline::after(REAL_CLUSTER);
        let found = Client::connect(&endpoint, deadline).and_then(|mut client| client.brokers(deadline));
        let found = found.map_err(SetupError::Unreachable)?.len();
        match plan.cluster.brokers {
            wanted if usize::from(wanted) > found => Err(SetupError::NeedsBrokers { wanted, found }),
            _ => Ok(world(endpoint, None, found)),
        }
    }

    pub(crate) fn scoped(&self, name: &str) -> String {
        if self.embedded.is_some() {
            return name.to_owned();
        }
        // The same test has the same prefix in every run, so that what it left can be found.
        let prefix = format!("kt-{:08x}-{}-", fnv_1a(self.name.as_bytes()), self.run);
        if name.starts_with(&prefix) { name.to_owned() } else { prefix + name }
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

    /// A group that the test uses.
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

    /// What follows ids through this cluster, for all that do so in this test: connected when it is first asked.
    pub(crate) fn shared_tracker(&self, deadline: Deadline) -> Result<SharedTracker, ClientError> {
        let mut tracker = self.tracker.lock().unwrap_or_else(PoisonError::into_inner);
        match &*tracker {
            Some(tracker) => Ok(tracker.clone()),
            None => Ok(tracker.insert(SharedTracker::new(self.tracker(deadline)?)).clone()),
        }
    }

    /// What follows ids through this cluster.
    pub(crate) fn tracker(&self, deadline: Deadline) -> Result<FlowTracker, ClientError> {
        let tracker = match &self.embedded {
            Some(cluster) => FlowTracker::embedded(cluster, deadline)?,
            None => FlowTracker::connect(&self.endpoint, deadline)?,
        };
        Ok(tracker.update_golden(self.update_golden).values(self.values()))
    }

    /// Where the test finds its cluster and its registry.
    pub(crate) fn config(&self) -> KafkaTestConfig {
        let mut config = KafkaTestConfig::from_env();
        config.bootstrap_servers = self.endpoint.bootstrap_servers().to_owned();
        config.is_external = self.embedded.is_none();
        #[cfg(feature = "schema-registry")]
        if let Some(registry) = &*self.registry.lock().unwrap_or_else(PoisonError::into_inner) {
            config.schema_registry_url = Some(registry.url().to_owned());
        }
        config
    }

    /// How values are read: by a schema registry that is named from outside, or that the test asks for later.
    pub(crate) fn values(&self) -> Values {
        #[cfg(feature = "schema-registry")]
        if self.registry_url.is_some() {
            // A URL that is wrong is the error of the test that asks for the registry.
            let _ = self.schema_registry();
        }
        Values::decoded_later(Arc::clone(&self.decoder))
    }

    /// The schema registry of the test, started when it is first asked for.
    #[cfg(feature = "schema-registry")]
    pub(crate) fn schema_registry(&self) -> Result<SchemaRegistry, RegistryError> {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registry) = &*registry {
            return Ok(registry.clone());
        }
        let new = match &self.registry_url {
            Some(url) => SchemaRegistry::at(url)?,
            None => SchemaRegistry::start()?,
        };
        let _ = self.decoder.set(new.decoder());
        Ok(registry.insert(new).clone())
    }

    /// Flows that a report should show. One that is followed again replaces what was seen of it before.
    pub(crate) fn followed(&self, flows: &[Flow]) {
        let known = &mut self.left().flows;
        for flow in flows {
            match known.iter_mut().find(|known| known.id == flow.id && known.route == flow.route) {
                Some(known) => known.clone_from(flow),
                None => known.push(flow.clone()),
            }
        }
    }

    /// A fault has ended, before the test or with it.
    pub(crate) fn ended_fault(&self, status: FaultStatus) {
        if status.is_due() {
            self.left().idle_faults.push(status);
        }
    }

    /// Ends the faults that are still armed: clients that close must not meet them. Returns those that should have acted
    /// and have not, with the requests that came nearest.
    pub(super) fn end_faults(&self) -> Option<String> {
        if let Some(cluster) = &self.embedded {
            for status in cluster.faults().unwrap_or_default() {
                if let Ok(Some(status)) = cluster.disarm(&status.rule.id) {
                    self.ended_fault(status);
                }
            }
        }
        let idle = std::mem::take(&mut self.left().idle_faults);
        let texts: Vec<String> = idle.iter().map(never_acted).collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }

    /// Writes the files of the flows of a test that has passed, where that is wanted.
    pub(super) fn keep_flows(&self) {
        self.write_flows(&self.left().flows.clone(), false);
    }

    fn write_flows(&self, flows: &[Flow], failed: bool) -> Vec<PathBuf> {
        if flows.is_empty() || !self.keep.keeps(failed) {
            return Vec::new();
        }
        artifacts::write(&self.artifacts, &self.name, flows).unwrap_or_else(|error| {
            eprintln!("kafka-trial: the flows of {} could not be kept: {error}", self.name);
            Vec::new()
        })
    }

    /// The state of the cluster at this moment, as the report of a failure shows it.
    pub(super) fn report(&self, cause: Cause) -> Box<Report> {
        let mut report = Box::new(Report::new(&self.name, self.package, cause));
        report.seed = Some(self.seed);
        report.bootstrap_servers = Some(self.endpoint.to_string());
        report.brokers = self.brokers;
        report.is_embedded = self.embedded.is_some();
        report.flows = self.left().flows.clone();
        report.pages = self.write_flows(&report.flows, true);
        // A test may have stopped the cluster itself; then there is nothing to be seen in it.
        if let Some(cluster) = &self.embedded {
            report.topics = cluster.topics().ok();
            report.unreadable = unreadable_records(cluster, &self.values(), 0);
            report.groups = cluster.groups().ok();
            report.journal = cluster.journal(0).ok().map(|page| page.entries);
            report.waiting = cluster.waiting_requests().unwrap_or_default();
            report.closed = cluster.closed_connections().unwrap_or_default();
        } else if let Ok((topics, groups)) = self.look() {
            report.topics = Some(topics);
            report.groups = Some(groups);
            // The log of a real cluster is not read again: what the flows have seen is what there is.
            report.unreadable = report.flows.iter().flat_map(Flow::unreadable).collect();
        }
        report
    }

    /// What is there of this test on a real cluster.
    fn look(&self) -> Result<(Vec<TopicSummary>, Vec<GroupSummary>), ClientError> {
        let groups = self.left().groups.clone();
        let topics = self.left().topics.clone();
        look(&self.endpoint, &topics, &groups)
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
        Client::connect(&self.endpoint, deadline)?.delete_topics(&names, deadline).map(drop)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("name", &self.name)
            .field("seed", &self.seed)
            .field("bootstrap", &self.endpoint.bootstrap_servers())
            .field("is_embedded", &self.embedded.is_some())
            .finish_non_exhaustive()
    }
}
