//! `pattern`: finds known nodes that are like a description, by the cosine of TF-IDF vectors.

mod corpus;
mod vector;

use serde_json::{Map, Value as Json, json};

use self::corpus::{Corpus, Node};
use self::vector::{Rarity, Vector};
use crate::fields::{Fields, MAX_TEXT};
use crate::node_type::NodeType;
use crate::request_error::RequestError;
use crate::text::{rounded, stem, stems};

const LIMIT: usize = 5;
const SCORE_THRESHOLD: f64 = 0.7;
/// What descriptions of nodes say whatever the node is for. The types are among them: the search is within one.
const FILLERS: &str = "node effect compute reducer orchestrator service component create build implement system";

pub(crate) fn answer(fields: &Fields<'_>) -> Result<Map<String, Json>, RequestError> {
    let description = fields.required_text(&["node_description"], MAX_TEXT)?;
    let node_type = NodeType::read(fields)?;
    let limit = fields.count("limit", LIMIT)?;
    let threshold = fields.share("score_threshold", SCORE_THRESHOLD)?;

    let corpus = Corpus::load();
    let mut similar = similarities(&corpus, node_type, description);
    similar.retain(|(score, _)| *score >= threshold);
    // The sort is stable: equal nodes stay in the order of the corpus.
    similar.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    similar.truncate(limit);

    let total: f64 = similar.iter().map(|(score, _)| score).sum();
    let average = if similar.is_empty() { 0.0 } else { total / f64::from(u32::try_from(similar.len()).unwrap_or(1)) };
    let mut payload = Map::new();
    let nodes = similar.iter().map(|(score, node)| node.to_json(*score)).collect();
    payload.insert("similar_nodes".to_owned(), Json::Array(nodes));
    payload.insert("count".to_owned(), json!(similar.len()));
    payload.insert("avg_similarity".to_owned(), rounded(average));
    Ok(payload)
}

/// The nodes of a type, each with the similarity of the best of its texts: the description, or one of the short ways
/// to ask for it. A short question would never come near a long description alone.
fn similarities<'a>(corpus: &'a Corpus, node_type: NodeType, description: &str) -> Vec<(f64, &'a Node)> {
    let texts: Vec<(&Node, Vec<String>)> =
        corpus.nodes.iter().flat_map(|node| node.texts().map(move |text| (node, stems(text)))).collect();
    let rarity = Rarity::of(texts.iter().map(|(_, stems)| stems.as_slice()));
    let fillers: Vec<String> = FILLERS.split(' ').map(stem).collect();
    let wanted: Vec<String> = stems(description).into_iter().filter(|word| !fillers.contains(word)).collect();
    let wanted = Vector::new(&wanted, &rarity);
    let mut similar: Vec<(f64, &Node)> = Vec::new();
    for (node, stems) in texts.iter().filter(|(node, _)| node.node_type == node_type.name()) {
        let score = wanted.cosine(&Vector::new(stems, &rarity));
        match similar.last_mut() {
            Some((best, last)) if std::ptr::eq(*last, *node) => *best = best.max(score),
            _ => similar.push((score, node)),
        }
    }
    similar
}
