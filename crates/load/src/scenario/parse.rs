//! From text to the form, and from a parser's error to its place in the text.

use std::path::Path;

use serde_saphyr::{MessageFormatter as _, UserMessageFormatter};

use super::ScenarioError;
use super::files::place;
use super::form::Form;

pub(super) fn parse(path: &Path, text: &str) -> Result<Form, ScenarioError> {
    let wrong =
        |line: usize, column: usize, what: String| ScenarioError::Wrong { path: path.to_owned(), line, column, what };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => serde_saphyr::from_str(text).map_err(|error| {
            let place = error.location();
            let at = |number: Option<u64>| number.and_then(|number| usize::try_from(number).ok()).unwrap_or(1);
            // A key of the file may stand in it; what would move a terminal's cursor may not.
            let what = UserMessageFormatter.format_message(error.without_snippet());
            let what = what.chars().filter(|c| !c.is_control()).collect();
            wrong(at(place.map(|place| place.line())), at(place.map(|place| place.column())), what)
        }),
        Some("toml") => toml::from_str(text).map_err(|error| {
            let (line, column) = place(text, error.span().map_or(0, |span| span.start));
            wrong(line, column, error.message().to_owned())
        }),
        _ => Err(ScenarioError::Kind(path.to_owned())),
    }
}
