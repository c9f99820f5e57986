//! What goes in and out of the registry: requests and replies as HTTP has them, without HTTP.

use std::time::Duration;

use serde::Serialize;

/// A request: a method, a path with its query, a body.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: String,
    /// The path and the query as they stand in the request line, percent-encoded.
    pub target: String,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// The time of the request, since the Unix epoch.
    pub now: Duration,
}

impl Request {
    /// A request.
    pub fn new(method: impl Into<String>, target: impl Into<String>, body: impl Into<Vec<u8>>, now: Duration) -> Self {
        Self { method: method.into(), target: target.into(), body: body.into(), now }
    }
}

/// An answer: a status and a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// A JSON text; empty with status 204.
    pub body: String,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        // Strings, numbers and maps with string keys: nothing that has no JSON.
        Self { status, body: serde_json::to_string(body).unwrap_or_default() }
    }

    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(200, body)
    }

    /// A text as it is.
    pub(crate) fn text(body: String) -> Self {
        Self { status: 200, body }
    }

    pub(crate) fn empty() -> Self {
        Self { status: 204, body: String::new() }
    }
}
