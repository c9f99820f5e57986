//! Flows against an embedded cluster over real sockets: what is found, how it hangs together, and what is said about it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it cannot go on")]

mod duplicates;
mod expectations;
mod groups;
mod journal;
mod records;
mod scale;
mod scene;
mod shape;
mod shared;
#[cfg(feature = "opentelemetry")]
mod spans;
mod trouble;
mod verdicts;
