//! What the environment says about a run of tests.

use std::env;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::SetupError;
use crate::config::KafkaTestConfig;
use crate::config::SEED_VARIABLE as SEED;
use crate::flow::artifacts::Keep;

/// How long a test may take unless it or [`TIMEOUT`] says otherwise.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const TIMEOUT: &str = "KAFKA_TRIAL_TIMEOUT";
const REQUIRE: &str = "KAFKA_TRIAL_REQUIRE";
/// Whose flows leave files behind, and where.
const KEEP: &str = "KAFKA_TRIAL_KEEP";
const ARTIFACTS: &str = "KAFKA_TRIAL_ARTIFACTS";
/// Whether golden flows are recorded.
const UPDATE_GOLDEN: &str = "KAFKA_TRIAL_UPDATE_GOLDEN";
/// Set by cargo-nextest, whose tests are processes of their own.
const NEXTEST_RUN: &str = "NEXTEST_RUN_ID";

/// What holds for all tests of a run.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// The real cluster, where one is named.
    pub(crate) external: Option<String>,
    /// The schema registry, where one is named.
    #[cfg(feature = "schema-registry")]
    pub(crate) registry: Option<String>,
    /// What the groups of tests begin with.
    #[cfg(feature = "rdkafka")]
    pub(crate) group_prefix: String,
    /// Where the randomness of a test starts.
    pub(crate) seed: u64,
    pub(crate) timeout: Duration,
    /// Whether a test that cannot run here fails instead of being skipped.
    pub(crate) require: bool,
    /// Tells the names of this run from those of others on the same cluster.
    pub(crate) run: String,
    /// Which tests leave files of their flows behind.
    pub(crate) keep: Keep,
    /// Where.
    pub(crate) artifacts: PathBuf,
    /// Whether golden files are written instead of being compared.
    pub(crate) update_golden: bool,
}

impl Environment {
    pub(crate) fn read() -> Result<Self, SetupError> {
        Self::from_variables(|name| env::var(name).ok(), RandomState::new().hash_one(std::process::id()))
    }

    /// As the variables say; `random` stands in where they say nothing.
    fn from_variables(variable: impl Fn(&str) -> Option<String>, random: u64) -> Result<Self, SetupError> {
        let set = |name| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let config = KafkaTestConfig::from_variables(&variable);
        let wrong = |name, expected| move |value| SetupError::Variable { name, value, expected };
        let seed = match set(SEED) {
            None => random,
            Some(text) => text.parse().map_err(|_| wrong(SEED, "a whole number below 2^64")(text))?,
        };
        let timeout = match set(TIMEOUT) {
            None => DEFAULT_TIMEOUT,
            Some(text) => seconds(&text).ok_or_else(|| wrong(TIMEOUT, "a number of seconds above 0")(text))?,
        };
        let keep = match set(KEEP) {
            None => Keep::default(),
            Some(text) => text.parse().map_err(|_| wrong(KEEP, "failed, always or never")(text))?,
        };
        let run = set(NEXTEST_RUN).unwrap_or_else(|| format!("{random:016x}"));
        Ok(Self {
            external: config.is_external.then_some(config.bootstrap_servers),
            #[cfg(feature = "schema-registry")]
            registry: config.schema_registry_url,
            #[cfg(feature = "rdkafka")]
            group_prefix: config.group_prefix,
            seed,
            timeout,
            require: set(REQUIRE).is_some_and(|value| is_true(&value)),
            update_golden: set(UPDATE_GOLDEN).is_some_and(|value| is_true(&value)),
            keep,
            artifacts: set(ARTIFACTS).map_or_else(|| target().join("kafka-trial"), PathBuf::from),
            run: run.chars().filter(char::is_ascii_alphanumeric).take(8).collect(),
        })
    }
}

/// Cargo's folder for what it builds, which this test is part of; `target` where that cannot be told.
fn target() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let deps = program.parent().filter(|folder| folder.ends_with("deps"));
    deps.and_then(Path::parent).and_then(Path::parent).map_or_else(|| PathBuf::from("target"), Path::to_owned)
}

fn is_true(value: &str) -> bool {
    !matches!(value, "0" | "false" | "no")
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds = text.strip_suffix('s').unwrap_or(text).parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, SetupError> {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        Environment::from_variables(value, 7)
    }

    #[test]
    fn without_variables_the_broker_is_embedded_and_the_seed_is_random() {
        let environment = read(&[]).unwrap();
        assert_eq!((environment.external, environment.seed), (None, 7));
        assert_eq!((environment.timeout, environment.require), (DEFAULT_TIMEOUT, false));
        assert_eq!(environment.run, "00000000");
    }

    #[test]
    fn variables_are_read_and_empty_ones_are_none() {
        let environment = read(&[
            ("TEST_KAFKA_BOOTSTRAP_SERVERS", " kafka:9092 "),
            (SEED, "18446744073709551615"),
            (TIMEOUT, "1.5"),
            (REQUIRE, "1"),
            (NEXTEST_RUN, "3a0b8c1d-4e2f-4a6b"),
        ]);
        let environment = environment.unwrap();
        assert_eq!((environment.external.as_deref(), environment.seed), (Some("kafka:9092"), u64::MAX));
        assert_eq!((environment.timeout, environment.require), (Duration::from_millis(1500), true));
        assert_eq!(environment.run, "3a0b8c1d");
        assert_eq!(read(&[("TEST_KAFKA_BOOTSTRAP_SERVERS", " "), (SEED, "")]).unwrap().external, None);
    }

    #[test]
    fn a_value_that_cannot_be_read_is_shown_with_what_is_expected() {
        for (name, value, text) in [
            (SEED, "-1", "invalid KAFKA_TRIAL_SEED \"-1\": expected a whole number below 2^64"),
            (TIMEOUT, "0", "invalid KAFKA_TRIAL_TIMEOUT \"0\": expected a number of seconds above 0"),
            (TIMEOUT, "inf", "invalid KAFKA_TRIAL_TIMEOUT \"inf\": expected a number of seconds above 0"),
        ] {
            assert_eq!(read(&[(name, value)]).unwrap_err().to_string(), text);
        }
    }
}
