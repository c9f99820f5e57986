//! Following one id through a system, and saying what became of it.
//!
//! A [`FlowTracker`] reads topics without a group; a [`Follow`] is an id with the [`Route`] that it should take. What
//! comes of it is a [`Flow`]: its records, how they hang together, what is odd about them, and a [`Verdict`] with one
//! sentence that names the part that blocks. A miss is a result and no error.
//!
//! ```text
//! log of the cluster ──> Log ──> Index (ids by Locators, places, causes) ──> Flow ──> report
//! ```

mod anomaly;
pub mod artifacts;
mod body;
mod expect;
mod facts;
mod follow;
mod golden;
mod groups;
mod handling;
mod hop;
mod index;
mod json;
mod locator;
mod locators;
mod log;
mod model;
mod observation;
mod place;
mod report;
mod retained;
mod route;
#[cfg(feature = "opentelemetry")]
mod spans;
mod step;
mod tap;
mod tracker;
mod verdict;

pub use kafka_trial_wire::records::TimestampType;

pub use self::anomaly::{Anomaly, DuplicateClass};
pub(crate) use self::body::json_of;
pub use self::expect::{Expect, ExpectError, Unmet};
pub use self::facts::ERROR_POINTERS;
pub(crate) use self::facts::shown;
pub use self::follow::Follow;
pub use self::groups::GroupState;
pub use self::handling::Handling;
pub use self::hop::{Hop, HopKind};
pub(crate) use self::index::{Entry, Index};
pub use self::json::SCHEMA;
pub use self::locator::{Locator, LocatorError, Part};
pub use self::locators::{Located, Locators};
pub(crate) use self::log::Log;
pub use self::model::{Flow, FlowFailure, Source};
pub use self::observation::{Observation, ProducerStamp, Transaction};
pub use self::place::Place;
pub use self::route::Route;
pub use self::step::Step;
pub(crate) use self::tap::CLIENT;
pub use self::tracker::FlowTracker;
pub use self::verdict::Verdict;
pub use crate::client::GroupPosition;
pub use crate::payload::Difference;
#[cfg(feature = "json-schema")]
pub use crate::payload::{JsonSchema, SchemaError};
