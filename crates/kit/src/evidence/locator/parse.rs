//! The text of a locator.

use std::str::FromStr;

use regex::Regex;
use thiserror::Error;

use super::{Locator, Place, Step};

const HEADER: &str = "$message.header#/";
const KEY: &str = "$message.key#";
const PAYLOAD: &str = "$message.payload#";
const TRACE_ID: &str = "trace-id of ";
const REGEX: &str = "regex(";
const REGEX_END: &str = ") of ";
const AGAIN: &str = "|json#";
/// More steps or pointers than anybody writes.
const MAX_PARTS: usize = 16;

/// A text that is no locator, and where it stops being one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("invalid locator {text:?}: at character {position}: {expected}")]
#[non_exhaustive]
pub struct LocatorError {
    /// The whole text.
    pub text: String,
    /// How many characters of it are right.
    pub position: usize,
    /// What is expected there instead.
    pub expected: String,
}

impl FromStr for Locator {
    type Err = LocatorError;

    fn from_str(text: &str) -> Result<Self, LocatorError> {
        let (mut rest, mut steps) = (text, Vec::new());
        let wrong = |rest: &str, expected: &str| LocatorError {
            text: text.to_owned(),
            position: text.chars().count() - rest.chars().count(),
            expected: expected.to_owned(),
        };
        let place = loop {
            if steps.len() > MAX_PARTS {
                return Err(wrong(rest, "fewer steps"));
            } else if let Some(after) = rest.strip_prefix(TRACE_ID) {
                steps.push(Step::TraceId);
                rest = after;
            } else if let Some(after) = rest.strip_prefix(REGEX) {
                // The pattern may have brackets of its own, so it ends at the last that is followed by a place.
                let end = after.rfind(REGEX_END).ok_or_else(|| wrong(after, "`PATTERN) of LOCATOR`"))?;
                let (pattern, place) = after.split_at(end);
                let pattern = Regex::new(pattern)
                    .map_err(|error| wrong(after, error.to_string().lines().last().unwrap_or("a pattern").trim()))?;
                steps.push(Step::Regex(pattern));
                rest = place.strip_prefix(REGEX_END).unwrap_or(place);
            } else if let Some(name) = rest.strip_prefix(HEADER) {
                match unescape(name) {
                    Some(name) if !name.is_empty() => break Place::Header(name),
                    Some(_) => return Err(wrong(name, "the name of a header")),
                    None => return Err(wrong(name, "`~` is written `~0` and `/` is written `~1`")),
                }
            } else if let Some(pointers) = rest.strip_prefix(KEY) {
                let pointers = if pointers.is_empty() { Vec::new() } else { parse_pointers(pointers, &wrong)? };
                break Place::Key(pointers);
            } else if let Some(pointers) = rest.strip_prefix(PAYLOAD) {
                break Place::Payload(parse_pointers(pointers, &wrong)?);
            } else {
                let expected = "`$message.header#/NAME`, `$message.key#` or `$message.payload#/POINTER`";
                return Err(wrong(rest, expected));
            }
        };
        // The step next to the place is the first to be done.
        steps.reverse();
        Ok(Self { place, steps })
    }
}

fn parse_pointers(text: &str, wrong: &impl Fn(&str, &str) -> LocatorError) -> Result<Vec<String>, LocatorError> {
    let mut pointers = Vec::new();
    let mut rest = text;
    loop {
        let (pointer, more) = match rest.split_once(AGAIN) {
            Some((pointer, more)) => (pointer, Some(more)),
            None => (rest, None),
        };
        if !pointer.starts_with('/') {
            return Err(wrong(rest, "a JSON Pointer, which begins with `/`"));
        }
        if unescape(pointer).is_none() {
            return Err(wrong(rest, "in a JSON Pointer `~` is written `~0` and `/` is written `~1`"));
        }
        if pointers.len() >= MAX_PARTS {
            return Err(wrong(rest, "fewer pointers"));
        }
        pointers.push(pointer.to_owned());
        match more {
            Some(more) => rest = more,
            None => return Ok(pointers),
        }
    }
}

/// A part of a JSON Pointer as the name that it stands for.
fn unescape(text: &str) -> Option<String> {
    let mut name = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        name.push(match character {
            '~' => match characters.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(name)
}
