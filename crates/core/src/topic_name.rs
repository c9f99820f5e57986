//! Topic names have rules (`org.apache.kafka.common.internals.Topic`).

/// The longest name in characters.
const MAX_LENGTH: usize = 249;

/// Returns why a name is refused, in Kafka's words; `None` when it is valid.
pub fn topic_name_refusal(name: &str) -> Option<String> {
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

/// Returns whether a topic may have this name.
pub fn is_valid_topic_name(name: &str) -> bool {
    topic_name_refusal(name).is_none()
}

/// Returns whether Kafka keeps its own state in a topic of this name (`Topic.isInternal`).
pub fn is_internal_topic(name: &str) -> bool {
    matches!(name, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}

/// Returns the name in metrics, if names of different topics may collide there.
pub(super) fn metric_name(name: &str) -> Option<String> {
    name.contains(['.', '_']).then(|| name.replace('.', "_"))
}
