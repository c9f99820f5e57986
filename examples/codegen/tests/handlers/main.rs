//! The handlers as a library: a request's bytes in, a record out.
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod envelope;
mod support;
