//! The four types of nodes.

use crate::fields::Fields;
use crate::request_error::{RequestError, excerpt};

/// What a node is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NodeType {
    /// Talks to the world outside: brokers, databases, services.
    #[default]
    Effect,
    /// Computes without side effects.
    Compute,
    /// Folds many inputs into state.
    Reducer,
    /// Lets other nodes run in the right order.
    Orchestrator,
}

impl NodeType {
    pub(crate) const ALL: [Self; 4] = [Self::Effect, Self::Compute, Self::Reducer, Self::Orchestrator];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Effect => "effect",
            Self::Compute => "compute",
            Self::Reducer => "reducer",
            Self::Orchestrator => "orchestrator",
        }
    }

    /// The class that nodes of this type derive.
    pub(crate) const fn base_class(self) -> &'static str {
        match self {
            Self::Effect => "NodeEffect",
            Self::Compute => "NodeCompute",
            Self::Reducer => "NodeReducer",
            Self::Orchestrator => "NodeOrchestrator",
        }
    }

    pub(crate) fn of_base_class(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|node_type| node_type.base_class() == name)
    }

    /// The field `node_type` of a payload; `effect` without one.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, RequestError> {
        let Some(name) = fields.text("node_type")? else { return Ok(Self::default()) };
        let known = Self::ALL.into_iter().find(|node_type| node_type.name() == name);
        known.ok_or_else(|| RequestError::UnknownNodeType(excerpt(name)))
    }
}
