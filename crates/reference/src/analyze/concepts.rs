//! What a document is about, term by term.

use serde_json::{Value as Json, json};

use super::document::{Document, Term};
use crate::text::{rounded, stem};

/// Terms of the trade and what kind of thing they are.
const KINDS: [(&str, &str); 7] = [
    ("messaging", "event message topic queue kafka broker publish subscribe consume produce stream notify"),
    ("storage", "database table store file bucket cache persist row record postgres redis storage backup"),
    ("interface", "api http rest endpoint request response client service web grpc webhook page"),
    ("processing", "validate transform calculate compute parse filter aggregate map convert score count analyze"),
    ("quality", "retry timeout latency throughput resilience monitor metric test performance availability"),
    ("security", "security authenticate authorize encrypt password token jwt login permission secret audit"),
    ("workflow", "workflow step pipeline schedule orchestrate coordinate approve deploy saga stage state transition"),
];

/// From how many mentions on a term can be as sure as it gets.
const FREQUENT: u32 = 3;

/// A term that counts.
#[derive(Debug)]
pub(super) struct Concept<'a> {
    term: &'a Term,
    kind: &'static str,
    pub(super) confidence: f64,
}

/// The concepts of a document, the surest first.
pub(super) fn of<'a>(document: &'a Document<'_>) -> Vec<Concept<'a>> {
    let kinds: Vec<(&'static str, Vec<String>)> =
        KINDS.iter().map(|(kind, words)| (*kind, words.split(' ').map(stem).collect())).collect();
    // In a short text the most frequent term is not frequent yet.
    let most = document.terms.first().map_or(0, |term| term.count).max(FREQUENT);
    let concept = |term: &'a Term| {
        let kind = kinds.iter().find(|(_, stems)| stems.contains(&term.stem)).map(|(kind, _)| *kind);
        // How often it is there, compared with the most frequent term, and whether it is a term of the trade.
        let share = f64::from(term.count) / f64::from(most);
        let confidence = 0.35 + 0.4 * share.sqrt() + if kind.is_some() { 0.25 } else { 0.0 };
        Concept { term, kind: kind.unwrap_or("domain"), confidence }
    };
    let mut concepts: Vec<Concept<'a>> = document.terms.iter().map(concept).collect();
    concepts.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    concepts
}

impl Concept<'_> {
    pub(super) fn to_json(&self, document: &Document<'_>) -> Json {
        json!({
            "name": self.term.word,
            "confidence": rounded(self.confidence),
            "type": self.kind,
            "context": document.sentence(self.term.sentence),
        })
    }
}
