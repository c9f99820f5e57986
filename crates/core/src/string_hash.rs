//! Java's hash of a string decides where Kafka places groups, transactions and members.

/// Returns the hash of Java's `String.hashCode`.
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}
