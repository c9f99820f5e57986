//! What was found in a source, and where.

use std::fmt;

use crate::node_type::NodeType;

/// How many findings are kept; all are counted.
const MAX_KEPT: usize = 1000;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// Makes the code not compliant at all.
    Critical,
    /// Costs a tenth of compliance.
    Moderate,
    /// Wins a tenth of compliance.
    Modern,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SyntaxError(String),
    AnyImported,
    AnyAnnotated,
    LowerCaseModel(String),
    PydanticV1Call(String),
    LowerCaseClass(String),
    ImportOs,
    DeepRelativeImport(String),
    PydanticV1Decorator(String),
    PrefixedModel(String),
    NodeBase { class: String, base: NodeType },
    Protocol(String),
    ContractPath,
}

impl Kind {
    pub(super) const fn severity(&self) -> Severity {
        match self {
            Self::SyntaxError(_)
            | Self::AnyImported
            | Self::AnyAnnotated
            | Self::LowerCaseModel(_)
            | Self::PydanticV1Call(_) => Severity::Critical,
            Self::LowerCaseClass(_) | Self::ImportOs | Self::DeepRelativeImport(_) | Self::PydanticV1Decorator(_) => {
                Severity::Moderate
            }
            Self::PrefixedModel(_) | Self::NodeBase { .. } | Self::Protocol(_) | Self::ContractPath => Severity::Modern,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SyntaxError(what) => write!(f, "syntax error: {what}"),
            Self::AnyImported => f.write_str("imports Any"),
            Self::AnyAnnotated => f.write_str("annotates with Any"),
            Self::LowerCaseModel(class) => write!(f, "the model class '{class}' begins with a lower-case letter"),
            Self::PydanticV1Call(method) => write!(f, "calls .{method}(), a method of pydantic 1"),
            Self::LowerCaseClass(class) => write!(f, "the class '{class}' begins with a lower-case letter"),
            Self::ImportOs => f.write_str("imports os"),
            Self::DeepRelativeImport(module) => write!(f, "imports from '{module}', more than one level up"),
            Self::PydanticV1Decorator(name) => write!(f, "decorates with @{name} of pydantic 1"),
            Self::PrefixedModel(class) => write!(f, "'{class}' is a model with the prefix Model"),
            Self::NodeBase { class, base } => write!(f, "'{class}' derives {}", base.base_class()),
            Self::Protocol(class) => write!(f, "'{class}' is a protocol"),
            Self::ContractPath => f.write_str("names its contract_path"),
        }
    }
}

/// A finding and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// From 1.
    pub(super) line: usize,
    pub(super) kind: Kind,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}

/// All that was found in a source, in its order.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) kept: Vec<Finding>,
    counts: [u32; 3],
    /// How many classes there are.
    pub(super) classes: usize,
    /// How many functions there are, methods included.
    pub(super) functions: usize,
    /// How many of them say what they return.
    pub(super) annotated_functions: usize,
    /// How many classes have a docstring.
    pub(super) documented_classes: usize,
}

impl Findings {
    pub(super) fn add(&mut self, line: usize, kind: Kind) {
        if let Some(count) = self.counts.get_mut(kind.severity() as usize) {
            *count = count.saturating_add(1);
        }
        if self.kept.len() < MAX_KEPT {
            self.kept.push(Finding { line, kind });
        }
    }

    pub(super) fn count(&self, severity: Severity) -> u32 {
        self.counts.get(severity as usize).copied().unwrap_or_default()
    }

    pub(super) fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.kept.iter().filter(move |finding| finding.kind.severity() == severity)
    }
}
