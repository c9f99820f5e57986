//! What one test of a suite came to.

use std::collections::BTreeMap;

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It passed, with this many sub-tests that said so. Most suites have none.
    Passed { sub_tests: u32 },
    /// It failed; the text says how, as far as the suite told.
    Failed(String),
    /// It did not run, or returned before it tested anything.
    Skipped(String),
}

impl Outcome {
    /// A pass without sub-tests.
    pub(crate) const PASSED: Self = Self::Passed { sub_tests: 0 };

    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// Tests by the names that the suite gives them.
pub(crate) type Outcomes = BTreeMap<String, Outcome>;
