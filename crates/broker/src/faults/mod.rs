//! Faults by rule: the broker refuses, cuts, delays or holds the requests that a test names, and says which it met.
//!
//! ```text
//! request ──journaled──> judge: the first rule that matches ──> before: refuse, cut, delay, hold
//!                                                          └──> after:  answer with an error, cut, delay, hold, swallow
//! ```
//! A [`FaultRule`] matches a request by its journal [`Entry`](crate::journal::Entry), before the request has any effect.
//! `api/dispatch.rs` asks [`Faults`] once for each request, and once more for each answer; no handler knows of it. Without
//! a rule that costs a comparison.

mod engine;
mod refused;
mod rule;
mod stamp;
mod status;

pub(crate) use self::engine::{After, Awaited, Before, Faults, Held};
pub use self::refused::FaultError;
pub use self::rule::{FaultAction, FaultRule, Misses, Parts, When};
pub(crate) use self::stamp::stamp;
pub use self::status::{FaultStatus, FiredFault, NearMiss};
