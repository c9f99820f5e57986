//! One walk over a syntax tree that collects the findings.

use tree_sitter::Node;

use super::findings::{Findings, Kind};
use super::source::Source;
use crate::node_type::NodeType;
use crate::request_error::{RequestError, excerpt};
use crate::text::identifiers;

/// Methods of models that pydantic 2 renamed.
const PYDANTIC_V1_METHODS: [&str; 4] = ["dict", "json", "copy", "schema"];
const PYDANTIC_V1_DECORATORS: [&str; 2] = ["validator", "root_validator"];
const CONTRACT_PATH: &str = "contract_path";

/// Parses a source and collects what is to be said about it.
pub(super) fn inspect(code: &str) -> Result<Findings, RequestError> {
    let source = Source::parse(code)?;
    let mut inspection = Inspection { source: &source, findings: Findings::default(), names_contract_path: false };
    // The depth of the annotation that the walk is in.
    let mut annotation = None;
    for (node, depth) in source.nodes() {
        annotation = annotation.filter(|outer| *outer < depth);
        if annotation.is_none() && node.kind() == "type" {
            annotation = Some(depth);
        }
        inspection.visit(node, annotation.is_some());
    }
    Ok(inspection.findings)
}

struct Inspection<'a> {
    source: &'a Source<'a>,
    findings: Findings,
    names_contract_path: bool,
}

impl<'a> Inspection<'a> {
    fn visit(&mut self, node: Node<'_>, is_annotation: bool) {
        if node.is_error() {
            let what = self.source.text(node).trim().lines().next().unwrap_or_default();
            return self.found(node, Kind::SyntaxError(format!("unexpected '{}'", excerpt(what))));
        }
        if node.is_missing() {
            return self.found(node, Kind::SyntaxError(format!("expected '{}'", node.kind())));
        }
        match node.kind() {
            "module" | "block" => self.block(node),
            "class_definition" => self.class(node),
            "function_definition" => self.function(node),
            "import_statement" => self.import(node),
            "import_from_statement" => self.import_from(node),
            "decorator" => self.decorator(node),
            "call" => self.call(node),
            "print_statement" | "exec_statement" => {
                let what = format!("a {} of Python 2", node.kind().replace('_', " "));
                self.found(node, Kind::SyntaxError(what));
            }
            "string_start" if self.source.text(node) == "`" => {
                self.found(node, Kind::SyntaxError("a text in backticks of Python 2".to_owned()));
            }
            "<>" => self.found(node, Kind::SyntaxError("the operator '<>' of Python 2".to_owned())),
            "identifier" => self.identifier(node, is_annotation),
            // An annotation may be written as text, to be read later.
            "string_content" if is_annotation && identifiers(self.source.text(node)).any(|name| name == "Any") => {
                self.found(node, Kind::AnyAnnotated);
            }
            _ => {}
        }
    }

    fn found(&mut self, node: Node<'_>, kind: Kind) {
        self.findings.add(node.start_position().row + 1, kind);
    }

    fn class(&mut self, node: Node<'_>) {
        self.findings.classes += 1;
        let name = node.child_by_field_name("name").map(|name| self.source.text(name)).unwrap_or_default();
        let bases = self.bases(node);
        let is_model = bases.contains(&"BaseModel");
        let is_lower_case = name.trim_start_matches('_').starts_with(char::is_lowercase);
        match (is_lower_case, is_model) {
            (true, true) => self.found(node, Kind::LowerCaseModel(excerpt(name))),
            (true, false) => self.found(node, Kind::LowerCaseClass(excerpt(name))),
            (false, true) if name.starts_with("Model") => self.found(node, Kind::PrefixedModel(excerpt(name))),
            _ => {}
        }
        if let Some(base) = bases.iter().find_map(|base| NodeType::of_base_class(base)) {
            self.found(node, Kind::NodeBase { class: excerpt(name), base });
        }
        if bases.iter().any(|base| base.starts_with("Protocol")) {
            self.found(node, Kind::Protocol(excerpt(name)));
        }
        let first = node.child_by_field_name("body").and_then(|body| body.named_child(0));
        let is_docstring =
            |node: Node<'_>| node.kind() == "expression_statement" && named(node).is_some_and(|e| e.kind() == "string");
        self.findings.documented_classes += usize::from(first.is_some_and(is_docstring));
    }

    /// The grammar lets a block be empty, and each statement have an indentation of its own; Python does not.
    fn block(&mut self, node: Node<'_>) {
        let mut indentation = (node.kind() == "module").then_some(0);
        let mut last_row = None;
        let mut is_empty = node.kind() == "block";
        let mut cursor = node.walk();
        for statement in node.named_children(&mut cursor) {
            is_empty &= statement.kind() == "comment";
            let row = statement.start_position().row;
            let begins_a_line = last_row != Some(row);
            last_row = Some(statement.end_position().row);
            if !begins_a_line || statement.is_error() || statement.kind() == "comment" {
                continue;
            }
            let Some(found) = self.source.indentation(statement) else { continue };
            if *indentation.get_or_insert(found) != found {
                self.found(statement, Kind::SyntaxError("unexpected indentation".to_owned()));
            }
        }
        if is_empty {
            self.found(node, Kind::SyntaxError("expected an indented block".to_owned()));
        }
    }

    /// The last names of a class's bases: `BaseModel` of `pydantic.BaseModel`, `Protocol` of `Protocol[T]`.
    fn bases(&self, class: Node<'_>) -> Vec<&'a str> {
        let Some(arguments) = class.child_by_field_name("superclasses") else { return Vec::new() };
        let mut cursor = arguments.walk();
        arguments.named_children(&mut cursor).filter_map(|base| self.last_name(base)).collect()
    }

    /// The name that an expression ends in: `c` of `c`, `a.b.c`, `a.c[T]` and `a.c(x)`.
    fn last_name(&self, expression: Node<'_>) -> Option<&'a str> {
        let expression = match expression.kind() {
            "subscript" => expression.child_by_field_name("value")?,
            "call" => expression.child_by_field_name("function")?,
            _ => expression,
        };
        match expression.kind() {
            "identifier" => Some(self.source.text(expression)),
            "attribute" => Some(self.source.text(expression.child_by_field_name("attribute")?)),
            _ => None,
        }
    }

    fn function(&mut self, node: Node<'_>) {
        self.findings.functions += 1;
        self.findings.annotated_functions += usize::from(node.child_by_field_name("return_type").is_some());
    }

    fn import(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for imported in node.children_by_field_name("name", &mut cursor) {
            let module = self.source.text(imported);
            let package = module.split(|character: char| character == '.' || character.is_whitespace()).next();
            if package == Some("os") {
                self.found(imported, Kind::ImportOs);
            }
        }
    }

    fn import_from(&mut self, node: Node<'_>) {
        let module = node.child_by_field_name("module_name").map(|module| self.source.text(module)).unwrap_or_default();
        if module.starts_with("..") {
            self.found(node, Kind::DeepRelativeImport(excerpt(module)));
        }
        let mut cursor = node.walk();
        for imported in node.children_by_field_name("name", &mut cursor) {
            if self.source.text(imported).split_whitespace().next() == Some("Any") {
                self.found(imported, Kind::AnyImported);
            }
        }
    }

    fn decorator(&mut self, node: Node<'_>) {
        let name = named(node).and_then(|expression| self.last_name(expression)).unwrap_or_default();
        if PYDANTIC_V1_DECORATORS.contains(&name) {
            let name = name.to_owned();
            self.found(node, Kind::PydanticV1Decorator(name));
        }
    }

    fn call(&mut self, node: Node<'_>) {
        let function = node.child_by_field_name("function").filter(|function| function.kind() == "attribute");
        let method = function.and_then(|function| self.last_name(function)).unwrap_or_default();
        if PYDANTIC_V1_METHODS.contains(&method) {
            let method = method.to_owned();
            self.found(node, Kind::PydanticV1Call(method));
        }
    }

    fn identifier(&mut self, node: Node<'_>, is_annotation: bool) {
        match self.source.text(node) {
            "Any" if is_annotation => self.found(node, Kind::AnyAnnotated),
            // Once per source: it is a practice, however often the name is used.
            CONTRACT_PATH if !self.names_contract_path => {
                self.names_contract_path = true;
                self.found(node, Kind::ContractPath);
            }
            _ => {}
        }
    }
}

/// The first named child.
fn named(node: Node<'_>) -> Option<Node<'_>> {
    node.named_child(0)
}
