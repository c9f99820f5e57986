//! The known nodes.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::text::rounded;

/// All known nodes, in the order of `corpus.json`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Corpus {
    pub(super) nodes: Vec<Node>,
}

/// A node that somebody built.
#[derive(Debug, Deserialize)]
pub(super) struct Node {
    node_id: String,
    pub(super) node_type: String,
    description: String,
    /// Short ways to ask for it; not part of an answer.
    asked_for_as: Vec<String>,
    mixins_used: Vec<String>,
    contracts: Vec<String>,
    code_snippets: Vec<String>,
    metadata: Map<String, Json>,
}

impl Corpus {
    /// Reads the file that is part of this library; a test keeps it readable.
    pub(super) fn load() -> Self {
        serde_json::from_str(include_str!("corpus.json")).unwrap_or_default()
    }
}

impl Node {
    /// What a description is compared with.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.description.as_str()).chain(self.asked_for_as.iter().map(String::as_str))
    }

    pub(super) fn to_json(&self, score: f64) -> Json {
        let mut metadata = self.metadata.clone();
        metadata.insert("node_type".to_owned(), json!(self.node_type));
        json!({
            "node_id": self.node_id,
            "similarity_score": rounded(score),
            "description": self.description,
            "mixins_used": self.mixins_used,
            "contracts": self.contracts,
            "code_snippets": self.code_snippets,
            "metadata": metadata,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node_type::NodeType;

    #[test]
    fn every_type_has_known_nodes_and_every_node_a_known_type() {
        let corpus = Corpus::load();
        for node_type in NodeType::ALL {
            let count = corpus.nodes.iter().filter(|node| node.node_type == node_type.name()).count();
            assert!(count >= 5, "{node_type:?}: {count}");
        }
        let ids: std::collections::BTreeSet<_> = corpus.nodes.iter().map(|node| &node.node_id).collect();
        assert_eq!(ids.len(), corpus.nodes.len());
        assert_eq!(NodeType::ALL.len() * 5, corpus.nodes.len());
    }
}
