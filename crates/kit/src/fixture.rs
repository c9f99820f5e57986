//! What makes a type an argument of a test.

use std::future::Future;
use std::io;

use kafka_trial_broker::{InspectError, StartError};
use thiserror::Error;

use crate::Trial;
use crate::client::ClientError;
use crate::config::BOOTSTRAP_VARIABLE;
use crate::fixtures::{ConsumerOptions, TopicOptions};

/// A type that a Kafka test can have as an argument.
///
/// One `impl` makes a fixture, and a fixture may be built from others:
///
/// ```
/// use kafka_trial::{Arg, FromTrial, SetupError, Topic, Trial};
///
/// struct Shop {
///     orders: Topic,
///     invoices: Topic,
/// }
///
/// impl FromTrial for Shop {
///     async fn from_trial(trial: &Trial, _arg: Arg) -> Result<Self, SetupError> {
///         let orders = trial.topic("orders").partitions(3).create().await?;
///         let invoices = trial.topic("invoices").create().await?;
///         Ok(Self { orders, invoices })
///     }
/// }
///
/// #[kafka_trial::test]
/// async fn a_shop_has_two_topics(shop: Shop) {
///     assert_ne!(shop.orders.name(), shop.invoices.name());
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a fixture, so a Kafka test cannot take it as an argument",
    label = "not a fixture",
    note = "fixtures: Trial, Cluster, Topic, Topics, Group, Producer, Consumer, Admin, Events, Responders, Flows, Journal, Faults, \
            Connectivity, Seed, Bootstrap, SchemaRegistry (Producer and Consumer with the feature `rdkafka`)",
    note = "implement `kafka_trial::FromTrial` for `{Self}` to make it one"
)]
pub trait FromTrial: Sized {
    /// Builds the value for one test. Arguments are built from left to right.
    fn from_trial(trial: &Trial, arg: Arg) -> impl Future<Output = Result<Self, SetupError>>;
}

/// The argument that a fixture is built for: its name, and what its attribute says.
#[derive(Clone, Debug, Default)]
pub struct Arg {
    name: String,
    topic: Option<TopicOptions>,
    consumer: Option<ConsumerOptions>,
}

impl Arg {
    /// An argument of this name without an attribute.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// With what `#[topic(...)]` says.
    pub fn topic(mut self, options: TopicOptions) -> Self {
        self.topic = Some(options);
        self
    }

    /// With what `#[consumer(...)]` says.
    pub fn consumer(mut self, options: ConsumerOptions) -> Self {
        self.consumer = Some(options);
        self
    }

    /// The argument's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What `#[topic(...)]` says, the defaults without one; refuses `#[consumer(...)]`.
    pub fn topic_options(self) -> Result<TopicOptions, SetupError> {
        match self.consumer {
            None => Ok(self.topic.unwrap_or_default()),
            Some(_) => Err(SetupError::Attribute { attribute: "consumer" }),
        }
    }

    /// What `#[consumer(...)]` says, the defaults without one; refuses `#[topic(...)]`.
    pub fn consumer_options(self) -> Result<ConsumerOptions, SetupError> {
        match self.topic {
            None => Ok(self.consumer.unwrap_or_default()),
            Some(_) => Err(SetupError::Attribute { attribute: "topic" }),
        }
    }

    /// Refuses any attribute.
    pub fn takes_no_options(&self) -> Result<(), SetupError> {
        match (&self.topic, &self.consumer) {
            (None, None) => Ok(()),
            (Some(_), _) => Err(SetupError::Attribute { attribute: "topic" }),
            (None, Some(_)) => Err(SetupError::Attribute { attribute: "consumer" }),
        }
    }
}

/// Why a test, or one of its arguments, could not be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The embedded cluster does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The embedded cluster refuses something.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// A request to the cluster failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The real cluster that the environment names does not answer.
    #[error("{BOOTSTRAP_VARIABLE} names a cluster that does not answer: {0}")]
    Unreachable(ClientError),
    /// The test is for a real cluster, and none is named.
    #[error("needs a real broker: set {BOOTSTRAP_VARIABLE}, run with --ignored")]
    NeedsExternal,
    /// Something that only the embedded broker can do; on a real cluster the test is skipped.
    #[error("{what} needs the embedded broker")]
    NeedsEmbedded {
        /// What needs it.
        what: &'static str,
    },
    /// The real cluster is too small; the test is skipped.
    #[error("needs {wanted} brokers, the cluster has {found}")]
    NeedsBrokers {
        /// How many brokers the test asks for.
        wanted: u16,
        /// How many there are.
        found: usize,
    },
    /// An environment variable has a value that cannot be read.
    #[error("invalid {name} {value:?}: expected {expected}")]
    Variable {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// An attribute on an argument that it does not shape.
    #[error("#[{attribute}(..)] does not shape an argument of this type")]
    Attribute {
        /// The attribute.
        attribute: &'static str,
    },
    /// A consumer without a topic.
    #[error("a consumer reads a topic: name one with #[consumer(topic = ..)]")]
    NoTopic,
    /// A thread or a runtime cannot be had.
    #[error("cannot start the test's thread: {0}")]
    Thread(io::Error),
    /// librdkafka refuses a setting or a call.
    #[cfg(feature = "rdkafka")]
    #[error("librdkafka: {0}")]
    Kafka(#[from] rdkafka::error::KafkaError),
    /// Schemas of a folder that the registry of the test refuses.
    #[error("the schema registry refuses:{refused}")]
    Schemas {
        /// Each file with its reason, on lines of their own.
        refused: String,
    },
    /// A fixture of the project's own.
    #[error("{}", crate::error::chain(&**.0))]
    Other(Box<dyn std::error::Error + Send + Sync>),
    /// One of the arguments failed.
    #[error("could not set up {argument}: {source}")]
    Argument {
        /// The argument as it is written: `orders: Topic`.
        argument: &'static str,
        /// Why not.
        source: Box<SetupError>,
    },
}

impl SetupError {
    /// An error of a fixture of the project's own.
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// Says which argument it was; the test macro does so.
    pub fn of_argument(self, argument: &'static str) -> Self {
        Self::Argument { argument, source: Box::new(self) }
    }

    /// Whether this is no failure: the test cannot run on the cluster at hand.
    pub(crate) fn is_skip(&self) -> bool {
        match self {
            Self::NeedsEmbedded { .. } | Self::NeedsBrokers { .. } => true,
            Self::Argument { source, .. } => source.is_skip(),
            _ => false,
        }
    }
}
