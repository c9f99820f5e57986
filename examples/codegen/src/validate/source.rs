//! Python source as a syntax tree, with a bound on the work.

use std::ops::ControlFlow;

use tree_sitter::{Language, Node, ParseOptions, Parser, Tree, TreeCursor};

use crate::request_error::RequestError;

/// How often the parser may report progress before it is stopped. It reports each hundred steps; ordinary code takes
/// about one step per byte, so this is far beyond what the longest source takes.
const MAX_STEPS: usize = 50_000_000;
const STEPS_PER_REPORT: usize = 100;

/// A parsed source.
pub(super) struct Source<'a> {
    pub(super) code: &'a str,
    tree: Tree,
}

impl<'a> Source<'a> {
    pub(super) fn parse(code: &'a str) -> Result<Self, RequestError> {
        let gave_up = || RequestError::TooHard(MAX_STEPS);
        let mut parser = Parser::new();
        // The grammar and the parser are linked together, so that a mismatch would show in every test.
        parser.set_language(&Language::new(tree_sitter_python::LANGUAGE)).map_err(|_| gave_up())?;
        let mut reports = 0;
        let mut watch = |_: &_| {
            reports += 1;
            if reports > MAX_STEPS / STEPS_PER_REPORT { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let bytes = code.as_bytes();
        let mut read = |offset: usize, _| bytes.get(offset..).unwrap_or_default();
        let options = ParseOptions::new().progress_callback(&mut watch);
        let tree = parser.parse_with_options(&mut read, None, Some(options)).ok_or_else(gave_up)?;
        Ok(Self { code, tree })
    }

    /// The text of a node.
    pub(super) fn text(&self, node: Node<'_>) -> &'a str {
        self.code.get(node.byte_range()).unwrap_or_default()
    }

    /// All nodes with their depths, each before its children. It does not recurse, for a tree can be as deep as its
    /// source is long.
    pub(super) fn nodes(&self) -> Nodes<'_> {
        Nodes { cursor: Some(self.tree.walk()), depth: 0 }
    }
}

/// See [`Source::nodes`].
pub(super) struct Nodes<'a> {
    /// Stands on the next node; `None` after the last.
    cursor: Option<TreeCursor<'a>>,
    depth: usize,
}

impl<'a> Iterator for Nodes<'a> {
    type Item = (Node<'a>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let cursor = self.cursor.as_mut()?;
        let here = (cursor.node(), self.depth);
        if cursor.goto_first_child() {
            self.depth += 1;
            return Some(here);
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                self.cursor = None;
                return Some(here);
            }
            self.depth -= 1;
        }
        Some(here)
    }
}
