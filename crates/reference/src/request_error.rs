//! What can be wrong with a request that somebody can be told about.

use thiserror::Error;

/// How much of a wrong value an error repeats, in characters.
const EXCERPT: usize = 60;

/// A request that cannot be handled. Its text is the `error` of the answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum RequestError {
    /// Absent, null or blank. Clients compare this text, so it keeps its capital.
    #[error("Missing {0} in request")]
    Missing(&'static str),
    #[error("{field} must be {expected}, found {found}")]
    WrongType { field: String, expected: &'static str, found: &'static str },
    #[error("{field} must be {expected}, found {found}")]
    OutOfRange { field: &'static str, expected: &'static str, found: String },
    #[error("{field} is {length} bytes long, the limit is {limit}")]
    TooLong { field: &'static str, length: usize, limit: usize },
    #[error("{field} has {count} items, the limit is {limit}")]
    TooMany { field: &'static str, count: usize, limit: usize },
    #[error("unknown node_type '{0}': expected effect, compute, reducer or orchestrator")]
    UnknownNodeType(String),
    #[error("unknown event_type '{0}': expected codegen.request.validate, .analyze, .pattern or .mixin")]
    UnknownEventType(String),
    #[error("code_content is too hard to parse: the parser was stopped before its end")]
    TooHard,
}

/// The beginning of a text from outside, short enough to be repeated in an error.
pub(crate) fn excerpt(text: &str) -> String {
    let mut excerpt: String = text.chars().take(EXCERPT).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    excerpt
}
