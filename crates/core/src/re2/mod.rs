//! Kafka's broker reads regular expressions in the syntax of RE2/J (KIP-848, KIP-1152).
//!
//! ```text
//! RE2/J's syntax ──rewrite──> the `regex` crate's syntax ──check──> what RE2/J accepts ──> compiled
//! ```
//! Both engines mean the same by the syntax that they share, and both match in linear time.

mod check;
mod rewrite;

use regex::Regex;
use thiserror::Error;

/// A regular expression that matches whole texts (`com.google.re2j.Pattern.matches`).
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

/// The reason why a regular expression is invalid, in RE2/J's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct PatternError(&'static str);

impl Pattern {
    /// Compiles an expression in RE2/J's syntax. The error is RE2/J's reason.
    pub fn compile(expression: &str) -> Result<Self, PatternError> {
        let rewritten = rewrite::rewrite(expression).map_err(PatternError)?;
        check::check(&rewritten).map_err(PatternError)?;
        let compiled = Regex::new(&format!("^(?:{rewritten})$")).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => PatternError("expression too large"),
            // The parser accepted the syntax, so a class such as `\p{Nope}` is unknown.
            _ => PatternError(rewrite::RANGE),
        });
        compiled.map(Self)
    }

    /// Returns whether the expression matches all of `text`.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}
