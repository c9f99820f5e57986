//! What is said about findings: warnings without a weight, and suggestions.

use super::findings::{Findings, Kind, Severity};
use crate::node_type::NodeType;
use crate::request_error::excerpt;

/// How many contracts are suggested to be named.
const MAX_CONTRACTS: usize = 3;

/// What does not fit to the request, although it may be good code.
pub(super) fn warnings(findings: &Findings, node_type: NodeType, file_path: Option<&str>) -> Vec<String> {
    let mut warnings = Vec::new();
    let other_base = findings.kept.iter().find_map(|finding| match &finding.kind {
        Kind::NodeBase { class, base } if *base != node_type => Some((class, base)),
        _ => None,
    });
    if let Some((class, base)) = other_base {
        warnings.push(format!(
            "'{class}' derives {}, the request says that it is a node of type {}",
            base.base_class(),
            node_type.name()
        ));
    }
    if let Some(path) = file_path.filter(|path| !path.ends_with(".py")) {
        warnings.push(format!("'{}' is not the path of a Python file", excerpt(path)));
    }
    warnings
}

/// What would make the code better, the weightiest first.
pub(super) fn suggestions(findings: &Findings, node_type: NodeType, code: &str, contracts: &[&str]) -> Vec<String> {
    let missing = contracts.iter().filter(|contract| !code.contains(**contract));
    let mut suggestions: Vec<String> = missing
        .take(MAX_CONTRACTS)
        .map(|contract| format!("the contract '{}' is not in the code: name or fulfil it", excerpt(contract)))
        .collect();
    for severity in [Severity::Critical, Severity::Moderate] {
        for finding in findings.of(severity) {
            let remedy = remedy(&finding.kind).to_owned();
            if !suggestions.contains(&remedy) {
                suggestions.push(remedy);
            }
        }
    }
    let has = |is: fn(&Kind) -> bool| findings.kept.iter().any(|finding| is(&finding.kind));
    if !has(|kind| matches!(kind, Kind::NodeBase { .. })) {
        suggestions.push(format!("derive the node's class from {}", node_type.base_class()));
    }
    if !has(|kind| matches!(kind, Kind::ContractPath)) {
        suggestions.push("name the node's contract in contract_path".to_owned());
    }
    if !has(|kind| matches!(kind, Kind::PrefixedModel(_))) {
        suggestions.push("describe inputs and outputs with BaseModel classes named Model…".to_owned());
    }
    if !has(|kind| matches!(kind, Kind::Protocol(_))) {
        suggestions.push("describe what the node depends on with a Protocol".to_owned());
    }
    if findings.annotated_functions < findings.functions {
        suggestions.push("say what each function returns".to_owned());
    }
    if findings.documented_classes < findings.classes {
        suggestions.push("give each class a docstring".to_owned());
    }
    suggestions
}

fn remedy(kind: &Kind) -> &'static str {
    match kind {
        Kind::SyntaxError(_) => "make the code parse as Python 3",
        Kind::AnyImported | Kind::AnyAnnotated => "replace Any by the type that is meant",
        Kind::LowerCaseModel(_) | Kind::LowerCaseClass(_) => "name classes in CamelCase",
        Kind::PydanticV1Call(_) => {
            "call model_dump, model_dump_json, model_copy or model_json_schema, the names of pydantic 2"
        }
        Kind::ImportOs => "take paths and settings from the contract or pathlib instead of os",
        Kind::DeepRelativeImport(_) => "import by the package's absolute name",
        Kind::PydanticV1Decorator(_) => "decorate with field_validator or model_validator of pydantic 2",
        Kind::PrefixedModel(_) | Kind::NodeBase { .. } | Kind::Protocol(_) | Kind::ContractPath => "keep it",
    }
}
