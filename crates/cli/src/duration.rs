//! Lengths of time as arguments.

use std::time::Duration;

/// `10s`, `1500ms`, `2m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| format!("{error}; 10s, 500ms or 2m expected"))
}
