//! Which type of node a document speaks for.

use serde_json::{Map, Value as Json, json};

use super::document::Document;
use crate::node_type::NodeType;
use crate::text::stem;

/// The words that speak for a type.
const fn words(node_type: NodeType) -> &'static str {
    match node_type {
        NodeType::Effect => {
            "write read send receive publish subscribe consume call store save fetch load api http database file kafka \
             email external upload download notify integrate topic socket"
        }
        NodeType::Compute => {
            "calculate compute transform convert parse validate score rank filter format map algorithm formula pure \
             tokenize compare encode decode extract classify"
        }
        NodeType::Reducer => {
            "aggregate reduce state accumulate sum count total fold merge combine group window snapshot transition \
             history average ledger rollup session"
        }
        NodeType::Orchestrator => {
            "orchestrate coordinate workflow step pipeline schedule sequence dependency saga compensate rollback \
             approve stage parallel route delegate trigger deploy"
        }
    }
}

/// The share of each type, in the order of [`NodeType::ALL`]. They sum to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hints([f64; 4]);

impl Hints {
    /// What is said in the context counts half.
    pub(super) fn of(document: &Document<'_>, context: &Document<'_>) -> Self {
        let evidence = NodeType::ALL.map(|node_type| {
            let stems: Vec<String> = words(node_type).split_whitespace().map(stem).collect();
            let spoken = |document: &Document<'_>| {
                let terms = document.terms.iter().filter(|term| stems.contains(&term.stem));
                terms.map(|term| f64::from(term.count)).fold(0.0, |sum, count| sum + count)
            };
            spoken(document) + spoken(context) / 2.0
        });
        let total: f64 = evidence.iter().sum();
        if total > 0.0 { Self(evidence.map(|words| words / total)) } else { Self([0.25; 4]) }
    }

    /// From 0, all types alike, to 1, one type alone.
    pub(super) fn clearness(&self) -> f64 {
        let most = self.0.iter().copied().fold(0.0, f64::max);
        (most - 0.25) / 0.75
    }

    pub(super) fn to_json(self) -> Json {
        let shares = NodeType::ALL.iter().zip(self.0);
        shares.map(|(node_type, share)| (node_type.name().to_owned(), json!(share))).collect::<Map<_, _>>().into()
    }
}
