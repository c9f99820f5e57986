//! What a test can have as an argument, beside the [`Trial`](crate::Trial) and the [`Cluster`](crate::Cluster).

mod address;
mod admin;
mod connectivity;
#[cfg(feature = "rdkafka")]
mod consumer;
mod events;
mod flows;
mod group;
mod journal;
mod options;
#[cfg(feature = "rdkafka")]
mod producer;
mod responders;
mod seed;
mod topic;
mod topics;

pub use self::address::Bootstrap;
pub use self::admin::Admin;
pub use self::connectivity::Connectivity;
#[cfg(feature = "rdkafka")]
pub use self::consumer::{ConsumeError, Consumer, NewConsumer, Seen};
pub use self::events::Events;
pub use self::flows::Flows;
pub use self::group::Group;
pub use self::journal::{Journal, JournalError};
pub use self::options::{ConsumerOptions, TopicOptions};
#[cfg(feature = "rdkafka")]
pub use self::producer::{NewProducer, Producer, SendError, Sent};
pub use self::responders::{Answering, Responders};
pub use self::seed::Seed;
pub use self::topic::{NewTopic, Topic};
pub use self::topics::Topics;
