//! From an HTTP request to an answer: what HTTP itself can get wrong is told in the registry's own shape.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request as HttpRequest, Response, StatusCode};

use super::shared::Shared;
use crate::error::Refusal;
use crate::faults::RegistryFaultAction;
use crate::reply::{Reply, Request};
use crate::route;

/// The longest body that is read, in bytes.
const LONGEST_BODY: usize = 4 << 20;
/// How long a client may take for a body.
const BODY_TIME: Duration = Duration::from_secs(30);
/// What answers are.
const VENDOR: &str = "application/vnd.schemaregistry.v1+json";
/// What requests may be.
const ACCEPTED: [&str; 4] =
    [VENDOR, "application/vnd.schemaregistry+json", "application/json", "application/octet-stream"];

/// A fault ends the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("cut by a fault")]
pub(super) struct Cut;

pub(super) async fn exchange(
    shared: Arc<Shared>,
    request: HttpRequest<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let plain = wants_plain(request.headers());
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let reply = match shared.judge(request.method().as_str(), target) {
        Some(RegistryFaultAction::Cut) => return Err(Cut),
        Some(RegistryFaultAction::Error { status, error_code, message }) => {
            // A client may wait with its next request until its body is read.
            let _ = tokio::time::timeout(BODY_TIME, Limited::new(request.into_body(), LONGEST_BODY).collect()).await;
            Reply::json(status, &serde_json::json!({ "error_code": error_code, "message": message }))
        }
        Some(RegistryFaultAction::Delay(time)) => {
            let reply = answer(shared, request).await.unwrap_or_else(Reply::from);
            tokio::time::sleep(time).await;
            reply
        }
        None => answer(shared, request).await.unwrap_or_else(Reply::from),
    };
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if plain && reply.status < 300 { "application/json" } else { VENDOR };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

async fn answer(shared: Arc<Shared>, request: HttpRequest<Incoming>) -> Result<Reply, Refusal> {
    let (head, body) = request.into_parts();
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let is_known = route::knows(&target);
    let read = tokio::time::timeout(BODY_TIME, Limited::new(body, LONGEST_BODY).collect()).await;
    let read = read.map_err(|_late| Refusal::new(408, "the body did not come within 30 s"))?;
    let body = read.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            Refusal::new(413, "the body is longer than 4 MB: schemas this long cannot be kept")
        } else {
            Refusal::new(400, format!("the body cannot be read: {error}"))
        }
    })?;
    if is_known && !accepts(&head.headers) {
        return Err(Refusal::new(406, "HTTP 406 Not Acceptable"));
    }
    if is_known && !body.is_empty() && !is_accepted(&head.headers) {
        return Err(Refusal::new(415, "HTTP 415 Unsupported Media Type"));
    }
    let is_short = head.method == Method::GET && !target.contains("format=");
    let request = Request::new(head.method.as_str(), target, body, now());
    if is_short {
        return Ok(shared.answer(&request));
    }
    // What parses and compares takes its time elsewhere.
    let answered = tokio::task::spawn_blocking(move || shared.answer(&request)).await;
    answered.map_err(|error| Refusal::new(50001, format!("the answer could not be made: {error}")))
}

#[expect(clippy::disallowed_methods, reason = "this file owns the registry's clock")]
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The media types of a header, without their parameters.
fn media_types(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    let types = values.flat_map(|value| value.split(',')).filter_map(|part| part.split(';').next());
    types.map(|part| part.trim().to_ascii_lowercase()).filter(|part| !part.is_empty()).collect()
}

fn accepts(headers: &HeaderMap) -> bool {
    let types = media_types(headers, ACCEPT);
    let is_ours = |kind: &String| {
        ["*/*", "application/*"].contains(&kind.as_str())
            || (ACCEPTED.contains(&kind.as_str()) && !kind.ends_with("octet-stream"))
    };
    types.is_empty() || types.iter().any(is_ours)
}

/// Whether a client wants JSON that calls itself nothing else.
fn wants_plain(headers: &HeaderMap) -> bool {
    let types = media_types(headers, ACCEPT);
    types.iter().any(|kind| kind == "application/json") && !types.iter().any(|kind| kind.contains("schemaregistry"))
}

fn is_accepted(headers: &HeaderMap) -> bool {
    media_types(headers, CONTENT_TYPE).iter().all(|kind| ACCEPTED.contains(&kind.as_str()))
}
