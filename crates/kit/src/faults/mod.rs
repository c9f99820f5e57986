//! Fault rules as data: read from JSON, for other languages, and reported in words. A test in Rust arms them by
//! [`Faults`](crate::Faults).

mod form;
mod idle;

pub use self::form::rule_from_json;
pub use self::idle::never_acted;
