//! Fault rules from a file, in YAML, TOML or JSON.
//!
//! ```yaml
//! version: 1
//! faults:
//!   - id: eos-gap
//!     match: { api: EndTxn, client: "shop-*" }
//!     when: { nth: 2..3 }
//!     do: { cut: after_apply }
//! ```

use std::path::{Path, PathBuf};

use kafka_trial_broker::FaultRule;
use serde::Deserialize;
use serde_json::Value as Json;
use serde_saphyr::{MessageFormatter as _, UserMessageFormatter};
use thiserror::Error;

use super::form::rule_from_json;

/// A file with fault rules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FaultFile {
    /// The rules, in the order of the file.
    pub rules: Vec<FaultRule>,
    /// The line of each rule, from 1.
    pub lines: Vec<usize>,
}

/// A file of fault rules that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FaultFileError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Only files with these names are read.
    #[error("{}: the name of a file with faults ends with .yaml, .yml, .toml or .json", .0.display())]
    Kind(PathBuf),
    /// Something in it is wrong.
    #[error("{}:{line}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what to write.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form<T> {
    version: Option<u32>,
    faults: Vec<T>,
}

impl FaultFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, FaultFileError> {
        let source = |source| FaultFileError::Read { path: path.to_owned(), source };
        Self::parse(path, &std::fs::read_to_string(path).map_err(source)?)
    }

    /// Reads the text of a file, whose name tells what it is.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FaultFileError> {
        let wrong = |line: usize, what: String| FaultFileError::Wrong { path: path.to_owned(), line, what };
        let at_byte = |byte: usize| text.get(..byte).unwrap_or(text).matches('\n').count() + 1;
        let (version, raw): (Option<u32>, Vec<(Json, usize)>) =
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("yaml" | "yml" | "json") => {
                    let read: Result<Form<serde_saphyr::Spanned<Json>>, _> = serde_saphyr::from_str(text);
                    let form = read.map_err(|error| {
                        let line = error.location().and_then(|place| usize::try_from(place.line()).ok()).unwrap_or(1);
                        let what = UserMessageFormatter.format_message(error.without_snippet());
                        wrong(line, what.chars().filter(|c| !c.is_control()).collect())
                    })?;
                    let line =
                        |rule: &serde_saphyr::Spanned<Json>| usize::try_from(rule.referenced.line()).unwrap_or(1);
                    (form.version, form.faults.into_iter().map(|rule| (line(&rule), rule.value)).map(swap).collect())
                }
                Some("toml") => {
                    let read: Result<Form<toml::Spanned<Json>>, _> = toml::from_str(text);
                    let form = read.map_err(|error| {
                        wrong(at_byte(error.span().map_or(0, |span| span.start)), error.message().to_owned())
                    })?;
                    let rules = form.faults.into_iter().map(|rule| (at_byte(rule.span().start), rule.into_inner()));
                    (form.version, rules.map(swap).collect())
                }
                _ => return Err(FaultFileError::Kind(path.to_owned())),
            };
        if let Some(version) = version.filter(|version| *version != 1) {
            return Err(wrong(1, format!("version is {version}: this is version 1 of the form")));
        }
        let starts: Vec<usize> = raw.iter().map(|(_, line)| *line).collect();
        let mut file = Self { rules: Vec::new(), lines: Vec::new() };
        for ((json, line), end) in raw.into_iter().zip(starts.iter().skip(1).copied().chain([usize::MAX])) {
            let rule = rule_from_json(&json).map_err(|why| wrong(line_of(text, line, end, &why), why))?;
            rule.check().map_err(|error| wrong(line_of(text, line, end, &error.to_string()), error.to_string()))?;
            if file.rules.iter().any(|other: &FaultRule| other.id == rule.id) {
                return Err(wrong(line, format!("a second fault is named {:?}: give it a different id", rule.id)));
            }
            file.rules.push(rule);
            file.lines.push(line);
        }
        Ok(file)
    }
}

fn swap<A, B>((a, b): (A, B)) -> (B, A) {
    (b, a)
}

/// The line of a rule that has what the reason names: a word in quotes, or the key with which it begins.
fn line_of(text: &str, start: usize, end: usize, why: &str) -> usize {
    // The name of the rule stands in front.
    let why = why.split_once(": ").map_or(why, |(_, why)| why);
    let quoted = why.split('"').skip(1).step_by(2);
    let first = why.split(' ').next().filter(|word| !word.contains('"'));
    let lines = || text.lines().zip(1..).filter(|(_, number)| (start..end).contains(number));
    let mut words = first.into_iter().chain(quoted).filter(|word| word.len() > 1);
    words.find_map(|word| lines().find(|(line, _)| line.contains(word))).map_or(start, |(_, number)| number)
}
