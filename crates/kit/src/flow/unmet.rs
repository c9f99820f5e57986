//! Expectations that do not hold.

use std::fmt;

use crate::matcher::Difference;

/// An expectation that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unmet {
    /// What was expected.
    pub expected: String,
    /// What was there instead.
    pub seen: String,
    /// Where the expectation was written: `file:line`.
    pub location: String,
    /// The parts of records that are not as expected, where that is what does not hold.
    pub differences: Vec<Difference>,
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} ({}); {}", self.expected, self.location, self.seen)
    }
}

/// What is there instead of what was expected.
#[derive(Clone, Debug)]
pub(super) struct Missed {
    pub(super) seen: String,
    pub(super) differences: Vec<Difference>,
}

impl From<String> for Missed {
    fn from(seen: String) -> Self {
        Self { seen, differences: Vec::new() }
    }
}

impl Missed {
    /// Differences are what is there.
    pub(super) fn of(differences: Vec<Difference>) -> Self {
        let first = differences.first().map(|first| format!("{}: {first}", first.record)).unwrap_or_default();
        let seen = match differences.len() {
            0 | 1 => first,
            count => format!("{count} differences, the first: {first}"),
        };
        Self { seen, differences }
    }
}
