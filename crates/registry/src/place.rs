//! Where in a text a mistake is.

use std::fmt;

/// A line and a column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Place {
    /// The place of a byte in a text.
    pub(crate) fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }

    /// The place that ends a message, as [`Display`](fmt::Display) writes it.
    pub(crate) fn ending(message: &str) -> Option<Self> {
        let (_, place) = message.rsplit_once("at line ")?;
        let (line, column) = place.split_once(", column ")?;
        Some(Self { line: line.parse().ok()?, column: column.parse().ok()? })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at line {}, column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = Place::of("a\nüb\n", 4);
        assert_eq!(place.to_string(), "at line 2, column 2");
        assert_eq!(Place::ending(&format!("expected a name {place}")), Some(place));
        assert_eq!(Place::ending("no place at line 2"), None);
    }
}
