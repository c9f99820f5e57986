//! Following one id through a system, and saying what became of it.
//!
//! A [`FlowTracker`] reads topics without a group; a [`Follow`] is an id with the [`Route`] that it should take. What
//! comes of it is a [`Flow`]: its records, how they hang together, what is odd about them, and a [`Verdict`] with one
//! sentence that names the part that blocks. A miss is a result and no error.
//!
//! ```text
//! evidence (logs and journal) ──> steps, hops, anomalies, verdict ──> Flow ──> report
//! ```

mod anomaly;
pub mod artifacts;
mod expect;
mod follow;
mod golden;
mod groups;
mod hop;
mod json;
mod model;
mod observation;
mod report;
mod route;
#[cfg(feature = "opentelemetry")]
mod spans;
mod step;
mod tracker;
mod unmet;
mod verdict;

pub use kafka_trial_wire::records::TimestampType;

pub use self::anomaly::{Anomaly, DuplicateClass};
pub use self::expect::{Expect, ExpectError, Golden, Records};
pub use self::follow::Follow;
pub use self::groups::GroupState;
pub use self::hop::{Hop, HopKind};
pub use self::json::SCHEMA;
pub use self::model::{Flow, FlowFailure, Source};
pub use self::observation::Observation;
pub use self::route::Route;
pub use self::step::Step;
pub use self::tracker::{FlowTracker, SharedTracker};
pub use self::unmet::Unmet;
pub use self::verdict::Verdict;
pub use crate::client::GroupPosition;
pub use crate::evidence::{
    ERROR_POINTERS, Handling, Located, Locator, LocatorError, Locators, Part, Place, ProducerStamp, Reading,
    Transaction,
};
pub use crate::matcher::Difference;
#[cfg(feature = "json-schema")]
pub use crate::matcher::{JsonSchema, SchemaError};
