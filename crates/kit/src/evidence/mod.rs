//! Evidence: what stands in the logs of a cluster and in the journal of an embedded one. Flows and events are told from it.
//!
//! ```text
//! log of the cluster ──> Log ──> Index (ids by Locators, places, causes)
//! journal ─────────────> Tap (who fetched and committed what, and when)
//! ```

mod entry;
mod facts;
mod handling;
mod index;
mod locator;
mod locators;
mod log;
mod place;
mod reading;
mod tap;
mod transaction;

pub(crate) use self::entry::Entry;
pub use self::facts::ERROR_POINTERS;
pub use self::handling::Handling;
pub(crate) use self::index::Index;
pub use self::locator::{Locator, LocatorError, Part};
pub(crate) use self::locators::disagreement;
pub use self::locators::{Located, Locators};
pub(crate) use self::log::{CLIENT, Log};
pub use self::place::Place;
pub use self::reading::Reading;
pub(crate) use self::tap::{Tap, Traffic};
pub use self::transaction::{ProducerStamp, Transaction};
