//! Python source as a syntax tree, with a bound on the work.

use std::cell::Cell;
use std::ops::ControlFlow;

use tree_sitter::{Language, Node, ParseOptions, Parser, Tree, TreeCursor};

use crate::request_error::RequestError;

/// How many steps the parser may take per byte and for any source. Ordinary code takes less than one per byte.
const STEPS_PER_BYTE: usize = 20;
const STEPS_FOR_ANY: usize = 1 << 16;
/// How many bytes the parser may read. It reads a run of comments again from each of its lines, so that 90 kB of
/// comments alone come near to this.
const MAX_READ: usize = 64 << 20;
/// The parser reports progress each hundred steps.
const STEPS_PER_REPORT: usize = 100;
/// How many bytes the parser is given at a time. Looking far ahead again and again shows as bytes that are asked for
/// again.
const CHUNK: usize = 512;

/// A parsed source.
pub(super) struct Source<'a> {
    code: &'a str,
    tree: Tree,
}

impl<'a> Source<'a> {
    /// Some texts make a parser try again and again, so it is stopped after a number of steps and of bytes read. A
    /// time limit would judge the same code differently on another machine.
    pub(super) fn parse(code: &'a str) -> Result<Self, RequestError> {
        let max_steps = code.len() * STEPS_PER_BYTE + STEPS_FOR_ANY;
        let mut parser = Parser::new();
        // The grammar and the parser are linked together, so a mismatch would show in every test.
        parser.set_language(&Language::new(tree_sitter_python::LANGUAGE)).map_err(|_| RequestError::TooHard)?;
        let (read, stepped) = (Cell::new(0), Cell::new(0));
        let is_over = || read.get() > MAX_READ || stepped.get() > max_steps;
        let mut watch = |_: &_| {
            stepped.set(stepped.get() + STEPS_PER_REPORT);
            if is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let bytes = code.as_bytes();
        let mut give = |offset: usize, _| {
            let rest = bytes.get(offset..).filter(|_| !is_over()).unwrap_or_default();
            let chunk = rest.get(..CHUNK).unwrap_or(rest);
            read.set(read.get() + chunk.len());
            chunk
        };
        let options = ParseOptions::new().progress_callback(&mut watch);
        let tree = parser.parse_with_options(&mut give, None, Some(options));
        tree.filter(|_| !is_over()).map(|tree| Self { code, tree }).ok_or(RequestError::TooHard)
    }

    /// The text of a node.
    pub(super) fn text(&self, node: Node<'_>) -> &'a str {
        self.code.get(node.byte_range()).unwrap_or_default()
    }

    /// The width of the space before a node, if there is nothing else before it in its line and the line continues no
    /// other. A tab goes to the next multiple of eight, as in Python.
    pub(super) fn indentation(&self, node: Node<'_>) -> Option<usize> {
        let line = node.start_byte().checked_sub(node.start_position().column)?;
        let before = self.code.get(..line)?.trim_end_matches(['\r', '\n']);
        if before.ends_with('\\') {
            return None;
        }
        self.code.get(line..node.start_byte())?.chars().try_fold(0, |width, character| match character {
            ' ' => Some(width + 1),
            '\t' => Some(width / 8 * 8 + 8),
            // A byte order mark has no width, and a form feed starts again.
            '\u{feff}' | '\u{c}' => Some(0),
            _ => None,
        })
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
