//! What a trial can be told.

use std::io::{self, Write as _};
use std::panic::Location;
#[cfg(feature = "schema-registry")]
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use kafka_trial_broker::{ClusterConfig, Release};

use super::world::Plan;
use super::{Environment, Failure, Outcome, Trial, Verdict, run};
use crate::SetupError;
use crate::report::{Cause, Report};

/// The threads that a test's tasks run on, by tokio's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavor {
    /// All tasks on one thread.
    #[default]
    CurrentThread,
    /// Several threads.
    MultiThread {
        /// How many; as many as there are cores when not set.
        worker_threads: Option<usize>,
    },
}

/// Options of a [`Trial`]. Those of `#[kafka_trial::test(..)]` have the same names.
#[derive(Clone, Debug)]
#[must_use = "nothing runs until a test is given"]
pub struct TrialBuilder {
    name: Option<String>,
    package: Option<&'static str>,
    cluster: ClusterConfig,
    embedded_only: Option<&'static str>,
    version: Option<String>,
    timeout: Option<Duration>,
    seed: Option<u64>,
    pub(super) flavor: Flavor,
    external: bool,
    #[cfg(feature = "schema-registry")]
    schemas: Vec<PathBuf>,
}

impl TrialBuilder {
    pub(super) fn new() -> Self {
        Self {
            name: None,
            package: None,
            cluster: ClusterConfig::default(),
            embedded_only: None,
            version: None,
            timeout: None,
            seed: None,
            flavor: Flavor::default(),
            external: false,
            #[cfg(feature = "schema-registry")]
            schemas: Vec::new(),
        }
    }

    /// The path of the test as `cargo test` knows it. By default the name of the thread, which libtest sets to it.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The package of the test, so that the report can say how to run it again.
    pub fn package(mut self, package: &'static str) -> Self {
        self.package = Some(package);
        self
    }

    /// How many brokers; 1 by default. A real cluster must have as many.
    pub fn brokers(mut self, count: u16) -> Self {
        self.cluster.brokers = count;
        self
    }

    /// A broker property by Kafka's name; standard error names one that nothing acts on. On a real cluster the test is
    /// skipped.
    pub fn config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.cluster.properties.insert(key.into(), value.into());
        self.embedded_only.get_or_insert("config(..)");
        self
    }

    /// Whether topics come into being when a client asks for them; Kafka's default is that they do. On a real cluster
    /// the test is skipped.
    pub fn auto_create_topics(mut self, enabled: bool) -> Self {
        self.cluster.properties.insert("auto.create.topics.enable".to_owned(), enabled.to_string());
        self.embedded_only.get_or_insert("auto_create_topics");
        self
    }

    /// Shows the API versions of this release of Kafka, such as `3.9`; the newest by default. On an external cluster the
    /// test is skipped.
    pub fn as_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self.embedded_only.get_or_insert("as_version");
        self
    }

    /// Loads a folder of schemas into the test's registry before the test begins, as
    /// [`SchemaRegistry::load_folder`](crate::SchemaRegistry::load_folder) does; a relative one begins at the folder that tests run
    /// in, the package's. The test fails if a schema is refused, with each file and its reason.
    #[cfg(feature = "schema-registry")]
    pub fn schemas(mut self, folder: impl Into<PathBuf>) -> Self {
        self.schemas.push(folder.into());
        self
    }

    /// How long the test may take, with its fixtures. 60 s by default, or what `KAFKA_TRIAL_TIMEOUT` says in seconds.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Where randomness starts. By default `KAFKA_TRIAL_SEED`, else another one each time.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The threads of the test's tasks; one by default.
    pub fn flavor(mut self, flavor: Flavor) -> Self {
        self.flavor = flavor;
        self
    }

    /// The test is for a real cluster; without one it fails, and says what to set.
    pub fn external(mut self) -> Self {
        self.external = true;
        self
    }

    /// Runs a test; a failure is reported on standard error.
    ///
    /// # Panics
    ///
    /// When the test fails; with its own panic if it had one.
    #[track_caller]
    pub fn run_blocking<F, O>(self, test: F)
    where
        F: AsyncFnOnce(Trial) -> O + Send + 'static,
        O: Outcome,
    {
        self.run_test(async move |trial| Ok(test(trial).await));
    }

    /// As [`TrialBuilder::run_blocking`], for a test that sets up its arguments first; the test macro calls it.
    #[doc(hidden)]
    #[track_caller]
    pub fn run_test<F, O>(self, test: F)
    where
        F: AsyncFnOnce(Trial) -> Result<O, SetupError> + Send + 'static,
        O: Outcome,
    {
        match self.attempt_test(test) {
            Ok(Verdict::Passed) => {}
            // Past the capture of libtest, which shows nothing of a test that has not failed.
            Ok(Verdict::Skipped(reason)) => drop(writeln!(io::stderr(), "skipped: {reason}")),
            Err(failure) => failure.raise(),
        }
    }

    /// Runs a test and gives what came of it, for harnesses of one's own. It prints no report.
    #[track_caller]
    pub fn attempt<F, O>(self, test: F) -> Result<Verdict, Failure>
    where
        F: AsyncFnOnce(Trial) -> O + Send + 'static,
        O: Outcome,
    {
        self.attempt_test(async move |trial| Ok(test(trial).await))
    }

    #[track_caller]
    fn attempt_test<F, O>(self, test: F) -> Result<Verdict, Failure>
    where
        F: AsyncFnOnce(Trial) -> Result<O, SetupError> + Send + 'static,
        O: Outcome,
    {
        #[cfg(feature = "schema-registry")]
        let test = {
            let folders = self.schemas;
            async move |trial: Trial| {
                trial.load_schemas(folders).await?;
                test(trial).await
            }
        };
        let name = self.name.clone().unwrap_or_else(|| caller_name(Location::caller()));
        let failed = |error: SetupError| {
            Failure::from(Box::new(Report::new(&name, self.package, Cause::Setup(error.to_string()))))
        };
        let environment = Environment::read().map_err(failed)?;
        let mut cluster = self.cluster;
        if let Some(version) = self.version {
            cluster.release = version.parse::<Release>().map_err(|error| failed(SetupError::other(error)))?;
        }
        let plan = Plan {
            name: name.clone(),
            package: self.package,
            seed: self.seed.unwrap_or(environment.seed),
            cluster,
            embedded_only: self.embedded_only,
            external: self.external,
        };
        run::run(plan, &environment, self.timeout.unwrap_or(environment.timeout), self.flavor, test)
    }
}

/// What libtest calls the running test; with `--test-threads=1` it does not say, and the place in the source stands in.
fn caller_name(caller: &Location<'_>) -> String {
    match thread::current().name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => format!("{}:{}", caller.file(), caller.line()),
    }
}
