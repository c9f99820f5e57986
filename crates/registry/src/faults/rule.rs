//! What a fault is: which requests it means, on which of those it acts, and what it does.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A fault of the registry, for the requests that it means.
///
/// Faults are tried in the order in which they were armed, and the first that acts on a request is the only one.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use kafka_trial_registry::{RegistryFault, SchemaRegistry};
///
/// let registry = SchemaRegistry::start()?;
/// registry.arm(RegistryFault::error("storm", 503, 50301).method("POST").path("/subjects/*/versions").times(2))?;
/// // ... the code under test registers a schema, and tries again ...
/// let storm = registry.disarm("storm").ok_or("it was armed")?;
/// assert!(storm.is_due(), "nobody has asked");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryFault {
    /// The name of the fault, in reports and to disarm it.
    pub id: String,
    /// The method of the requests that it means; any if `None`.
    pub method: Option<String>,
    /// The path of the requests that it means, percent-decoded, without the query; `*` stands for any text. Any if `None`.
    pub path: Option<String>,
    /// On which of these requests it acts.
    pub when: RegistryFaultWhen,
    /// What it does.
    pub action: RegistryFaultAction,
    /// Whether a test fails in which the fault never acted.
    pub must_fire: bool,
}

/// On which of the requests that it means a fault acts. They are counted from 1, for each fault alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryFaultWhen {
    /// All of them.
    Always,
    /// Those with these numbers: `1..=1` is the first, `1..=5` the first five.
    Nth(RangeInclusive<u64>),
    /// Every n-th: 3 is the third, the sixth and so on. 0 is none.
    Every(u64),
}

/// What a fault does to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryFaultAction {
    /// The request has no effect, and is answered by this error.
    Error {
        /// The HTTP status, 400 to 599.
        status: u16,
        /// The `error_code` in the body.
        error_code: u32,
        /// The `message` in the body.
        message: String,
    },
    /// The request has its effect at once, and is answered after this time.
    Delay(Duration),
    /// The request has no effect, and its connection is closed without an answer.
    Cut,
}

impl fmt::Display for RegistryFaultAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error { status, error_code, .. } => write!(f, "answer {status} with error_code {error_code}"),
            Self::Delay(time) => write!(f, "delay the answer by {time:?}"),
            Self::Cut => f.write_str("cut the connection"),
        }
    }
}

impl RegistryFault {
    fn new(id: impl Into<String>, action: RegistryFaultAction) -> Self {
        Self { id: id.into(), method: None, path: None, when: RegistryFaultWhen::Always, action, must_fire: true }
    }

    /// All requests are refused with this status and `error_code`.
    pub fn error(id: impl Into<String>, status: u16, error_code: u32) -> Self {
        let id = id.into();
        let message = format!("the fault \"{id}\" of this test");
        Self::new(id, RegistryFaultAction::Error { status, error_code, message })
    }

    /// The next request, whatever it is, is refused with status 500 and `error_code` 50001.
    pub fn next(id: impl Into<String>) -> Self {
        Self::error(id, 500, 50001).times(1)
    }

    /// A schema id is unknown: lookups of it are answered by 404 with `error_code` 40403, as if it had never been registered.
    pub fn unknown_id(id: impl Into<String>, schema_id: i32) -> Self {
        let message = format!("Schema {schema_id} not found");
        let action = RegistryFaultAction::Error { status: 404, error_code: 40403, message };
        Self::new(id, action).method("GET").path(format!("/schemas/ids/{schema_id}"))
    }

    /// Answers come later by this time.
    pub fn delay(id: impl Into<String>, time: Duration) -> Self {
        Self::new(id, RegistryFaultAction::Delay(time))
    }

    /// Connections are closed without an answer.
    pub fn cut(id: impl Into<String>) -> Self {
        Self::new(id, RegistryFaultAction::Cut)
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only requests with this path; `*` stands for any text, as in `/subjects/*/versions`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Only the first so many of them.
    #[must_use]
    pub fn times(self, times: u64) -> Self {
        self.nth(1..=times)
    }

    /// Only those with these numbers, counted from 1.
    #[must_use]
    pub fn nth(mut self, numbers: RangeInclusive<u64>) -> Self {
        self.when = RegistryFaultWhen::Nth(numbers);
        self
    }

    /// Only every n-th.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.when = RegistryFaultWhen::Every(n);
        self
    }

    /// It may end without having acted.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.must_fire = false;
        self
    }

    /// Names each condition that a request misses; empty if the fault means it.
    pub(super) fn misses(&self, method: &str, path: &str) -> Vec<String> {
        let mut misses = Vec::new();
        if let Some(wanted) = self.method.as_ref().filter(|wanted| !wanted.eq_ignore_ascii_case(method)) {
            misses.push(format!("its method is {method}, not {wanted}"));
        }
        if let Some(wanted) = self.path.as_ref().filter(|wanted| !matches(wanted, path)) {
            misses.push(format!("its path is {path}, not {wanted}"));
        }
        misses
    }

    /// Whether it acts on the n-th request that it means.
    pub(super) fn acts_on(&self, n: u64) -> bool {
        match &self.when {
            RegistryFaultWhen::Always => true,
            RegistryFaultWhen::Nth(numbers) => numbers.contains(&n),
            RegistryFaultWhen::Every(every) => n.checked_rem(*every) == Some(0),
        }
    }
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match text.split_once(part) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, fits) in [
            ("/subjects", "/subjects", true),
            ("/subjects", "/subjects/a", false),
            ("/subjects/*/versions", "/subjects/a/versions", true),
            ("/subjects/*/versions", "/subjects/a/versions/1", false),
            ("*/versions*", "/subjects/a/versions/1", true),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }
}
