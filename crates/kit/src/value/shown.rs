//! Values for people.

use super::{NotJson, Values};
use crate::client::ReceivedRecord;
use crate::excerpt::excerpt;

/// The most of a value, in bytes, that a page shows.
const PREVIEW: usize = 4096;

/// The beginning of a record's value as text, for a page: decoded where a schema says what it is.
pub(crate) fn preview(record: &ReceivedRecord) -> String {
    let Some(value) = &record.value else { return String::new() };
    let is_text = std::str::from_utf8(value).is_ok() && !value.contains(&0);
    let decoded = if is_text { None } else { record.json().ok() };
    let bytes = decoded.map_or_else(|| value.clone(), |json| json.to_string().into());
    let text = String::from_utf8_lossy(bytes.get(..PREVIEW).unwrap_or(&bytes));
    if bytes.len() > PREVIEW { format!("{text}...") } else { text.into_owned() }
}

/// A value for people: JSON on one line, text, or the number of bytes and what they look like.
pub(crate) fn shown(values: &Values, record: &ReceivedRecord) -> String {
    let Some(bytes) = &record.value else { return "tombstone".to_owned() };
    match (values.of(record), std::str::from_utf8(bytes)) {
        (Ok(json), _) => excerpt(&json.to_string()),
        (Err(NotJson::Text(_)), Ok(text)) => excerpt(text),
        (Err(reason @ (NotJson::Bytes(_) | NotJson::Empty)), _) => reason.to_string(),
        (Err(reason), _) => format!("{} bytes; {reason}", bytes.len()),
    }
}
