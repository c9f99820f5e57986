//! What a fault has met.

use super::rule::RegistryFault;

/// How many requests are kept of those that a fault acted on.
pub(super) const MOST_KEPT: usize = 1_000;
/// How many are kept of those that came near.
pub(super) const MOST_NEAR: usize = 3;

/// A fault, and what it has met since it was armed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryFaultStatus {
    /// The fault.
    pub fault: RegistryFault,
    /// How many requests it has met that it means.
    pub matched: u64,
    /// How many of them it acted on.
    pub fired: u64,
    /// The newest 1,000 of these.
    pub requests: Vec<FaultyRequest>,
    /// The newest three requests that it did not mean, each with the conditions that it misses.
    pub near: Vec<(FaultyRequest, Vec<String>)>,
}

impl RegistryFaultStatus {
    /// Whether it has never acted, although it must.
    pub fn is_due(&self) -> bool {
        self.fault.must_fire && self.fired == 0
    }

    /// Why a test fails in which the fault never acted, with the requests that came nearest.
    pub fn never_acted(&self) -> String {
        let mut text = format!("the fault \"{}\" ({}) has never acted", self.fault.id, self.fault.action);
        for (request, misses) in &self.near {
            text.push_str(&format!("\n  {} {}: {}", request.method, request.path, misses.join(", ")));
        }
        if self.near.is_empty() && self.matched == 0 {
            text.push_str("\n  the registry was asked nothing");
        } else if self.matched > 0 {
            text.push_str(&format!("\n  it met {} requests that it means, and its turn had not come", self.matched));
        }
        text
    }
}

/// A request that a fault has met.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultyRequest {
    /// Its method.
    pub method: String,
    /// Its path, percent-decoded, without the query.
    pub path: String,
}
