//! Which names a topic may have (`org.apache.kafka.common.internals.Topic`).

use super::Core;

/// The longest name in characters.
const MAX_LENGTH: usize = 249;

/// Why a name is refused, in Kafka's words; `None` when it is fine.
pub(crate) fn topic_name_refusal(name: &str) -> Option<String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        Some("Topic name is invalid: the empty string is not allowed".to_owned())
    } else if name == "." || name == ".." {
        Some(format!("Topic name is invalid: '{name}' is not allowed"))
    } else if name.len() > MAX_LENGTH {
        Some(format!(
            "Topic name is invalid: the length of '{name}' is longer than the max allowed length {MAX_LENGTH}"
        ))
    } else if !name.chars().all(legal) {
        Some(format!(
            "Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        ))
    } else {
        None
    }
}

/// Whether a topic may have this name.
pub(crate) fn is_valid_topic_name(name: &str) -> bool {
    topic_name_refusal(name).is_none()
}

/// Whether the broker keeps something of its own in a topic of this name (`Topic.isInternal`).
pub(crate) fn is_internal_topic(name: &str) -> bool {
    matches!(name, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}

impl Core {
    /// The topic whose metric names would be the same: `.` and `_` become one in them.
    pub(crate) fn colliding_topic(&self, name: &str) -> Option<&str> {
        let plain = |name: &str| name.replace('.', "_");
        if !name.contains(['.', '_']) {
            return None;
        }
        let wanted = plain(name);
        self.topics.iter().map(|topic| topic.name.as_str()).find(|other| *other != name && plain(other) == wanted)
    }
}
