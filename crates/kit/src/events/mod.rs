//! Waiting for events that come after a moment, on any cluster and without a group.
//!
//! An [`EventWindow`] opens at the present ends of all topics: what was there before never matches. A
//! [`Matcher`](crate::matcher::Matcher) says what an event should look like, and an [`EventError`] which ones came nearest.

mod error;
mod search;
mod window;

pub use self::error::{EventError, NearMiss};
pub use self::window::EventWindow;
