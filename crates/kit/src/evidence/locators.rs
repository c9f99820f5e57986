//! Several locators in the order of trust.

use serde_json::Value as Json;

use super::locator::{Locator, Part};
use crate::client::ReceivedRecord;
use crate::value::NotJson;

/// Headers of correlation ids in use, in the order of trust: Spring's, ours, the common spellings, CloudEvents'. Case
/// does not matter.
const HEADERS: [&str; 6] = [
    "kafka_correlationId",
    "correlation_id",
    "correlation-id",
    "correlationId",
    "X-Correlation-ID",
    "ce_correlationid",
];
/// Where bodies carry it.
const BODIES: [&str; 5] = [
    "/correlation_id",
    "/correlationId",
    "/metadata/correlation_id",
    "/payload/correlation_id",
    "/original_envelope/correlation_id",
];
/// Headers that carry the id of a trace.
const TRACES: [&str; 4] = ["traceparent", "b3", "X-B3-TraceId", "uber-trace-id"];

/// Locators in the order of trust.
///
/// The first that finds something in the headers counts, the first in the value, and the first that names a trace; the
/// key counts where headers and value have nothing. A header that disagrees with the value is an anomaly of the flow,
/// if its locator stands first.
///
/// The default tries the headers `kafka_correlationId`, `correlation_id`, `correlation-id`, `correlationId`,
/// `X-Correlation-ID` and `ce_correlationid`; in the value `/correlation_id`, `/correlationId`,
/// `/metadata/correlation_id`, `/payload/correlation_id`, `/original_envelope/correlation_id` and, in dead letters,
/// `/original_value|json#/correlation_id`; then `x-request-id`, the traces of `traceparent`, `b3`, `X-B3-TraceId` and
/// `uber-trace-id`, and the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locators {
    all: Vec<Locator>,
    /// Their texts, which every observation has.
    texts: Vec<String>,
}

/// An id in a record, and which locator has found it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Located {
    /// The id.
    pub id: String,
    /// The part of the record it was in.
    pub part: Part,
    /// The locator, by its place in the list.
    pub(super) locator: usize,
    pub(super) is_of_trace: bool,
}

impl Default for Locators {
    fn default() -> Self {
        let headers = HEADERS.map(Locator::header);
        let bodies = BODIES.map(Locator::payload);
        let mut all: Vec<Locator> = headers.into_iter().chain(bodies).collect();
        all.push(Locator::nested("/original_value", "/correlation_id"));
        all.push(Locator::header("x-request-id"));
        all.extend(TRACES.map(Locator::trace_id));
        all.push(Locator::key());
        Self::new(all)
    }
}

impl Locators {
    /// These and no others.
    pub fn new(locators: impl IntoIterator<Item = Locator>) -> Self {
        let all: Vec<Locator> = locators.into_iter().collect();
        Self { texts: all.iter().map(ToString::to_string).collect(), all }
    }

    /// These before the default ones.
    pub fn first(locators: impl IntoIterator<Item = Locator>) -> Self {
        Self::new(locators.into_iter().chain(Self::default().all))
    }

    /// The locators in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Locator> {
        self.all.iter()
    }

    /// The text of the locator that has found an id.
    pub fn text(&self, located: &Located) -> String {
        self.texts.get(located.locator).cloned().unwrap_or_default()
    }

    /// The locator that has found an id.
    pub fn locator(&self, located: &Located) -> Option<&Locator> {
        self.all.get(located.locator)
    }

    /// All ids of a record, in the order of trust.
    pub fn find(&self, record: &ReceivedRecord) -> Vec<Located> {
        self.find_in(record, &record.json())
    }

    pub(crate) fn find_in(&self, record: &ReceivedRecord, body: &Result<Json, NotJson>) -> Vec<Located> {
        let mut found: Vec<Located> = Vec::new();
        let mut looked_up = Vec::new();
        for (locator, index) in self.all.iter().zip(0..) {
            let (part, is_of_trace) = (locator.part(), locator.is_of_trace());
            // One of each kind; a key means something else where the record has an id of its own.
            let is_passed = looked_up.contains(&(part, is_of_trace))
                || part == Part::Key && found.iter().any(|located| !located.is_of_trace);
            if is_passed {
                continue;
            }
            if let Some(id) = locator.find_in(record, body) {
                looked_up.push((part, is_of_trace));
                found.push(Located { id, part, locator: index, is_of_trace });
            }
        }
        found
    }
}

/// The header's id and the value's, where they are two and the header is trusted more.
pub(crate) fn disagreement(found: &[Located]) -> Option<(&Located, &Located)> {
    let of = |part| found.iter().find(|located| located.part == part && !located.is_of_trace);
    let (header, value) = (of(Part::Header)?, of(Part::Value)?);
    (header.locator < value.locator && header.id != value.id).then_some((header, value))
}
