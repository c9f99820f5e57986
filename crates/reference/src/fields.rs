//! The fields of a payload, by type. A field that is null counts as absent.

use serde_json::{Map, Value as Json};

use crate::request_error::{RequestError, excerpt};

/// The longest text that a handler looks at, in bytes.
pub(crate) const MAX_TEXT: usize = 1 << 20;

/// A payload; `None` is one without fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(Option<&'a Map<String, Json>>);

impl<'a> Fields<'a> {
    /// The payload of a request. Without one every field of it is missing.
    pub(crate) fn payload_of(body: &'a Map<String, Json>) -> Result<Self, RequestError> {
        match body.get("payload") {
            None | Some(Json::Null) => Ok(Self(None)),
            Some(Json::Object(fields)) => Ok(Self(Some(fields))),
            Some(other) => Err(wrong("payload", "an object", other)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Json> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// A text of at most [`MAX_TEXT`] bytes.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&'a str>, RequestError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => bounded(name, text, MAX_TEXT).map(Some),
            Some(other) => Err(wrong(name, "text", other)),
        }
    }

    /// A text of at most `limit` bytes with something in it. The first of several names is the field's own, the others
    /// are aliases.
    pub(crate) fn required_text(&self, names: &[&'static str], limit: usize) -> Result<&'a str, RequestError> {
        for name in names {
            if let Some(text) = self.text(name)?.filter(|text| !text.trim().is_empty()) {
                return bounded(name, text, limit);
            }
        }
        Err(RequestError::Missing(names.first().copied().unwrap_or_default()))
    }

    /// A number from 0 to 1.
    pub(crate) fn share(&self, name: &'static str, default: f64) -> Result<f64, RequestError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        let Some(number) = value.as_f64() else { return Err(wrong(name, "a number", value)) };
        if (0.0..=1.0).contains(&number) {
            return Ok(number);
        }
        Err(RequestError::OutOfRange { field: name, expected: "from 0 to 1", found: excerpt(&value.to_string()) })
    }

    /// A whole number from 1.
    pub(crate) fn count(&self, name: &'static str, default: usize) -> Result<usize, RequestError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        if !value.is_number() {
            return Err(wrong(name, "a whole number", value));
        }
        let number = value.as_u64().filter(|number| *number > 0).ok_or_else(|| RequestError::OutOfRange {
            field: name,
            expected: "a whole number from 1",
            found: excerpt(&value.to_string()),
        })?;
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    /// A list of at most `limit` items; empty without one.
    pub(crate) fn list(&self, name: &'static str, limit: usize) -> Result<&'a [Json], RequestError> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Json::Array(items)) if items.len() > limit => {
                Err(RequestError::TooMany { field: name, count: items.len(), limit })
            }
            Some(Json::Array(items)) => Ok(items),
            Some(other) => Err(wrong(name, "a list", other)),
        }
    }
}

fn bounded<'a>(field: &'static str, text: &'a str, limit: usize) -> Result<&'a str, RequestError> {
    if text.len() > limit {
        return Err(RequestError::TooLong { field, length: text.len(), limit });
    }
    Ok(text)
}

pub(crate) fn wrong(field: impl Into<String>, expected: &'static str, found: &Json) -> RequestError {
    RequestError::WrongType { field: field.into(), expected, found: kind(found) }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
