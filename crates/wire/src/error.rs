//! Bytes can be malformed, and messages can be impossible to write.

use thiserror::Error;

/// The fault at one position. It is small and needs no allocation, because hostile input makes many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes end before the value does.
    #[error("needs {needed} bytes, {left} left")]
    Truncated {
        /// How many bytes the value needs.
        needed: usize,
        /// How many bytes are left.
        left: usize,
    },
    /// A length or count below zero that does not stand for null.
    #[error("length {0} is negative")]
    Negative(i64),
    /// Null, which the version does not allow.
    #[error("null is not allowed")]
    Null,
    /// A count of elements that need more than the remaining bytes.
    #[error("{count} elements announced, {left} bytes left")]
    Count {
        /// The announced number of elements.
        count: usize,
        /// How many bytes are left for the elements.
        left: usize,
    },
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    Utf8,
    /// A variable-length integer with too many bytes.
    #[error("varint is too long")]
    Varint,
    /// Tagged fields whose tags do not ascend.
    #[error("tag {0} is not above the one before it")]
    TagOrder(u32),
    /// A version that the definitions do not have.
    #[error("version {0} does not exist")]
    Version(i16),
}

/// A message that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message} v{version}: {path}{}{cause}", if path.is_empty() { "" } else { ": " })]
pub struct DecodeError {
    /// Kafka's name of the message.
    pub message: &'static str,
    /// The version in which the message was read.
    pub version: i16,
    /// The malformed field, in Kafka's spelling: `Topics[3].Name`.
    pub path: String,
    /// The fault of the field.
    pub cause: Malformed,
}

/// The reason why a message cannot be written in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A field is set that the version lacks.
    #[error("{message}.{field} is set, but version {version} has no such field")]
    Absent {
        /// The struct that has the field.
        message: &'static str,
        /// The field, in Kafka's spelling.
        field: &'static str,
        /// The version of the message.
        version: i16,
    },
    /// A field is null, which the version does not allow.
    #[error("{0} is null, but the version does not allow that")]
    Null(&'static str),
    /// A length is too large for its prefix.
    #[error("length {0} is too large for its prefix")]
    Length(usize),
    /// Two tagged fields have the same tag.
    #[error("tag {0} is there twice")]
    Tag(u32),
}

impl EncodeError {
    #[cold]
    pub(crate) fn absent(message: &'static str, field: &'static str, version: i16) -> Self {
        Self::Absent { message, field, version }
    }
}
