//! Values for people.

use bytes::Bytes;

use super::{NotJson, Values};
use crate::excerpt::excerpt;

/// The most of a value, in bytes, that a page shows.
const PREVIEW: usize = 4096;

/// The beginning of a value as text, for a page.
pub(crate) fn preview(value: &Bytes) -> String {
    let text = String::from_utf8_lossy(value.get(..PREVIEW).unwrap_or(value));
    if value.len() > PREVIEW { format!("{text}...") } else { text.into_owned() }
}

/// A value for people: JSON on one line, text, or the number of bytes and what they look like.
pub(crate) fn shown(values: &Values, value: Option<&Bytes>) -> String {
    let Some(bytes) = value else { return "tombstone".to_owned() };
    match (values.read(Some(bytes)), std::str::from_utf8(bytes)) {
        (Ok(json), _) => excerpt(&json.to_string()),
        (Err(NotJson::Text(_)), Ok(text)) => excerpt(text),
        (Err(reason @ (NotJson::Bytes(_) | NotJson::Empty)), _) => reason.to_string(),
        (Err(reason), _) => format!("{} bytes; {reason}", bytes.len()),
    }
}
