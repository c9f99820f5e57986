//! Waiting for events that come after a moment, on any cluster and without a group.
//!
//! An [`EventWindow`] opens at the present ends of all topics: what was there before never matches. It says what an
//! event should look like by an [`ExpectedEvent`], and an [`EventError`] tells which ones came nearest.

mod error;
mod expected;
mod search;
mod window;

pub use self::error::{EventError, NearMiss};
pub use self::expected::ExpectedEvent;
pub use self::window::EventWindow;
