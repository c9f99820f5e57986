//! Faults by rule: the broker refuses, cuts, delays or holds the requests that a test names, and says which it met.
//!
//! ```text
//! request ──journaled──> judge: the first rule that matches ──> before: refuse, cut, delay, hold
//!                                                          └──> after:  answer with an error, cut, delay, hold, swallow
//! ```
//! A [`FaultRule`] matches a request by its journal [`Entry`](crate::journal::Entry), before the request has any effect.
//! `api/dispatch.rs` asks [`Faults`] once for each request, and once more for each answer; no handler knows of it. Without
//! a rule that costs a comparison.

mod action;
mod armed;
mod correlation;
mod divide;
mod dry_run;
mod edit;
mod engine;
mod glob;
mod place;
mod refused;
mod rule;
mod stamp;
mod status;

pub use self::action::{Corruption, FaultAction, Hint};
pub(crate) use self::armed::Request;
pub(crate) use self::correlation::correlations;
pub(crate) use self::divide::{overlay, without};
pub use self::dry_run::dry_run;
pub(crate) use self::edit::edit;
pub(crate) use self::engine::{After, Awaited, Before, Faults, Held, Outage};
pub use self::glob::is_like;
pub use self::refused::FaultError;
pub use self::rule::{FaultRule, Level, Misses, OncePer, Parts, When};
pub(crate) use self::stamp::{Stamp, stamp};
pub use self::status::{FaultStatus, FiredFault, NearMiss};
