//! Who does what to whom, by verbs.

use serde_json::{Value as Json, json};

use super::document::Document;
use crate::text::{identifiers, is_stop_word, rounded, stem};

/// Patterns and the verbs that show them.
const PATTERNS: [(&str, &str); 8] = [
    ("publishes", "publish emit send produce broadcast notify"),
    ("consumes", "consume subscribe receive listen read fetch load"),
    ("stores", "store save persist write record cache"),
    ("transforms", "transform convert calculate compute map parse validate filter"),
    ("aggregates", "aggregate combine merge sum collect group accumulate"),
    ("orchestrates", "orchestrate coordinate trigger schedule start route delegate"),
    ("depends_on", "depend require"),
    ("calls", "call invoke query request"),
];
/// How many words a description has on each side of the verb.
const SIDE: usize = 4;
/// The longest word of a description, in characters.
const LONGEST_WORD: usize = 40;

/// A verb with what stands around it.
#[derive(Debug)]
pub(super) struct Relationship {
    pattern: &'static str,
    description: String,
    pub(super) confidence: f64,
}

/// The relationships of a document, the surest first, each description once.
pub(super) fn of(document: &Document<'_>) -> Vec<Relationship> {
    let verbs: Vec<(&'static str, Vec<String>)> =
        PATTERNS.iter().map(|(pattern, verbs)| (*pattern, verbs.split(' ').map(stem).collect())).collect();
    let mut relationships: Vec<Relationship> = Vec::new();
    for sentence in &document.sentences {
        let words: Vec<&str> = identifiers(sentence).collect();
        let meaning: Vec<&str> = words.iter().copied().filter(|word| !is_stop_word(&word.to_lowercase())).collect();
        for (place, word) in meaning.iter().enumerate() {
            let stem = stem(&word.to_lowercase());
            let Some((pattern, _)) = verbs.iter().find(|(_, verbs)| verbs.contains(&stem)) else { continue };
            let before = meaning.get(place.saturating_sub(SIDE)..place).unwrap_or_default();
            let after = meaning.get(place + 1..meaning.len().min(place + 1 + SIDE)).unwrap_or_default();
            relationships.extend(Relationship::new(pattern, before, word, after));
        }
    }
    relationships.sort_by(|a, b| {
        b.confidence.total_cmp(&a.confidence).then(a.pattern.cmp(b.pattern)).then(a.description.cmp(&b.description))
    });
    relationships.dedup_by(|a, b| a.description == b.description && a.pattern == b.pattern);
    relationships
}

impl Relationship {
    /// A verb form with something on both sides is surer than one that lacks a subject; without an object it relates
    /// nothing.
    fn new(pattern: &'static str, before: &[&str], verb: &str, after: &[&str]) -> Option<Self> {
        if after.is_empty() {
            return None;
        }
        let is_third_person = verb.ends_with('s');
        let confidence = 0.6 + if before.is_empty() { 0.1 } else { 0.2 } + if is_third_person { 0.15 } else { 0.0 };
        let words = before.iter().chain([&verb]).chain(after);
        let short = words.map(|word| word.chars().take(LONGEST_WORD).collect::<String>());
        Some(Self { pattern, description: short.collect::<Vec<_>>().join(" "), confidence })
    }

    pub(super) fn to_json(&self) -> Json {
        json!({"pattern": self.pattern, "confidence": rounded(self.confidence), "description": self.description})
    }
}
