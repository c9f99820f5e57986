//! The errors of reading and writing messages.

use thiserror::Error;

/// What is wrong with a value. Small and without allocation, because hostile input causes many of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The bytes end too early.
    #[error("needs {needed} bytes, {left} left")]
    Truncated {
        /// How many bytes the value takes.
        needed: usize,
        /// How many there are.
        left: usize,
    },
    /// A length or count below zero that does not stand for null.
    #[error("length {0} is negative")]
    Negative(i64),
    /// A null that the version does not allow.
    #[error("null is not allowed")]
    Null,
    /// A count that the bytes left cannot hold.
    #[error("{count} elements announced, {left} bytes left")]
    Count {
        /// The announced number of elements.
        count: usize,
        /// How many bytes are left for them.
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
    /// A version outside of what the definitions allow.
    #[error("version {0} does not exist")]
    Version(i16),
}

/// A message that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message} v{version}: {path}{}{cause}", if path.is_empty() { "" } else { ": " })]
pub struct DecodeError {
    /// Kafka's name of the message.
    pub message: &'static str,
    /// The version it was read in.
    pub version: i16,
    /// The field that is wrong, in Kafka's spelling: `Topics[3].Name`.
    pub path: String,
    /// What is wrong with it.
    pub cause: Malformed,
}

/// A message that cannot be written in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A field is set that the version does not have.
    #[error("{message}.{field} is set, but version {version} has no such field")]
    Absent {
        /// The struct that has the field.
        message: &'static str,
        /// The field in Kafka's spelling.
        field: &'static str,
        /// The version to write in.
        version: i16,
    },
    /// A field is null that the version does not allow to be.
    #[error("{0} is null, but the version does not allow that")]
    Null(&'static str),
    /// A length that its prefix cannot hold.
    #[error("length {0} is too large for its prefix")]
    Length(usize),
    /// Two tagged fields with one tag.
    #[error("tag {0} is there twice")]
    Tag(u32),
}

impl EncodeError {
    #[cold]
    pub(crate) fn absent(message: &'static str, field: &'static str, version: i16) -> Self {
        Self::Absent { message, field, version }
    }
}
