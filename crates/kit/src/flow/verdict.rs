//! What became of a flow, in a word.

use std::fmt;

/// What became of a flow, or of one step of it. The words are the same in Rust, Python and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The request is not there.
    NeverProduced,
    /// Where the request or the answer should be could not be read.
    CannotBeKnown,
    /// The request is there, and as far as can be seen nobody has read it.
    ProducedNotFetched,
    /// The request was read, and nothing came of it.
    FetchedNotAnswered,
    /// The answer came later than it should.
    AnsweredLate,
    /// The request went to the dead letters.
    AnsweredDlq,
    /// The answer reports an error.
    AnsweredError,
    /// The answer is there, in time and without an error.
    Complete,
}

impl Verdict {
    /// `never_produced`, `cannot_be_known`, `produced_not_fetched`, `fetched_not_answered`, `answered_late`, `answered_dlq`,
    /// `answered_error` or `complete`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NeverProduced => "never_produced",
            Self::CannotBeKnown => "cannot_be_known",
            Self::ProducedNotFetched => "produced_not_fetched",
            Self::FetchedNotAnswered => "fetched_not_answered",
            Self::AnsweredLate => "answered_late",
            Self::AnsweredDlq => "answered_dlq",
            Self::AnsweredError => "answered_error",
            Self::Complete => "complete",
        }
    }

    /// Whether the flow needs no further waiting: something has come of the request.
    pub fn is_final(self) -> bool {
        matches!(self, Self::AnsweredLate | Self::AnsweredDlq | Self::AnsweredError | Self::Complete)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
