//! What a Kafka test imports.
//!
//! A test is an `async fn` whose arguments are built by their types:
//!
//! ```
//! # #[cfg(feature = "rdkafka")]
//! # mod tests {
//! use kafka_trial::{Consumer, Producer, Topic, assert_record};
//!
//! #[kafka_trial::test(brokers = 3)]
//! async fn orders_keep_their_key(
//!     #[topic(partitions = 6)] orders: Topic,
//!     producer: Producer,
//!     #[consumer(topic = orders)] mut rx: Consumer,
//! ) -> kafka_trial::Result {
//!     producer.send(orders.record("total=12").key("ada")).await?;
//!     assert_record!(rx.next().await?, value == "total=12", key == "ada", partition in 0..6);
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # Isolation
//!
//! Each test has an embedded cluster of its own, on free ports of loopback: no test sees topics, groups or records of
//! another, and tests run in parallel under `cargo test` and `cargo nextest run`. There is no global state and no pool.
//! Dropping the cluster closes its sockets before `drop` returns.
//!
//! # Runtimes
//!
//! The cluster runs on a thread of its own, so a test that blocks cannot starve it. [`test`](macro@test) starts a tokio
//! runtime, single-threaded unless `flavor` says otherwise. [`Trial::builder`] works without the macro and without async:
//! in plain `#[test]` functions, rstest or another harness. [`client`] is blocking and needs no runtime.
//!
//! # On a real cluster
//!
//! With `TEST_KAFKA_BOOTSTRAP_SERVERS=host:port` the same tests run there. Topics and groups get names that no other run
//! uses, and are deleted afterwards. A test that needs the embedded cluster is skipped with its reason, and so are all
//! tests if the cluster does not answer.
//!
//! # What it costs
//!
//! A cluster starts in less than a millisecond and needs less than 10 MB of memory; librdkafka takes longer to join a
//! group. Data lives in memory and ends with the cluster. `docs/benchmarks.md` has the figures.
//!
//! # What is where
//!
//! - [`test`](macro@test): the attribute; [`Trial`] is what it stands for, and works without it.
//! - [`Trial`], [`Cluster`], [`Topic`], [`Topics`], [`Group`], [`Producer`], [`Consumer`], [`Admin`], [`Events`],
//!   [`Responders`], [`Flows`], [`Journal`], [`Faults`], [`Connectivity`], [`Seed`], [`Bootstrap`]: the fixtures; [`FromTrial`] makes
//!   more.
//! - [`Report`]: what a failed test reports.
//! - [`config`]: [`KafkaTestConfig`](config::KafkaTestConfig), the addresses, topics and client settings of a test run.
//! - [`utilities`]: connectivity, topics, publishing, consuming and tracking by correlation id, on any cluster.
//! - [`flow`]: what became of one correlation id, and which part of the system blocks it.
//! - [`journal`]: what clients asked the embedded cluster, and what they were answered.
//! - [`matcher`]: what a record or a request should look like; [`Matcher`] and [`RequestMatcher`].
//! - [`SchemaRegistry`]: a schema registry of the test's own, or any by its URL; [`assert_compatible`] needs none.
//! - [`value`]: a record's value as JSON, and what decodes the frames of a schema registry.
//! - [`metrics`]: Prometheus' text format, given out on loopback.
//! - [`faults`]: fault rules as data.
//! - [`responder`]: a service in this process that answers requests.
//! - [`check`]: says why a cluster cannot be used, and what to do about it.
//! - [`client`]: the direct client beneath them, blocking.
//!
//! # Features
//!
//! Without the default feature `rdkafka` there is neither [`Producer`] nor [`Consumer`], and librdkafka is not built.
//! Without the default feature `schema-registry` there is no [`SchemaRegistry`], and values that only a schema can read are bytes. With
//! the feature `opentelemetry` a [`Flow`](flow::Flow) returns its spans.

mod assert_record;
pub mod check;
pub mod client;
mod cluster;
pub mod config;
mod error;
mod events;
mod evidence;
mod excerpt;
pub mod faults;
mod fixture;
mod fixtures;
pub mod flow;
mod fnv;
pub mod matcher;
pub mod metrics;
mod off_thread;
mod record;
#[cfg(feature = "schema-registry")]
mod registry;
mod report;
mod requests;
pub mod responder;
mod trial;
pub mod utilities;
pub mod value;

pub use kafka_trial_broker::journal;
pub use kafka_trial_broker::{
    Advertised, Cluster as EmbeddedCluster, ClusterConfig, ControlError, Due, DueKind, Event, FaultError, FiredFault,
    Fork, ForkError, ForkOptions, GroupSummary, Happened, InspectError, LeftBehind, OffsetSummary, PartitionSummary,
    Release, SettingError, StartError, StoredRecord, Time, TopicSpec, TopicSummary, UnknownRelease,
};
pub use kafka_trial_macros::test;

#[cfg(all(doctest, feature = "rdkafka"))]
#[doc = include_str!("../../../docs/rust.md")]
#[doc = include_str!("../../../docs/journal.md")]
#[doc = include_str!("../../../docs/faults.md")]
#[doc = include_str!("../../../docs/clock.md")]
#[doc = include_str!("../../../docs/forks.md")]
struct Page;

pub use self::cluster::Cluster;
pub use self::error::{Error, Result};
pub use self::events::{EventError, EventWindow, NearMiss};
pub use self::fixture::{Arg, FromTrial, SetupError};
pub use self::fixtures::*;
pub(crate) use self::fnv::fnv_1a;
pub use self::matcher::{Matcher, RequestMatcher};
pub(crate) use self::off_thread::off_thread;
pub use self::record::{Record, Sent};
#[cfg(feature = "schema-registry")]
pub use self::registry::{
    EmbeddedSchemaRegistry, Incompatible, LoadedSchemas, RegistryError, RegistryFault, RegistryFaultStatus, Schema,
    SchemaRegistry, SchemaVersion, ValueEncoder, assert_compatible, check_compatible,
};
pub use self::report::{Cause, Report};
pub use self::requests::last_requests;
pub use self::trial::{Failure, Flavor, Outcome, Trial, TrialBuilder, Verdict};
