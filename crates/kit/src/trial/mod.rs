//! One test's world.

mod builder;
mod environment;
mod outcome;
mod run;
mod sight;
mod world;

use std::future::Future;
#[cfg(feature = "schema-registry")]
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{ClientError, Deadline, Endpoint};
use crate::config::KafkaTestConfig;
use crate::fixtures::{Admin, Events, Faults, Flows, Group, Journal, NewTopic, Responders};
#[cfg(feature = "rdkafka")]
use crate::fixtures::{NewConsumer, NewProducer};
use crate::flow::{Follow, Route};
#[cfg(feature = "schema-registry")]
use crate::registry::{RegistryError, SchemaRegistry};
use crate::utilities::FlowTracking;
use crate::value::Values;
use crate::{Arg, EmbeddedCluster, FromTrial, SetupError, off_thread};

pub use self::builder::{Flavor, TrialBuilder};
pub(crate) use self::environment::Environment;
pub use self::outcome::Outcome;
pub use self::run::{Failure, Verdict};
pub(crate) use self::world::World;

/// How long the cluster may take for its first answer.
const CONNECT: Duration = Duration::from_secs(10);

/// One test's world: its cluster, its seed, the names it uses.
///
/// A test has it as an argument where the other fixtures do not reach:
///
/// ```
/// # use kafka_trial::Trial;
/// #[kafka_trial::test]
/// async fn two_topics(trial: Trial) -> kafka_trial::Result {
///     let orders = trial.topic("orders").partitions(6).create().await?;
///     let audit = trial.topic("audit").config("cleanup.policy", "compact").create().await?;
///     assert_eq!((orders.partitions(), audit.partitions()), (6, 1));
///     Ok(())
/// }
/// ```
///
/// Without the macro any `#[test]` has one, with the same time limit, teardown and report:
///
/// ```
/// # use kafka_trial::Trial;
/// fn three_brokers() {
///     Trial::builder().brokers(3).run_blocking(async |trial| {
///         assert_eq!(trial.bootstrap_servers().split(',').count(), 3);
///     });
/// }
/// # three_brokers();
/// ```
#[derive(Clone, Debug)]
pub struct Trial(Arc<World>);

impl Trial {
    /// A trial that is not as by default.
    pub fn builder() -> TrialBuilder {
        TrialBuilder::new()
    }

    /// Runs a test with everything as by default: one broker, 60 s.
    ///
    /// # Panics
    ///
    /// When the test fails.
    pub fn run<F, O>(test: F)
    where
        F: AsyncFnOnce(Self) -> O + Send + 'static,
        O: Outcome,
    {
        Self::builder().run_blocking(test);
    }

    pub(crate) fn new(world: Arc<World>) -> Self {
        Self(world)
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.0
    }

    /// The path of the test, without its crate: `orders::are_keyed_by_customer`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Where the test's randomness starts; the same on every run that sets `KAFKA_TRIAL_SEED` to it.
    pub fn seed(&self) -> u64 {
        self.0.seed
    }

    /// `host:port` of every broker, comma-separated.
    pub fn bootstrap_servers(&self) -> &str {
        self.0.endpoint.bootstrap_servers()
    }

    /// The cluster, for the clients of [`client`](crate::client).
    pub fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// Whether the cluster is in this process; else it is the one that `TEST_KAFKA_BOOTSTRAP_SERVERS` names.
    pub fn is_embedded(&self) -> bool {
        self.0.embedded.is_some()
    }

    /// The embedded cluster, where there is one.
    pub(crate) fn embedded(&self) -> Option<&Arc<EmbeddedCluster>> {
        self.0.embedded.as_ref()
    }

    /// A name for a topic or a group of this test. On the embedded cluster it is the name itself; on a real one, which
    /// others use too, it begins with `kt-`, the test and the run.
    pub fn scoped(&self, name: &str) -> String {
        self.0.scoped(name)
    }

    pub(crate) fn owns_topic(&self, name: &str) {
        self.0.owns_topic(name);
    }

    /// A topic to create, with a scoped name.
    pub fn topic(&self, name: &str) -> NewTopic {
        NewTopic::new(self.clone(), name)
    }

    /// A producer to make.
    #[cfg(feature = "rdkafka")]
    pub fn producer(&self) -> NewProducer {
        NewProducer::new(self.bootstrap_servers())
    }

    /// A consumer of this topic to make.
    #[cfg(feature = "rdkafka")]
    pub fn consumer(&self, topic: impl AsRef<str>) -> NewConsumer {
        NewConsumer::new(self.clone(), topic.as_ref())
    }

    /// Topic administration.
    pub fn admin(&self) -> Admin {
        Admin::new(self.endpoint().clone())
    }

    /// What follows correlation ids.
    pub fn flows(&self) -> Flows {
        Flows::new(Arc::clone(&self.0))
    }

    /// The schema registry of this test: embedded and empty, started when it is first asked for, or the one that
    /// `TEST_SCHEMA_REGISTRY_URL` names.
    #[cfg(feature = "schema-registry")]
    pub fn schema_registry(&self) -> Result<SchemaRegistry, RegistryError> {
        self.0.schema_registry()
    }

    /// Loads folders of schemas; the error names each file that was refused.
    #[cfg(feature = "schema-registry")]
    async fn load_schemas(&self, folders: Vec<PathBuf>) -> Result<(), SetupError> {
        if folders.is_empty() {
            return Ok(());
        }
        let registry = self.schema_registry().map_err(SetupError::other)?;
        let loaded = off_thread(move || {
            let load = |folder: &PathBuf| Ok(registry.load_folder(folder)?.refused);
            folders.iter().map(load).collect::<Result<Vec<_>, RegistryError>>()
        });
        let refused: Vec<String> = loaded
            .await
            .map_err(SetupError::other)?
            .into_iter()
            .flatten()
            .map(|(path, why)| format!("\n  {}: {why}", path.display()))
            .collect();
        match refused.is_empty() {
            true => Ok(()),
            false => Err(SetupError::Schemas { refused: refused.concat() }),
        }
    }

    /// The configuration of this test: its cluster, and its schema registry once it has one.
    pub fn config(&self) -> KafkaTestConfig {
        self.0.config()
    }

    /// How the values of this test are read: by the schemas of its registry once it has one.
    pub fn values(&self) -> Values {
        self.0.values()
    }

    /// The events that come from now on.
    pub async fn events(&self) -> Result<Events, ClientError> {
        Events::open(self.endpoint(), self.values()).await
    }

    /// Services that answer, until the test ends.
    pub fn responders(&self) -> Responders {
        Responders::new(self.clone())
    }

    /// The id of a group, scoped.
    pub fn group(&self, name: &str) -> Group {
        Group::new(self, name)
    }

    /// What clients ask the embedded cluster; none on a real one.
    pub fn journal(&self) -> Option<Journal> {
        self.embedded().map(|cluster| Journal::new(Arc::clone(cluster)))
    }

    /// Faults of the embedded cluster; `None` on an external one.
    pub fn faults(&self) -> Option<Faults> {
        self.embedded().map(|cluster| Faults::new(self.clone(), Arc::clone(cluster)))
    }

    /// Follows a correlation id from a request topic to a response topic, for `timeout` at most; see
    /// [`track_event_flow`](crate::utilities::track_event_flow). Where it finds no answer and the test fails, the report has the verdict.
    pub async fn track_event_flow(
        &self,
        correlation_id: &str,
        request_topic: &str,
        response_topic: &str,
        timeout: Duration,
    ) -> Result<FlowTracking, ClientError> {
        let follow = Follow::new(correlation_id, Route::through([request_topic, response_topic]));
        let world = Arc::clone(self.world());
        off_thread(move || {
            let tracker = world.shared_tracker(Deadline::after(timeout.max(CONNECT)))?;
            let flow = tracker.follow(&follow, timeout);
            world.followed(std::slice::from_ref(&flow));
            Ok(FlowTracking::from(&flow))
        })
        .await
    }

    /// Has something awaited when the test has ended, however it ends: what was registered last comes first. It gets
    /// whether the test has passed. The cluster is still there.
    pub fn at_end<F>(&self, teardown: impl FnOnce(bool) -> F + Send + 'static)
    where
        F: Future<Output = ()> + 'static,
    {
        self.0.at_end(Box::new(move |passed| Box::pin(teardown(passed))));
    }
}

/// What is to be awaited after a test; it gets whether the test has passed.
pub(crate) type Teardown = Box<dyn FnOnce(bool) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

impl FromTrial for Trial {
    async fn from_trial(trial: &Trial, arg: Arg) -> Result<Self, SetupError> {
        arg.takes_no_options().map(|()| trial.clone())
    }
}
