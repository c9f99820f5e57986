//! Faults by rule: the registry refuses, delays or cuts the requests that a test names, and says which it met.
//!
//! `rule`: which requests a fault means, and what it does to them. `engine`: the armed faults, tried in their order. `status`:
//! what a fault has met. The pure core knows nothing of it: `http::exchange` asks once for each request.

mod engine;
mod rule;
mod status;

pub use self::engine::FaultError;
pub(crate) use self::engine::Faults;
pub use self::rule::{RegistryFault, RegistryFaultAction, RegistryFaultWhen};
pub use self::status::{FaultyRequest, RegistryFaultStatus};
