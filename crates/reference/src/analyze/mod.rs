//! `analyze`: finds out what a requirements document is about.

mod concepts;
mod document;
mod entities;
mod hints;
mod relationships;

use serde_json::{Map, Value as Json, json};

use self::document::Document;
use self::hints::Hints;
use crate::fields::{Fields, MAX_TEXT, wrong};
use crate::request_error::{RequestError, excerpt};
use crate::text::rounded;

const MIN_CONFIDENCE: f64 = 0.7;

/// How much of a document's content an answer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Depth {
    name: &'static str,
    concepts: usize,
    keywords: usize,
    /// Of entities and of relationships each.
    others: usize,
}

const DEPTHS: [Depth; 3] = [
    Depth { name: "quick", concepts: 5, keywords: 5, others: 0 },
    Depth { name: "full", concepts: 20, keywords: 15, others: 20 },
    Depth { name: "detailed", concepts: 50, keywords: 40, others: 50 },
];

pub(crate) fn answer(fields: &Fields<'_>) -> Result<Map<String, Json>, RequestError> {
    let text = fields.required_text(&["prd_content"], MAX_TEXT)?;
    let depth = depth(fields)?;
    let min_confidence = fields.share("min_confidence", MIN_CONFIDENCE)?;
    let context = context(fields)?;

    let document = Document::read(text);
    let hints = Hints::of(&document, &Document::read(&context));
    let concepts = concepts::of(&document);
    let (entities, relationships) = match depth.others {
        0 => (Vec::new(), Vec::new()),
        _ => (entities::of(&document), relationships::of(&document)),
    };
    let confidence = confidence(&document, concepts.len(), relationships.len(), &hints);

    let mut payload = Map::new();
    let mut put = |name: &str, value: Json| payload.insert(name.to_owned(), value);
    let chosen = concepts.iter().filter(|concept| concept.confidence >= min_confidence).take(depth.concepts);
    put("concepts", chosen.map(|concept| concept.to_json(&document)).collect());
    let chosen = entities.iter().filter(|entity| entity.confidence >= min_confidence).take(depth.others);
    put("entities", chosen.map(entities::Entity::to_json).collect());
    let chosen = relationships.iter().filter(|found| found.confidence >= min_confidence).take(depth.others);
    put("relationships", chosen.map(relationships::Relationship::to_json).collect());
    put("domain_keywords", document.terms.iter().take(depth.keywords).map(|term| json!(term.word)).collect());
    put("node_type_hints", hints.to_json());
    put("confidence", rounded(confidence));
    let metadata = json!({
        "analysis_type": depth.name,
        "min_confidence": min_confidence,
        "sentences": document.sentences.len(),
        "words": document.words,
        "distinct_terms": document.terms.len(),
    });
    put("metadata", metadata);
    Ok(payload)
}

fn depth(fields: &Fields<'_>) -> Result<Depth, RequestError> {
    let name = fields.text("analysis_type")?.unwrap_or("full");
    DEPTHS.into_iter().find(|depth| depth.name == name).ok_or_else(|| RequestError::OutOfRange {
        field: "analysis_type",
        expected: "full, quick or detailed",
        found: format!("'{}'", excerpt(name)),
    })
}

/// What is known about the document's surroundings: a text, or an object whose texts count.
fn context(fields: &Fields<'_>) -> Result<String, RequestError> {
    let texts: Vec<&str> = match fields.get("context") {
        None => Vec::new(),
        Some(Json::String(text)) => vec![text],
        Some(Json::Object(entries)) => entries.values().filter_map(Json::as_str).collect(),
        Some(other) => return Err(wrong("context", "text or an object", other)),
    };
    let length = texts.iter().map(|text| text.len()).sum();
    if length > MAX_TEXT {
        return Err(RequestError::TooLong { field: "context", length, limit: MAX_TEXT });
    }
    Ok(texts.join("\n"))
}

/// How far the analysis is to be trusted: it grows with the text, with what was found in it, and with how clearly it
/// speaks for one type of node.
fn confidence(document: &Document<'_>, concepts: usize, relationships: usize, hints: &Hints) -> f64 {
    let grown = |count: usize, half_way: f64| {
        let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        count / (count + half_way)
    };
    0.3 * grown(document.words, 20.0)
        + 0.3 * grown(concepts, 3.0)
        + 0.2 * grown(relationships, 1.0)
        + 0.2 * hints.clearness()
}
