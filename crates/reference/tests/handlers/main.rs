//! The handlers as a library: a request's bytes in, a record out.
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test ends where it cannot go on")]

mod analyze;
mod dead_letters;
mod envelope;
mod errors;
mod hostile;
mod mixin;
mod pattern;
mod support;
mod validate;
